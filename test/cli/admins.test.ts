import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';
import { rollcall, type Ran } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-admins-'));
const NAMES = ['ROLLCALL_HOME', 'ROLLCALL_DATABASE_URL', 'ROLLCALL_TOKEN'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

beforeEach(async () => {
  process.env['ROLLCALL_HOME'] = folder;
  process.env['ROLLCALL_DATABASE_URL'] = store.url;
  Reflect.deleteProperty(process.env, 'ROLLCALL_TOKEN');
  await store.db.pool.query('delete from api_token');
  await store.db.pool.query(`delete from admin where name <> 'owner'`);
  rmSync(join(folder, 'stack.json'), { force: true });
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

const errorOf = (ran: Ran) => ({
  exit: ran.exit,
  error: (ran.json() as { error: { code: string; next: string } }).error,
});
const tokenIn = (ran: Ran): string => /rc_[0-9a-z]{8}_\w{43}/.exec(ran.out)?.[0] ?? '';

/** A stack of `up` that runs this database. */
function stackRunsIt(): void {
  const own = { pid: 1, started: 'x' };
  const stack = {
    databaseUrl: store.url,
    temporalAddress: '127.0.0.1:1',
    temporalNamespace: 'default',
    uiUrl: null,
    temporalCli: null,
    supervisor: own,
    services: [{ name: 'postgres', ...own, address: new URL(store.url).host }],
    worker: { health: 'http://127.0.0.1:1' },
  };
  writeFileSync(join(folder, 'stack.json'), JSON.stringify(stack));
}

test('from the first token to a manager who sees only her organization', async () => {
  await addUsers(store.db.pool, [
    { code: 'S-1', lastName: 'Sales' },
    { code: 'X-1', lastName: 'Other' },
  ]);
  const needed = errorOf(await rollcall(['orgs', 'list', '--json']));
  const [, ...first] = needed.error.next.split(' ');

  const made = await rollcall(first);
  process.env['ROLLCALL_TOKEN'] = tokenIn(made);
  await rollcall(['orgs', 'create', 'SALES', '--name', 'Sales']);
  await rollcall(['users', 'edit', 'S-1', '--organization', 'SALES']);
  const added = await rollcall(['admins', 'add', 'anna', '--level', 'manager', '--org', 'SALES']);
  const hers = await rollcall(['tokens', 'create', '--admin', 'anna', '--expires', '30d']);
  process.env['ROLLCALL_TOKEN'] = tokenIn(hers);
  const refused = errorOf(await rollcall(['tokens', 'create', '--admin', 'owner', '--json']));
  const seen = await rollcall(['users', 'list', '--json']);
  const levels = errorOf(await rollcall(['admins', 'list', '--json']));

  expect(needed).toMatchObject({
    exit: 1,
    error: { code: 'token_needed', next: 'rollcall tokens create --admin owner' },
  });
  expect(made.out).toContain('It is not shown again');
  expect([made.exit, added.exit, hers.exit]).toEqual([0, 0, 0]);
  expect(added.out).toContain('next: rollcall tokens create --admin anna');
  expect(seen.out).toContain('S-1');
  expect(seen.out).not.toContain('X-1');
  expect(levels).toMatchObject({ exit: 1, error: { code: 'forbidden' } });
  expect(refused).toMatchObject({ exit: 1, error: { code: 'forbidden' } });
});

test('a token that opens nothing says what to do, and an owner’s is not made while one is valid', async () => {
  const made = await rollcall(['tokens', 'create', '--admin', 'owner', '--json']);
  process.env['ROLLCALL_TOKEN'] = 'rc_aaaaaaaa_wrong';
  const unknown = await rollcall(['orgs', 'list']);
  const again = errorOf(await rollcall(['tokens', 'create', '--admin', 'owner', '--json']));
  process.env['ROLLCALL_TOKEN'] = tokenIn(made);
  const revoked = await rollcall(['tokens', 'revoke', tokenIn(made).slice(0, 11)]);
  const after = errorOf(await rollcall(['orgs', 'list', '--json']));

  expect(unknown).toMatchObject({
    exit: 1,
    err: expect.stringContaining('rollcall tokens create'),
  });
  expect(unknown.err).not.toContain('aaaaaaaa');
  expect(again).toMatchObject({ exit: 1, error: { code: 'token_unknown' } });
  expect(revoked.exit).toBe(0);
  expect(after).toMatchObject({
    exit: 1,
    error: { code: 'token_revoked', next: 'rollcall tokens create --admin owner' },
  });
  expect((await rollcall(['tokens', 'create', '--admin', 'owner'])).exit).toBe(0);
});

test('on the database of a stack the owner acts without a token, which is said once', async () => {
  stackRunsIt();
  const plain = await rollcall(['orgs', 'list']);
  Reflect.deleteProperty(process.env, 'ROLLCALL_DATABASE_URL');
  const unset = await rollcall(['admins', 'list']);
  const quiet = await rollcall(['orgs', 'list', '--quiet']);
  const json = await rollcall(['orgs', 'list', '--json']);

  expect([plain.exit, unset.exit, quiet.exit, json.exit]).toEqual([0, 0, 0, 0]);
  expect(plain.err.match(/owner/g)).toHaveLength(1);
  expect(unset.err).toBe(plain.err);
  expect([quiet.err, json.err]).toEqual(['', '']);
});

test('a viewer who would see everybody is asked about, and what needs no token asks for none', async () => {
  stackRunsIt();

  const unasked = await rollcall(['admins', 'add', 'vera', '--level', 'viewer']);
  const no = await rollcall(['admins', 'add', 'vera', '--level', 'viewer'], {
    terminal: true,
    input: 'n\n',
  });
  const yes = await rollcall(['admins', 'add', 'vera', '--level', 'viewer', '--yes']);
  const last = errorOf(await rollcall(['admins', 'disable', 'owner', '--json']));
  rmSync(join(folder, 'stack.json'));
  const free = [['db', 'status'], ['config'], ['sources', 'types'], ['db', 'restored']];
  const ends = [];
  for (const words of free) ends.push((await rollcall(words)).exit);

  expect(unasked).toMatchObject({ exit: 2, err: expect.stringContaining('--org CODE, or --yes') });
  expect(no.err).toContain('people of all of them');
  expect([no.exit, yes.exit]).toEqual([2, 0]);
  expect(last).toMatchObject({ exit: 1, error: { code: 'last_owner' } });
  expect(ends).toEqual([0, 0, 0, 0]);
});

test('an admin who may not act learns what an owner has to do', async () => {
  stackRunsIt();
  await addUsers(store.db.pool, [{ code: 'Z-1' }]);
  const add = ['--level', 'admin', '--user', 'Z-1'];
  await rollcall(['admins', 'add', 'zoe', ...add]);
  const hers = tokenIn(await rollcall(['tokens', 'create', '--admin', 'zoe']));
  const nobody = tokenIn(await rollcall(['tokens', 'create', '--admin', 'owner']));
  const asked = async () => {
    process.env['ROLLCALL_TOKEN'] = hers;
    const { error } = errorOf(await rollcall(['orgs', 'list', '--json']));
    Reflect.deleteProperty(process.env, 'ROLLCALL_TOKEN');
    return error;
  };

  await rollcall(['users', 'edit', 'Z-1', '--status', 'inactive']);
  const inactive = await asked();
  await rollcall(['admins', 'disable', 'zoe']);
  const disabled = await asked();
  const again = errorOf(await rollcall(['tokens', 'create', '--admin', 'zoe', '--json']));

  expect(nobody).not.toBe('');
  expect(inactive).toMatchObject({
    code: 'admin_user_inactive',
    next: expect.stringContaining('rollcall admins set zoe --user none'),
  });
  expect(disabled).toMatchObject({
    code: 'admin_disabled',
    next: 'Ask an owner: rollcall admins set zoe --enable',
  });
  expect(again.error.next).toBe('rollcall admins set zoe --enable');
});

test('the audit as CSV goes to standard output, and a file is checked without a token', async () => {
  stackRunsIt();
  await rollcall(['admins', 'add', 'ann', '--level', 'admin']);

  const csv = await rollcall(['audit', 'list', '--csv', '-', '--action', 'admin.create']);
  const text = await rollcall(['audit', 'list', '--action', 'admin.create', '--limit', '1']);
  rmSync(join(folder, 'stack.json'));
  const path = join(folder, 'staff.csv');
  writeFileSync(path, 'code,email\n1,a@example.com\n');
  const check = await rollcall(['import', path, '--check']);

  expect(csv.out.split('\n')[0]).toMatch(/^\ufeffid,at,actor/);
  expect(csv.out).toContain('name,,ann');
  expect(existsSync('-')).toBe(false);
  expect(text.out).toContain('admin:ann');
  expect(check).toMatchObject({ exit: 0, err: expect.stringContaining('are not judged') });
});

test('an admin becomes a viewer of everybody only when that is said, a manager keeps the reach', async () => {
  const made = await rollcall(['tokens', 'create', '--admin', 'owner', '--json']);
  process.env['ROLLCALL_TOKEN'] = tokenIn(made);
  await rollcall(['orgs', 'create', 'WEST', '--name', 'West']);
  await rollcall(['admins', 'add', 'ida', '--level', 'admin']);
  await rollcall(['admins', 'add', 'max', '--level', 'manager', '--org', 'WEST']);
  const set = (...args: string[]) => rollcall(['admins', 'set', ...args, '--json']);

  const asked = await set('ida', '--level', 'Viewer');
  const still = await rollcall(['admins', 'show', 'ida', '--json']);
  const bound = await set('ida', '--level', 'viewer', '--org', 'WEST');
  const all = await set('ida', '--everybody');
  const again = await set('ida', '--level', 'viewer');
  const manager = await set('max', '--level', 'viewer');
  await rollcall(['admins', 'set', 'ida', '--level', 'admin']);
  const yes = await set('ida', '--level', 'viewer', '--yes');

  expect(asked.exit).toBe(2);
  expect(still.json()).toMatchObject({ level: 'admin' });
  expect(bound.json()).toMatchObject({ level: 'viewer', organizations: ['WEST'] });
  expect(all.json()).toMatchObject({ level: 'viewer', organizations: [] });
  expect(again.exit).toBe(0);
  expect(manager.json()).toMatchObject({ level: 'viewer', organizations: ['WEST'] });
  expect(yes.json()).toMatchObject({ level: 'viewer', organizations: [] });
});
