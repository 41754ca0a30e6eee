/**
 * The characters that may separate the cells of a file, in the order of detection: a tie goes to
 * the earlier.
 */
const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;

/** The characters that detection looks for in a file. */
export const DELIMITER_CHARS: readonly string[] = Object.values(DELIMITERS);

const NAMES = Object.keys(DELIMITERS);
/** `comma, semicolon, tab or pipe` */
export const DELIMITER_NAMES = `${NAMES.slice(0, -1).join(', ')} or ${NAMES.at(-1) ?? ''}`;

const BY_NAME: ReadonlyMap<string, string> = new Map([
  ...Object.entries(DELIMITERS),
  ...DELIMITER_CHARS.map((char) => [char, char] as const),
  // The way in which shells and spreadsheets write a tab.
  ['\\t', DELIMITERS.tab],
]);

/**
 * The delimiter that a person names, by its name in any case or by the character itself;
 * `undefined`: no such delimiter.
 */
export function delimiterOf(given: string): string | undefined {
  return BY_NAME.get(given.toLowerCase());
}

/** The name of a delimiter for a person; the character in quotes where it has none. */
export function delimiterName(char: string): string {
  return Object.entries(DELIMITERS).find(([, own]) => own === char)?.[0] ?? JSON.stringify(char);
}
