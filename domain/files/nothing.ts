import { userKey } from '../keys';

/**
 * Words that programs write where there is no value. They are values unless an import says otherwise
 * (`--null`), because `NA` may be a place and `-` a title.
 */
export const WORDS_FOR_NOTHING: ReadonlySet<string> = new Set([
  'null',
  'na',
  'n/a',
  '#n/a',
  'nan',
  'nat',
  'none',
  '-',
  '(null)',
  '<na>',
]);
const MAX_CHARS = 6;

/**
 * 1 for the first characters of {@link WORDS_FOR_NOTHING} and of `\N`, by their code: most cells begin
 * otherwise and need no look-up.
 */
export const MAY_BE_NOTHING: Readonly<Uint8Array> = Uint8Array.from(
  Array.from({ length: 128 }, (_, code) =>
    '\\#(-<Nn'.includes(String.fromCharCode(code)) ? 1 : 0,
  ),
);

/** The word for nothing that a value is, in lower case; `null`: it is none. */
export function wordForNothing(value: string): string | null {
  if (value.length > MAX_CHARS) return null;
  const word = value.toLowerCase();
  return WORDS_FOR_NOTHING.has(word) ? word : null;
}

/** Tells whether a value means no opinion: one of the words of an import, in any case. */
export function nullTest(words: readonly string[] | undefined): (value: string) => boolean {
  const keys = new Set((words ?? []).map(userKey));
  if (keys.size === 0) return () => false;
  const most = Math.max(...[...keys].map(({ length }) => length));
  return (value) => value.length <= most && keys.has(userKey(value));
}
