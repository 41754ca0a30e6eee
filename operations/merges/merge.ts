import { accessOf } from '../../domain/access';
import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import type { MergeOptions } from '../../domain/runs/runOptions';
import { isPasteable, shortened } from '../../domain/shown';
import type { Take } from '../../domain/merges/take';
import { nameOf, type UserView } from '../../domain/users/userView';
import { adminOfUser, areLastOwners } from '../../store/admins/admins';
import { transaction } from '../../store/database/db';
import { openMergeOf } from '../../store/merges/merges';
import { stagePair } from '../../store/merges/pairs';
import type { FoundUser } from '../../store/users/userRefs';
import { lastOwner } from '../admins/lastOwner';
import type { OperationContext } from '../context';
import type { StartedRun } from '../runs/imports';
import { resolveUser, scopeFor } from '../users/userScope';
import { existing } from '../users/users';
import { recordMergeRun } from './recordMergeRun';
import { takeOf, typedTake } from './take';

/** How a merge is carried out. */
export interface MergeRun {
  /** Off by default. */
  readonly dryRun?: boolean;
  /** 1 confirms the merge; without it the gate `expect` holds. */
  readonly expect?: number | null;
  /** The `shown` of a dry run: confirms the merge as it was shown, and nothing else. */
  readonly asShown?: string;
  readonly reason?: string;
}

export interface MergeInput extends MergeRun {
  /** The user who stays: id, code, login or e-mail. */
  readonly survivor: string;
  /** The user who is absorbed. */
  readonly redundant: string;
  /** Whose value counts where the rules are wrong: `email=redundant`, `course:SAFETY-101=redundant`. */
  readonly take?: readonly string[];
}

/** Two people of a merge, before it. */
interface Pair {
  readonly survivor: UserView;
  readonly redundant: UserView;
  readonly take: Take;
  /** How the two are named in the commands that are offered. */
  readonly named: { readonly survivor: string; readonly redundant: string };
}

/**
 * Records a run that merges two users. Its workflow has yet to be started. Faults: `forbidden`, `usage` (the
 * same person; the status must be chosen; a choice that is not understood; no `shown`), `not_found`, `invalid`
 * (merged already), `conflict` (an admin is the redundant user).
 */
export async function createMerge(
  context: OperationContext,
  input: MergeInput,
): Promise<StartedRun> {
  const pair = await prepared(context, input);
  const { reason } = input;
  const asShown = input.asShown?.trim().toLowerCase();
  const options: MergeOptions = {
    dryRun: input.dryRun === true,
    expect: input.expect ?? null,
    ...(asShown === undefined ? {} : { asShown }),
    ...(reason === undefined ? {} : { reason }),
  };
  return transaction(context.db, async (tx) => {
    const run = await recordMergeRun(tx, context, { action: 'run.merge', options });
    await stagePair(tx, {
      runId: run.runId,
      survivor: pair.survivor.id,
      redundant: pair.redundant.id,
      take: pair.take,
      reason: reason ?? null,
    });
    return run;
  });
}

/** Refuses what {@link createMerge} refuses, and records nothing. */
export async function checkMerge(context: OperationContext, input: MergeInput): Promise<void> {
  await prepared(context, input);
}

async function prepared(context: OperationContext, input: MergeInput): Promise<Pair> {
  requirePermission(context.level, 'users.merge');
  const scope = await scopeFor(context, 'users.merge');
  const kept = await resolveUser(context, input.survivor, scope);
  const gone = await resolveUser(context, input.redundant, scope);
  const [survivor, redundant] = [
    await existing(context, kept.survivorId),
    await existing(context, gone.id),
  ];
  const named = {
    survivor: wordFor(input.survivor, survivor),
    redundant: wordFor(input.redundant, redundant),
  };
  await refuseMerged(context, { kept, gone, survivor, redundant, named });
  const take = await takeOf(context, withStatus(input.take ?? [], { survivor, redundant }));
  const pair = { survivor, redundant, take, named };
  refuseStatuses(pair);
  await refuseAdmins(context, pair);
  refuseNoHash(input.asShown, pair);
  return pair;
}

/** Refuses a `shown` that no preview has, so that a typing mistake does not look like a change of people. */
function refuseNoHash(asShown: string | undefined, { take, named }: Pair): void {
  if (asShown === undefined || SHOWN.test(asShown.trim())) return;
  throw new Fault('usage', {
    code: 'bad_shown',
    message: `"${shortened(asShown)}" is no value that a preview of a merge ends with: it has 16 digits from 0 to 9 and a to f.`,
    next: { do: 'mergeUsers', ...named, take: typedTake(take) },
  });
}

const SHOWN = /^[0-9a-f]{16}$/i;

/** The reference as it was given, where it can stand in a command. */
function wordFor(given: string, { id }: UserView): string {
  const ref = given.trim();
  return isPasteable(ref) ? ref : id;
}

