import { fieldOfName, normalName } from '../../domain/files/columns';
import type { PropertyDefinition } from '../../domain/users/fields';
import type { ColumnMap } from './columns';

/** A column of a file that an option names, such as `--key` and `--two-rows`. */
export interface OptionColumn {
  /** Its place, from 0; -1: the file does not have it. */
  readonly at: number;
  /** The map of columns, in which the column may be one that is not imported. */
  readonly columns: ColumnMap | undefined;
}

/** Finds a column by its header as written, then by its normal form. */
export function optionColumn(
  column: string,
  o: {
    readonly columns: ColumnMap | undefined;
    readonly header: readonly string[];
    readonly properties: readonly PropertyDefinition[];
  },
): OptionColumn {
  const exact = o.header.findIndex((cell) => cell.trim() === column.trim());
  const name = normalName(column);
  const at = exact >= 0 ? exact : o.header.findIndex((cell) => normalName(cell) === name);
  const mapped = Object.keys(o.columns ?? {}).some((header) => normalName(header) === name);
  const isKnown = mapped || fieldOfName(column, o.properties) !== undefined;
  return { at, columns: isKnown && at >= 0 ? o.columns : { ...o.columns, [column]: '-' } };
}
