import { isNeutralisedFile, isReportColumn, REPORT_COLUMNS } from '../../domain/files/columns';
import { plainCell } from '../../domain/files/csvCells';
import { EXTRA_TOKEN, MISSING_TOKEN } from '../../domain/files/tokens';
import type { ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import { DEFAULT_CSV_LIMITS, type CsvLimits } from './limits';
import { openCsv, type FormatOptions } from './format/open';
import { csvLine } from './write';

export interface FailedRowsInput {
  /** The stored file, from its start. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly reread?: () => AsyncIterable<Buffer>;
  /** The options that the file was imported with. */
  readonly options: FormatOptions & Partial<Pick<ImportOptions, 'blank'>>;
  /** Physical line on which a record starts → what is wrong with it. */
  readonly failed: ReadonlyMap<number, string>;
  /** Of these lines, those whose missing cells are what is wrong. */
  readonly tooShort?: ReadonlySet<number>;
  readonly properties?: readonly PropertyDefinition[];
  readonly limits?: CsvLimits;
  readonly signal?: AbortSignal;
}

/**
 * The failed records of a file as CSV (UTF-8, the file's own delimiter): its columns, then `_line`
 * and `_error`, which an import passes over. Cells are neutralised for spreadsheets; an import of
 * the corrected file undoes that. All rows have the header's width. Missing cells are written as
 * `<missing>` where the row is wrong without them, or where an empty cell would clear; otherwise as
 * empty cells. Surplus values are joined into the last cell by `<extra>`. So no row goes through
 * uncorrected.
 *
 * @throws Fault `refused_file`, as reading the file does.
 */
export async function* writeFailedRows(input: FailedRowsInput): AsyncGenerator<string> {
  const { failed } = input;
  const open = await openCsv({
    ...input,
    name: 'The file',
    properties: input.properties ?? [],
    limits: input.limits ?? DEFAULT_CSV_LIMITS,
  });
  const { cells: header, delimiter } = open.header;
  const neutralised = isNeutralisedFile(header);
  const kept = header.map((cell) => !isReportColumn(cell));
  const line = (cells: readonly string[]): string => csvLine(cells, { delimiter });
  let text = line([...header.filter((_, index) => kept[index]), ...REPORT_COLUMNS]);
  if (open.bom) text = `\ufeff${text}`;
  let left = failed.size;
  const blocks = open.records((cells, count, number) => {
    const error = failed.get(number);
    if (error === undefined) return;
    left--;
    const marked = input.options.blank === 'clear' || (input.tooShort?.has(number) ?? false);
    const record = toWidth(cells.slice(0, count), { kept, missing: marked ? MISSING_TOKEN : '' });
    const plain = neutralised ? record.map(plainCell) : record;
    text += line([...plain.filter((_, index) => kept[index]), String(number), error]);
  });
  try {
    if (left > 0) {
      for await (const _ of blocks) {
        if (left <= 0) break;
        if (text.length < 65_536) continue;
        yield text;
        text = '';
      }
    }
    yield text;
  } finally {
    await open.close();
  }
}

/** The record with one cell for each column; surplus cells go into the last column kept. */
function toWidth(
  cells: readonly string[],
  { kept, missing }: { readonly kept: readonly boolean[]; readonly missing: string },
): string[] {
  const extra = cells.slice(kept.length);
  while (extra.length > 0 && extra.at(-1)?.trim() === '') extra.pop();
  const record = kept.map((_, index) => cells[index] ?? missing);
  const last = kept.lastIndexOf(true);
  if (extra.length > 0) record[last] = [record[last] ?? '', ...extra].join(` ${EXTRA_TOKEN} `);
  return record;
}
