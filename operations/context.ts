import { Fault } from '../domain/faults';
import type { PermissionLevel } from '../domain/permissions';
import { openDatabase, sqlState, type Db } from '../store/database/db';
import { OWNER_ID } from '../store/sources/sources';

/** What every operation gets first: the store, who acts, and what that admin may do. */
export interface OperationContext {
  readonly db: Db;
  readonly actorId: string;
  readonly level: PermissionLevel;
}

export interface OpenOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** The admin who acts; the owner that set-up made, unless given. */
  readonly actorId?: string;
}

/**
 * Opens the store for an actor whose level is looked up there. Close with `context.db.close()`.
 * Faults: `unavailable` (nothing answers), `schema` (not migrated), `forbidden` (no such admin).
 */
export async function openContext(options: OpenOptions): Promise<OperationContext> {
  const { databaseUrl, applicationName, actorId = OWNER_ID } = options;
  const db = openDatabase({ url: databaseUrl, applicationName, maxConnections: 4 });
  try {
    const { rows } = await db.pool.query<{ level: PermissionLevel }>(
      'select level from admin where id = $1',
      [actorId],
    );
    const level = rows[0]?.level;
    if (level !== undefined) return { db, actorId, level };
  } catch (cause) {
    await db.close();
    throw openingFault(cause);
  }
  await db.close();
  throw new Fault('forbidden', {
    code: 'unknown_actor',
    message: 'This store has no such admin.',
    next: 'rollcall db status',
  });
}

/** undefined table, undefined column: a schema older than this program. */
const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);
/** no such database, wrong password, unknown role. */
const REFUSED = new Set(['3D000', '28P01', '28000']);

/** Why a store cannot be opened, in words. */
export function openingFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const state = sqlState(cause) ?? '';
  const said = cause instanceof Error && cause.message !== '' ? cause.message : state;
  if (NOT_MIGRATED.has(state)) {
    return new Fault('schema', {
      code: 'not_migrated',
      message: 'The database does not have the schema of this version of Rollcall.',
      next: 'rollcall db migrate',
      cause,
    });
  }
  return new Fault('unavailable', {
    code: REFUSED.has(state) ? 'database_refused' : 'database_unavailable',
    message: `The database does not let Rollcall in: ${said}.`,
    next: REFUSED.has(state) ? 'Check ROLLCALL_DATABASE_URL.' : 'rollcall up --detach',
    cause,
  });
}
