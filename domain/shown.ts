/** Characters of a text that a message repeats. */
const MAX_SHOWN = 60;

/**
 * True for text of a file that may stand in a command which somebody copies: none that would end its
 * quotes and begin another command, none that cannot be seen or goes on and on.
 */
export function isPasteable(text: string): boolean {
  return text.length <= MAX_SHOWN && !/['\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

/** A {@link isPasteable} text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}._=,:@+-]+$/u.test(text) ? text : `'${text}'`;
}

/** The name of a column as a message carries it: whole, unless it goes on and on. */
export function shortened(name: string): string {
  return cutAt(name, MAX_NAME_CHARS);
}

const MAX_NAME_CHARS = 200;

/** Between characters, as half of one is no text. */
function cutAt(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * A text in quotes for a message: cut where it is long, and with escapes for what cannot be seen, such as control characters, zero-width spaces and
 * turns of direction.
 */
export function shown(text: string): string {
  return JSON.stringify(cutAt(text, MAX_SHOWN)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
  });
}

/** Things of one kind as a sentence lists them: the first of them, and how many more there are. */
export function listed(items: readonly string[], most: number): string {
  const more = items.length - most;
  return items.slice(0, most).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** Characters that steer a terminal, or turn the order of what it shows around. */
const STEERING =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line: text of a file or a person may carry control characters that would steer the terminal. */
export function printable(text: string): string {
  return text.replace(STEERING, ' ');
}

/** As {@link printable}, for text that has lines of its own. */
export function printableLines(text: string): string {
  return text.replace(STEERING, (char) => (char === '\n' ? char : ' '));
}
