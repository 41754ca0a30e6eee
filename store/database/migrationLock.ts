import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Fault } from '../../domain/faults';

/** The number of the lock that Prisma's engine takes, so that its own tools wait for it, too. */
export const MIGRATION_LOCK = 72_707_369;

export interface LockOptions {
  /** How long to wait for another migration to end. */
  readonly lockMs?: number;
}

const LOCK_MS = 60_000;
const PAUSE_MS = 200;

/**
 * Runs `work` while no other process migrates the database. The lock belongs to a transaction and not
 * to a session, because a pooler keeps sessions: a lock that a session holds would stay in the pool, and
 * the next migration would wait for it forever.
 * @throws Fault unavailable (`migration_locked`), which names the holder.
 */
export async function withMigrationLock<T>(
  url: string,
  { lockMs = LOCK_MS }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'rollcall-migrate' });
  // A connection that breaks shows at its next statement.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    // A migration of a large database may take longer than the role's limits for statements.
    await client.query(
      `select set_config(name, '0', true) from pg_settings where name in
         ('idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout')`,
    );
    await lock(client, Date.now() + lockMs);
    return await work();
  } finally {
    await client.query('commit').catch(() => undefined);
    await client.end();
  }
}

async function lock(client: Client, until: number): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_xact_lock($1) as locked',
      [MIGRATION_LOCK],
    );
    if (rows[0]?.locked === true) return;
    if (Date.now() >= until) throw await lockedBy(client);
    await sleep(PAUSE_MS);
  }
}

interface Holder {
  readonly pid: number;
  readonly holder: string;
}

async function lockedBy(client: Client): Promise<Fault> {
  const { rows } = await client.query<Holder>(
    `select pid, concat_ws(', ', 'process ' || pid, nullif(application_name, ''),
         'role ' || usename, 'from ' || host(client_addr),
         'connected since ' || to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC',
         state) as holder
     from pg_locks join pg_stat_activity a using (pid)
     where locktype = 'advisory' and granted and classid = 0 and objid = $1 and objsubid = 1
       and database = (select oid from pg_database where datname = current_database())`,
    [MIGRATION_LOCK],
  );
  const [held] = rows;
  const who = held === undefined ? '' : ` (${held.holder})`;
  return new Fault('unavailable', {
    code: 'migration_locked',
    message: `Another session holds the lock of migrations${who}.`,
    next:
      'Try again when that migration has ended. ' +
      (held === undefined
        ? ''
        : 'If none is under way, a pooler kept the session of an older version: end it, by psql: ' +
          `select pg_terminate_backend(${String(held.pid)});`),
  });
}
