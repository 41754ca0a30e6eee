import { plainCell } from '../../domain/files/csvCells';
import type { RecordRow } from '../../domain/files/recordRows';
import { factText, rowFault, type RowFault } from '../../domain/files/rowFaults';
import { CONTROL } from '../../domain/files/staged';
import { EXTRA_TOKEN, MISSING_TOKEN } from '../../domain/files/tokens';
import { withoutUnseen } from '../../domain/files/unseen';
import { userKey } from '../../domain/keys';
import type { PairColumn } from '../../domain/merges/fileColumns';
import { coursesTaken, readTakeCell, type Take } from '../../domain/merges/take';
import type { NewMessage } from '../../domain/runs/messages';
import type { PropertyDefinition } from '../../domain/users/fields';
import { isBlank, textFault, trimmed, withoutFormula } from '../csv/rowColumns';

export interface PairRules {
  /** Where each column is in a row. */
  readonly places: ReadonlyMap<PairColumn, number>;
  /** The names of the columns as the file has them. */
  readonly headers: readonly string[];
  /** The file was written by Rollcall for people. */
  readonly neutralised: boolean;
  readonly maxCellChars: number;
  readonly properties: readonly PropertyDefinition[];
  readonly courses: ReadonlySet<string>;
}

const TAKE_WANTED = 'a choice such as email=redundant; course:SAFETY-101=redundant';

/** Makes staged rows of cells. */
export class PairReader {
  private blank = 0;
  private firstBlank: number | null = null;

  constructor(private readonly rules: PairRules) {}

  messages(): NewMessage[] {
    if (this.blank === 0) return [];
    const facts = { rows: this.blank };
    return [{ line: this.firstBlank, column: null, code: 'blank_rows', facts }];
  }

  /** The staged row of a record; null when all of its cells are blank. */
  read(cells: readonly string[], line: number): RecordRow | null {
    if (cells.every(isBlank)) {
      this.blank++;
      this.firstBlank ??= line;
      return null;
    }
    const faults: RowFault[] = [];
    const width = this.rules.headers.length;
    if (cells.slice(width).some((cell) => !isBlank(cell))) {
      faults.push(rowFault(null, ['too_many_cells', { cells: cells.length, columns: width }]));
    }
    const survivor = this.cell('survivor', { cells, faults });
    const redundant = this.cell('redundant', { cells, faults });
    const take = this.take(this.cell('take', { cells, faults }), faults);
    const reason = this.cell('reason', { cells, faults });
    const named = { line, userRef: survivor, otherRef: redundant };
    if (survivor === null || redundant === null || faults.length > 0) {
      return { ...named, record: null, faults };
    }
    const record = { userKey: userKey(survivor), otherKey: userKey(redundant), take, reason };
    return { ...named, record, faults: null };
  }

  private cell(
    column: PairColumn,
    { cells, faults }: { readonly cells: readonly string[]; readonly faults: RowFault[] },
  ): string | null {
    const index = this.rules.places.get(column);
    if (index === undefined) return null;
    const header = this.header(column);
    const given = cells[index] ?? '';
    const plain = this.rules.neutralised ? plainCell(given) : given;
    let value = trimmed(withoutUnseen(plain, { joiners: true }));
    if (value.startsWith('=')) value = withoutFormula(value);
    if (value === '') {
      if (column === 'survivor' || column === 'redundant')
        faults.push(rowFault(header, ['missing_cell', {}]));
      return null;
    }
    if (this.rules.neutralised && (value === MISSING_TOKEN || value.includes(EXTRA_TOKEN))) {
      faults.push(rowFault(header, ['unmended_cell', { columns: [header], cells: 1 }]));
    } else if (value.length > this.rules.maxCellChars || CONTROL.test(value)) {
      faults.push(rowFault(header, textFault(value, this.rules.maxCellChars)));
    }
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
