import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExport } from '../../client/users/exports';
import { writeOutput } from '../../cli/writeFile';
import { createOrganization } from '../../operations/users/organizations';
import { createProperty } from '../../operations/users/properties';
import { createUser } from '../../operations/users/userEdits';
import type { OperationContext, Session } from '../../operations/context';
import { organizationKeys } from '../../store/users/organizations';
import { selectProperties } from '../../store/users/properties';
import { USER_FIELD_NAMES } from '../../domain/users/fields';
import type { RunDocument } from '../../domain/runs/runDocument';
import { faultOf } from '../operations/support';
import { testDatabase } from '../support/postgres';
import { importFile } from '../support/runs/fileRun';
import { actor, addUsers } from '../support/users';
import { rollcall } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-export-'));
const before = process.env['ROLLCALL_DATABASE_URL'];
const at = (name: string): string => join(folder, name);
let owner: OperationContext;
let [sales, ops] = ['', ''];

/** Texts that a spreadsheet would run, or that break a careless writer of CSV. */
const TEXTS = [
  ...['=1+1', '+49 30 1', '-5', '@sum', "'=1", "''+x", "O'Neil", 'a,b;c', 'say "x"'],
  ...['two\nlines', 'Ünï', '＝1', 'NULL', '007', '1,5', '2026-01-01', '<b>', '_exported'],
];

beforeAll(async () => {
  process.env['ROLLCALL_DATABASE_URL'] = store.url;
  owner = await actor(store.db);
  sales = (await createOrganization(owner, { code: 'SALES', name: 'Sales' })).id;
  ops = (await createOrganization(owner, { code: 'OPS', name: 'Operations' })).id;
  for (const type of ['text', 'number', 'boolean', 'date'] as const) {
    await createProperty(owner, { key: `a${type}`, name: `A ${type}`, type });
  }
  await createUser(owner, { set: { email: 'boss@example.com', organization: 'OPS' } });
  for (const [n, text] of TEXTS.entries()) {
    await createUser(owner, {
      set: {
        ...{ code: `R-${String(n)}`, lastName: text, department: text, 'properties.atext': text },
        ...(n === 0 ? { organization: 'SALES' } : { email: `r${String(n)}@example.com` }),
        manager: n % 2 === 1 ? 'R-0' : 'boss@example.com',
        ...{ 'properties.anumber': '-1.5', 'properties.aboolean': 'yes' },
        ...{ 'properties.adate': '2020-02-29', hireDate: '2020-02-29' },
        ...(n === 3 ? { status: 'inactive', leaveDate: '2021-01-31' } : {}),
      },
    });
  }
  // Else an import would leave alone what was set by hand.
  await store.db.pool.query(`update "user" set sticky = '{}', version = version + 1`);
});
afterAll(() => {
  if (before === undefined) Reflect.deleteProperty(process.env, 'ROLLCALL_DATABASE_URL');
  else process.env['ROLLCALL_DATABASE_URL'] = before;
  rmSync(folder, { recursive: true });
});

async function imported(text: string): Promise<RunDocument> {
  return importFile(store.db, {
    text,
    properties: await selectProperties(store.db.pool),
    organizations: await organizationKeys(store.db.pool),
  });
}

async function written(...args: readonly string[]): Promise<string> {
  const ran = await rollcall(['users', 'export', ...args]);
  expect({ exit: ran.exit, err: ran.exit === 0 ? '' : ran.err }).toEqual({ exit: 0, err: '' });
  return ran.out;
}

const PEOPLE = TEXTS.length + 1;
const FIELDS = [...USER_FIELD_NAMES, 'properties'].join();

test.each(['people', 'programs'])(
  'a file for %s changes nobody when it is imported',
  async (reader) => {
    const known = await written('--jsonl', '-', '--status', 'all', '--columns', FIELDS);
    const text = await written('--csv', '-', '--status', 'all', '--for', reader);
    // The first import links the people to the numbers of uploads.
    const first = await imported(text);

    const { state, counts } = await imported(text);

    expect(await written('--jsonl', '-', '--status', 'all', '--columns', FIELDS)).toBe(known);
    expect(first.counts).toMatchObject({ created: 0, error: 0, conflict: 0 });
    expect({ state, counts }).toMatchObject({
      state: 'done',
      counts: { rows: PEOPLE, unchanged: PEOPLE, updated: 0, error: 0, conflict: 0, skipped: 0 },
    });
  },
);

test('no cell of a file for people is a formula; one for programs has the exact texts', async () => {
  const columns = ['--columns', 'lastName,phone', '--sort', 'lastName'];
  const people = await written('--csv', '-', ...columns);
  const programs = await written('--csv', '-', ...columns, '--for', 'programs');

  expect(people.startsWith('\ufefflast_name,phone,_exported\n')).toBe(true);
  expect(people).not.toMatch(/^"?[=+\-@＝]/m);
  expect(people).toMatch(/^'\+49 30 1,,\d{4}-/m);
  expect(programs).toMatch(/^last_name,phone\n/);
  expect(programs).toMatch(/^\+49 30 1,$/m);
});

test('lines of JSON are the users of a list; columns are chosen by any of their names', async () => {
  const lines = async (...args: readonly string[]): Promise<unknown[]> =>
    (await written('--jsonl', '-', ...args))
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line));
  const list = await rollcall(['users', 'list', '--status', 'all', '--json']);

  expect({ users: await lines('--status', 'all'), next: null }).toEqual(list.json());
  expect(await lines('--search', 'R-0', '--columns', 'Employee ID,id,properties.anumber')).toEqual([
    { code: 'R-0', id: expect.any(String), properties: { anumber: -1.5 } },
  ]);
  const csv = await written('--csv', '-', '--search', 'R-0', '--columns', 'code,id,version');
  expect(csv).toMatch(/^\ufeffcode,_user\.id,_user\.version,_exported\nR-0,[0-9a-f-]{36},\d+,/);
});

