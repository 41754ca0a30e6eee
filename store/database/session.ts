import type { ClientBase, Pool, PoolClient, PoolConfig } from 'pg';
import { Fault } from '../../domain/faults';

/**
 * Without these, times and texts are read wrongly. adapter-pg (7.10.0) cuts the offset off a
 * `timestamptz` and sends dates without one, which is right in UTC only. A pooler such as PgBouncer keeps
 * these three for each of its clients, in transaction mode too.
 */
const NEEDED = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  standard_conforming_strings: 'on',
} as const;

/**
 * Settings that make Rollcall faster or let go of locks sooner; none decides a result. `stored`: the
 * same value in the unit of `pg_settings`.
 *
 * jit: compiling a plan costs more than these statements win (measured, 1 M rows). work_mem: the hash
 * joins of a million rows stay in memory. client_connection_check: a statement whose client was killed
 * ends within a second instead of holding its locks. random_page_cost: a batch touches rows that lie
 * in memory or on an SSD; with the default, a batch of 20,000 among a million users read complete tables
 * (10 % changed: 9.7 s against 6 s).
 */
const WISHED: readonly WishedSetting[] = [
  { name: 'jit', value: 'off', stored: 'off' },
  { name: 'random_page_cost', value: '1.1', stored: '1.1' },
  { name: 'work_mem', value: '128MB', stored: '131072' },
  { name: 'client_connection_check_interval', value: '1s', stored: '1000' },
  { name: 'idle_in_transaction_session_timeout', value: '1min', stored: '60000' },
];

interface WishedSetting extends SessionSetting {
  readonly stored: string;
}

export interface SessionSetting {
  readonly name: string;
  readonly value: string;
}

/** Names that the `?options=` of a URL sets: they are the admin's own. */
function ownOptions(url: string): readonly string[] {
  const options = URL.canParse(url) ? (new URL(url).searchParams.get('options') ?? '') : '';
  return [...options.matchAll(/(?:-c\s*|--)([a-z_.-]+)=/gi)].map(([, name = '']) =>
    name.toLowerCase().replaceAll('-', '_'),
  );
}

/**
 * The part of a pool's options that sets up each session by one statement. No start-up options are sent, because PgBouncer refuses
 * them, and because those of the URL would replace them. Behind a pooler only what it keeps for its
 * clients is set: anything else would stay behind in a session that others use, too.
 */
export function sessionsOf(url: string): Pick<PoolConfig, 'verify'> {
  const own = ownOptions(url);
  const needed = Object.entries(NEEDED).map(([name, value]) => setting({ name, value }));
  const wished = WISHED.filter(({ name }) => !own.includes(name)).map(setting);
  const more =
    wished.length === 0 ? '' : `, case when pg_backend_pid() = $1 then ${wished.join(' || ')} end`;
  const text = `select ${needed.join(', ')}${more}, $1::int`;
  return {
    verify: (client, done) => {
      client.query(text, [toldPid(client)]).then(() => {
        done();
      }, done);
    },
  };
}

function setting({ name, value }: SessionSetting): string {
  return `set_config('${name}', '${value}', false)`;
}

/** The process that the server named at the start: a pooler makes one up. */
function toldPid(client: ClientBase): number {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : 0;
}

/** Columns of a statement that looks at its session; see {@link sessionFault}. */
export const SESSION_COLUMNS = `${Object.keys(NEEDED)
  .map((name) => `current_setting('${name}') as "${name}"`)
  .join(', ')}, session_user as role, current_database() as database`;

export type SessionRow = Readonly<Record<keyof typeof NEEDED | 'role' | 'database', string>>;

/** The fault of a session whose settings a pooler dropped; undefined when all is as needed. */
export function sessionFault(row: SessionRow): Fault | undefined {
  const wrong = Object.entries(NEEDED).filter(([name, value]) => !isSet(row, name, value));
  if (wrong.length === 0) return undefined;
  const names = wrong.map(([name]) => name).join(', ');
  return new Fault('unavailable', {
    code: 'session_settings',
    message:
      `A pooler before the database drops the settings of sessions (${names}): ` +
      'times would be stored and shown wrongly.',
    next: `Set them for the role, by psql: ${alterRole(
      row,
      wrong.map(([name, value]) => ({ name, value })),
    )} Then reconnect the pooler.`,
  });
}

