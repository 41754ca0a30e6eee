import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '../support/postgres';
import { rollcall, type Ran } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-users-'));
const NAMES = ['ROLLCALL_HOME', 'ROLLCALL_DATABASE_URL', 'ROLLCALL_TEMPORAL_ADDRESS'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

beforeAll(async () => {
  process.env['ROLLCALL_HOME'] = folder;
  process.env['ROLLCALL_DATABASE_URL'] = store.url;
  // No server listens on this port: the commands tried here start no workflow.
  process.env['ROLLCALL_TEMPORAL_ADDRESS'] = '127.0.0.1:1';
  await done('orgs', 'create', 'SALES', '--name', 'Sales');
  await done('properties', 'create', 'level', '--type', 'number', '--name', 'Level');
});

afterAll(() => {
  for (const [name, value] of before) restore(name, value);
  rmSync(folder, { recursive: true });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

/** The document of a command that ends with 0. */
async function done(...args: string[]): Promise<unknown> {
  const ran = await rollcall([...args, '--json']);
  expect({ exit: ran.exit, out: ran.exit === 0 ? '' : ran.out }).toEqual({ exit: 0, out: '' });
  return ran.json();
}

async function failed(...args: string[]): Promise<{ exit: number; code: unknown }> {
  const ran: Ran = await rollcall([...args, '--json']);
  return { exit: ran.exit, code: (ran.json() as { error: { code: unknown } }).error.code };
}

test('a search that finds only inactive people says so, and how to list them', async () => {
  await done('users', 'create', '--email', 'quinn@x.org', '--last-name', 'Quinnsworth');
  await store.db.pool.query(
    `update "user" set status = 'inactive', deactivated_at = now(), version = version + 1 where email = 'quinn@x.org'`,
  );

  const active = await rollcall(['users', 'list', '--search', 'quinnsworth']);
  const nobody = await rollcall(['users', 'list', '--search', 'nobodyatall']);

  expect(active.out).toContain('No users.');
  expect(active.out).toMatch(/Of any status there are 1: .*--search=quinnsworth --status all/);
  expect(nobody.out).toBe('No users.\n');
});

test('a user is created, shown and edited with the fields of the contract', async () => {
  const created = await done(
    'users',
    'create',
    '--email',
    'Anna@Example.com',
    '--first-name',
    'Anna',
    '--organization',
    'sales',
    '--hire-date',
    '2024-02-29',
    '--property',
    'level=3',
  );
  const edited = await done(
    'users',
    'edit',
    'anna@example.com',
    '--job-title',
    'Buyer',
    '--clear',
    'hire-date',
    '--release',
    'firstName,email',
  );

  expect(Object.keys(created as object).sort()).toEqual(
    [
      'id',
      'code',
      'login',
      'email',
      'firstName',
      'lastName',
      'displayName',
      'status',
      'organizationId',
      'organization',
      'jobTitle',
      'department',
      'location',
      'managerId',
      'manager',
      'locale',
      'timeZone',
      'phone',
      'hireDate',
      'leaveDate',
      'properties',
      'sticky',
      'protected',
      'version',
      'createdAt',
      'updatedAt',
      'deactivatedAt',
      'deactivatedReason',
      'mergedIntoId',
      'identities',
    ].sort(),
  );
  expect(created).toMatchObject({
    login: 'Anna@Example.com',
    organization: 'SALES',
    hireDate: '2024-02-29',
    properties: { level: 3 },
    status: 'active',
  });
  expect(edited).toMatchObject({ jobTitle: 'Buyer', hireDate: null, version: 2 });
  expect(edited).toMatchObject({
    sticky: expect.not.arrayContaining(['email', 'firstName']) as unknown,
  });
  expect(await done('users', 'show', 'anna@example.com')).toEqual({
    ...(edited as object),
    access: { allowed: true, reason: 'active' },
    enrollments: [],
    enrollmentCount: 0,
    credits: [],
    creditCount: 0,
  });
});

test('a list has users, the next cursor, and a count when asked', async () => {
  for (const n of ['1', '2', '3'])
    await done('users', 'create', '--code', `L${n}`, '--department', 'List');
  const filter = ['--filter', 'department eq "list"', '--sort', '-code', '--limit', '2'];

  const first = (await done('users', 'list', ...filter, '--count')) as {
    users: { code: string }[];
    next: string;
    count: number;
  };
  const second = await done('users', 'list', ...filter, '--cursor', first.next);

  expect(first.users.map(({ code }) => code)).toEqual(['L3', 'L2']);
  expect(first.count).toBe(3);
  expect(second).toEqual({ users: [expect.objectContaining({ code: 'L1' })], next: null });
});

test('a count says which users it leaves out', async () => {
  await done('users', 'create', '--code', 'C1', '--department', 'Counted');
  await done('users', 'create', '--code', 'C2', '--department', 'Counted');
  await done('users', 'edit', 'C2', '--status', 'inactive', '--organization', 'sales');
  const filter = ['users', 'list', '--count', '--filter', 'department eq "Counted"'];

  expect((await rollcall(filter)).out).toMatch(/\n1 active \(2 with all others: --status all\)\n$/);
  expect((await rollcall([...filter, '--status', 'all'])).out).toMatch(/\n2 in all\n$/);
  expect(await done('orgs', 'show', 'sales')).toMatchObject({
    users: expect.any(Number),
    activeUsers: expect.any(Number),
  });
  expect((await rollcall(['orgs', 'show', 'sales'])).out).toMatch(/users +\d+ \(\d+ active\)/);
});

test('only fields that were set by hand are released, and the others are named', async () => {
  await done('users', 'create', '--code', 'RL1', '--department', 'X');
  const edit = async (...release: string[]) =>
    (await rollcall(['users', 'edit', 'RL1', ...release.flatMap((r) => ['--release', r])])).out;

  expect(await edit('hire-date', 'Department')).toMatch(
    /^imports may change it again: department\nwas not set by hand: hire-date\n/,
  );
  expect(await edit('all')).toMatch(/^imports may change it again: code\n/);
  expect(await edit('all')).toMatch(/^was not set by hand: any field\n/);
});

test('a saved filter serves the list', async () => {
  await done('users', 'create', '--code', 'SV1', '--department', 'Saved');
  await done('filters', 'save', 'mine', 'department eq "saved"');

  expect(await done('users', 'list', '--saved', 'mine')).toMatchObject({
    users: [{ code: 'SV1' }],
  });
  expect(await done('filters', 'list')).toMatchObject({ filters: [{ name: 'mine' }], next: null });
  await done('filters', 'rename', 'mine', 'ours');
  expect(await done('filters', 'delete', 'ours')).toMatchObject({ name: 'ours', deleted: true });
});

test('links, protection, organizations and properties answer with their new values', async () => {
  await done('users', 'create', '--code', 'LK1');
  const link = ['LK1', '--source', 'csv', '--external-id', '77'];

  expect(await done('users', 'link', ...link)).toMatchObject({
    identities: [{ source: 'csv', externalId: '77' }],
  });
  expect(await done('users', 'unlink', ...link)).toMatchObject({ identities: [] });
  expect(await done('users', 'protect', 'LK1')).toMatchObject({ protected: true });
  expect(await done('users', 'protect', 'LK1', '--off')).toMatchObject({ protected: false });
  expect(await done('orgs', 'rename', 'sales', '--name', 'Sales 2')).toMatchObject({
    name: 'Sales 2',
  });
  expect(await done('orgs', 'list')).toMatchObject({ organizations: [{ code: 'SALES' }] });
  expect(await done('properties', 'list')).toEqual({
    properties: [{ key: 'level', name: 'Level', type: 'number', archivedAt: null }],
    next: null,
  });
});

test('history and explanation show what was done by hand', async () => {
  await done('users', 'create', '--code', 'HI1', '--first-name', 'A');
  await done('users', 'edit', 'HI1', '--first-name', 'B');

  expect(await done('users', 'history', 'HI1')).toMatchObject({
    events: [
      {
        action: 'user.edit',
        actor: 'owner',
        door: 'cli',
        fields: ['firstName'],
        changes: { firstName: ['A', 'B'] },
      },
      { action: 'user.create', actor: 'owner' },
    ],
    next: null,
  });
  expect(await done('users', 'show', 'HI1', '--explain')).toMatchObject({
    code: 'HI1',
    explain: expect.arrayContaining([
      expect.objectContaining({
        field: 'firstName',
        value: 'B',
        source: null,
        actor: 'owner',
        sticky: true,
      }),
    ]) as unknown,
  });
});

test('a history has pages and ends with how the user was created', async () => {
  await done('users', 'create', '--code', 'HP1', '--first-name', 'A');
  for (const name of ['B', 'C', 'D']) await done('users', 'edit', 'HP1', '--first-name', name);
  interface Page {
    readonly events: readonly { readonly action: string; readonly at: string }[];
    readonly next: string | null;
  }

  const whole = (await done('users', 'history', 'HP1')) as Page;
  const first = (await done('users', 'history', 'HP1', '--limit', '3')) as Page;
  const rest = (await done(
    ...['users', 'history', 'HP1', '--limit', '3', '--cursor', first.next ?? ''],
  )) as Page;
  const text = await rollcall(['users', 'history', 'HP1', '--limit', '3']);

  expect(whole.events.map(({ action }) => action)).toEqual([
    ...['user.edit', 'user.edit', 'user.edit', 'user.create'],
  ]);
  expect([...first.events, ...rest.events]).toEqual(whole.events);
  expect([first.events.length, rest.next, whole.next]).toEqual([3, null, null]);
  expect(text.out).toContain(`next: rollcall users history HP1 --limit=3 --cursor ${first.next}`);
  expect((await rollcall(['users', 'history', 'HP1'])).out).toMatch(
    /created by hand: code: → HP1; firstName: → A$/m,
  );
});

test('cleared values are reported, and the only key of a user is kept', async () => {
  await done('users', 'create', '--code', 'CL1', '--login', 'cl1-login');

  const emptied = await rollcall(['users', 'edit', 'CL1', '--clear', 'login']);
  const kept = await rollcall(['users', 'edit', 'CL1', '--clear', 'code', '--json']);

  expect(emptied.exit).toBe(0);
  expect(emptied.out).toMatch(/^emptied: login\n/);
  expect(emptied.out).not.toContain('cl1-login');
  expect(kept.exit).toBe(2);
  expect(kept.json()).toMatchObject({
    error: { code: 'no_key', message: expect.stringContaining('only key') as unknown },
  });
});

test('an edit by a key of a merged account says whom it changes, and no more than it did', async () => {
  await done('users', 'create', '--code', 'MG1', '--login', 'mg1', '--email', 'mg1@x.org');
  await done('users', 'create', '--code', 'MG2', '--login', 'mg2', '--email', 'mg2@x.org');
  await store.db.pool.query(
    `with pair as (
       select s.id as survivor, a.id as absorbed from "user" s, "user" a
       where s.code = 'MG1' and a.code = 'MG2'
     ), m as (
       insert into merge (id, survivor_id, absorbed_id, images_removed_at)
       select gen_random_uuid(), survivor, absorbed, now() from pair
     )
     update "user" u set status = 'merged', merged_into_id = p.survivor from pair p where u.id = p.absorbed`,
  );

  const { out } = await rollcall(['users', 'edit', 'MG2', '--phone', '123']);

  expect(out).toMatch(
    /^set by hand: phone\n"MG2" is merged into this user, who is changed\n\nid .*\ncode +MG1\n/,
  );
});

test('a refused edit is explained in its own terms', async () => {
  await done('users', 'create', '--code', 'WR1');
  const said = async (...args: string[]): Promise<unknown> =>
    (await rollcall(['users', 'edit', 'WR1', ...args, '--json'])).json();
  const next = 'rollcall users edit --help';

  expect(await said('--status', 'gone')).toMatchObject({
    error: { message: 'status has to be active or inactive, not "gone".', next },
  });
  expect(await said('--hire-date', '01.02.2024')).toMatchObject({
    error: {
      message: 'hireDate has to be a day of the calendar, written YYYY-MM-DD, not "01.02.2024".',
      next,
    },
  });
  expect(await said('--organization', 'nosuch')).toMatchObject({
    error: { code: 'unknown_organization', next: 'rollcall orgs list' },
  });
});

test('people who already have the state are left alone, whatever number was expected', async () => {
  await done('users', 'create', '--code', 'AL1', '--organization', 'sales');
  await done('users', 'edit', 'AL1', '--status', 'inactive');

  const off = await rollcall(['users', 'deactivate', 'AL1', '--expect', '1']);
  const assigned = await rollcall([
    'users',
    'assign',
    'AL1',
    '--organization',
    'sales',
    '--expect',
    '1',
  ]);

  const set = await rollcall(['users', 'set', 'AL1', '--organization', 'SALES', '--expect', '1']);

  expect([off.exit, assigned.exit, set.exit]).toEqual([0, 0, 0]);
  expect(set.out).toBe('1 user is like that already, set by hand: nothing to change.\n');
  expect(off.out).toBe('1 user is inactive already: nothing to change.\n');
  expect(assigned.out).toBe('1 user is in sales already: nothing to change.\n');
});

test('the store alone needs no Temporal, and a command that starts a run says that there is none', async () => {
  const address = process.env['ROLLCALL_TEMPORAL_ADDRESS'] ?? '';
  delete process.env['ROLLCALL_TEMPORAL_ADDRESS'];
  try {
    await done('users', 'create', '--code', 'NT1');
    expect(await done('users', 'show', 'NT1')).toMatchObject({ code: 'NT1' });
    expect(await done('runs', 'list')).toMatchObject({ next: null });
    expect(await done('db', 'status')).toMatchObject({ current: true });
    expect(await failed('users', 'deactivate', 'NT1', '--expect', '1')).toEqual({
      exit: 1,
      code: 'nothing_up',
    });
    const status = await rollcall(['status', '--json']);
    expect(status.json()).toMatchObject({ next: 'rollcall up --detach' });
  } finally {
    process.env['ROLLCALL_TEMPORAL_ADDRESS'] = address;
  }
});

test('an archived organization and property are in their lists with --all only, and shown as such', async () => {
  await done('orgs', 'create', 'CLOSED', '--name', 'Closed');
  await done('properties', 'create', 'oldNumber', '--type', 'text', '--name', 'Old number');
  await done('orgs', 'archive', 'closed');
  await done('properties', 'rename', 'oldNumber', '--name', 'Number before');
  await done('properties', 'archive', 'oldNumber');

  const lists = await Promise.all(
    [[], ['--all']].map(async (all) => [
      (await rollcall(['orgs', 'list', ...all])).out,
      (await rollcall(['properties', 'list', '--count', ...all])).out,
    ]),
  );

  expect(lists[0]?.join('')).not.toMatch(/CLOSED|oldNumber|ARCHIVED/);
  expect(lists[1]?.[0]).toMatch(/^CLOSED +Closed +0 +0 +\d{4}-/m);
  expect(lists[1]?.[1]).toMatch(/^oldNumber +text +Number before +0 +0 +\d{4}-/m);
  expect((await rollcall(['orgs', 'show', 'CLOSED'])).out).toMatch(/^archived +\d{4}-/m);
  expect(await done('orgs', 'archive', 'CLOSED', '--undo')).toMatchObject({ archivedAt: null });
  expect(await done('properties', 'show', 'oldNumber')).toMatchObject({ users: 0 });
});

test('a change of no people says so and ends with 0', async () => {
  expect(await done('users', 'deactivate', '--filter', 'code eq "nobody"', '--yes')).toEqual({
    runId: null,
    state: 'done',
    chosen: 0,
  });
});

test.each([
  [['users', 'show', 'nobody'], 5, 'user_not_found'],
  [['orgs', 'show', 'nosuch'], 5, 'organization_not_found'],
  [['users', 'list', '--saved', 'nosuch'], 5, 'filter_not_found'],
  [['users', 'list', '--filter', 'nosuch eq "x"'], 2, 'filter_attribute'],
  [['users', 'list', '--filter', 'code eq'], 2, 'filter_syntax'],
  [['users', 'list', '--limit', '1001'], 2, 'bad_limit'],
  [['users', 'list', '--sort', 'nosuch'], 2, 'unknown_sort'],
  [['users', 'list', '--cursor', 'x'], 2, 'bad_cursor'],
  [['users', 'history', 'L1', '--cursor', 'x'], 2, 'bad_cursor'],
  [['users', 'history', 'L1', '--limit', '1001'], 2, 'bad_limit'],
  [['users', 'assign', 'L1', '--expect', '1'], 2, 'usage'],
  [['users', 'assign', 'L1', '--organization', 'nosuch', '--yes'], 5, 'organization_not_found'],
  [['runs', 'list', '--source', 'nosuch'], 5, 'source_not_found'],
  [['runs', 'undo', '0192aaaa'], 5, 'run_not_found'],
  [['users', 'list', '--status', 'gone'], 2, 'usage'],
  [['users', 'create', '--first-name', 'A'], 2, 'no_key'],
  [['users', 'create', '--code', 'x', '--property', 'level'], 2, 'usage'],
  [['users', 'edit', 'L1'], 2, 'usage'],
  [['users', 'deactivate'], 2, 'usage'],
  [['users', 'deactivate', 'L1'], 2, 'usage'],
  [['users', 'deactivate', 'nobody', '--expect', '1'], 5, 'user_not_found'],
  [['users', 'set', 'L1', '--expect', '1'], 2, 'usage'],
  [['users', 'set', 'L1', '--phone', '1'], 2, 'usage'],
  [['users', 'set', '--phone', '1', '--expect', '1'], 2, 'usage'],
  [['users', 'set', 'L1', '--email', 'a@x.example', '--expect', '1'], 2, 'key_of_one_person'],
  [['users', 'link', 'L1', '--source', 'csv'], 2, 'usage'],
  [['properties', 'create', 'x', '--type', 'colour', '--name', 'X'], 2, 'usage'],
  [['orgs', 'create', 'sales', '--name', 'Again'], 1, 'organization_exists'],
])('rollcall %j ends with %i and %s', async (args, exit, code) => {
  expect(await failed(...args)).toEqual({ exit, code });
});

test('people get tables, and how to go on', async () => {
  const list = await rollcall(['users', 'list', '--search', 'anna']);
  const page = await rollcall(['users', 'list', '--limit', '1', '--count']);
  const shown = await rollcall(['users', 'show', 'anna@example.com', '--explain']);

  expect(list.out).toMatch(/^CODE +NAME +LOGIN/);
  expect(list.out).toContain('Anna');
  expect(list.out).toMatch(/Anna@Example.com +Anna@Example.com/);
  expect(page.out).toMatch(
    /\d+ active \(\d+ with all others: --status all\)\nnext: rollcall users list --limit=1 --count --cursor \S+\n$/,
  );
  expect(shown.out).toMatch(/organization +SALES/);
  expect(shown.out).toMatch(/jobTitle +Buyer +owner, by hand/);
});
