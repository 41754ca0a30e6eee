import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { DATABASE_ROLES, type DatabaseRole } from '../../../domain/databaseRoles';
import { projectRoot } from '../../../embedded/paths';
import { databaseStatus, migrateDatabase } from '../../../operations/database';
import { openDatabase } from '../../../store/database/db';
import { importRows } from '../../support/runs/storeRun';
import { rows } from '../../support/builders';
import { faultOf } from '../../operations/support';
import { databaseUrl, endServer, startServer } from '../../support/jest/globalSetup';

/*
 * The SQL of docs/database.md, run on a server of its own, where none of the roles exists. The superuser there
 * is `rollcall`: the one role of a store of earlier versions goes by another name.
 */
const started: { server: Awaited<ReturnType<typeof startServer>> | undefined } = {
  server: undefined,
};
const OLD_ROLE = 'one_role';
const [THREE = '', ONE = '', HAND_OVER = ''] = [
  ...readFileSync(join(projectRoot(), 'docs', 'database.md'), 'utf8').matchAll(
    /^```sql\n([^]*?)^```$/gm,
  ),
].map(([, sql = ''], i) => (i === 0 ? sql : sql.replace(/\brollcall\b/g, OLD_ROLE)));

beforeAll(async () => {
  started.server = await startServer();
  await run(THREE);
});
afterAll(async () => {
  if (started.server !== undefined) await endServer(started.server.own);
});

/** The URL of a database for the superuser, or for a role with its password of the page. */
function urlOf(database: string, role?: DatabaseRole | typeof OLD_ROLE): string {
  const url = new URL(databaseUrl(started.server?.url ?? '', database));
  if (role === undefined) return url.href;
  const name = role === OLD_ROLE ? role : DATABASE_ROLES[role];
  url.username = name;
  url.password =
    new RegExp(`create role ${name} login password '(.*)'`).exec(THREE + ONE)?.[1] ?? '';
  return url.href;
}

/** Runs the statements of a block one by one: a database is not created within a transaction. */
async function run(sql: string, url = urlOf('postgres')): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of sql.split(/;\n/)) {
      if (statement.trim() !== '') await client.query(statement);
    }
  } finally {
    await client.end();
  }
}

/** Imports as the worker does, with the role of a URL. */
async function importAs(url: string): Promise<string> {
  const db = openDatabase({ url, applicationName: 'test', maxConnections: 3 });
  try {
    const { runId } = await importRows(db, { rows: rows({ code: 'a' }, { code: 'b' }) });
    return runId;
  } finally {
    await db.close();
  }
}

test('with the three roles, the worker does its work, and owns nothing', async () => {
  await migrateDatabase(urlOf('rollcall', 'migrator'));
  const worker = urlOf('rollcall', 'worker');

  await importAs(worker);
  // A table of a later migration.
  await run('create table later (n int)', urlOf('rollcall', 'migrator'));

  await run('insert into later values (1); update later set n = 2; delete from later', worker);
  await run('select * from later; select * from "user"', urlOf('rollcall', 'reader'));
  expect(await databaseStatus(worker)).toMatchObject({
    pending: [],
    ownership: { owner: 'rollcall_migrator', role: 'rollcall_worker', auditProtected: true },
  });
  expect(await migrateDatabase(worker)).toEqual({ applied: [] });
});

test.each([
  ['worker', `update audit_event set action = ''`],
  ['worker', 'delete from audit_event'],
  ['worker', 'truncate audit_event'],
  ['worker', 'drop table audit_event'],
  ['worker', 'alter table audit_event disable trigger all'],
  ['worker', `update audit_value set after = null`],
  ['worker', 'delete from _prisma_migrations'],
  ['worker', 'create table mine (n int)'],
  [
    'worker',
    `create function rollcall_day_id(day text) returns uuid language sql as 'select null'`,
  ],
  ['worker', 'set session_replication_role = replica'],
  [
    'reader',
    `insert into organization (id, code, code_key, name) values (gen_random_uuid(), '', '', '')`,
  ],
  ['reader', 'delete from audit_value'],
  ['reader', `select rollcall_add_day('2026-01-01')`],
] as const)('the role of the %s cannot: %s', async (role, statement) => {
  await expect(run(statement, urlOf('rollcall', role))).rejects.toMatchObject({ code: '42501' });
});

test('a day whose runs need their plans is not dropped', async () => {
  const worker = urlOf('rollcall', 'worker');

  await expect(
    run('select rollcall_drop_day((now() at time zone $$UTC$$)::date)', worker),
  ).rejects.toMatchObject({ code: '23514', constraint: 'day_is_needed' });
  await run(
    `select rollcall_add_day('2001-01-01'); select rollcall_drop_day('2001-01-01')`,
    worker,
  );
});

test('a copy of the database that another role made works as well', async () => {
  await run('create database copied template rollcall');

  await run(`select rollcall_add_day('2001-01-02')`, urlOf('copied', 'worker'));
});

test('a store of one role goes on as before, until it is handed over', async () => {
  await run(ONE);
  const one = urlOf(OLD_ROLE, OLD_ROLE);
  await migrateDatabase(one);
  await importAs(one);
  const before = await databaseStatus(one);

  await run(HAND_OVER, urlOf(OLD_ROLE));
  const refused = await faultOf(importAs(one));
  await migrateDatabase(urlOf(OLD_ROLE, 'migrator'));

  await importAs(urlOf(OLD_ROLE, 'worker'));
  expect(before.ownership).toMatchObject({ owner: OLD_ROLE, auditProtected: false });
  expect(refused).toMatchObject({ code: '42501' });
  expect((await databaseStatus(urlOf(OLD_ROLE, 'worker'))).ownership).toMatchObject({
    owner: 'rollcall_migrator',
    auditProtected: true,
  });
});
