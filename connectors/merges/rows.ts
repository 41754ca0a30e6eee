import type { RecordRow } from '../../domain/files/recordRows';
import { factText, rowFault, type RowFault } from '../../domain/files/rowFaults';
import { userKey } from '../../domain/keys';
import type { PairColumn } from '../../domain/merges/fileColumns';
import { coursesTaken, readTakeCell, type Take } from '../../domain/merges/take';
import type { NewMessage } from '../../domain/runs/messages';
import type { PropertyDefinition } from '../../domain/users/fields';
import { Lines } from '../csv/read';
import { isBlank } from '../csv/rowColumns';
import type { RowPlace } from '../records/batches';
import { cellValue, valueFault, type CellRules } from '../records/cells';

export interface PairRules extends CellRules {
  /** Where each column is in a row. */
  readonly places: ReadonlyMap<PairColumn, number>;
  /** The names of the columns as the file has them. */
  readonly headers: readonly string[];
  readonly properties: readonly PropertyDefinition[];
  readonly courses: ReadonlySet<string>;
}

const TAKE_WANTED = 'a choice such as email=redundant; course:SAFETY-101=redundant';

/** Makes staged rows of cells. */
export class PairReader {
  private readonly blank = new Lines();

  constructor(private readonly rules: PairRules) {}

  messages(): NewMessage[] {
    return this.blank.message('blank_rows');
  }

  /** The staged row of a record; null when all of its cells are blank. */
  read(given: readonly string[], { count, line, suspicious }: RowPlace): RecordRow | null {
    const cells = given.slice(0, count);
    if (cells.every(isBlank)) {
      this.blank.add(line);
      return null;
    }
    const faults: RowFault[] = [];
    const width = this.rules.headers.length;
    if (cells.slice(width).some((cell) => !isBlank(cell))) {
      faults.push(rowFault(null, ['too_many_cells', { cells: cells.length, columns: width }]));
    }
    const row = { cells, suspicious, faults };
    const survivor = this.cell('survivor', row);
    const redundant = this.cell('redundant', row);
    const take = this.take(this.cell('take', row), faults);
    const reason = this.cell('reason', row);
    const named = { line, userRef: survivor, otherRef: redundant };
    if (survivor === null || redundant === null || faults.length > 0) {
      return { ...named, record: null, faults };
    }
    const record = { userKey: userKey(survivor), otherKey: userKey(redundant), take, reason };
    return { ...named, record, faults: null };
  }

  private cell(
    column: PairColumn,
    {
      cells,
      suspicious,
      faults,
    }: {
      readonly cells: readonly string[];
      readonly suspicious: boolean;
      readonly faults: RowFault[];
    },
  ): string | null {
    const index = this.rules.places.get(column);
    if (index === undefined) return null;
    const header = this.header(column);
    const value = cellValue({ text: cells[index] ?? '', suspicious }, this.rules);
    if (value === '') {
      if (column === 'survivor' || column === 'redundant')
        faults.push(rowFault(header, ['missing_cell', {}]));
      return null;
    }
    const fault = valueFault(value, { ...this.rules, header, suspicious });
    if (fault !== null) faults.push(rowFault(header, fault));
    return value;
  }

  private take(text: string | null, faults: RowFault[]): Take {
    if (text === null) return {};
    const header = this.header('take');
    const reading = readTakeCell(text, this.rules.properties);
    if ('problem' in reading) {
      const facts = { value: factText(text), wanted: TAKE_WANTED };
      faults.push(rowFault(header, ['bad_record_value', facts]));
      return {};
    }
    const missing = coursesTaken(reading.take).find((key) => !this.rules.courses.has(key));
    if (missing !== undefined) {
      faults.push(rowFault(header, ['unknown_course', { value: factText(missing) }]));
    }
    return reading.take;
  }

  private header(column: PairColumn): string {
    return this.rules.headers[this.rules.places.get(column) ?? -1] ?? column;
  }
}
