import { DEFAULT_MIN_SCORE, type DuplicatePair } from '../../domain/duplicates/pair';
import { Fault } from '../../domain/faults';
import { audit } from '../../store/database/audit';
import { newId, transaction } from '../../store/database/db';
import { holdPair, rememberedPair, writeDifferent } from '../../store/duplicates/pairs';
import { searchPairs, type SearchInput } from '../../store/duplicates/search';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { userEvent } from '../users/users';
import { resolveUser, scopeFor } from '../users/userScope';

export interface FindDuplicates {
  /** Pairs with at least this score, 0 to 100; 80 unless given. */
  readonly min?: number;
}

/** A search that is ready to run, once. */
export type PreparedSearch = (
  o: Pick<SearchInput, 'onProgress' | 'onCompared'>,
) => AsyncGenerator<readonly DuplicatePair[], void>;

/**
 * Prepares a search for users that may be one person. It reads everybody and merges nobody. Faults:
 * `usage`, `forbidden`.
 */
export async function findDuplicates(
  context: OperationContext,
  { min = DEFAULT_MIN_SCORE }: FindDuplicates,
): Promise<PreparedSearch> {
  await scopeFor(context, 'users.merge');
  if (!Number.isInteger(min) || min < 0 || min > 100) {
    throw new Fault('usage', {
      code: 'bad_number',
      message: 'A score is a whole number from 0 to 100.',
      next: { do: 'findDuplicates' },
    });
  }
  return async function* (o) {
    // The search may begin long after it was prepared.
    await scopeFor(context, 'users.merge');
    yield* searchPairs(context.db, {
      ...{ min, ...o },
      // A search that is cut off is audited, too.
      onBegin: (tx) =>
        audit(tx, {
          ...actorOf(context),
          action: 'users.duplicates',
          subjectType: 'export',
          subjectId: newId(),
          fields: [],
          changes: { min: [null, min] },
        }),
    });
  };
}

/** Two users that are remembered as different people. */
export interface DismissedPair {
  /** Ids. */
  readonly users: readonly [string, string];
  /** ISO 8601. */
  readonly dismissedAt: string;
  /** True when they were remembered as different people before. */
  readonly already: boolean;
}

/**
 * Remembers that two users are different people: they are never proposed again, nor what they are merged
 * into later. Faults: `not_found`, `usage`, `conflict` when one of them is merged, `forbidden`.
 */
export async function dismissDuplicate(
  context: OperationContext,
  users: readonly [string, string],
): Promise<DismissedPair> {
  const scope = await scopeFor(context, 'users.merge');
  const ids: readonly [string, string] = [
    (await resolveUser(context, users[0], scope)).id,
    (await resolveUser(context, users[1], scope)).id,
  ];
  return transaction(context.db, async (tx) => {
    const [into, otherInto] = await holdPair(tx, ids);
    for (const [id, survivor] of [
      [ids[0], into],
      [ids[1], otherInto],
    ] as const) {
      if (survivor !== null) throw merged(id, survivor);
    }
    if (ids[0] === ids[1]) throw oneUser(ids[0]);
    const before = await rememberedPair(tx, ids);
    if (before?.state === 'different') {
      return { users: ids, dismissedAt: before.at.toISOString(), already: true };
    }
    const at = await writeDifferent(tx, { ids, actorId: context.actorId });
    for (const [userId, other] of [ids, [ids[1], ids[0]] as const]) {
      const changes = { differentFrom: [null, other] } as const;
      await audit(tx, userEvent(context, { action: 'user.dismiss', userId, changes }));
    }
    return { users: ids, dismissedAt: at.toISOString(), already: false };
  });
}

function oneUser(user: string): Fault {
  return new Fault('usage', {
    code: 'one_user',
    message: `Both are user ${user}: give two different users.`,
    next: { do: 'showUser', user },
  });
}

function merged(user: string, survivor: string): Fault {
  return new Fault('conflict', {
    code: 'user_merged',
    message: `User ${user} is merged into user ${survivor}, so the two are no pair. Take the merge back first, if they are different people.`,
    next: { do: 'showUser', user: survivor },
  });
}
