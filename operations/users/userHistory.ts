import { Fault } from '../../domain/faults';
import {
  compareFields,
  inFieldOrder,
  USER_FIELD_NAMES,
  type UserField,
} from '../../domain/users/fields';
import type { UserScope } from '../../domain/permissions';
import type { UserView } from '../../domain/users/userView';
import {
  selectCreation,
  selectHistory,
  selectOrigins,
  type HistoryPlace,
  type HistoryRow,
  type OriginRow,
} from '../../store/users/userHistory';
import { absorbedBy } from '../../store/merges/merges';
import { selectDeciders } from '../../store/lifecycle/mastering';
import type { OperationContext } from '../context';
import { maskFor } from './outside';
import { existing, withRecords, type UserWithRecords } from './users';
import { resolveUser, scopeFor } from './userScope';

/** One event of a user's history: what a person did by hand, or what a run changed. */
export interface HistoryEvent extends Omit<HistoryRow, 'at' | 'stands' | 'userId'> {
  /** ISO 8601 instant. */
  readonly at: string;
  /** Of an event of an account that the user absorbed: its id. */
  readonly absorbedId?: string;
}

export interface HistoryInput {
  readonly user: string;
  /** 1 to 1,000; 100 unless given. */
  readonly limit?: number;
  /** The `next` of the last page: goes on after it. */
  readonly cursor?: string;
}

export interface UserHistory {
  readonly userId: string;
  readonly events: readonly HistoryEvent[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

const MAX_LIMIT = 1000;

/**
 * What happened to a user, and to the accounts that it absorbed, newest first; the oldest event of each says
 * where it came from. Edits by hand
 * before 2026-12-02 kept no values: `became` has those that are known. Faults: `usage`, `not_found`.
 */
export async function userHistory(
  context: OperationContext,
  input: HistoryInput,
): Promise<UserHistory> {
  const scope = await scopeFor(context, 'users.history');
  const { limit = 100, cursor } = input;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new Fault('usage', {
      code: 'bad_limit',
      message: `A page has 1 to ${String(MAX_LIMIT)} events, not ${String(limit)}.`,
      next: { do: 'pageHistory', limit: MAX_LIMIT },
    });
  }
  const { id } = await resolveUser(context, input.user, scope);
  const { events, next } = await selectHistory(context.db.pool, {
    userIds: [id, ...(await absorbedBy(context.db.pool, id))],
    limit,
    ...(cursor === undefined ? {} : { after: placeOf(cursor) }),
  });
  const now: Readonly<Record<string, unknown>> = events.some(({ stands }) => stands !== null)
    ? Object.fromEntries(fieldsOf(await existing(context, id)))
    : {};
  const shown = events.map(({ stands, userId, ...event }) => ({
    ...event,
    at: event.at.toISOString(),
    became: withStanding({ stands, ...event }, userId === id ? now : {}),
    ...(userId === id ? {} : { absorbedId: userId }),
  }));
  return {
    userId: id,
    events: await eventsWithin(context, scope, shown),
    next: next === null ? null : cursorOf(next),
  };
}

/** The events, without the names of managers and organizations outside the scope. */
async function eventsWithin(
  context: OperationContext,
  scope: UserScope,
  events: readonly HistoryEvent[],
): Promise<readonly HistoryEvent[]> {
  const records = events.flatMap(({ changes, became }) => [changes, became]);
  const mask = await maskFor(context, scope, records);
  if (mask === null) return events;
  return events.map((event) => ({
    ...event,
    changes: event.changes === null ? null : mask.pairs(event.changes),
    became: event.became === null ? null : mask.values(event.became),
  }));
}

function withStanding(
  { became, stands }: Pick<HistoryRow, 'became' | 'stands'>,
  now: Readonly<Record<string, unknown>>,
): HistoryEvent['became'] {
  const standing = (stands ?? [])
    .filter((field) => field in now || field.startsWith('properties.'))
    .map((field): [string, unknown] => [field, now[field] ?? null]);
  const all: Record<string, unknown> = { ...became, ...Object.fromEntries(standing) };
  return Object.keys(all).length === 0 ? null : inFieldOrder(all);
}

function cursorOf({ at, key }: HistoryPlace): string {
  return Buffer.from(JSON.stringify([at, key])).toString('base64url');
}

function placeOf(cursor: string): HistoryPlace {
  const parts = /^\["(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","([\w -]{1,60})"\]$/.exec(
    Buffer.from(cursor, 'base64url').toString('utf8'),
  );
  const [, at = '', key = ''] = parts ?? [];
  if (!Number.isNaN(Date.parse(at))) return { at, key };
  throw new Fault('usage', {
    code: 'bad_cursor',
    message: 'This is no cursor of a history.',
    next: 'Take "next" of the page before, whole.',
  });
}

/** Why a field has its value. */
export interface FieldOrigin {
  readonly field: string;
  readonly value: unknown;
  /** The source that gave it; `null`: a person did, by hand or in bulk. */
  readonly source: string | null;
  readonly runId: string | null;
  readonly actor: string | null;
  readonly at: string;
  /** True when no source overwrites the field until it is released. */
  readonly sticky: boolean;
  /** The source that decides the field for this person; `null`: the last one that was read. */
  readonly decidedBy: string | null;
}

/** A user and, for each field that has a value or a history, where that value comes from. */
export interface ExplainedUser {
  readonly user: UserWithRecords;
  readonly explain: readonly FieldOrigin[];
}

export async function explainUser(context: OperationContext, ref: string): Promise<ExplainedUser> {
  const scope = await scopeFor(context, 'users.history');
  const { id } = await resolveUser(context, ref, scope);
  const user = await existing(context, id);
  const [origins, creation, deciders] = await Promise.all([
    selectOrigins(context.db.pool, id),
    selectCreation(context.db.pool, id),
    selectDeciders(context.db.pool, id),
  ]);
  const byField = new Map(origins.map((origin) => [origin.field, origin]));
  const byHand = origins.find(({ action }) => action === 'user.create');
  const explain = fieldsOf(user).flatMap(([field, value]) => {
    const origin = byField.get(field);
    const sticky = user.sticky.includes(field);
    if (origin === undefined && value === null && !sticky) return [];
    const from = whence(origin ?? byHand, creation, user);
    return [{ field, value, ...from, sticky, decidedBy: deciders.get(field) ?? null }];
  });
  return { user: await withRecords(context, user), explain };
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
  const properties = Object.entries(user.properties)
    .map(([key, value]): [string, unknown] => [`properties.${key}`, value])
    .sort(([a], [b]) => compareFields(a, b));
  return [...own, ...properties];
}
