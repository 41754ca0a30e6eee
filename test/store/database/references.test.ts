import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DatabaseError, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { newId } from '../../../store/database/db';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { untilBlocked } from '../../support/blocked';
import { asSuperuser, testDatabase } from '../../support/postgres';

/*
 * The references of "user" and "identity" are no foreign keys: triggers look at them once for each statement,
 * and the rows that they refer to never go and never change their id. Each race is tried with a control,
 * which loses a reference without the trigger that it is about.
 */
const store = testDatabase({ maxConnections: 6 });

const NOBODY = '01900000-0000-7000-8000-000000000000';
const ids = { organization: '', boss: '' };

beforeEach(async () => {
  ids.organization = newId();
  ids.boss = newId();
  await store.db.pool.query(`${organization(ids.organization)}; ${person(ids.boss)}`);
});

function organization(id: string): string {
  return `insert into organization (id, code, code_key, name) values ('${id}', '${id}', '${id}', 'O')`;
}

/** SQL: a new user with references. */
function person(id: string, columns: Readonly<Record<string, string>> = {}): string {
  const names = Object.keys(columns).map((name) => `, ${name}`);
  const values = Object.values(columns).map((value) => `, '${value}'`);
  return `insert into "user" (id, code${names.join('')}) values ('${id}', '${id}'${values.join('')})`;
}

function identity(userId: string, sourceId = CSV_SOURCE_ID): string {
  return `insert into identity (source_id, external_id, user_id) values ('${sourceId}', '${newId()}', '${userId}')`;
}

/** What the database says of a statement: the constraint that refuses it, or `written`. */
async function answer(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'written';
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return [error.code, error.constraint].join(' ');
  }
}

const said = (sql: string): Promise<string> => answer(store.db.pool.query(sql));

/** A transaction that has run `sql` and stays open. */
async function holding(sql: string, begin = 'begin'): Promise<PoolClient> {
  const client = await store.db.pool.connect();
  await client.query(begin);
  await client.query(sql);
  return client;
}

async function end(client: PoolClient, how: 'commit' | 'rollback' = 'commit'): Promise<void> {
  await client.query(how);
  client.release();
}

/** References of the tables that lead nowhere. */
async function lost(): Promise<number> {
  const { rows } = await store.db.pool.query<{ n: number }>(
    `select (select count(*)::int from "user" u
        where u.organization_id is not null and not exists (select from organization o where o.id = u.organization_id)
          or u.manager_id is not null and not exists (select from "user" m where m.id = u.manager_id))
      + (select count(*)::int from identity i
        where not exists (select from "user" u where u.id = i.user_id)
          or not exists (select from source s where s.id = i.source_id)) as n`,
  );
  return rows[0]?.n ?? -1;
}

