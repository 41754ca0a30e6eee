import { Client } from 'pg';
import { diagnose } from '../../../activities/failures';
import { failureOf } from '../../../cli/failure';
import { withSession } from '../../../client/withSession';
import { isPassing, troubleOf } from '../../../domain/passing';
import { newId, openDatabase, type Db } from '../../../store/database/db';
import { insertUser, writingUsers } from '../../../store/users/userWrites';
import { ADMIN_URL } from '../../support/jest/globalSetup';
import { asSuperuser, testDatabase } from '../../support/postgres';

const store = testDatabase();
const ROLE = 'rollcall_troubled';
const PASSWORD = 'troubled';

/** The URL of the test's database with another role, database or start-up options. */
function urlWith(o: { role?: string; password?: string; database?: string; options?: string }) {
  const url = new URL(store.url);
  if (o.role !== undefined) url.username = o.role;
  if (o.role !== undefined) url.password = o.password ?? PASSWORD;
  if (o.database !== undefined) url.pathname = `/${o.database}`;
  if (o.options !== undefined) url.searchParams.set('options', o.options);
  return url.href;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** What one statement through node-postgres and one through Prisma throw. */
async function bothErrors(
  o: { url: string; maxConnections?: number; waitMs?: number },
  provoke: { pg: (db: Db) => Promise<unknown>; prisma: (db: Db) => Promise<unknown> },
): Promise<unknown[]> {
  const db = openDatabase({ applicationName: 'troubled', ...o });
  try {
    return [await errorOf(provoke.pg(db)), await errorOf(provoke.prisma(db))];
  } finally {
    await db.close();
  }
}

const insertion = {
  pg: (db: Db) =>
    db.pool.query(`insert into "user" (id, login, login_key) values ($1, 'a', 'a')`, [newId()]),
  prisma: (db: Db) => writingUsers(db, (tx) => insertUser(tx, { login: 'b', loginKey: 'b' })),
};
const slow = {
  pg: (db: Db) => db.pool.query('select pg_sleep(5)'),
  prisma: async (db: Db) => (await db.prisma()).$queryRaw`select pg_sleep(5)::text`,
};

beforeAll(async () => {
  await asSuperuser(
    store,
    `drop role if exists ${ROLE}; create role ${ROLE} login password '${PASSWORD}' connection limit 1`,
  );
});

// The database is dropped by then; the role belongs to the server.
afterAll(async () => {
  const admin = new Client({ connectionString: process.env[ADMIN_URL] });
  await admin.connect();
  await admin.query(`drop role ${ROLE}`);
  await admin.end();
});

/** Provokes a trouble, and says what is found in it. */
const REAL: readonly (readonly [string, string, string | undefined, () => Promise<unknown[]>])[] = [
  [
    'a statement that takes too long',
    'statement_stopped',
    'statement timeout',
    () => bothErrors({ url: urlWith({ options: '-c statement_timeout=50' }) }, slow),
  ],
  [
    'a database that takes no writes',
    'database_read_only',
    'read-only transaction',
    () =>
      bothErrors({ url: urlWith({ options: '-c default_transaction_read_only=on' }) }, insertion),
  ],
  [
    'a role without rights',
    'database_forbidden',
    'permission denied for table user',
    () => bothErrors({ url: urlWith({ role: ROLE }) }, insertion),
  ],
  [
    'a role that has too many connections',
    'database_connections',
    'too many connections for role',
    async () => {
      const holder = new Client({ connectionString: urlWith({ role: ROLE }) });
      await holder.connect();
      try {
        return await bothErrors({ url: urlWith({ role: ROLE }) }, insertion);
      } finally {
        await holder.end();
      }
    },
  ],
  [
    'a pool without a free connection',
    'database_connections',
    undefined,
    async () => {
      const db = openDatabase({
        url: store.url,
        applicationName: 'full',
        maxConnections: 1,
        waitMs: 300,
      });
      const held = await db.pool.connect();
      try {
        return [await errorOf(insertion.pg(db)), await errorOf(insertion.prisma(db))];
      } finally {
        held.release();
        await db.close();
      }
    },
  ],
  [
    'a lock that is not free in time',
    'database_locked',
    'lock timeout',
    async () => {
      const holder = await store.db.pool.connect();
      await holder.query('begin; lock table "user" in share row exclusive mode');
      try {
        return await bothErrors({ url: urlWith({ options: '-c lock_timeout=50' }) }, insertion);
      } finally {
        await holder.query('rollback');
        holder.release();
      }
    },
  ],
  [
    'a wrong password',
    'database_refused',
    'password authentication failed',
    () => bothErrors({ url: urlWith({ role: ROLE, password: 'wrong' }) }, insertion),
  ],
  [
    'a database that does not exist',
    'database_refused',
    'does not exist',
    () => bothErrors({ url: urlWith({ database: 'nowhere' }) }, insertion),
  ],
  [
    'a connection that an administrator ends',
    'database_unavailable',
    undefined,
    () =>
      bothErrors(
        { url: store.url },
        { pg: (db) => ended(db, slow.pg), prisma: (db) => ended(db, slow.prisma) },
      ),
  ],
];

/** Ends the sessions of `db` while `work` runs. */
async function ended(db: Db, work: (db: Db) => Promise<unknown>): Promise<unknown> {
  const working = work(db);
  const end = async (): Promise<void> => {
    const { rowCount } = await store.db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );
    if (rowCount === 0) await end();
  };
  await Promise.all([working.catch(() => undefined), end()]);
  return working;
}

