import { Fault } from '../domain/faults';
import { openDatabase, type Db } from '../store/database/db';
import { migrate, migrationStatus, type MigrationStatus } from '../store/database/migrate';
import { ownershipOf, type Ownership } from '../store/database/rights';
import { lookAtSessions, type SessionLook } from '../store/database/session';
import { openingFault } from './context';

/**
 * Brings a database to this program's schema. Takes no actor: a person with the credentials of a
 * database without a schema is the one who sets it up. Faults: `unavailable`, `schema`.
 */
export async function migrateDatabase(
  url: string,
  o: {
    /** Says what it waits for, and who holds the lock, where that takes long. */
    readonly onWait?: (line: string) => void;
  } = {},
): Promise<{ applied: readonly string[] }> {
  return withDatabase(url, async (db) => {
    const ownership = await ownershipOf(db.pool);
    if (ownership === undefined || ownership.owns) return migrate(db, o);
    const { pending } = await migrationStatus(db);
    if (pending.length === 0) return { applied: [] };
    throw notTheOwner(ownership);
  });
}

function notTheOwner({ role, owner }: Ownership): Fault {
  return new Fault('forbidden', {
    code: 'database_forbidden',
    message: `The role ${role} cannot migrate: the tables belong to the role ${owner}.`,
    next: `Run it with the role ${owner} in ROLLCALL_DATABASE_URL.`,
  });
}

export interface DatabaseStatus extends MigrationStatus {
  readonly connection: SessionLook;
  /** Whose tables these are; null before the first migration. */
  readonly ownership: Ownership | null;
}

/**
 * Compares this program's migrations with those of a database, and looks at what is between.
 * Faults: `unavailable`.
 */
export async function databaseStatus(url: string): Promise<DatabaseStatus> {
  return withDatabase(url, async (db) => ({
    ...(await migrationStatus(db)),
    connection: await lookAtSessions(db.pool),
    ownership: (await ownershipOf(db.pool)) ?? null,
  }));
}

/** True when a login to the database works. */
export async function databaseAnswers(url: string): Promise<boolean> {
  const db = openDatabase({ url, applicationName: 'rollcall-status', maxConnections: 1 });
  try {
    await db.pool.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await db.close();
  }
}

async function withDatabase<T>(url: string, use: (db: Db) => Promise<T>): Promise<T> {
  const db = openDatabase({ url, applicationName: 'rollcall-migrate', maxConnections: 2 });
  try {
    await db.pool.query('select 1').catch((cause: unknown) => {
      throw openingFault(cause);
    });
    return await use(db);
  } finally {
    await db.close();
  }
}
