import { withAccess, type ShownUser } from '../../domain/access';
import { Fault } from '../../domain/faults';
import type { UserStatus } from '../../domain/users/fields';
import type { UserScope } from '../../domain/permissions';
import type { UserView } from '../../domain/users/userView';
import type { AuditEvent } from '../../store/database/audit';
import { openMergesOf } from '../../store/merges/merges';
import { requireCourses } from '../../store/users/filterCourses';
import { selectProperties } from '../../store/users/properties';
import { readUser } from '../../store/users/userView';
import type { UserChoice } from '../../store/users/list/choice';
import {
  countUsers,
  selectUsers,
  type ListedUsers,
  type PageRequest,
} from '../../store/users/list/pages';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { recordsOf, type UserRecords } from '../records/recordViews';
import { savedFilter } from './filters';
import { reachOf, resolveUser, scopeFor } from './userScope';

export interface ListUsers {
  readonly search?: string;
  /** True: also of a search that finds few people, only those who have its words. */
  readonly exact?: boolean;
  /** A SCIM filter. */
  readonly filter?: string;
  /** The name of a saved filter; both filters apply. */
  readonly saved?: string;
  /** Statuses; only active users unless given, or unless a filter mentions status. */
  readonly status?: UserStatus | 'all';
  /**
   * An attribute, with `-` before it for descending order; ids (the order of creation) unless
   * given.
   */
  readonly sort?: string;
  /** 1 to 1,000; 100 unless given. */
  readonly limit?: number;
  readonly cursor?: string;
  readonly count?: boolean;
}

export interface UserList {
  readonly users: readonly UserView[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
  readonly count?: number;
  /** Few people have the words of the search: people whose names are similar are listed, too. */
  readonly approximate?: true;
  /** Many people were just written: a search does not find all of them yet. */
  readonly indexing?: true;
}

/** A search that finds fewer people looks for similar names, too. */
const MIN_FOUND = 5;
const MAX_LIMIT = 1000;

/** One page of users, in a stable order. Faults: `usage`, `not_found` (saved filter). */
export async function listUsers(context: OperationContext, input: ListUsers): Promise<UserList> {
  const scope = await scopeFor(context, 'users.read');
  const { limit = 100, sort, cursor } = input;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new Fault('usage', {
      code: 'bad_limit',
      message: `A page has 1 to ${String(MAX_LIMIT)} users, not ${String(limit)}.`,
      next: { do: 'pageUsers', limit: MAX_LIMIT },
    });
  }
  const choice = await choiceOf(context, scope, input);
  const properties = await selectProperties(context.db.pool);
  const page = {
    limit,
    ...(sort === undefined ? {} : { sort }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const request = { choice, page, properties };
  const list = await (input.exact === true
    ? selectUsers(context.db.pool, request)
    : pageOf(context, request));
  const { users, next, approximate, indexing } = list;
  const found = {
    users,
    next,
    ...(approximate ? { approximate: true as const } : {}),
    ...(indexing ? { indexing: true as const } : {}),
  };
  if (input.count !== true) return found;
  const counted = { choice, properties, approximate };
  return { ...found, count: await countUsers(context.db.pool, counted) };
}

/** A page; of a search that finds few people, with those whose names are similar. */
async function pageOf({ db }: OperationContext, o: PageRequest): Promise<ListedUsers> {
  const exact = await selectUsers(db.pool, o);
  const isFirst = o.page.cursor === undefined;
  const isFew = exact.next === null && exact.users.length < MIN_FOUND;
  if (!isFirst || !isFew || (o.choice.search ?? '').trim() === '') return exact;
  const similar = await selectUsers(db.pool, { ...o, page: { ...o.page, approximate: true } });
  return similar.users.length > exact.users.length ? similar : exact;
}

/** The users that options choose, saved filters looked up. */
export async function choiceOf(
  context: OperationContext,
  scope: UserScope,
  input: Pick<ListUsers, 'search' | 'filter' | 'saved' | 'status'>,
): Promise<UserChoice> {
  const { search, filter, saved, status } = input;
  const filters = [
    ...(filter === undefined ? [] : [filter]),
    ...(saved === undefined ? [] : [(await savedFilter(context, saved)).filter]),
  ];
  await requireCourses(context.db.pool, filters);
  return {
    scope,
    filters,
    ...(search === undefined ? {} : { search }),
    ...(status === undefined ? {} : { status }),
  };
}

/** A user by id, code, login or e-mail; a merged one shows its survivor (`mergedIntoId`). */
export async function showUser(context: OperationContext, ref: string): Promise<UserWithRecords> {
  const scope = await scopeFor(context, 'users.read');
  const { id } = await resolveUser(context, ref, scope);
  return withRecords(context, await existing(context, id));
}

/** A user, with whether the user can sign in, and with the learner records. */
export interface UserWithRecords extends ShownUser, UserRecords {}

/** Everything that `users show` shows of a user that the actor reaches. */
export async function withRecords(
  context: OperationContext,
  user: UserView,
): Promise<UserWithRecords> {
  return { ...(await withMerges(context, user)), ...(await recordsOf(context, user.id)) };
}

/** The user with what `users show` adds: the access, and the merges that stand. */
async function withMerges(context: OperationContext, user: UserView): Promise<ShownUser> {
  const merges = await openMergesOf(context.db.pool, user.id);
  if (merges.length === 0) return withAccess(user);
  const shown = merges.map(({ mergeId, state, survivor, absorbed, mergedAt, unmergeUntil }) => ({
    ...{ mergeId, state, survivor, absorbed, mergedAt, unmergeUntil },
  }));
  return { ...withAccess(user), merges: shown };
}

/** The user as it is now, as the actor sees it. @throws Fault not_found, also outside the reach */
export async function existing(context: OperationContext, id: string): Promise<UserView> {
  const user = await readUser(context.db.pool, { id, scope: await reachOf(context) });
  if (user !== null) return user;
  throw new Fault('not_found', {
    code: 'user_not_found',
    message: `There is no user ${id}.`,
    next: { do: 'listUsers' },
  });
}

/** An audit event about a user; with `changes`, the values are kept apart from it. */
export function userEvent(
  context: OperationContext,
  o: Pick<AuditEvent, 'action' | 'fields' | 'changes'> & { readonly userId: string },
): AuditEvent {
  const { userId, ...event } = o;
  return { ...actorOf(context), ...event, subjectType: 'user', subjectId: userId };
}
