import { dateReader, isoDay } from '../../domain/dates';
import { cellKind, isNameField, type CellKind, type CellRules } from '../../domain/files/cellKinds';
import type { FoundForm, FoundForms } from '../../domain/files/dateForms';
import { valueMap } from '../../domain/files/mapping';
import type { CellFault } from '../../domain/files/rowFaults';
import { CONTROL, FIELD_AT } from '../../domain/files/staged';
import { withoutUnseen } from '../../domain/files/unseen';
import { shortened } from '../../domain/shown';
import { isUserField, USER_FIELDS, type FieldName } from '../../domain/users/fields';
import type { ReadColumn } from './columns';

/** A column that fills a field, and how its cells are read. */
export interface RowColumn {
  readonly index: number;
  readonly header: string;
  readonly field: FieldName;
  /** Place in the staged row; -1 for properties. */
  readonly target: number;
  readonly kind: CellKind;
  readonly values: ReadonlyMap<string, string> | undefined;
  /** What an emptied cell means: `yes` clears the field; `never`: the field cannot be cleared. */
  readonly clearable: 'yes' | 'never';
  readonly isKey: boolean;
  readonly role: 'code' | 'name' | 'email' | 'manager' | 'day' | 'zone' | 'other';
  /** A zero-width joiner may be part of the text. */
  readonly joiners: boolean;
  filled: number;
}

/** field → (given value → canonical value). */
export type ValueMaps = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The column as its cells are read. */
export function rowColumn(
  column: ReadColumn,
  field: FieldName,
  rules: CellRules & {
    readonly values: ValueMaps | undefined;
    readonly dateForms: FoundForms;
    /** The file has a column with codes. */
    readonly hasCode: boolean;
  },
): RowColumn {
  const form = rules.dateForms.get(column.index);
  return {
    index: column.index,
    header: shortened(column.header),
    field,
    target: FIELD_AT.get(field) ?? -1,
    kind: cellKind(field, form === undefined ? rules : { ...rules, ...datesIn(form) }),
    values: valueMap(rules.values?.[field]),
    clearable: field === 'code' || field === 'status' ? 'never' : 'yes',
    isKey: field === 'code' || field === 'login' || field === 'email',
    role: field === 'login' && !rules.hasCode ? 'code' : roleOf(field),
    joiners: isText(field),
    filled: 0,
  };
}

function datesIn({ format }: FoundForm): Pick<CellRules, 'date' | 'dateFormat'> {
  const read = dateReader(format);
  return { date: (value) => read(value) ?? isoDay(value), dateFormat: format };
}

function roleOf(field: FieldName): RowColumn['role'] {
  if (field === 'code' || field === 'email' || field === 'manager') return field;
  if (field === 'hireDate' || field === 'leaveDate') return 'day';
  if (field === 'timeZone') return 'zone';
  return isNameField(field) ? 'name' : 'other';
}

/** A key with each run of letters and of digits as one: keys of one list are mostly of one form. */
export function formOf(key: string): string {
  return trimmed(key)
    .replace(/\p{L}+/gu, 'a')
    .replace(/\d+/g, '9');
}

/** Why no cell may hold the text: it is too long, or holds a control character. */
export function textFault(value: string, most: number): CellFault {
  if (value.length > most) return ['cell_too_long', { chars: value.length, most }];
  if (value.includes('\0')) return ['nul_byte', {}];
  const char = CONTROL.exec(value)?.[0].charCodeAt(0) ?? 0;
  return ['control_character', { char: `U+${char.toString(16).toUpperCase().padStart(4, '0')}` }];
}

/** Columns that the fault of a row's marked cells names; the others are counted. */
export const MAX_NAMED = 3;

/** A question mark beside a letter: no name has one. */
export const LETTER_LOST = /\p{L}\?|\?\p{L}/u;
const ALL_LOST = /^\?[?\s]*$/;
const NEITHER_LETTER = /^[\d\s!-/:-@[-`{-~]*$/;

/**
 * False for digits and punctuation alone, which the total of a column has. A name whose letters were
 * lost is a name.
 */
export function isName(value: string): boolean {
  const first = value.charCodeAt(0) | 32;
  return (first > 96 && first < 123) || !NEITHER_LETTER.test(value) || ALL_LOST.test(value);
}

/** True for a first cell such as `Total` or `End of report`: of several words, or without a digit. */
export function isFooter(code: string | null | undefined): boolean {
  return typeof code === 'string' && (/\s/.test(code) || !/\d/.test(code));
}

/** `="x"` is x: a program wrote it so that no spreadsheet rounds it. */
export function withoutFormula(text: string): string {
  const inner = /^="((?:[^"]|"")*)"$/.exec(text)?.[1];
  return inner === undefined ? text : inner.replaceAll('""', '"').trim();
}

/** True for a field whose value is any text. */
export function isText(field: FieldName): boolean {
  if (!isUserField(field)) return true;
  return USER_FIELDS[field].kind === 'text';
}

/** True for a cell of nothing but characters that cannot be seen. */
export function isUnseen(cell: string): boolean {
  return isBlank(withoutUnseen(cell, { joiners: false }));
}

/** True for a cell of white space. */
export function isBlank(cell: string): boolean {
  return cell === '' || cell.trim() === '';
}

/** `trim`, called only where an end may be white space: most cells begin and end with a letter. */
export function trimmed(cell: string): string {
  if (cell === '') return cell;
  const first = cell.charCodeAt(0);
  const last = cell.charCodeAt(cell.length - 1);
  return first > 32 && first < 127 && last > 32 && last < 127 ? cell : cell.trim();
}
