import { formatCsvLine } from '../../domain/files/csvCells';
import type { CellMode } from '../../domain/files/csvCells';

/** How lines are written; with a comma, for spreadsheets, unless the options differ. */
export interface CsvStyle {
  readonly delimiter?: string;
  /** `spreadsheet`: no cell is a live formula; `exact`: reads back unchanged, for machines. */
  readonly mode?: CellMode;
}

/** One line of CSV with its line break (`\n`), quoted where RFC 4180 requires it. */
export function csvLine(
  cells: readonly (string | number | boolean | null)[],
  style: CsvStyle = {},
): string {
  return formatCsvLine(cells, {
    delimiter: style.delimiter ?? ',',
    mode: style.mode ?? 'spreadsheet',
  });
}

/** Lines of CSV in pieces of about 64 KiB, from a header and rows as they arrive. */
export async function* csvText(
  header: readonly string[],
  rows: AsyncIterable<readonly (string | number | boolean | null)[]>,
  style: CsvStyle = {},
): AsyncGenerator<string> {
  let text = csvLine(header, style);
  for await (const row of rows) {
    text += csvLine(row, style);
    if (text.length < 65_536) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
