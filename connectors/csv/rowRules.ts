import type { CellRules } from '../../domain/files/cellKinds';
import type { FoundForms } from '../../domain/files/dateForms';
import type { FileDays } from '../../domain/files/fileDays';
import type { ImportOptions } from '../../domain/runs/runOptions';
import type { ReadColumn } from './columns';
import type { KeyColumn } from './keyColumn';
import type { ValueMaps } from './rowColumns';

/** How the rows of a file are read. */
export interface RowRules extends CellRules {
  readonly columns: readonly ReadColumn[];
  readonly blank: ImportOptions['blank'];
  readonly nullWords: ImportOptions['nullWords'];
  /** field → (given value → canonical value). */
  readonly values: ValueMaps | undefined;
  /** The formats of days that were found in columns. */
  readonly dateForms: FoundForms;
  /** Greatest number of characters of a cell. */
  readonly maxCellChars: number;
  /** Places of columns without a name, which have to be empty. */
  readonly unnamed: readonly number[];
  /** True for a file that Rollcall wrote for people: its neutralised cells are undone. */
  readonly neutralised: boolean;
  /** What says who a row is in this list. */
  readonly key: Pick<KeyColumn, 'own' | 'field'>;
  /** Decides what the days of a row say; null: they decide nothing. */
  readonly days: FileDays | null;
}

/** A row with fewer cells than the header. */
export interface ShortRow {
  readonly cells: readonly string[];
  readonly line: number;
  readonly suspicious: boolean;
}
