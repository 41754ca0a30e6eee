import { Fault } from '../../domain/faults';
import {
  GIVEN_REASONS,
  HOLDS_BACK,
  SUPPRESSION_REASONS,
  type GivenReason,
  type SuppressionReason,
} from '../../domain/letters/suppressions';
import { requirePermission } from '../../domain/permissions';
import { Faults } from '../../domain/severalFaults';
import { isEmail } from '../../domain/users/email';
import { audit, type AuditChanges } from '../../store/database/audit';
import { transaction, type Tx } from '../../store/database/db';
import {
  deleteSuppressions,
  insertSuppressions,
  noteSuppression,
  selectSuppressions,
  suppressionsOf,
  type SuppressionRow,
} from '../../store/letters/suppressions';
import type { Keyring } from '../../store/sources/secrets';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { badCursor, pageFrom, pageOf, type ListPage } from '../pages';

/** What the operations of suppressions need besides the store: the keys that addresses are hashed by. */
export interface SuppressionContext extends OperationContext, Keyring {}

/** An address that gets no letters, and why. */
export interface SuppressionView {
  /** `null`: its user was erased. */
  readonly address: string | null;
  readonly reason: SuppressionReason;
  /** `optional`: administrative letters still go there. */
  readonly holdsBack: 'all' | 'optional';
  /** ISO 8601 instant. */
  readonly since: string;
  /** The campaign whose letter came back. */
  readonly campaignId: string | null;
  readonly note: string | null;
}

export interface ListSuppressions extends ListPage {
  readonly reason?: string;
  /** Only this address, however its letters are written. */
  readonly address?: string;
}

export interface SuppressionList {
  /** The newest first. */
  readonly suppressions: readonly SuppressionView[];
  readonly next: string | null;
}

export interface AddSuppression {
  readonly address: string;
  /** `by_hand` unless given. */
  readonly reason?: string;
  readonly note?: string;
}

/** What a command made of a suppression. */
export interface ChangedSuppression extends SuppressionView {
  readonly change: 'added' | 'noted' | 'none';
}

export interface RemoveSuppression {
  readonly address: string;
  /** Only this reason; all of them unless given. */
  readonly reason?: string;
}

export interface RemovedSuppressions {
  readonly address: string;
  readonly removed: readonly SuppressionView[];
  /** Reasons that still hold letters back. */
  readonly left: readonly SuppressionReason[];
}

const MAX_NOTE_CHARS = 500;

/** A page of suppressed addresses. Faults: `usage`. */
export async function listSuppressions(
  context: SuppressionContext,
  input: ListSuppressions = {},
): Promise<SuppressionList> {
  requirePermission(context.level, 'suppressions.read');
  const reason = input.reason === undefined ? undefined : reasonOf(input.reason);
  const { pool } = context.db;
  if (input.address !== undefined) {
    const rows = await suppressionsOf(pool, { keys: context.keys, address: input.address });
    const meant = rows.filter((row) => reason === undefined || row.reason === reason);
    return { suppressions: meant.map(view), next: null };
  }
  const { limit, after } = pageOf(input, { isPlace: () => true });
  const found = await selectSuppressions(pool, {
    reason,
    limit: limit + 1,
    after: after === null ? null : placeOf(after),
  });
  const place = (row: SuppressionRow): string =>
    [row.since.toISOString(), row.hash, row.reason].join(' ');
  const { rows, next } = pageFrom(found, { limit, place });
  return { suppressions: rows.map(view), next };
}

/**
 * Suppresses an address; a note that is given replaces the one before. Faults: `usage` (all at once; no
 * secret key).
 */
export async function addSuppression(
  context: SuppressionContext,
  input: AddSuppression,
): Promise<ChangedSuppression> {
  requirePermission(context.level, 'suppressions.write');
  const { address, reason, note } = checked(input);
  const { keys } = context;
  return transaction(context.db, async (tx) => {
    const added = await insertSuppressions(tx, { keys, suppressions: [{ address, reason, note }] });
    const row = await theOne(tx, context, { address, reason });
    if (added > 0) {
      const changes = {
        address: [null, address],
        reason: [null, reason],
        note: [null, note],
      } as const;
      await tell(context, tx, { action: 'suppression.add', row, changes });
      return { ...view(row), change: 'added' };
    }
    if (note === null || note === row.note) return { ...view(row), change: 'none' };
    await noteSuppression(tx, { hash: row.hash, reason, note });
    const changes = { note: [row.note, note] } as const;
    await tell(context, tx, { action: 'suppression.note', row, changes });
    return { ...view({ ...row, note }), change: 'noted' };
  });
}