test('a file is written completely or not at all, and replaces another only if forced', async () => {
  const file = at('people.csv');
  const ran = await rollcall(['users', 'export', '--csv', file, '--json']);
  const text = readFileSync(file, 'utf8');
  const again = await rollcall(['users', 'export', '--csv', file]);
  const refused = await rollcall(['users', 'export', '--csv', at('x.csv'), '--filter', 'dep eq 1']);
  const stop = new AbortController();
  const cut = await faultOf(
    writeOutput(at('cut.csv'), stopped(stop), {
      force: false,
      instead: String,
      signal: stop.signal,
    }),
  );
  const forced = await faultOf(
    writeOutput(file, stopped(stop), { force: true, instead: String, signal: stop.signal }),
  );

  expect(ran.json()).toMatchObject({ file, users: PEOPLE - 1, columns: expect.any(Array) });
  expect(again).toMatchObject({ exit: 2, err: expect.stringContaining('--csv') });
  expect(refused.exit).toBe(2);
  expect([cut, forced]).toMatchObject([{ name: 'AbortError' }, { name: 'AbortError' }]);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(readdirSync(folder)).toEqual(['people.csv']);

  writeFileSync(file, 'old');
  await rollcall(['users', 'export', '--csv', file, '--force']);
  expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(text.split('\n')[0]);
});

async function* stopped(stop: AbortController): AsyncGenerator<string> {
  yield 'first\n';
  stop.abort();
  await Promise.resolve();
  yield 'second\n';
}

test.each([
  [['--csv', 'a', '--jsonl', 'b']],
  [[]],
  [['--csv', '-', '--json']],
  [['--jsonl', '-', '--for', 'people']],
  [['--csv', '-', '--columns', 'code,nosuch']],
  [['--csv', '-', '--columns', 'code,employee id']],
])('%j is wrong usage', async (args) => {
  expect((await rollcall(['users', 'export', ...args])).exit).toBe(2);
});

/** A session whose admin is looked up no more. */
const sessionOf = (context: OperationContext): Session => ({
  context,
  renew: () => Promise.resolve(),
});

describe('an export', () => {
  const all = async (context: OperationContext, input = {}): Promise<string> => {
    let text = '';
    for await (const piece of await startExport(sessionOf(context), input)) text += piece;
    return text;
  };

  test('has only the people within the reach of its admin', async () => {
    const manager = await actor(store.db, 'manager', [sales]);
    const input = { status: 'all', format: 'jsonl', columns: ['code'] } as const;

    expect(await all(manager, input)).toBe('{"code":"R-0"}\n');
    expect(await faultOf(all(await actor(store.db, 'viewer')))).toMatchObject({
      code: 'forbidden',
    });
    expect(await all(await actor(store.db, 'manager', [ops]), input)).toBe('{"code":null}\n');
  });

  test('is one moment, whatever is written meanwhile, and is recorded though it is cut off', async () => {
    const seeds = Array.from({ length: 2_100 }, (_, n) => ({ code: `S-${String(n)}` }));
    await addUsers(store.db.pool, seeds.slice(0, 2_099));
    const exported = await startExport(sessionOf(owner), {
      ...{ format: 'jsonl', search: 'S-', columns: ['code', 'department'], sort: 'code' },
    });

    let text = '';
    for await (const piece of exported) {
      if (text === '') {
        await addUsers(store.db.pool, seeds.slice(2_099));
        await store.db.pool.query(
          `update "user" set department = 'new', version = version + 1 where code like 'S-%'`,
        );
      }
      text += piece;
    }
    const cut = await startExport(sessionOf(owner), { columns: ['email'], search: 'S-' });
    for await (const _ of cut) break;

    const codes = text.split('\n').slice(0, -1);
    expect([exported.users, exported.total, codes.length, new Set(codes).size]).toEqual([
      ...[2_099, 2_099, 2_099, 2_099],
    ]);
    expect(text).not.toContain('new');
    const { rows } = await store.db.pool.query(
      `select action, fields, (select jsonb_object_agg(field, after) from audit_value where event_id = id) as asked
       from audit_event where subject_type = 'export' order by id desc limit 2`,
    );
    expect(rows).toEqual([
      { action: 'users.export', fields: ['email'], asked: { search: 'S-', users: 2_100 } },
      {
        ...{ action: 'users.export', fields: ['code', 'department'] },
        asked: { search: 'S-', users: 2_099 },
      },
    ]);
  });
});
