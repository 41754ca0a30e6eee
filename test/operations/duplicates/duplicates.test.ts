import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuplicatePair, SearchSummary } from '../../../domain/duplicates/pair';
import type { OperationContext } from '../../../operations/context';
import { dismissDuplicate, findDuplicates } from '../../../operations/duplicates/duplicates';
import { newId } from '../../../store/database/db';
import { emptyStore } from '../../support/builders';
import { rollcall } from '../../cli/harness';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase({ oneRole: true });
const folder = mkdtempSync(join(tmpdir(), 'rollcall-duplicates-'));
const before = process.env['ROLLCALL_DATABASE_URL'];
let owner: OperationContext;

beforeAll(async () => {
  process.env['ROLLCALL_DATABASE_URL'] = store.url;
  owner = await actor(store.db);
});
afterAll(() => {
  if (before === undefined) Reflect.deleteProperty(process.env, 'ROLLCALL_DATABASE_URL');
  else process.env['ROLLCALL_DATABASE_URL'] = before;
  rmSync(folder, { recursive: true });
});

const day = (n: number): string =>
  new Date(Date.UTC(2010, 0, 1 + n * 11)).toISOString().slice(0, 10);

/** People who have nothing in common. */
const STRANGERS = Array.from({ length: 60 }, (_, n) => ({
  code: `S-${String(n)}`,
  firstName: ['Ada', 'Bo', 'Cleo', 'Dirk', 'Edda', 'Falk'][n % 6] ?? '',
  lastName: `${['Kra', 'Lom', 'Mir', 'Nov', 'Osk', 'Pel', 'Qua', 'Rit', 'Sol', 'Tra'][n % 10] ?? ''}${['ner', 'bach', 'ski', 'dal', 'wig', 'hof'][Math.floor(n / 10)] ?? ''}`,
  hireDate: day(n),
}));

beforeEach(async () => {
  await emptyStore(store.db);
  await store.db.pool.query('delete from user_pair');
  await addUsers(store.db.pool, STRANGERS);
});

async function found(
  context = owner,
  min?: number,
): Promise<{ pairs: DuplicatePair[]; summary: SearchSummary | undefined }> {
  const search = await findDuplicates(context, min === undefined ? {} : { min });
  const state: { summary?: SearchSummary } = {};
  const pairs: DuplicatePair[] = [];
  const batches = search({
    onProgress: () => undefined,
    onCompared: (summary) => {
      state.summary = summary;
    },
  });
  for await (const batch of batches) pairs.push(...batch);
  return { pairs, summary: state.summary };
}

/** How many events of this action the audit has. */
async function events(action: string): Promise<number> {
  const { rows } = await store.db.pool.query<{ n: number }>(
    'select count(*)::int as n from audit_event where action = $1',
    [action],
  );
  return rows[0]?.n ?? 0;
}

const codes = ({ survivor, redundant }: DuplicatePair): string =>
  `${survivor.code ?? ''} ${redundant.code ?? ''}`;

/** Three pairs: the more likely, the higher the number of values in common. */
async function addPairs(): Promise<void> {
  await addUsers(store.db.pool, [
    {
      code: 'A-1',
      createdAt: '2020-01-01',
      firstName: 'William',
      lastName: 'Okonjo',
      hireDate: '2020-09-14',
    },
    { code: 'A-2', firstName: 'Bill', lastName: 'Okonjo', hireDate: '2020-09-14' },
    {
      code: 'B-1',
      createdAt: '2020-01-01',
      firstName: 'Jürgen',
      lastName: 'Müllner',
      email: 'j.muellner@example.com',
    },
    {
      ...{ code: 'B-2', firstName: 'Juergen', lastName: 'Muellner', status: 'inactive' },
      email: 'j.muellner+lms@example.com',
    },
    {
      code: 'C-1',
      createdAt: '2020-01-01',
      firstName: 'Mirela',
      lastName: 'Kovacs',
      hireDate: '2018-01-29',
    },
    { code: 'C-2', firstName: 'Mirela', lastName: 'Kovasc', hireDate: '2018-01-29' },
  ]);
}

test('finds each pair once, by score, in one order', async () => {
  await addPairs();

  const first = await found();
  const second = await found();

  expect(new Set(first.pairs.map(codes))).toEqual(new Set(['A-1 A-2', 'B-1 B-2', 'C-1 C-2']));
  const scores = first.pairs.map(({ score }) => score ?? 0);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(second).toEqual(first);
  expect(first.summary).toMatchObject({ people: 66, pairs: 3, passedOver: [] });
  const [nickname] = first.pairs.filter((pair) => codes(pair) === 'A-1 A-2');
  expect(nickname?.reasons).toEqual(expect.arrayContaining(['nickname', 'same_hire_date']));
});

test('keeps the active user, then the one that more sources know', async () => {
  await addPairs();
  await store.db.pool.query(
    `insert into source (id, name, kind) values ($1, 'hr', 'list') on conflict do nothing`,
    ['00000000-0000-7000-8000-00000000d001'],
  );
  await store.db.pool.query(
    `insert into identity (source_id, external_id, user_id)
     select '00000000-0000-7000-8000-00000000d001', 'x', id from "user" where code = 'A-2'`,
  );
  await store.db.pool.query(
    `update "user" set status = case code when 'B-1' then 'inactive' else 'active' end::user_status,
       deactivated_at = case code when 'B-1' then now() end
     where code like 'B%'`,
  );

  const { pairs } = await found();

  expect(new Set(pairs.map(codes))).toEqual(new Set(['A-2 A-1', 'B-2 B-1', 'C-1 C-2']));
});

