import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHookReceiver, type HookReceiver } from '../support/fakes/receivers';
import { eventually, TestStack } from '../support/stack';
import { printRun } from './client';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-alerts-'));
const up: { stack?: TestStack; hook?: HookReceiver } = {};

beforeAll(async () => {
  up.hook = await startHookReceiver();
  up.stack = new TestStack({ ROLLCALL_ALLOW_PRIVATE_HOSTS: up.hook.host });
  await up.stack.up();
}, 120_000);
afterAll(async () => {
  await up.stack?.remove();
  await up.hook?.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

test('an import that a gate holds raises one alert, with its counts and the next command', async () => {
  const { stack, hook } = up;
  if (stack === undefined || hook === undefined) throw new Error('the stack is not up');
  const file = join(folder, 'people.csv');
  writeFileSync(file, 'code,first name\n1,Ada\n2,Grace\n');
  const added = await stack.run('alerts', 'add', '--webhook', hook.url, '--json');
  expect(added).toMatchObject({ exit: 0 });

  const gate = ['--gate', 'creations=1', '--reason', 'a trial'];
  const held = await printRun(stack, 'import', file, ...gate);
  const received = await eventually(() => hook.received[0]);
  const approved = await printRun(stack, 'runs', 'approve', held.run.runId);

  expect(held).toMatchObject({ exit: 4, run: { state: 'held' } });
  expect(JSON.parse(received.body)).toMatchObject({
    type: 'run.held',
    data: {
      source: 'csv',
      runId: held.run.runId,
      counts: { rows: 2, created: 2 },
      held: [{ gate: 'creations', count: 2, limit: 1 }],
      next: `npx rollcall runs show ${held.run.runId}`,
    },
  });
  expect(received.body).not.toMatch(/Ada|Grace/);
  expect(approved).toMatchObject({ exit: 0, run: { state: 'done' } });
  const listed = await stack.run('alerts', 'list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject({ alerts: [{ sent: 1, waiting: 0 }] });
  expect(hook.received).toHaveLength(1);
}, 120_000);