function isSet(row: Readonly<Record<string, string>>, name: string, value: string): boolean {
  // The second word of DateStyle, the order of days and months, changes nothing that is in ISO form.
  return row[name]?.split(',')[0] === value.split(',')[0];
}

/** The statements that give a role these settings in its database. */
export function alterRole(
  { role, database }: Pick<SessionRow, 'role' | 'database'>,
  settings: readonly SessionSetting[],
): string {
  return settings
    .map(
      ({ name, value }) =>
        `alter role ${quoted(role)} in database ${quoted(database)} set ${name} = '${value}';`,
    )
    .join(' ');
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** How the sessions of a pool reach the database. */
export interface SessionLook {
  /** True: there is a pooler between. */
  readonly pooled: boolean;
  /** True when one session of the database served two clients: transaction mode. */
  readonly shared: boolean;
  /** Settings that a pooler keeps from the database, and that nobody set there. */
  readonly missing: readonly SessionSetting[];
  /** The statements that set them; empty: nothing is missing. */
  readonly remedy: string;
}

/**
 * Looks at how sessions reach the database; needs two connections of the pool.
 * @throws Fault unavailable (`session_settings`) when a pooler drops what is needed.
 */
export async function lookAtSessions(pool: Pool): Promise<SessionLook> {
  const one = await pool.connect();
  try {
    if ((await pidOf(one)) === toldPid(one)) return DIRECT;
    const other = await pool.connect();
    try {
      return await lookThrough(one, other);
    } finally {
      other.release();
    }
  } finally {
    one.release();
  }
}

async function lookThrough(one: PoolClient, other: PoolClient): Promise<SessionLook> {
  const shared = (await pidOf(one)) === (await pidOf(other));
  // A pooler in statement mode refuses this, with words that say so.
  await one.query('begin');
  await one.query('commit');
  const row = await sessionRow(one);
  // A pooler that keeps nothing is good enough where the role has the settings.
  const fault = sessionFault((await keepsSettings(one, other)) ? row : await defaultsOf(one, row));
  if (fault !== undefined) throw fault;
  const missing = await missingSettings(one);
  const remedy = missing.length === 0 ? '' : alterRole(row, missing);
  return { pooled: true, shared, missing, remedy };
}

/** Another order of days and months, which changes nothing that is written in ISO form. */
const CANARY = { name: 'DateStyle', value: 'ISO, YMD' };

/**
 * True when a pooler keeps the settings of each client for it: what one sets, another does not see, and
 * the first one still has it in its next transaction, whichever session serves that.
 */
async function keepsSettings(one: PoolClient, other: PoolClient): Promise<boolean> {
  await one.query(`select ${setting(CANARY)}`);
  const [others, own] = [await sessionRow(other), await sessionRow(one)];
  await one.query(`select ${setting({ ...CANARY, value: NEEDED.DateStyle })}`);
  return others.DateStyle === NEEDED.DateStyle && own.DateStyle === CANARY.value;
}

/** What sessions have before a client sets anything: by the role, the database or the server. */
async function defaultsOf(client: PoolClient, row: SessionRow): Promise<SessionRow> {
  const { rows } = await client.query<SessionSetting>(
    `select name, reset_val as value from pg_settings where name = any ($1)`,
    [Object.keys(NEEDED)],
  );
  return { ...row, ...Object.fromEntries(rows.map(({ name, value }) => [name, value])) };
}

const DIRECT: SessionLook = { pooled: false, shared: false, missing: [], remedy: '' };

async function pidOf(client: PoolClient): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}

async function sessionRow(client: PoolClient): Promise<SessionRow> {
  const { rows } = await client.query<SessionRow>(`select ${SESSION_COLUMNS}`);
  const [row] = rows;
  if (row === undefined) throw new Error('a session has no settings');
  return row;
}

/** What was set for the role or the database on purpose is no loss. */
async function missingSettings(client: PoolClient): Promise<SessionSetting[]> {
  const { rows } = await client.query<{ name: string }>(
    `select w.name from pg_settings s
     join unnest($1::text[], $2::text[]) as w (name, stored) using (name)
     where s.setting <> w.stored
       and s.source not in ('database', 'user', 'database user', 'client', 'session')`,
    [WISHED.map(({ name }) => name), WISHED.map(({ stored }) => stored)],
  );
  const missing = new Set(rows.map(({ name }) => name));
  return WISHED.filter(({ name }) => missing.has(name)).map(({ name, value }) => ({ name, value }));
}
