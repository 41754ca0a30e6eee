import { userKey } from '../../domain/keys';
import { twoRowsOf, type ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import { optionColumn, type ColumnMap } from './columns';

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
  const { at, columns } = optionColumn(rule.column, { ...o, columns: options.columns });
  const value = userKey(rule.value);
  return {
    columns,
    required: at >= 0 ? [] : [rule.column],
    of: (cells) => at >= 0 && userKey(cells[at] ?? '') === value,
  };
}
