import { isId } from '../../domain/ids';
import { Fault } from '../../domain/faults';
import { CREDIT_VALUES, type CreditValues } from '../../domain/records/credit';
import { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import {
  deleteCredit,
  findCredit,
  findSameCredit,
  insertCredit,
  selectCredits,
  updateCredit,
  type CreditRow,
} from '../../store/records/credits';
import { auditUser, writingUsers, type UserTx } from '../../store/users/userWrites';
import type { OperationContext } from '../context';
import { userEvent } from '../users/users';
import { lockWithin, resolveUser, scopeFor } from '../users/userScope';
import { creditView, type CreditView } from './recordViews';
import { pageFrom, pageOf, type ListPage } from '../pages';
import { changesOf, readValues, type RecordChange, type Typed } from './recordValues';

/** A credit after a command about it. */
export interface ChangedCredit extends CreditView {
  readonly change: RecordChange | 'removed';
}

export interface CreditList {
  readonly userId: string;
  readonly credits: readonly CreditView[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

export interface AddCredit {
  readonly user: string;
  readonly title: string;
  readonly provider: string;
  /** More than 0, up to 999999.99, with at most two decimals. */
  readonly credits: Typed;
  /** `YYYY-MM-DD`. */
  readonly earnedOn: string;
  /** An https address without a user name or a password in it. */
  readonly evidenceUrl?: string;
}

export interface EditCredit extends Partial<Omit<AddCredit, 'user'>> {
  readonly user: string;
  /** Its id. */
  readonly credit: string;
  readonly clear?: readonly 'evidenceUrl'[];
  /** The version that the edit was made from: refused where the credit has another one. */
  readonly ifVersion?: number;
}

/** A page of a person's external credits, the newest day first. */
export async function listCredits(
  context: OperationContext,
  input: ListPage & { readonly user: string },
): Promise<CreditList> {
  const scope = await scopeFor(context, 'records.read');
  const { limit, after } = pageOf(input);
  const { survivorId: userId } = await resolveUser(context, input.user, scope);
  const found = await selectCredits(await context.db.prisma(), {
    ...{ userId, limit: limit + 1 },
    after,
  });
  const { rows, next } = pageFrom(found, { limit, place: ({ id }) => id });
  return { userId, credits: rows.map(creditView), next };
}

/**
 * Adds an external credit. The same credit (title, provider, credits and day) is there once: adding it again
 * changes nothing. Faults (all at once): `usage`, `not_found`; `conflict` where the same credit has other
 * evidence.
 */
export async function addCredit(
  context: OperationContext,
  input: AddCredit,
): Promise<ChangedCredit> {
  const scope = await scopeFor(context, 'records.write');
  const person = await resolveUser(context, input.user, scope);
  const faults = new Faults();
  const given = valuesGiven(input, faults);
  faults.refuse();
  const { title = '', provider = '', credits = '', earnedOn = '', evidenceUrl = null } = given;
  const values: CreditValues = { title, provider, credits, earnedOn, evidenceUrl };
  return writingUsers(context.db, async (tx) => {
    // A merge waits for this lock, and after a merge it is the survivor's: no row lands on an absorbed account.
    const user = await lockWithin(tx, person.survivorId, scope);
    const same = await findSameCredit(tx, { userId: user.id, values });
    if (same !== null) {
      if (evidenceUrl !== null && evidenceUrl !== same.evidenceUrl) throw exists(same, input.user);
      return { ...creditView(same), change: 'unchanged' };
    }
    const viaUserId = person.id === user.id ? null : person.id;
    const id = await insertCredit(tx, { userId: user.id, viaUserId, values });
    const row = await existing(tx, { userId: user.id, id });
    await tell(context, tx, { action: 'credit.add', row, before: null, after: values });
    return { ...creditView(row), change: 'created' };
  });
}

/**
 * Changes values of a credit. Writes nothing when nothing changes. Faults (all at once): `usage`,
 * `not_found`; `conflict` for another version than expected, and where the person has the same credit twice
 * then.
 */
export async function editCredit(
  context: OperationContext,
  input: EditCredit,
): Promise<ChangedCredit> {
  const scope = await scopeFor(context, 'records.write');
  const person = await resolveUser(context, input.user, scope);
  const id = idOf(input.credit, input.user);
  const faults = new Faults();
  const given = valuesGiven(input, faults);
  const clear = input.clear ?? [];
  if (clear.length > 0 && input.evidenceUrl !== undefined) {
    const message = 'evidenceUrl is given twice; set it or clear it.';
    faults.add('evidenceUrl', new Fault('usage', { code: 'given_twice', message }));
  }
  return writingUsers(context.db, async (tx) => {
    const user = await lockWithin(tx, person.survivorId, scope);
    const row = await findCredit(tx, { userId: user.id, id });
    if (row === null) throw unknown(id, input.user);
    const before = valuesOf(row);
    const after = { ...before, ...given, ...(clear.length > 0 ? { evidenceUrl: null } : {}) };
    const found = new Faults(faults.found);
    const { ifVersion = row.version } = input;
    if (ifVersion !== row.version) found.add(null, creditChanged(row, input));
    const same = await findSameCredit(tx, { userId: user.id, values: after });
    if (same !== null && same.id !== row.id) found.add(null, exists(same, input.user));
    found.refuse();
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    if (isSame) return { ...creditView(row), change: 'unchanged' };
    await updateCredit(tx, row.id, after);
    await tell(context, tx, { action: 'credit.edit', row, before, after });
    const written = await existing(tx, { userId: user.id, id });
    return { ...creditView(written), change: 'updated' };
  });
}

/** Deletes a credit. The audit and the person's history keep its values. Faults: `not_found`. */
export async function removeCredit(
  context: OperationContext,
  input: { readonly user: string; readonly credit: string },
): Promise<ChangedCredit> {
  const scope = await scopeFor(context, 'records.write');
  const person = await resolveUser(context, input.user, scope);
  const id = idOf(input.credit, input.user);
  return writingUsers(context.db, async (tx) => {
    const user = await lockWithin(tx, person.survivorId, scope);
    const row = await findCredit(tx, { userId: user.id, id });
    if (row === null) throw unknown(id, input.user);
    await deleteCredit(tx, row.id);
    await tell(context, tx, { action: 'credit.remove', row, before: valuesOf(row), after: null });
    return { ...creditView(row), change: 'removed' };
  });
}

function valuesGiven(
  input: Partial<Omit<AddCredit, 'user'>>,
  faults: Faults,
): Partial<Omit<CreditValues, 'evidenceUrl'>> & { readonly evidenceUrl?: string } {
  const { title, provider, credits, earnedOn, evidenceUrl } = input;
  const given = { title, provider, credits, earnedOn, evidenceUrl };
  return readValues(CREDIT_VALUES, { given, faults });
}

function valuesOf({ title, provider, credits, earnedOn, evidenceUrl }: CreditRow): CreditValues {
  return { title, provider, credits, earnedOn, evidenceUrl };
}

function idOf(given: string, user: string): string {
  const id = given.trim().toLowerCase();
  if (isId(id)) return id;
  throw unknown(given, user);
}

async function existing(
  tx: UserTx,
  key: { readonly userId: string; readonly id: string },
): Promise<CreditRow> {
  const row = await findCredit(tx, key);
  if (row === null) throw new Error('a credit that was just written is not there');
  return row;
}

async function tell(
  context: OperationContext,
  tx: UserTx,
  o: {
    readonly action: string;
    readonly row: CreditRow;
    readonly before: CreditValues | null;
    readonly after: CreditValues | null;
  },
): Promise<void> {
  const { action, row, before, after } = o;
  const changes = changesOf(`credits.${row.title}`, {
    before: before === null ? null : { ...before, credits: Number(before.credits) },
    after: after === null ? null : { ...after, credits: Number(after.credits) },
  });
  await auditUser(tx, userEvent(context, { action, userId: row.userId, changes }));
}

function unknown(credit: string, user: string): Fault {
  return new Fault('not_found', {
    code: 'credit_not_found',
    message: `This person has no credit with the id ${shown(credit)}.`,
    next: { do: 'listCredits', user },
  });
}

function exists({ id, title, provider, credits, earnedOn }: CreditRow, user: string): Fault {
  return new Fault('conflict', {
    code: 'credit_exists',
    message: `This person has that credit already: ${shown(title)} of ${shown(provider)}, ${credits} credits, ${earnedOn}.`,
    next: { do: 'editCredit', user, credit: id },
    details: { creditId: id },
  });
}

function creditChanged(row: CreditRow, { user, ifVersion }: EditCredit): Fault {
  return new Fault('conflict', {
    code: 'credit_changed',
    message: `The edit is for version ${String(ifVersion)} of the credit, which has version ${String(row.version)} now.`,
    next: { do: 'listCredits', user },
    details: { version: row.version, credit: creditView(row) },
  });
}
