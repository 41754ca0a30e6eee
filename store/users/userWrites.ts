import type { DateField, PlainField, ReferenceId } from '../../domain/users/fields';
import { Fault } from '../../domain/faults';
import { isPassing, sqlStateOf } from '../../domain/passing';
import type { PropertyValue } from '../../domain/users/userView';
import type { AuditEvent } from '../database/audit';
import { newId, type Db } from '../database/db';
import type { Prisma, User } from '../generated/client';

/** A transaction over single users, through Prisma. */
export type UserTx = Prisma.TransactionClient;
/** The complete row of a user, locked until commit. */
export type LockedUser = User;

type Texts = { [F in Exclude<PlainField, DateField> | ReferenceId]?: string | null };
type Days = { [F in DateField]?: Date | null };

/** The columns of a user that a person writes. Days as UTC midnights. */
export interface UserValues extends Texts, Days {
  loginKey?: string | null;
  emailKey?: string | null;
  status?: 'active' | 'inactive';
  properties?: Record<string, PropertyValue>;
  sticky?: string[];
  protected?: boolean;
  /** `now`: the time of the transaction, by the clock of the database. */
  deactivatedAt?: 'now' | null;
  deactivatedReason?: string | null;
}

/**
 * deadlock or serialization failure; a unique key taken by a writer at the same time. By Prisma's
 * codes, and by SQLSTATE where Prisma has none of its own (raw statements).
 */
const RETRIED = new Set(['P2034', 'P2002', '40001', '40P01', '23505']);

/**
 * Runs `work` in one transaction and repeats it on a race with another writer (at most five times),
 * so that `work` finds what the other one wrote: it must be safe to repeat. It waits up to half a minute
 * for a row that a batch of a run holds.
 */
export async function writingUsers<T>(
  db: Pick<Db, 'prisma'>,
  work: (tx: UserTx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const prisma = await db.prisma();
      return await prisma.$transaction(work, { timeout: 30_000, maxWait: 10_000 });
    } catch (error) {
      const { Prisma } = await import('../generated/client.js');
      const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : '';
      const raced = RETRIED.has(code) || RETRIED.has(sqlStateOf(error) ?? '');
      if (raced && attempt < 5) continue;
      // The other P2028 is a pool without a free connection.
      if (code !== 'P2028' || isPassing(error)) throw error;
      throw new Fault('unavailable', {
        code: 'user_busy',
        message: 'The user is being written by a run and was not free within 30 seconds.',
        next: { do: 'waitForRuns' },
        cause: error,
      });
    }
  }
}

/**
 * Locks a user until commit, following merges to the last survivor: a write to an absorbed account
 * goes to its survivor. @throws Fault not_found
 */
export async function lockUser(tx: UserTx, id: string): Promise<LockedUser> {
  let at = id;
  for (let steps = 0; steps < 50; steps++) {
    const [row] = await tx.$queryRaw<{ into: string | null }[]>`
      select merged_into_id as into from "user" where id = ${at}::uuid for update`;
    if (row === undefined) break;
    if (row.into === null) return tx.user.findUniqueOrThrow({ where: { id: at } });
    at = row.into;
  }
  throw new Fault('not_found', {
    code: 'user_not_found',
    message: `There is no user ${id}.`,
    next: { do: 'searchUsers', all: false },
  });
}

/** Creates a user of version 1 and returns its id. */
export async function insertUser(tx: UserTx, values: UserValues): Promise<string> {
  const id = newId();
  const { deactivatedAt, ...rest } = values;
  await tx.user.create({
    data: { id, ...rest, ...(deactivatedAt === 'now' ? { deactivatedAt: await timeOf(tx) } : {}) },
  });
  return id;
}

/** Writes a locked user: the version grows by one. */
export async function updateUser(tx: UserTx, id: string, values: UserValues): Promise<void> {
  const at = await timeOf(tx);
  const { deactivatedAt, ...rest } = values;
  const deactivated =
    deactivatedAt === undefined ? {} : { deactivatedAt: deactivatedAt === null ? null : at };
  await tx.user.update({
    where: { id },
    data: { ...rest, ...deactivated, version: { increment: 1 }, updatedAt: at },
  });
}

/** The time of the transaction: every process has a clock of its own, the database has one. */
async function timeOf(tx: UserTx): Promise<Date> {
  const [row] = await tx.$queryRaw<{ at: Date }[]>`select now() as at`;
  if (row === undefined) throw new Error('a statement without its row');
  return row.at;
}

/** A user who holds a key. */
export interface KeyHolder {
  /** The keys that are taken. */
  readonly fields: readonly ('code' | 'login' | 'email')[];
  readonly userId: string;
  readonly code: string | null;
  readonly mergedIntoId: string | null;
  /** The organization of the user; of a merged one, that of the survivor. */
  readonly organizationId: string | null;
}

/** Other users that hold a key which `values` takes. */
export async function keyHolders(
  tx: UserTx,
  values: UserValues,
  exceptId?: string,
): Promise<KeyHolder[]> {
  const keys = { code: values.code, loginKey: values.loginKey, emailKey: values.emailKey };
  const taken = Object.entries(keys).flatMap(([key, value]) =>
    typeof value === 'string' ? [{ [key]: value }] : [],
  );
  if (taken.length === 0) return [];
  const holders = await tx.user.findMany({
    where: { OR: taken, ...(exceptId === undefined ? {} : { id: { not: exceptId } }) },
    include: { mergedInto: { select: { organizationId: true } } },
    orderBy: { id: 'asc' },
  });
  return holders.map((user) => ({
    fields: [
      ...(user.code !== null && user.code === keys.code ? ['code' as const] : []),
      ...(user.loginKey !== null && user.loginKey === keys.loginKey ? ['login' as const] : []),
      ...(user.emailKey !== null && user.emailKey === keys.emailKey ? ['email' as const] : []),
    ],
    userId: user.id,
    code: user.code,
    mergedIntoId: user.mergedIntoId,
    organizationId: (user.mergedInto ?? user).organizationId,
  }));
}

/** Keeps the declarations of properties from being deleted until commit. */
export async function holdProperties(tx: UserTx, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const held = await tx.$queryRaw<{ key: string }[]>`
    select key from property_definition where key = any (${[...keys]}) for key share`;
  const gone = keys.find((key) => !held.some((row) => row.key === key));
  if (gone === undefined) return;
  throw new Fault('conflict', {
    code: 'property_deleted',
    message: `The property ${gone} was just deleted.`,
    next: { do: 'listProperties' },
  });
}

/** {@link audit} within a transaction of Prisma's. */
export async function auditUser(tx: UserTx, e: AuditEvent): Promise<void> {
  const { changes = {} } = e;
  const { Prisma } = await import('../generated/client.js');
  const { id: eventId } = await tx.auditEvent.create({
    data: {
      actorId: e.actorId,
      door: e.door,
      tokenId: e.tokenId,
      action: e.action,
      subjectType: e.subjectType,
      subjectId: e.subjectId,
      runId: e.runId ?? null,
      fields: [...(e.fields ?? Object.keys(changes))],
    },
  });
  const values = Object.entries(changes).map(([field, [before, after]]) => ({
    eventId,
    field,
    before: before ?? Prisma.DbNull,
    after: after ?? Prisma.DbNull,
  }));
  if (values.length > 0) await tx.auditValue.createMany({ data: values });
}
