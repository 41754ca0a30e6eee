import { Fault } from '../domain/faults';
import { databaseFault, sqlStateOf } from '../domain/passing';
import type { PermissionLevel } from '../domain/permissions';
import { openDatabase, type Db } from '../store/database/db';
import { SESSION_COLUMNS, sessionFault, type SessionRow } from '../store/database/session';
import { OWNER_ID } from '../store/sources/sources';

/** Where an actor comes in. */
export const DOORS = ['cli', 'library', 'worker', 'api'] as const;
export type Door = (typeof DOORS)[number];

/** First argument of every operation: the store, who acts, and what that admin may do. */
export interface OperationContext {
  readonly db: Db;
  readonly actorId: string;
  readonly level: PermissionLevel;
  readonly door: Door;
  /** The token that the actor showed; `null`: none was needed. */
  readonly tokenId: string | null;
}

export interface OpenOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections at most; 4 by default. */
  readonly maxConnections?: number;
}

/**
 * Opens the store, once for each process: all actors share its pool. Connects at the first statement;
 * close it with `close()`.
 */
export function openStore(options: OpenOptions): Db {
  const { databaseUrl, applicationName, maxConnections = 4 } = options;
  return openDatabase({ url: databaseUrl, applicationName, maxConnections });
}

/** Who acts, and through which door. */
export interface Acting {
  /** The owner that set-up made, unless given. */
  readonly actorId?: string | undefined;
  /** The library, unless given. */
  readonly door?: Door | undefined;
}

/**
 * The context of one actor over an open store: one query, which reads the actor's level and checks
 * the settings of the database session. Faults: `unavailable` (nothing answers), `schema` (not migrated), `forbidden` (no
 * such admin).
 */
export async function actAs(store: Db, acting: Acting = {}): Promise<OperationContext> {
  const { actorId = OWNER_ID, door = 'library' } = acting;
  const level = await levelOf(store, actorId).catch((cause: unknown) => {
    throw openingFault(cause);
  });
  if (level !== undefined) return { db: store, actorId, level, door, tokenId: null };
  throw new Fault('forbidden', {
    code: 'unknown_actor',
    message: 'This store has no such admin.',
    next: { do: 'showDatabase' },
  });
}

async function levelOf(store: Db, actorId: string): Promise<PermissionLevel | undefined> {
  const { rows } = await store.pool.query<SessionRow & { level: PermissionLevel | null }>(
    `select (select level from admin where id = $1) as level, ${SESSION_COLUMNS}`,
    [actorId],
  );
  const [row] = rows;
  const fault = row === undefined ? undefined : sessionFault(row);
  if (fault !== undefined) throw fault;
  return row?.level ?? undefined;
}

/** No such table, column or schema: older than this program. */
const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);
/** Words the reason why a store cannot be opened. */
export function openingFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const state = sqlStateOf(cause) ?? '';
  const said = cause instanceof Error && cause.message !== '' ? cause.message : state;
  if (NOT_MIGRATED.has(state)) {
    return new Fault('schema', {
      code: 'not_migrated',
      message: 'The database does not have the schema of this version of Rollcall.',
      next: { do: 'migrate' },
      cause,
    });
  }
  const fault = databaseFault(cause);
  // Nothing listens there: the embedded servers may be down.
  if (fault?.code === 'database_unavailable') return unreachable(fault.message, cause);
  return fault ?? unreachable(`The database does not let Rollcall in: ${said}.`, cause);
}

function unreachable(message: string, cause: unknown): Fault {
  const next = { do: 'startServers' } as const;
  return new Fault('unavailable', { code: 'database_unavailable', message, next, cause });
}
