import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Fault } from '../../domain/faults';

/** The number of the lock that Prisma's engine takes, so that its own tools wait for it, too. */
export const MIGRATION_LOCK = 72_707_369;

export interface LockOptions {
  /** How long to wait for another migration to end. */
  readonly lockMs?: number;
  /** How long the wait is silent. */
  readonly silentMs?: number;
  /** Says once what it waits for, and who holds the lock. */
  readonly onWait?: (line: string) => void;
}

const LOCK_MS = 60_000;
const SILENT_MS = 10_000;
const PAUSE_MS = 200;

/**
 * Runs `work` while no other process migrates the database. The lock belongs to a transaction and not
 * to a session, because a pooler keeps sessions: a lock that a session holds would stay in the pool, and
 * the next migration would wait for it forever.
 * @throws Fault unavailable (`migration_locked`), which names the holder.
 */
export async function withMigrationLock<T>(
  url: string,
  { lockMs = LOCK_MS, silentMs = SILENT_MS, onWait }: LockOptions,
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
    const now = Date.now();
    await lock(client, { until: now + lockMs, silentUntil: now + silentMs, onWait });
    return await work();
  } finally {
    await client.query('commit').catch(() => undefined);
    await client.end();
  }
}

async function lock(
  client: Client,
  o: {
    readonly until: number;
    readonly silentUntil: number;
    readonly onWait: LockOptions['onWait'];
  },
): Promise<void> {
  let isSaid = o.onWait === undefined;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_xact_lock($1) as locked',
      [MIGRATION_LOCK],
    );
    if (rows[0]?.locked === true) return;
    const now = Date.now();
    if (now >= o.until) throw await lockedBy(client);
    if (!isSaid && now >= o.silentUntil) {
      isSaid = true;
      const holder = (await holderOf(client))?.holder ?? 'another session';
      const seconds = String(Math.ceil((o.until - now) / 1000));
      o.onWait?.(
        `Waits for the lock of migrations, which ${holder} holds; for ${seconds} more seconds.`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

interface Holder {
  readonly pid: number;
  readonly holder: string;
}

async function holderOf(client: Client): Promise<Holder | undefined> {
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
  return rows[0];
}

async function lockedBy(client: Client): Promise<Fault> {
  const held = await holderOf(client);
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
