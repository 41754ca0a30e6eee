import { USER_FIELD_NAMES, type UserField } from '../domain/fields';
import type { UserView } from '../domain/userView';
import {
  selectCreation,
  selectHistory,
  selectOrigins,
  type HistoryRow,
  type OriginRow,
} from '../store/userHistory';
import type { OperationContext } from './context';
import { existing } from './users';
import { resolveUser, scopeFor } from './userScope';

/** One event of a user's history: what a person did by hand, or what a run changed. */
export interface HistoryEvent extends Omit<HistoryRow, 'at'> {
  /** ISO 8601 instant. */
  readonly at: string;
}

/** The newest events of a user, newest first. Values of hand edits are kept nowhere but in the user. */
export async function userHistory(
  context: OperationContext,
  input: { readonly user: string; readonly limit?: number },
): Promise<{ readonly userId: string; readonly events: readonly HistoryEvent[] }> {
  const scope = await scopeFor(context, 'users.history');
  const { id } = await resolveUser(context, input.user, scope);
  const rows = await selectHistory(context.db.pool, { userId: id, limit: input.limit ?? 100 });
  return { userId: id, events: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
}

/** Why a field has its value. */
export interface FieldOrigin {
  readonly field: string;
  readonly value: unknown;
  /** The source that gave it; null: a person did, by hand or in bulk. */
  readonly source: string | null;
  readonly runId: string | null;
  readonly actor: string | null;
  readonly at: string;
  /** No source overwrites it until it is released. */
  readonly sticky: boolean;
}

/** A user and, for each field that has a value or a history, where that comes from. */
export async function explainUser(
  context: OperationContext,
  ref: string,
): Promise<{ readonly user: UserView; readonly explain: readonly FieldOrigin[] }> {
  const scope = await scopeFor(context, 'users.history');
  const { id } = await resolveUser(context, ref, scope);
  const user = await existing(context, id);
  const [origins, creation] = await Promise.all([
    selectOrigins(context.db.pool, id),
    selectCreation(context.db.pool, id),
  ]);
  const byField = new Map(origins.map((origin) => [origin.field, origin]));
  const byHand = origins.find(({ action }) => action === 'user.create');
  const explain = fieldsOf(user).flatMap(([field, value]) => {
    const origin = byField.get(field);
    const sticky = user.sticky.includes(field);
    if (origin === undefined && value === null && !sticky) return [];
    return [{ field, value, ...whence(origin ?? byHand, creation, user), sticky }];
  });
  return { user, explain };
}

function whence(
  origin: OriginRow | undefined,
  creation: Awaited<ReturnType<typeof selectCreation>>,
  user: UserView,
): Pick<FieldOrigin, 'source' | 'runId' | 'actor' | 'at'> {
  if (origin !== undefined) {
    const { source, runId, actor, at } = origin;
    return { source, runId, actor, at: at.toISOString() };
  }
  if (creation !== null) {
    const { source, runId, actor, at } = creation;
    return { source, runId, actor, at: at.toISOString() };
  }
  return { source: null, runId: null, actor: null, at: user.createdAt };
}

function fieldsOf(user: UserView): [string, unknown][] {
  const own = USER_FIELD_NAMES.map((field): [UserField, unknown] => [field, user[field]]);
  const properties = Object.entries(user.properties).map(([key, value]): [string, unknown] => [
    `properties.${key}`,
    value,
  ]);
  return [...own, ...properties];
}
