import type { RecordRow } from '../../domain/files/recordRows';
import type { ReadSummary } from '../../domain/files/staged';
import type { OpenCsv } from '../csv/format/open';

/** Rows of a batch; the last one may have fewer. */
const BATCH_ROWS = 250;

/** A read whose header is understood; the rows are read while `batches` is consumed. */
export interface RecordsRead {
  readonly batches: AsyncIterable<RecordRow[]>;
  /** What the read found; complete once `batches` has ended. */
  summary(): ReadSummary;
}

/** Where the cells of a row are, and whether they may hold what cannot be seen. */
export interface RowPlace {
  readonly count: number;
  readonly line: number;
  readonly suspicious: boolean;
}

/** Makes the staged row of the first `count` of `cells`; null when all of them are blank. */
export interface RowReader {
  read(cells: readonly string[], place: RowPlace): RecordRow | null;
}

/** The rows of an open file, which is closed at their end; `tally` counts those that were given. */
export async function* recordBatches(
  open: OpenCsv,
  reader: RowReader,
  tally: { rows: number },
): AsyncGenerator<RecordRow[]> {
  const ready: RecordRow[][] = [];
  let batch: RecordRow[] = [];
  const blocks = open.records((cells, count, line, suspicious) => {
    const row = reader.read(cells, { count, line, suspicious });
    if (row === null) return;
    batch.push(row);
    if (batch.length < BATCH_ROWS) return;
    ready.push(batch);
    batch = [];
  });
  try {
    for await (const _ of blocks) {
      for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
        tally.rows += next.length;
        yield next;
      }
    }
    if (batch.length > 0) {
      tally.rows += batch.length;
      yield batch;
    }
  } finally {
    await open.close();
  }
}
