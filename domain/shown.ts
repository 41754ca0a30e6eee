/** Characters of a text that a message shows at most. */
const MAX_SHOWN = 60;

/**
 * True for text of a file that may stand in a command which a person copies. False for text that
 * would end its quotes and begin another command, that is invisible, or that is too long.
 */
export function isPasteable(text: string): boolean {
  return text.length <= MAX_SHOWN && !/['\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

/** A {@link isPasteable} text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}._=,:@+-]+$/u.test(text) ? text : `'${text}'`;
}

/** Any text as one word of a command line; {@link shellWord} is for what a message offers. */
export function quoted(text: string): string {
  return /^[\w./:@%+-][\w./:@%+=,-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The name of a column as a message shows it: complete, unless it is very long. */
export function shortened(name: string): string {
  return cutAt(name, MAX_NAME_CHARS);
}

const MAX_NAME_CHARS = 200;

/** Cuts between characters, because half of a surrogate pair is no text. */
function cutAt(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * A text in quotes for a message: cut where it is long, and with escapes for invisible characters,
 * such as control characters, zero-width spaces and marks that turn the direction of text.
 */
export function shown(text: string): string {
  return JSON.stringify(cutAt(text, MAX_SHOWN)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
  });
}

/** A list of things for a sentence: the first of them, and how many more there are. */
export function listed(items: readonly string[], most: number): string {
  const more = items.length - most;
  return items.slice(0, most).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** Characters that steer a terminal, or reverse the order of the text around them. */
const STEERING =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text as one line. A file's or a person's text may hold control characters that would steer the
 * terminal.
 */
export function printable(text: string): string {
  return text.replace(STEERING, ' ');
}

/** Like {@link printable}, for text that has several lines. */
export function printableLines(text: string): string {
  return text.replace(STEERING, (char) => (char === '\n' ? char : ' '));
}
