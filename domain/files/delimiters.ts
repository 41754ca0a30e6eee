/** What may stand between the cells of a file. The order is that of detection: a tie goes to the earlier. */
const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;

/** The characters that are looked for in a file. */
export const DELIMITER_CHARS: readonly string[] = Object.values(DELIMITERS);

const NAMES = Object.keys(DELIMITERS);
/** `comma, semicolon, tab or pipe` */
export const DELIMITER_NAMES = `${NAMES.slice(0, -1).join(', ')} or ${NAMES.at(-1) ?? ''}`;

const BY_NAME: ReadonlyMap<string, string> = new Map([
  ...Object.entries(DELIMITERS),
  ...DELIMITER_CHARS.map((char) => [char, char] as const),
  // As shells and spreadsheets write a tab.
  ['\\t', DELIMITERS.tab],
]);

/** The delimiter that a person names, by its name in any case or by itself; undefined: none. */
export function delimiterOf(given: string): string | undefined {
  return BY_NAME.get(given.toLowerCase());
}
