import { createPrivateKey } from 'node:crypto';
import type { Settings } from './settings';

/** How a worker sends letters. */
export interface DeliveryConfig {
  /** Letters a second that the mail server gets from all workers together; `null`: no limit. */
  readonly perSecond: number | null;
  /** Connections of one worker to the mail server. */
  readonly connections: number;
  /** What letters are signed with; `null`: they are not. */
  readonly dkim: {
    readonly domain: string;
    readonly selector: string;
    readonly privateKey: string;
  } | null;
  /** Where bounces come to, with a token of each letter (VERP); `null`: to the sender. */
  readonly bounces: string | null;
  /** Where optional letters are unsubscribed from; `null`: nowhere. */
  readonly unsubscribe: string | null;
}

export function deliveryOf(s: Settings): DeliveryConfig {
  const { ROLLCALL_DKIM_DOMAIN: domain, ROLLCALL_DKIM_SELECTOR: selector } = s;
  const privateKey = s.ROLLCALL_DKIM_KEY;
  const isSigned = domain !== undefined && selector !== undefined && privateKey !== undefined;
  return {
    perSecond: s.ROLLCALL_SMTP_PER_SECOND ?? null,
    connections: s.ROLLCALL_SMTP_CONNECTIONS,
    dkim: isSigned ? { domain, selector, privateKey } : null,
    bounces: s.ROLLCALL_MAIL_BOUNCES ?? null,
    unsubscribe: s.ROLLCALL_MAIL_UNSUBSCRIBE ?? null,
  };
}

const DKIM = ['ROLLCALL_DKIM_DOMAIN', 'ROLLCALL_DKIM_SELECTOR', 'ROLLCALL_DKIM_KEY'] as const;

/** Letters would go out unsigned without a word where one of the three is missing, or the key is of no use. */
export function deliveryFaults(given: ReadonlyMap<string, string>): string[] {
  const key = given.get('ROLLCALL_DKIM_KEY');
  const unset = DKIM.filter((name) => !given.has(name));
  const isPart = unset.length > 0 && unset.length < DKIM.length;
  return [
    ...(isPart ? unset : []).map(
      (name) => `${name}: is missing; DKIM needs domain, selector and key`,
    ),
    ...(key === undefined || isRsaKey(key)
      ? []
      : ['ROLLCALL_DKIM_KEY: must be a private RSA key in PEM, without a passphrase']),
  ];
}

/** nodemailer signs with RSA alone, and leaves the signature out where it cannot sign. */
function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
