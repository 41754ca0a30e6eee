/**
 * How a cell is written to CSV. Two modes:
 * - `exact`: the text as it is, for machines; reading it back gives the same text;
 * - `spreadsheet`: for people. A cell that a spreadsheet would run as a formula gets an apostrophe
 *   in front (OWASP, "CSV Injection"). So does a cell that looks like such a protected one, so that
 *   {@link plainCell} restores every text exactly.
 */
export type CellMode = 'exact' | 'spreadsheet';

/**
 * First characters of a formula in a spreadsheet: = + - @, their full-width forms, tab and line
 * breaks.
 */
const LIVE = /^'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;
const NEUTRALISED = /^'+\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;

/** The text with an apostrophe in front where a spreadsheet would run it. */
export function safeCell(text: string): string {
  return LIVE.test(text) ? `'${text}` : text;
}

/** Undoes {@link safeCell}. */
export function plainCell(text: string): string {
  return NEUTRALISED.test(text) ? text.slice(1) : text;
}

/** One line of CSV (RFC 4180) with its line break; `null` is an empty cell. */
export function formatCsvLine(
  cells: readonly (string | number | boolean | null)[],
  style: { readonly delimiter: string; readonly mode: CellMode },
): string {
  const written = cells.map((cell) => {
    const text = cell === null ? '' : typeof cell === 'string' ? cell : String(cell);
    const numeric = typeof cell === 'number';
    return quoted(
      style.mode === 'spreadsheet' && !numeric ? safeCell(text) : text,
      style.delimiter,
    );
  });
  // A single empty cell would be a blank line, which readers skip.
  return `${written.length === 1 && written[0] === '' ? '""' : written.join(style.delimiter)}\n`;
}

function quoted(text: string, delimiter: string): string {
  if (!/["\r\n]/.test(text) && !text.includes(delimiter)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}
