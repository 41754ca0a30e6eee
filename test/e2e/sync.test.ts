import { setTimeout as sleep } from 'node:timers/promises';
import { fakePeople, fakePerson } from '../../connectors/fake/people';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { ended, TestStack } from '../support/stack';
import { ask, people, rowVersions, printRun } from './client';

interface Up {
  readonly stack: TestStack;
  readonly fake: FakeVendor;
  readonly url: string;
}
const state: { up: Up | undefined } = { up: undefined };

function up(): Up {
  if (state.up === undefined) throw new Error('the stack is not up');
  return state.up;
}

beforeAll(async () => {
  const fake = await startFake({ vendor: 'bamboohr', people: fakePeople(2_500) });
  const stack = new TestStack({
    ROLLCALL_ALLOW_PRIVATE_HOSTS: fake.host,
    HR_KEY: fake.secrets['apiKey'],
  });
  state.up = { stack, fake, url: (await stack.up()).databaseUrl ?? '' };
  const config = Object.entries(fake.config).flatMap(([k, v]) => ['--config', `${k}=${v}`]);
  const added = await stack.run(
    ...['sources', 'add', 'bamboohr', '--name', 'hr', ...config],
    ...['--secret', 'apiKey=env:HR_KEY', '--base-url', fake.baseUrl, '--json'],
  );
  if (added.exit !== 0) throw new Error(added.stdout + added.stderr);
}, 120_000);
afterAll(async () => {
  await state.up?.stack.remove();
  await state.up?.fake.stop();
}, 60_000);

async function active(): Promise<number> {
  const [row] = await ask<{ n: number }>(
    up().url,
    `select count(*)::int as n from "user" where status = 'active'`,
  );
  return row?.n ?? 0;
}

test('a dry run shows who would come and changes nobody; the sync brings them, again changes no row', async () => {
  const dry = await printRun(up().stack, 'sources', 'sync', 'hr', '--dry-run');
  const before = await people(up().url);
  const first = await printRun(up().stack, 'sources', 'sync', 'hr', '--full');
  const versions = await rowVersions(up().url);
  const again = await printRun(up().stack, 'sources', 'sync', 'hr', '--full');

  expect(dry.run).toMatchObject({ state: 'planned', counts: { rows: 2500, created: 2500 } });
  expect(before).toEqual([]);
  expect(first).toMatchObject({ exit: 0, run: { state: 'done', counts: { created: 2500 } } });
  expect(again.run.counts).toMatchObject({ rows: 2500, unchanged: 2500, updated: 0 });
  expect(await rowVersions(up().url)).toEqual(versions);
}, 120_000);

test('changes are read from the cursor: one who moved, one who came, one who left', async () => {
  const { world } = up().fake;
  const now = Date.now();
  world.put(fakePerson(1, { department: 'Archive', modifiedAt: now }));
  world.put(fakePerson(9_000, { modifiedAt: now }));
  world.put(fakePerson(2, { status: 'inactive', modifiedAt: now }));

  const { run } = await printRun(up().stack, 'sources', 'sync', 'hr');

  expect(run).toMatchObject({
    state: 'done',
    counts: { created: 1, updated: 1, deactivated: 1 },
  });
  expect(run.counts.rows).toBeLessThan(100);
}, 60_000);

test('a missing person is deactivated at the second complete read, not at the first', async () => {
  const before = await active();
  up().fake.world.remove(fakePerson(3).id);
  const first = await printRun(up().stack, 'sources', 'sync', 'hr', '--full');
  const afterOne = await active();
  const second = await printRun(up().stack, 'sources', 'sync', 'hr', '--full');

  expect(first.run.counts).toMatchObject({ absent: 0, deactivated: 0 });
  expect(afterOne).toBe(before);
  expect(second.run.counts).toMatchObject({ absent: 1, deactivated: 1 });
}, 60_000);

test('an empty answer is held, deactivates nobody, and makes way for a new read on request', async () => {
  const before = await active();
  const everybody = [...up().fake.world.people()];
  for (const { id } of everybody) up().fake.world.remove(id);

  const held = await printRun(up().stack, 'sources', 'sync', 'hr', '--full');
  for (const person of everybody) up().fake.world.put(person);
  const blocked = await up().stack.run('sources', 'sync', 'hr', '--json');
  const instead = await printRun(up().stack, 'sources', 'sync', 'hr', '--full', '--replace-held');
  const replaced = await printRun(up().stack, 'runs', 'show', held.run.runId);

  expect(held).toMatchObject({ exit: 4, run: { state: 'held' } });
  expect(held.run.held.map(({ gate }) => gate)).toContain('empty_read');
  expect(blocked.exit).toBe(4);
  expect(blocked.stdout).toContain(held.run.runId);
  expect(instead).toMatchObject({ exit: 0, run: { state: 'done', counts: { deactivated: 0 } } });
  expect(replaced.run.state).toBe('rejected');
  expect(await active()).toBe(before);
}, 60_000);

test('a worker killed while it reads: the sync goes on, and ends as undisturbed', async () => {
  const { services } = await up().stack.status();
  const worker = services.find(({ name }) => name === 'worker')?.pid ?? 0;
  const sync = up().stack.start('sources', 'sync', 'hr', '--full', '--json');
  await sleep(700);
  process.kill(worker, 'SIGKILL');

  const { exit, stdout } = await ended(sync);

  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'done', counts: { rows: 2500 } });
}, 90_000);

test('a refused key stops the source, and the output says so', async () => {
  const { fake } = up();
  const config = Object.entries(fake.config).flatMap(([k, v]) => ['--config', `${k}=${v}`]);
  const wrong = await up().stack.run(
    ...['sources', 'add', 'bamboohr', '--name', 'mistyped', ...config],
    ...['--secret', 'apiKey=env:HOME', '--base-url', fake.baseUrl, '--json'],
  );
  const { exit, run } = await printRun(up().stack, 'sources', 'sync', 'mistyped', '--full');
  const shown = await up().stack.run('sources', 'list', '--json');

  expect(wrong.exit).toBe(0);
  expect(exit).toBe(1);
  expect(run).toMatchObject({ state: 'failed', error: { code: 'credentials_refused' } });
  expect(JSON.parse(shown.stdout).sources).toContainEqual(
    expect.objectContaining({ name: 'mistyped', state: 'quarantined' }),
  );
}, 60_000);
