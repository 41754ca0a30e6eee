import { fold } from './letters';

/** Mailboxes of a function, not of a person. */
const ROLES: ReadonlySet<string> = new Set(
  (
    'info office admin administrator hr sales contact kontakt mail post service support help helpdesk it team ' +
    'noreply donotreply personal personalabteilung buchhaltung accounting billing rechnung invoice reception ' +
    'empfang verwaltung sekretariat secretary training schulung webmaster postmaster root test user users none ' +
    'unknown unbekannt email nomail nobody career careers jobs marketing presse press finance legal'
  ).split(' '),
);

/** Providers that deliver `a.b` and `ab` to one mailbox. */
const DOMAIN_ALIASES: Readonly<Record<string, string>> = { 'googlemail.com': 'gmail.com' };

export interface Mailbox {
  /** The part before the @ without a tag (`+lms`), dots and dashes, folded; empty: no evidence. */
  readonly local: string;
  /** Its words, as dots, dashes and underscores part them. */
  readonly words: readonly string[];
  readonly domain: string;
}

const NO_MAILBOX: Mailbox = { local: '', words: [], domain: '' };

/** Where mail to an address arrives, as far as addresses show it. A function's mailbox is nobody's. */
export function mailboxOf(email: string | null): Mailbox {
  if (email === null) return NO_MAILBOX;
  const at = email.lastIndexOf('@');
  if (at <= 0) return NO_MAILBOX;
  const domain = email
    .slice(at + 1)
    .trim()
    .toLowerCase();
  return { ...localOf(email.slice(0, at)), domain: DOMAIN_ALIASES[domain] ?? domain };
}

/** A login that is no address, compared like the part of one before the @. */
export function localOf(text: string): Omit<Mailbox, 'domain'> {
  const plus = text.indexOf('+');
  const untagged = plus > 0 ? text.slice(0, plus) : text;
  const parts = fold(untagged.replace(/[._-]+/g, ' ').replace(/([a-z])(?=\d)/gi, '$1 ')).split(' ');
  const local = parts.join('');
  const letters = local.replace(/\d+$/, '');
  return ROLES.has(letters) || local.length < 2
    ? NO_MAILBOX
    : { local, words: parts.filter((part) => part !== '') };
}

/** Digits that name a line within a country: prefixes and zeros in front are written in many ways. */
const PHONE_DIGITS = 9;
const MIN_PHONE_DIGITS = 7;

/** The last nine digits of a number, and its extension; empty where there are too few, or one digit repeated. */
export function phoneOf(phone: string | null): string {
  if (phone === null) return '';
  const [number = '', extension = ''] = phone
    .toLowerCase()
    .split(/(?:ext\.?|durchwahl|app\.?|x|#)/, 2);
  const digits = number.replace(/\D/g, '');
  if (digits.length < MIN_PHONE_DIGITS) return '';
  const last = digits.slice(-PHONE_DIGITS);
  if (/^(\d)\1+$/.test(last) || '0123456789876543210'.includes(last)) return '';
  const line = extension.replace(/\D/g, '');
  return line === '' ? last : `${last}x${line}`;
}
