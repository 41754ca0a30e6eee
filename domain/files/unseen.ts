/**
 * Characters that nobody sees: soft hyphen, zero-width characters, marks of direction, byte order
 * marks. Programs leave them behind when text is copied. Not those that turn the text after them
 * round (U+202A to U+202E, U+2066 to U+2069): without them, a key is not the one that was seen.
 */
const UNSEEN = /[\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff]/g;

/** A character after which a joiner changes what is seen: of a script that joins, or an emoji. */
const JOINED =
  /^(?!\p{sc=Latin}|\p{sc=Greek}|\p{sc=Cyrillic})[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u;

/** True for a UTF-16 unit that may be one of the characters that {@link withoutUnseen} takes out. */
export function mayBeUnseen(unit: number): boolean {
  if (unit < 0x200b) return unit === 0xad || unit === 0x61c || unit === 0x180e;
  return unit <= 0x206f || unit === 0xfeff;
}

/**
 * The text without characters that cannot be seen. `joiners`: the zero-width joiner and non-joiner
 * stay where they change what is seen (Persian and Indic names, emoji).
 */
export function withoutUnseen(text: string, { joiners }: { readonly joiners: boolean }): string {
  return text.replace(UNSEEN, (char, at: number) =>
    joiners && isJoiner(char) && joins(text, at) ? char : '',
  );
}

function isJoiner(char: string): boolean {
  return char === '\u200c' || char === '\u200d';
}

function joins(text: string, at: number): boolean {
  const before = /.$/su.exec(text.slice(0, at))?.[0] ?? '';
  return JOINED.test(before) && /^\S/.test(text.slice(at + 1));
}
