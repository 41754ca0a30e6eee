import type { FuzzedLetter } from './made';

/** What a reader has to find in a message. */
export interface ReadBack {
  /** The names of all headers, in lower case, sorted. */
  readonly headers: readonly string[];
  /** The same of each part of the message. */
  readonly parts: readonly (readonly string[])[];
  readonly subject: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly text: string;
  /** `null`: there is none. */
  readonly html: string | null;
}

export const FROM = { name: 'Academy', address: 'academy@sender.example' };
export const TO = 'person@people.example';

/** What a letter has to read like: by rules of this campaign's own, none of them of the composer. */
export function expectedOf({ context, content, says }: FuzzedLetter, html: string): ReadBack {
  const { displayName, firstName, lastName } = context.user;
  const shown = displayName ?? [firstName, lastName].filter((part) => part !== null).join(' ');
  const subject = shortened(oneLine(says.subject));
  const text = readable(says.text);
  const isWhole = text !== '';
  return {
    headers: [
      ...['from', 'to', 'message-id', 'date', 'mime-version', 'auto-submitted', 'content-type'],
      ...(subject === '' ? [] : ['subject']),
      ...(content.category === 'optional' ? ['list-unsubscribe'] : []),
      ...(isWhole ? [] : ['content-transfer-encoding']),
    ].sort(),
    parts: isWhole ? [PART, PART] : [],
    subject,
    from: [addressed(context.mail.fromName ?? FROM.name, FROM.address)],
    to: [addressed(shown, TO)],
    text: trimmedLines(text),
    html: trimmedLines(html),
  };
}

const PART = ['content-transfer-encoding', 'content-type'];

export function addressed(name: string, address: string): string {
  // A reader would take it for an encoded word.
  const line = oneLine(name).split('=?').join('= ?');
  return line === '' ? address : `${line} <${address}>`;
}

/** Every character that breaks a line or sets a distance parts two words; others without a shape are left out. */
function oneLine(text: string): string {
  const words: string[] = [''];
  for (const char of text) {
    if (char.trim() === '' || char === NEXT_LINE) words.push('');
    else if (!isControl(char)) words.push((words.pop() ?? '') + char);
  }
  return words.filter((word) => word !== '').join(' ');
}

const NEXT_LINE = '\u0085';

function isControl(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

function shortened(line: string): string {
  const points = Array.from(line);
  return points.length > 200 ? `${points.slice(0, 199).join('')}…` : line;
}

/** Lines that end with a line feed; no other control character but the tab. */
export function readable(text: string): string {
  const lines = text
    .split('\r\n')
    .join('\n')
    .split(/[\r\v\f\u0085]/)
    .join('\n');
  return Array.from(lines)
    .filter((char) => char === '\n' || char === '\t' || !isControl(char))
    .join('');
}

/** The lines of a body: how many empty ones a message ends with means nothing. */
export function trimmedLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/\n+$/, '');
}
