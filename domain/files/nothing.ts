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

/** What databases write for no value (MySQL, MariaDB, PostgreSQL); no program writes it as a text. */
const DATABASE_NULL = '\\N';

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

/** Tells whether a cell means no opinion: `\N`, or one of the words of an import, in any case. */
export function nullTest(words: readonly string[] | undefined): (value: string) => boolean {
  const keys = new Set((words ?? []).map(userKey));
  if (keys.size === 0) return (value) => value === DATABASE_NULL;
  const most = Math.max(DATABASE_NULL.length, ...[...keys].map(({ length }) => length));
  return (value) => value.length <= most && (value === DATABASE_NULL || keys.has(userKey(value)));
}
