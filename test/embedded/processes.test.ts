import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createDatabase } from '../support/postgres';
import { ended, eventually, startCli, TestStack, type Env } from '../support/stack';

const stacks: TestStack[] = [];

function newStack(env: Env = {}): TestStack {
  const stack = new TestStack(env);
  stacks.push(stack);
  return stack;
}

afterAll(async () => {
  for (const stack of stacks) await stack.remove();
}, 120_000);

test('two stacks in two folders run side by side on ports of their own', async () => {
  const [one, two] = [newStack(), newStack()];

  const [first, second] = await Promise.all([one.up(), two.up()]);

  const addresses = [...first.services, ...second.services].map(({ address }) => address);
  expect(new Set(addresses).size).toBe(6);
  await one.run('down');
  expect(one.processes()).toEqual([]);
  expect((await two.status()).exit).toBe(0);
}, 120_000);

test('two ups at once on one folder make one stack', async () => {
  const stack = newStack();

  const [one, two] = await Promise.all([stack.up(), stack.up()]);

  expect(one.services).toEqual(two.services);
}, 120_000);

test('a stack whose folder was deleted ends, and leaves the next one there alone', async () => {
  const stack = newStack();
  const before = await stack.up();
  const old = stack.processes();

  rmSync(stack.data, { recursive: true, force: true });
  const { services } = await stack.up();
  await eventually(() => (old.some((one) => stack.processes().includes(one)) ? undefined : true));

  expect(old.length).toBeGreaterThan(before.services.length);
  const after = await stack.status();
  expect(after.exit).toBe(0);
  expect(after.services.map(({ pid }) => pid)).toEqual(services.map(({ pid }) => pid));
}, 120_000);

test('up while a down is under way waits for it, then starts', async () => {
  const stack = newStack();
  await stack.up();

  const down = stack.run('down');
  await eventually(() => (existsSync(join(stack.data, 'stack.json')) ? undefined : true));
  const up = await stack.run('up', '--detach', '--json');

  expect((await down).exit).toBe(0);
  expect(up).toMatchObject({ exit: 0 });
  expect((await stack.status()).exit).toBe(0);
}, 120_000);

test('down ends a supervisor that was stopped, in order', async () => {
  const stack = newStack();
  await stack.up();
  const { supervisor } = JSON.parse(readFileSync(join(stack.data, 'stack.json'), 'utf8'));
  process.kill(supervisor.pid, 'SIGSTOP');

  const { exit } = await stack.run('down');

  expect(exit).toBe(0);
  expect(stack.processes()).toEqual([]);
  // It was not killed: it said its last words.
  expect(readFileSync(join(stack.data, 'logs', 'supervisor.log'), 'utf8')).toContain('"stopped"');
}, 120_000);

test('what a stack writes is for its owner only', async () => {
  const stack = newStack();

  await stack.up();

  const open = readdirSync(stack.data).filter(
    (name) => (statSync(join(stack.data, name)).mode & 0o077) !== 0,
  );
  expect(readdirSync(stack.data)).toContain('temporal.db');
  expect(open).toEqual([]);
}, 120_000);

test.each(['SIGINT', 'SIGHUP'] as const)(
  '%s ends a stack in the foreground and all of its processes',
  async (signal) => {
    const stack = newStack();
    const child = stack.start('up');
    const end = ended(child);
    await eventually(async () => ((await stack.status()).exit === 0 ? true : undefined));

    child.kill(signal);
    const { exit, stdout } = await end;

    expect(exit).toBe(0);
    expect(stdout).toContain('web UI  http://127.0.0.1:');
    expect(stack.processes()).toEqual([]);
  },
  120_000,
);

test('Ctrl-C in the middle of the start leaves nothing', async () => {
  const stack = newStack();
  const child = stack.start('up');
  const end = ended(child);
  await eventually(() => (stack.processes().length > 1 ? true : undefined));

  child.kill('SIGINT');
  const { exit } = await end;

  expect(exit).not.toBe(0);
  expect(stack.processes()).toEqual([]);
}, 120_000);

test('up --detach holds none of the pipes of its caller', async () => {
  const stack = newStack();

  // `close` comes only once nobody has the other ends open.
  const { exit } = await stack.run('up', '--detach');

  expect(exit).toBe(0);
  expect((await stack.status()).exit).toBe(0);
}, 120_000);

test('a user without a home folder can bring a stack up', async () => {
  const stack = newStack({ HOME: '/nonexistent', XDG_CACHE_HOME: undefined });

  const { services } = await stack.up();

  expect(services).toHaveLength(3);
}, 180_000);

test('when one of them does not start, all are stopped and the reason is told', async () => {
  const stack = newStack({ ROLLCALL_TEMPORAL_CLI: '/bin/false' });

  const { exit, stdout } = await stack.run('up', '--detach', '--json');

  expect(exit).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'temporal_not_started' });
  await eventually(() => (stack.processes().length === 0 ? true : undefined));
}, 120_000);

test('a Temporal CLI that is not there is told with what to do', async () => {
  const stack = newStack({ ROLLCALL_TEMPORAL_CLI: '/nowhere/temporal' });

  const { exit, stdout } = await stack.run('up', '--json');

  expect(exit).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'temporal_missing',
    next: expect.stringContaining('ROLLCALL_TEMPORAL_CLI'),
  });
});

test('a data folder that is a file is refused in words', async () => {
  const { data } = newStack();
  const file = join(data, 'file');
  writeFileSync(file, '');

  const done = await ended(startCli(['up', '--detach', '--data', file, '--json']));

  expect(done.exit).toBe(1);
  expect(JSON.parse(done.stdout).error).toMatchObject({
    code: 'data_folder',
    next: expect.stringContaining('--data'),
  });
});

test('Postgres runs in a folder that only its owner may enter', async () => {
  const { data } = newStack();
  const closed = join(data, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o700);
  const inside = newStack();
  const folder = join(closed, 'data');

  const done = await ended(startCli(['up', '--detach', '--data', folder, '--json']));
  await inside.run('down', '--data', folder);

  expect(done).toMatchObject({ exit: 0 });
}, 120_000);

test('a configured database takes the place of the embedded one', async () => {
  const database = await createDatabase();
  const stack = newStack({ ROLLCALL_DATABASE_URL: database.url });
  try {
    const { services, databaseUrl } = await stack.up();

    expect(services.map(({ name }) => name).sort()).toEqual(['postgres', 'temporal', 'worker']);
    expect(services.find(({ name }) => name === 'postgres')).toMatchObject({ pid: null });
    expect(databaseUrl).toBe(database.url);
  } finally {
    await stack.run('down');
    await database.drop();
  }
}, 120_000);

test('status tells about nothing with exit 1', async () => {
  const { exit, stdout } = await newStack().run('status', '--json');

  expect(exit).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    services: [],
    ui: null,
    temporalCli: null,
    databaseUrl: null,
    next: 'rollcall up --detach',
  });
});