describe.each(REAL)('%s', (_, code, detail, provoke) => {
  it('has the same code and words from node-postgres and from Prisma, in runs and in commands', async () => {
    const errors = await provoke();

    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      const { document } = failureOf(error, { debug: false, help: '' });
      const diagnosis = diagnose(error);
      expect(document.error.code).toBe(code);
      expect(diagnosis.code).toBe(code);
      expect(diagnosis.kind).toBe(code === 'database_forbidden' ? 'forbidden' : 'unavailable');
      expect(document.error.message).toBe(diagnosis.message);
      expect(document.error.message).toContain(detail ?? '');
      expect(document.error.next).not.toBeNull();
    }
  });
});

const made = (code: string): Error => Object.assign(new Error('words of Postgres'), { code });
const byPrisma = (code: string): Error =>
  Object.assign(new Error('\nInvalid `prisma.user.update()` invocation'), {
    code: 'P2039',
    meta: {
      driverAdapterError: { cause: { originalCode: code, originalMessage: 'words of Postgres' } },
    },
  });

it.each([
  ['53100', 'database_disk_full', true],
  ['53200', 'database_out_of_memory', true],
  ['53400', 'database_limit', true],
  ['40001', 'database_race', true],
  ['40P01', 'database_race', true],
  ['57P03', 'database_unavailable', true],
  ['58030', 'database_broken', true],
  ['28000', 'database_refused', false],
  ['42501', 'database_forbidden', false],
] as const)('%s is %s, however it comes', (state, code, passes) => {
  for (const error of [made(state), byPrisma(state)]) {
    expect(troubleOf(error)).toMatchObject({ code, detail: 'words of Postgres' });
    expect(isPassing(error)).toBe(passes);
  }
});

it.each([
  ['unsupported startup parameter: options', 'database_refused', /ignore_startup_parameters/],
  ['unsupported startup parameter in options: search_path', 'database_refused', /alter role/],
  ['transaction blocks not allowed in statement pooling mode', 'database_refused', /pool_mode/],
  ['SASL authentication failed', 'database_refused', /ROLLCALL_DATABASE_URL/],
  ['database "nowhere" does not exist', 'database_refused', /the databases of the pooler/],
  ['query_wait_timeout', 'database_connections', /default_pool_size/],
  ['server conn crashed?', 'database_unavailable', /./],
] as const)('PgBouncer says "%s": %s', (words, code, next) => {
  const error = Object.assign(new Error(words), { code: '08P01' });

  const { document } = failureOf(error, { debug: false, help: '' });

  expect(document.error.code).toBe(code);
  expect(document.error.next).toMatch(next);
});

const LASTING = { renew: () => Promise.resolve() };

it('reaches programs as a fault, and leaves other errors as they are', async () => {
  const users = withSession(
    { list: (code: string) => Promise.reject(made(code)), count: () => Promise.resolve(3) },
    LASTING,
  );

  await expect(users.list('53100')).rejects.toMatchObject({
    name: 'Fault',
    code: 'database_disk_full',
  });
  await expect(users.list('23505')).rejects.toMatchObject({ name: 'Error', code: '23505' });
  expect(await users.count()).toBe(3);
});

it('reaches programs as a fault from iterators, too', async () => {
  async function* broken(): AsyncGenerator<number> {
    yield 1;
    await Promise.resolve();
    throw made('53100');
  }
  const users = withSession(
    {
      all: broken,
      diff: () => Promise.resolve(broken()),
      failedRows: () => Promise.resolve({ lines: broken(), count: 2 }),
    },
    LASTING,
  );
  const failed = await users.failedRows();

  for (const values of [users.all(), await users.diff(), failed.lines]) {
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const value of values) seen.push(value);
      })(),
    ).rejects.toMatchObject({ name: 'Fault', code: 'database_disk_full' });
    expect(seen).toEqual([1]);
  }
  expect(failed.count).toBe(2);
});

it('is no trouble of the database when a rule of Rollcall is broken', () => {
  expect([made('23505'), made('23514'), made('22P02'), byPrisma('23503')].map(troubleOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
