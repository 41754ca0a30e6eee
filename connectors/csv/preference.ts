import { fieldOfName, normalName } from '../../domain/files/columns';
import { userKey } from '../../domain/keys';
import { twoRowsOf, type ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import type { ColumnMap } from './columns';

/** Which rows a rule for two rows prefers: those with a value in one column. */
export interface Preference {
  /** The map of columns, in which the rule's column may be one that is not imported. */
  readonly columns: ColumnMap | undefined;
  readonly required: readonly string[];
  /** True for the cells of a row with the value. */
  readonly of: (cells: readonly string[]) => boolean;
}

/** The preference of `--two-rows COLUMN=VALUE`; null: the options have no such rule. */
export function preferenceOf(
  options: ImportOptions,
  o: { readonly header: readonly string[]; readonly properties: readonly PropertyDefinition[] },
): Preference | null {
  const rule = twoRowsOf({ ...options });
  if (rule === null || typeof rule === 'string') return null;
  const { column } = rule;
  const exact = o.header.findIndex((cell) => cell.trim() === column.trim());
  const name = normalName(column);
  const at = exact >= 0 ? exact : o.header.findIndex((cell) => normalName(cell) === name);
  const mapped = Object.keys(options.columns ?? {}).some((header) => normalName(header) === name);
  const isKnown = mapped || fieldOfName(column, o.properties) !== undefined;
  const value = userKey(rule.value);
  return {
    columns: isKnown && at >= 0 ? options.columns : { ...options.columns, [column]: '-' },
    required: at >= 0 ? [] : [column],
    of: (cells) => at >= 0 && userKey(cells[at] ?? '') === value,
  };
}