describe('a statement that refers to nobody is refused', () => {
  const many = (): string =>
    `update "user" set manager_id = case when id = '${ids.boss}' then '${NOBODY}'::uuid else '${ids.boss}'::uuid end`;

  test.each<[string, string, () => string]>([
    ['an insert', 'user_manager_id_fkey', () => person(newId(), { manager_id: NOBODY })],
    [
      'an insert of many with one of them',
      'user_organization_id_fkey',
      () => `insert into "user" (id, code, organization_id)
        select gen_random_uuid(), n::text,
          case when n = 777 then '${NOBODY}'::uuid else '${ids.organization}'::uuid end
        from generate_series(1, 1000) n`,
    ],
    ['an update of many with one of them', 'user_manager_id_fkey', many],
    [
      'on conflict do update',
      'user_organization_id_fkey',
      () => `insert into "user" (id, code) values ('${newId()}', '${ids.boss}')
        on conflict (code) do update set organization_id = '${NOBODY}'`,
    ],
    [
      'merge into',
      'user_manager_id_fkey',
      () => `merge into "user" u using (select '${ids.boss}'::uuid as id) n on n.id = u.id
        when matched then update set manager_id = '${NOBODY}'`,
    ],
    ['an identity', 'identity_user_id_fkey', () => identity(NOBODY)],
    ['an identity of no source', 'identity_source_id_fkey', () => identity(ids.boss, NOBODY)],
    [
      'an identity that moves',
      'identity_user_id_fkey',
      () => `begin; ${identity(ids.boss)}; update identity set user_id = '${NOBODY}'`,
    ],
    [
      'a survivor',
      'user_merged_into_id_fkey',
      () => person(newId(), { status: 'merged', merged_into_id: NOBODY }),
    ],
    [
      'a user whom a savepoint took back',
      'identity_user_id_fkey',
      () => `begin; savepoint s; ${person(NOBODY)}; rollback to s; ${identity(NOBODY)}`,
    ],
  ])('%s', async (_, constraint, sql) => {
    const client = await store.db.pool.connect();
    try {
      expect(await answer(client.query(sql()))).toBe(`23503 ${constraint}`);
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect(await lost()).toBe(0);
  });

  test('copy', async () => {
    const client = await store.db.pool.connect();
    const into = client.query(copyFrom('copy "user" (id, code, manager_id) from stdin'));
    const rows = [`${newId()}\tc1\t${ids.boss}\n`, `${newId()}\tc2\t${NOBODY}\n`];
    const copied = await answer(pipeline(Readable.from(rows), into));
    client.release();

    expect(copied).toBe('23503 user_manager_id_fkey');
  });
});

test('people, their managers and their identities may come in one statement, in any order', async () => {
  const [lead, report] = [newId(), newId()];

  const written = await said(
    `with people as (
       insert into "user" (id, code, manager_id)
       values ('${report}', 'r', '${lead}'), ('${lead}', 'l', '${report}')
     ) ${identity(lead)}`,
  );

  expect(written).toBe('written');
});

describe('what is referred to', () => {
  test.each<[string, string, () => string]>([
    [
      'an organization never goes',
      'organization_is_never_deleted',
      () => `delete from organization where id = '${ids.organization}'`,
    ],
    [
      'an organization keeps its id',
      'organization_keeps_its_id',
      () => `update organization set id = gen_random_uuid() where id = '${ids.organization}'`,
    ],
    ['a user never goes', 'user_is_never_deleted', () => `delete from "user"`],
    ['a user keeps its id', 'user_keeps_its_id', () => `update "user" set id = gen_random_uuid()`],
    ['a source never goes', 'source_is_never_deleted', () => `delete from source`],
    [
      'a source keeps its id',
      'source_keeps_its_id',
      () => `update source set id = gen_random_uuid() where id = '${CSV_SOURCE_ID}'`,
    ],
  ])('%s', async (_, constraint, sql) => {
    expect(await said(sql())).toBe(`23514 ${constraint}`);
  });

  test.each(['organization', 'source', 'user'])('the table %s is never emptied', async (table) => {
    const emptied = asSuperuser(store, `truncate "${table}" cascade`);
    expect(await answer(emptied)).toMatch(/^23514 \w+_is_never_emptied$/);
  });
});

describe('while another transaction refers to it', () => {
  const going = (): string => `delete from organization where id = '${ids.organization}'`;
  const moving = (): string =>
    `update organization set id = '${newId()}' where id = '${ids.organization}'`;

  async function referTo(begin: string, sql: string): Promise<string> {
    const writer = await holding(person(newId(), { organization_id: ids.organization }), begin);
    const answered = await said(sql);
    await end(writer);
    return answered;
  }

  test.each(['begin', 'begin isolation level repeatable read'])('it stays (%s)', async (begin) => {
    expect(await referTo(begin, going())).toBe('23514 organization_is_never_deleted');
    expect(await referTo(begin, moving())).toBe('23514 organization_keeps_its_id');
    expect(await lost()).toBe(0);
  });

  test('the reference would be lost without the triggers that keep it', async () => {
    for (const [trigger, sql] of [
      ['organization_refuse_delete', going()],
      ['organization_keep_id', moving()],
    ] as const) {
      await asSuperuser(store, `alter table organization disable trigger ${trigger}`);
      const answered = await referTo('begin', sql);
      await asSuperuser(store, `alter table organization enable trigger ${trigger}`);

      expect([answered, await lost()]).toEqual(['written', 1]);
      await store.db.pool.query(
        `update "user" set organization_id = null;
         ${organization(ids.organization)} on conflict do nothing`,
      );
    }
  });
});

describe('a row that another transaction has not committed', () => {
  test('is not referred to, whether it comes to stay or not', async () => {
    const comes = newId();
    const maker = await holding(person(comes));
    const before = await said(person(newId(), { manager_id: comes }));
    await end(maker, 'rollback');
    const goes = await said(identity(comes));

    expect([before, goes]).toEqual(['23503 user_manager_id_fkey', '23503 identity_user_id_fkey']);
  });

  test('is referred to once it is committed, within a statement that had begun before', async () => {
    const comes = newId();
    const maker = await holding(person(comes));
    // The statement waits for the key that the other transaction gives up, and is looked at after that.
    const waits = said(
      `insert into "user" (id, code, manager_id) values ('${newId()}', '${comes}', '${comes}')
       on conflict (code) do update set manager_id = '${comes}'`,
    );
    await untilBlocked(store.db);
    await end(maker);

    expect(await waits).toBe('written');
  });

  test('stays unseen by a snapshot that is older, which then refers to nothing', async () => {
    const comes = newId();
    const reader = await holding('select 1 from "user"', 'begin isolation level repeatable read');
    await store.db.pool.query(person(comes));
    const answered = await answer(reader.query(identity(comes)));
    await end(reader, 'rollback');

    expect(answered).toBe('23503 identity_user_id_fkey');
    expect(await lost()).toBe(0);
  });
});