/** One person, or one who is merged already. */
async function refuseMerged(
  { db }: OperationContext,
  o: Pick<Pair, 'survivor' | 'redundant' | 'named'> & {
    readonly kept: FoundUser;
    readonly gone: FoundUser;
  },
): Promise<void> {
  const { kept, gone, survivor, redundant, named } = o;
  if (gone.id === gone.survivorId && gone.id !== kept.survivorId) return;
  const isSame = gone.survivorId === kept.survivorId;
  if (isSame && gone.id === gone.survivorId) {
    if (kept.id === gone.id) {
      throw new Fault('usage', {
        code: 'same_person',
        message: `"${named.survivor}" and "${named.redundant}" name one user, ${called(survivor)}: a merge takes two.`,
        next: { do: 'searchUsers', all: true },
      });
    }
    // The survivor that was named is absorbed by the other one.
    const merge = await openMergeOf(db.pool, kept.id);
    throw mergedAlready(
      `"${named.survivor}" is merged into ${called(redundant)} already`,
      merge?.id,
    );
  }
  const merge = await openMergeOf(db.pool, gone.id);
  if (isSame) {
    throw mergedAlready(
      `${called(redundant)} is merged into ${called(survivor)} already`,
      merge?.id,
    );
  }
  throw new Fault('invalid', {
    code: 'merged_elsewhere',
    message:
      `${called(redundant)} is merged into another user already, ${gone.survivorId}. ` +
      'Merge that one, or unmerge first.',
    next: {
      do: 'mergeUsers',
      survivor: named.survivor,
      redundant: gone.survivorId,
      take: [],
    },
    ...(merge === null ? {} : { ways: [{ do: 'showMerge', merge: merge.id }] }),
  });
}

function mergedAlready(message: string, merge: string | undefined): Fault {
  return new Fault('invalid', {
    code: 'merged_already',
    message: merge === undefined ? `${message}.` : `${message}: merge ${merge}.`,
    next: merge === undefined ? { do: 'listMerges' } : { do: 'showMerge', merge },
    ...(merge === undefined ? {} : { details: { mergeId: merge } }),
  });
}

/** `status=active` is the status of the user who is active. */
function withStatus(
  given: readonly string[],
  { survivor, redundant }: Pick<Pair, 'survivor' | 'redundant'>,
): string[] {
  return given.map((text) => {
    const status = /^\s*status\s*=\s*(active|inactive)\s*$/i.exec(text)?.[1]?.toLowerCase();
    if (status === undefined) return text;
    if (survivor.status === status) return 'status=survivor';
    return redundant.status === status ? 'status=redundant' : text;
  });
}

/** Two statuses are decided by a person: one of them gives access, and the other one ends it. */
function refuseStatuses({ survivor, redundant, take, named }: Pair): void {
  if (survivor.status === redundant.status || Object.hasOwn(take, 'status')) return;
  const choice = (side: 'survivor' | 'redundant', user: UserView): string =>
    `--take status=${side} (${user.status}: ${accessOf(user).allowed ? `${called(survivor)} can sign in` : 'nobody can sign in'})`;
  throw new Fault('usage', {
    code: 'status_differs',
    message:
      `${called(survivor)} is ${survivor.status} and ${called(redundant)} is ${redundant.status}. ` +
      `Say which status counts: ${choice('survivor', survivor)} or ${choice('redundant', redundant)}.`,
    next: {
      do: 'mergeUsers',
      ...named,
      // The choice that gives nobody access who has none.
      take: [
        ...typedTake(take),
        `status=${survivor.status === 'inactive' ? 'survivor' : 'redundant'}`,
      ],
    },
  });
}

/**
 * What an admin may do does not move with a merge: an owner gives it to another user. The last owner stays one.
 */
async function refuseAdmins({ db }: OperationContext, pair: Pair): Promise<void> {
  const { survivor, redundant, take, named } = pair;
  const admin = await adminOfUser(db.pool, redundant.id);
  if (admin !== null) {
    const own = await adminOfUser(db.pool, survivor.id);
    throw new Fault('conflict', {
      code: 'linked_admin',
      message:
        `The admin ${admin.name} is linked to ${called(redundant)}, who would be closed. ` +
        (own === null
          ? `Link the admin to ${called(survivor)} first.`
          : `${called(survivor)} is the admin ${own.name}: end one of the two links first.`),
      next: {
        do: 'linkAdmin',
        admin: admin.name,
        user: own === null ? named.survivor : 'none',
      },
    });
  }
  const ends = take['status'] === 'redundant' && redundant.status === 'inactive';
  if (ends && (await areLastOwners(db.pool, [survivor.id]))) {
    throw lastOwner(`${called(survivor)} is the last owner who may act, and stays active.`);
  }
}

/** A user in a sentence: the name and the number. */
function called(user: UserView): string {
  const name = nameOf(user);
  const key = user.code ?? user.login ?? user.email ?? user.id;
  return key === name ? name : `${name} (${key})`;
}
