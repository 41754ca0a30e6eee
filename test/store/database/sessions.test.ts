import { Client } from 'pg';
import { Fault } from '../../../domain/faults';
import { saidText } from '../../../domain/next';
import { actAs, WITHOUT_TOKEN } from '../../../operations/context';
import { createUser, editUser } from '../../../operations/users/userEdits';
import { userHistory } from '../../../operations/users/userHistory';
import { newId, openDatabase, type Db } from '../../../store/database/db';
import { migrate } from '../../../store/database/migrate';
import { MIGRATION_LOCK } from '../../../store/database/migrationLock';
import { lookAtSessions } from '../../../store/database/session';
import { asSuperuser, type Created, createDatabase, testDatabase } from '../../support/postgres';
import { standInPooler } from '../../support/pooler';
import { importFile } from '../../support/runs/fileRun';

const HOUR_MS = 3_600_000;

async function withStore<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openDatabase({ url, applicationName: 'sessions', maxConnections: 4 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

async function withPooler<T>(
  url: string,
  work: (db: Db, named: readonly string[]) => Promise<T>,
): Promise<T> {
  const pooler = await standInPooler(url);
  try {
    return await withStore(pooler.url, (db) => work(db, pooler.named));
  } finally {
    await pooler.close();
  }
}

function withOptions(url: string, options: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', options);
  return changed.href;
}

/** The times that a hand edit and an import leave behind, as each reader shows them. */
async function timesOf(db: Db): Promise<number[]> {
  const context = await actAs(db, WITHOUT_TOKEN);
  const { id } = await createUser(context, { set: { login: newId() } });
  const edited = await editUser(context, { user: id, set: { status: 'inactive' } });
  const { events } = await userHistory(context, { user: id });
  const document = await importFile(db, { text: `code\n${newId()}\n` });
  const stored = await (await db.prisma()).user.findUniqueOrThrow({ where: { id } });
  return [
    edited.updatedAt,
    edited.deactivatedAt ?? '',
    ...events.map(({ at }) => at),
    document.createdAt,
    document.finishedAt ?? '',
    stored.createdAt,
    stored.deactivatedAt ?? '',
  ].map((at) => new Date(at).getTime());
}

describe('a database whose sessions begin in New York, with German dates', () => {
  const state: { created: Created | undefined } = { created: undefined };
  const url = (): string => state.created?.url ?? '';

  beforeAll(async () => {
    state.created = await createDatabase({ oneRole: true });
    const { pathname } = new URL(url());
    for (const setting of ["timezone = 'America/New_York'", "datestyle = 'German'"]) {
      await asSuperuser(state.created, `alter database ${pathname.slice(1)} set ${setting}`);
    }
  });
  afterAll(() => state.created?.drop());

  const ways: readonly (readonly [string, (work: (db: Db) => Promise<void>) => Promise<void>])[] = [
    ['directly', (work) => withStore(url(), work)],
    [
      'with options in the URL',
      (work) => withStore(withOptions(url(), '-c TimeZone=Asia/Tokyo'), work),
    ],
    [
      'through a pooler that forgets settings, once the role has them',
      (work) =>
        withPooler(url(), async (db) => {
          const fault = await lookAtSessions(db.pool).catch((error: unknown) => error);
          if (!(fault instanceof Fault)) throw new Error('the pooler was not found out');

          expect(fault).toMatchObject({ kind: 'unavailable', code: 'session_settings' });

          const remedy = /alter role .*;/.exec(saidText(fault.next))?.[0] ?? '';
          if (state.created !== undefined) await asSuperuser(state.created, remedy);
          await withPooler(url(), work);
        }),
    ],
  ];

  test.each(ways)('keeps the times of edits, runs and audit %s', async (_, reach) => {
    await reach(async (db) => {
      const times = await timesOf(db);

      expect(times.length).toBeGreaterThan(7);
      expect(await migrate(db)).toEqual({ applied: [] });
      expect(times.filter((at) => !(Math.abs(at - Date.now()) < HOUR_MS / 2))).toEqual([]);
    });
  });
});

describe('a session', () => {
  const store = testDatabase();
  const shown = async (db: Db, names: readonly string[]): Promise<unknown> => {
    const columns = names.map((name) => `current_setting('${name}') as "${name}"`);
    return (await db.pool.query(`select ${columns.join(', ')}`)).rows[0];
  };

  test('has the options of the URL beside those of Rollcall', async () => {
    const url = withOptions(
      store.url,
      '-c work_mem=7MB --random-page-cost=3 -c TimeZone=Asia/Tokyo',
    );

    const settings = await withStore(url, (db) =>
      shown(db, [
        'work_mem',
        'random_page_cost',
        'jit',
        'TimeZone',
        'client_connection_check_interval',
      ]),
    );

    expect(settings).toEqual({
      work_mem: '7MB',
      random_page_cost: '3',
      jit: 'off',
      TimeZone: 'UTC',
      client_connection_check_interval: '1s',
    });
  });

  test('is direct without a pooler', async () => {
    expect(await lookAtSessions(store.db.pool)).toMatchObject({ pooled: false, missing: [] });
  });
});

describe('through a pooler', () => {
  const store = testDatabase({ oneRole: true });
  const locks = `select count(*)::int as n from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())`;

  test('an import and hand edits need no named statement', async () => {
    await withPooler(store.url, async (db, named) => {
      await timesOf(db);

      expect([...named]).toEqual([]);

      await db.pool.query({ name: 'counted', text: 'select 1' });
      expect([...named]).toEqual(['counted']);
    });
  });

  test('the settings that it drops are named, with the statements that set them', async () => {
    const { pooled, missing, remedy } = await withPooler(store.url, (db) =>
      lookAtSessions(db.pool),
    );

    expect(pooled).toBe(true);
    expect(missing.map(({ name }) => name)).toContain('work_mem');
    expect(remedy).toContain(`set work_mem = '128MB';`);

    await asSuperuser(store, remedy);
    const again = await withPooler(store.url, (db) => lookAtSessions(db.pool));
    expect(again).toMatchObject({ pooled: true, missing: [], remedy: '' });
  });

  test('a migration leaves no lock behind, and a second one does not wait', async () => {
    await withPooler(store.url, async (db) => {
      expect(await migrate(db)).toEqual({ applied: [] });
      expect(await migrate(db, { lockMs: 0 })).toEqual({ applied: [] });
      expect((await store.db.pool.query(locks)).rows).toEqual([{ n: 0 }]);
    });
  });

  test('a lock that another session holds is named, and nothing waits for it forever', async () => {
    const holder = new Client({
      connectionString: store.url,
      application_name: 'an older version',
    });
    await holder.connect();
    await holder.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);

    const said: string[] = [];
    const waiting = migrate(store, { lockMs: 500, silentMs: 0, onWait: (line) => said.push(line) });
    await expect(waiting).rejects.toMatchObject({ code: 'migration_locked' });
    expect(said).toEqual([
      expect.stringMatching(
        /^Waits for the lock of migrations, which process \d+, an older version, /,
      ),
    ]);
    const refused = migrate(store, { lockMs: 0 });

    await expect(refused).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'migration_locked',
      message: expect.stringContaining('an older version'),
      next: { do: 'say', text: expect.stringContaining('pg_terminate_backend(') },
    });
    await holder.end();
    expect(await migrate(store)).toEqual({ applied: [] });
  });
});