test('never proposes what was dismissed, nor what it was merged into, nor merged users', async () => {
  await addPairs();
  const dismissed = await dismissDuplicate(owner, ['A-2', 'A-1']);
  const again = await dismissDuplicate(owner, ['A-1', 'A-2']);
  await store.db.pool.query(`set session_replication_role = replica;
    update "user" set status = 'merged', merged_into_id = (select id from "user" where code = 'B-1')
      where code = 'B-2';
    set session_replication_role = origin`);

  const { pairs } = await found(owner, 1);

  expect(pairs.map(codes)).toEqual(['C-1 C-2']);
  expect(dismissed.already).toBe(false);
  expect(again).toEqual({ ...dismissed, users: [...dismissed.users].reverse(), already: true });
  expect(await events('user.dismiss')).toBe(2);
  expect(await faultOf(dismissDuplicate(owner, ['B-2', 'C-1']))).toMatchObject({
    code: 'user_merged',
  });
  expect(await faultOf(dismissDuplicate(owner, ['C-1', 'C-1']))).toMatchObject({
    code: 'one_user',
  });
});

test('does not compare a group of more than 200 people by what they share, and says so', async () => {
  await addUsers(
    store.db.pool,
    Array.from({ length: 201 }, (_, n) => ({
      ...{ code: `R-${String(n)}`, lastName: `Row${String(n)}x`, hireDate: '2020-01-01' },
      firstName: 'Uwe',
    })),
  );

  const { pairs, summary } = await found(owner, 0);

  expect(pairs.filter((pair) => codes(pair).startsWith('R-'))).toEqual([]);
  expect(summary?.passedOver).toEqual(
    expect.arrayContaining([{ block: 'day_first', groups: 1, people: 201 }]),
  );
});

test('lists first what a source merged, also where nothing else speaks for it', async () => {
  await addPairs();
  const source = newId();
  await store.db.pool.query(`insert into source (id, name, kind) values ($1, 'payroll', 'list')`, [
    source,
  ]);
  await store.db.pool.query(
    `insert into user_pair (user_a, user_b, state, source_id)
     select least(a.id, b.id), greatest(a.id, b.id), 'proposed', $1
     from "user" a, "user" b where (a.code, b.code) in (('S-1', 'S-2'), ('C-1', 'C-2'))`,
    [source],
  );

  const { pairs } = await found();

  const [first, second] = pairs.slice(0, 2).map((pair) => codes(pair).split(' '));
  expect(first).toEqual(['C-1', 'C-2']);
  // Made in one millisecond: either may be the older one.
  expect(second?.sort()).toEqual(['S-1', 'S-2']);
  expect(pairs[1]).toMatchObject({
    ...{ source: 'payroll', score: null, reasons: ['merged_at_source'] },
  });
});

test('is for admins and owners', async () => {
  const [manager, admin] = [await actor(store.db, 'manager'), await actor(store.db, 'admin')];

  expect(await faultOf(findDuplicates(manager, {}))).toMatchObject({ kind: 'forbidden' });
  expect(await faultOf(dismissDuplicate(manager, ['S-1', 'S-2']))).toMatchObject({
    kind: 'forbidden',
  });
  expect((await found(admin)).summary?.people).toBe(60);
  expect(await events('users.duplicates')).toBeGreaterThan(0);
});

test('prints the pairs, and writes a file in which nobody is redundant twice', async () => {
  await addPairs();
  await addUsers(store.db.pool, [
    { code: 'A-3', firstName: 'Billy', lastName: 'Okonjo', hireDate: '2020-09-14' },
  ]);
  const file = join(folder, 'pairs.csv');

  const listed = await rollcall(['users', 'duplicates', '--limit', '2']);
  const written = await rollcall(['users', 'duplicates', '--csv', file, '--json']);
  const dismissed = await rollcall(['duplicates', 'dismiss', 'A-1', 'A-2']);

  expect(listed.exit).toBe(0);
  expect(listed.out).toContain('Jürgen Müllner (B-1)');
  expect(listed.out).toContain('3 more');
  expect(listed.out).toContain('users merge');
  const { pairs } = await found();
  expect(pairs.filter(({ redundantBefore }) => redundantBefore)).toHaveLength(1);
  const lines = readFileSync(file, 'utf8').replace('\ufeff', '').trim().split(/\r?\n/);
  expect(lines[0]).toMatch(/^survivor,redundant,score,reasons,proposed_by,survivor_name/);
  expect(
    lines
      .slice(1)
      .map((line) => line.split(',').slice(0, 2).join(' '))
      .sort(),
  ).toEqual(expect.arrayContaining(['B-1 B-2', 'C-1 C-2']));
  const redundant = lines.slice(1).map((line) => line.split(',')[1]);
  expect(new Set(redundant).size).toBe(redundant.length);
  expect(written.json()).toMatchObject({ file, pairs: 4, leftOut: 1, people: 67 });
  expect(dismissed.out).toContain('different people');
});
