import type { CellRules } from '../../domain/files/cellKinds';
import type { KeyField } from '../../domain/files/listKey';
import { stagedAt } from '../../domain/files/staged';
import { rowColumn, type RowColumn } from './rowColumns';

const EXTERNAL_ID = stagedAt('external_id');
const CODE = stagedAt('code');
const LOGIN = stagedAt('login');
const LOGIN_KEY = stagedAt('login_key');
const EMAIL = stagedAt('email');
const EMAIL_KEY = stagedAt('email_key');

/** True for a row that says who it is: by a key of users, or by the key of its list. */
export function hasKey(row: readonly (string | null)[]): boolean {
  return (
    row[CODE] !== null || row[LOGIN] !== null || row[EMAIL] !== null || row[EXTERNAL_ID] !== null
  );
}

/** Where a row has the value of a key as it is compared. */
export const ID_AT: Readonly<Record<KeyField, number>> = {
  code: CODE,
  email: EMAIL_KEY,
  login: LOGIN_KEY,
};

/** A column of numbers that only this list uses. */
export function ownKeyColumn(
  own: { readonly index: number; readonly header: string },
  rules: CellRules,
): RowColumn {
  const plain = { ...rules, values: undefined, dateForms: new Map<number, never>(), hasCode: true };
  const column = rowColumn({ ...own, field: 'code' }, 'code', plain);
  return { ...column, target: EXTERNAL_ID };
}
