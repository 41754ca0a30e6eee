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

/** The word for nothing that a value is, in lower case; `null`: it is none. */
export function wordForNothing(value: string): string | null {
  if (value.length > MAX_CHARS) return null;
  switch (value.charCodeAt(0)) {
    // `#`, `(`, `-`, `<`, `N`, `n`: most cells begin otherwise.
    case 35:
    case 40:
    case 45:
    case 60:
    case 78:
    case 110: {
      const word = value.toLowerCase();
      return WORDS_FOR_NOTHING.has(word) ? word : null;
    }
    default:
      return null;
  }
}

/** Tells whether a value means no opinion: one of the words of an import, in any case. */
export function nullTest(words: readonly string[] | undefined): (value: string) => boolean {
  const keys = new Set((words ?? []).map(userKey));
  if (keys.size === 0) return () => false;
  const most = Math.max(...[...keys].map(({ length }) => length));
  return (value) => value.length <= most && keys.has(userKey(value));
}
