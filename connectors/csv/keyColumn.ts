import { Fault } from '../../domain/faults';
import { nearestHeader } from '../../domain/files/columns';
import { keyOf, type KeyField } from '../../domain/files/listKey';
import type { ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import { isPasteable, shellWord, shown } from '../../domain/shown';
import { optionColumn, type ColumnMap, type ReadColumn } from './columns';

/** Where the rows of a file have the key of their list. */
export interface KeyColumn {
  /** The map of columns, in which the key column may be one that is not imported. */
  readonly columns: ColumnMap | undefined;
  /** The column itself; null: the key is a field. */
  readonly own: { readonly index: number; readonly header: string } | null;
  readonly field: KeyField | null;
}

/**
 * The key that the options name; a file without the column of a chosen key is refused. A file without
 * codes can be read by a list that knows its people by code: its rows have no number.
 *
 * @throws Fault `refused_file`/`no_key_column`
 */
export function keyColumnOf(
  options: ImportOptions,
  o: {
    readonly header: readonly string[];
    readonly line: number;
    readonly columns: ColumnMap | undefined;
    readonly properties: readonly PropertyDefinition[];
  },
): KeyColumn {
  const key = keyOf({ ...options });
  if (typeof key === 'string') return { columns: o.columns, own: null, field: key };
  const { at, columns } = optionColumn(key.column, o);
  const header = o.header[at]?.trim();
  if (header === undefined) throw absentKey(key.column, o);
  return { columns, own: { index: at, header }, field: null };
}

/** @throws Fault `refused_file`/`no_key_column` where the file does not have the chosen key field. */
export function requireKeyField(
  options: ImportOptions,
  o: { readonly columns: readonly ReadColumn[]; readonly line: number },
): void {
  const key = keyOf({ ...options });
  if (typeof key !== 'string' || key === 'code') return;
  if (o.columns.some(({ field }) => field === key)) return;
  throw new Fault('refused_file', {
    code: 'no_key_column',
    message:
      `Line ${String(o.line)}: no column is the ${key}, by which this list knows its people ` +
      `(--key ${key}).`,
    next: `Add it, or map the column that has it: --map HEADER=${key}.`,
  });
}

function absentKey(
  column: string,
  o: { readonly header: readonly string[]; readonly line: number },
): Fault {
  const near = nearestHeader(
    column,
    o.header.map((cell) => cell.trim()),
  );
  const meant = near === undefined ? undefined : o.header[near]?.trim();
  const offer =
    meant !== undefined && isPasteable(meant)
      ? `If ${shown(meant)} is meant: rollcall import FILE --key ${shellWord(meant)}.`
      : 'Write the column in --key as the file does.';
  return new Fault('refused_file', {
    code: 'no_key_column',
    message:
      `Line ${String(o.line)}: the file does not have the column ${shown(column)}, by which this list ` +
      'knows its people (--key).',
    next: offer,
  });
}