/** Lets letters go to an address again. Faults: `usage`, `not_found`. */
export async function removeSuppression(
  context: SuppressionContext,
  input: RemoveSuppression,
): Promise<RemovedSuppressions> {
  requirePermission(context.level, 'suppressions.write');
  const address = input.address.trim();
  const reason = input.reason === undefined ? null : reasonOf(input.reason);
  return transaction(context.db, async (tx) => {
    const all = await suppressionsOf(tx, { keys: context.keys, address, lock: true });
    const meant = all.filter((row) => reason === null || row.reason === reason);
    if (meant.length === 0) throw notSuppressed();
    await deleteSuppressions(tx, meant);
    for (const row of meant) {
      const changes = { address: [row.address, null], reason: [row.reason, null] } as const;
      await tell(context, tx, { action: 'suppression.remove', row, changes });
    }
    const left = all.filter((row) => !meant.includes(row)).map((row) => row.reason);
    return { address, removed: meant.map(view), left };
  });
}

async function theOne(
  tx: Tx,
  { keys }: Keyring,
  o: { readonly address: string; readonly reason: GivenReason },
): Promise<SuppressionRow> {
  const rows = await suppressionsOf(tx, { keys, address: o.address, lock: true });
  const row = rows.find(({ reason }) => reason === o.reason);
  if (row === undefined) throw new Error('the suppression just written is gone');
  return row;
}

/** The subject is the hash: a name of the address that says nothing about the person. */
async function tell(
  context: SuppressionContext,
  tx: Tx,
  o: { readonly action: string; readonly row: SuppressionRow; readonly changes: AuditChanges },
): Promise<void> {
  const { action, row, changes } = o;
  await audit(tx, {
    ...actorOf(context),
    action,
    subjectType: 'suppression',
    subjectId: row.hash,
    changes,
  });
}

function view({ hash: _, since, ...row }: SuppressionRow): SuppressionView {
  return { ...row, holdsBack: HOLDS_BACK[row.reason], since: since.toISOString() };
}

function checked(input: AddSuppression): {
  readonly address: string;
  readonly reason: GivenReason;
  readonly note: string | null;
} {
  const faults = new Faults();
  const address = input.address.trim();
  if (!isEmail(address)) faults.add('address', badAddress());
  const note = input.note?.trim() ?? '';
  if (note.length > MAX_NOTE_CHARS || note.includes('\0')) faults.add('note', badNote());
  const given = input.reason ?? 'by_hand';
  const reason = GIVEN_REASONS.find((one) => one === given);
  if (reason === undefined) faults.add('reason', badReason(given, GIVEN_REASONS));
  faults.refuse();
  return { address, reason: reason ?? 'by_hand', note: note === '' ? null : note };
}

function reasonOf(given: string): SuppressionReason {
  const found = SUPPRESSION_REASONS.find((reason) => reason === given);
  if (found !== undefined) return found;
  throw badReason(given, SUPPRESSION_REASONS);
}

function badReason(given: string, reasons: readonly string[]): Fault {
  return new Fault('usage', {
    code: 'bad_suppression',
    message: `"${given}" is no reason: ${reasons.join(', ')}.`,
    next: { do: 'helpAddSuppression' },
  });
}

function badAddress(): Fault {
  return new Fault('usage', {
    code: 'bad_email',
    message: 'This is no e-mail address.',
    next: { do: 'helpAddSuppression' },
  });
}

function badNote(): Fault {
  return new Fault('usage', {
    code: 'bad_suppression',
    message: `A note has at most ${String(MAX_NOTE_CHARS)} characters, and no NUL.`,
    next: { do: 'helpAddSuppression' },
  });
}

function notSuppressed(): Fault {
  return new Fault('not_found', {
    code: 'suppression_not_found',
    message: 'Letters to this address are not held back for that reason.',
    next: { do: 'listSuppressions' },
  });
}

const PLACE = /^(\S+) ([0-9a-f]{64}) (\w+)$/;

function placeOf(text: string): Pick<SuppressionRow, 'hash' | 'reason' | 'since'> {
  const [, since = '', hash = '', name = ''] = PLACE.exec(text) ?? [];
  const at = new Date(since);
  const reason = SUPPRESSION_REASONS.find((one) => one === name);
  if (reason !== undefined && !Number.isNaN(at.getTime())) return { since: at, hash, reason };
  throw badCursor();
}
