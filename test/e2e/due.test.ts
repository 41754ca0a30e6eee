import { Client, type Connection } from '@temporalio/client';
import { fakePeople, fakePerson } from '../../connectors/fake/people';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { eventually, TestStack } from '../support/stack';
import { temporalOf } from '../support/privacy/traces';
import { ask, printRun } from './client';

interface Up {
  readonly stack: TestStack;
  readonly fake: FakeVendor;
  readonly url: string;
  readonly temporal: Connection;
}
const state: { up: Up | undefined } = { up: undefined };

function up(): Up {
  if (state.up === undefined) throw new Error('the stack is not up');
  return state.up;
}

const LEAVES = '2093-11-07';

beforeAll(async () => {
  const fake = await startFake({ vendor: 'bamboohr', people: fakePeople(40) });
  const stack = new TestStack({
    ROLLCALL_ALLOW_PRIVATE_HOSTS: fake.host,
    HR_KEY: fake.secrets['apiKey'],
  });
  const status = await stack.up();
  state.up = { stack, fake, url: status.databaseUrl ?? '', temporal: await temporalOf(status) };
  const config = Object.entries(fake.config).flatMap(([k, v]) => ['--config', `${k}=${v}`]);
  const added = await stack.run(
    ...['sources', 'add', 'bamboohr', '--name', 'hr', ...config],
    ...['--secret', 'apiKey=env:HR_KEY', '--base-url', fake.baseUrl, '--json'],
  );
  if (added.exit !== 0) throw new Error(added.stdout + added.stderr);
}, 120_000);
afterAll(async () => {
  await state.up?.temporal.close();
  await state.up?.stack.remove();
  await state.up?.fake.stop();
}, 60_000);

/** The hourly schedule of this installation. */
async function schedule() {
  const [row] = await ask<{ id: string }>(up().url, 'select id from installation');
  return new Client({ connection: up().temporal }).schedule.getHandle(`due/${row?.id ?? ''}`);
}

/** A test cannot wait for this: the day that the source named is over. */
async function pass(): Promise<void> {
  await ask(up().url, `update identity set due_on = '2026-01-01' where due_on is not null`);
}

async function dueRun(): Promise<{ id: string; state: string } | undefined> {
  const [run] = await ask<{ id: string; state: string }>(
    up().url,
    `select id, state from run where kind = 'due' and state = 'done' order by id desc limit 1`,
  );
  return run;
}

async function shown(): Promise<Record<string, unknown>> {
  return JSON.parse((await up().stack.run('sources', 'show', 'hr', '--json')).stdout);
}

test('a leaver of a later day stays until it has passed; then the hourly look deactivates them', async () => {
  const { stack, fake } = up();
  const leaver = fakePerson(7, { leaveDate: LEAVES, modifiedAt: Date.now() });
  fake.world.put(leaver);
  const zone = await stack.run('sources', 'set', 'hr', '--time-zone', 'Europe/Vienna', '--json');
  const synced = await printRun(stack, 'sources', 'sync', 'hr', '--full');
  const before = await shown();
  await pass();
  await (await schedule()).trigger();

  const { id } = await eventually(dueRun);
  const { run } = await printRun(stack, 'runs', 'show', id);

  expect(JSON.parse(zone.stdout)).toMatchObject({ timeZone: 'Europe/Vienna' });
  expect(synced.run).toMatchObject({ state: 'done', counts: { created: 40 } });
  expect(before['dueNext']).toEqual({ on: '2093-11-08', people: 1, inAll: 1 });
  expect(run).toMatchObject({
    kind: 'due',
    source: 'hr',
    counts: { rows: 1, deactivated: 1 },
    next: `rollcall runs undo ${id} --dry-run`,
  });
  expect((await shown())['dueNext']).toBeNull();
}, 60_000);

test('undone, they are back, and the source waits for a person', async () => {
  const { stack } = up();
  const { id } = await eventually(dueRun);
  const undone = await printRun(stack, 'runs', 'undo', id, '--expect', '1');
  const list = await stack.run('users', 'list', '--status', 'inactive', '--json');

  expect(undone).toMatchObject({ exit: 0, run: { state: 'done', counts: { reactivated: 1 } } });
  expect(JSON.parse(list.stdout).users).toEqual([]);
  expect(await shown()).toMatchObject({ state: 'paused', dueNext: { on: '2026-01-01' } });
}, 60_000);
