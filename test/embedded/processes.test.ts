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
import { ended, eventually, startCli, TestStack, type StatusDocument } from '../support/stack';

/** A stack of one test: ended with it, so that never more than two are up. */
async function withStack(stack: TestStack, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    await stack.remove();
  }
}

describe('on one folder', () => {
  const stack = new TestStack();

  /** The state from which a test begins, whatever the one before it left. */
  const isUp = async (): Promise<void> => {
    if ((await stack.status()).exit !== 0) await stack.up();
  };
  const isDown = async (): Promise<void> => {
    if (stack.processes().length > 0) await stack.run('down');
  };

  afterAll(() => stack.remove(), 120_000);

  test('two ups at once make one stack, and hold none of the pipes of their callers', async () => {
    // `up` ends with the pipes of its command: they close only once nobody has the other ends open.
    const [one, two] = await Promise.all([stack.up(), stack.up()]);

    expect(one.services).toEqual(two.services);
  }, 120_000);

  test('what a stack writes is for its owner only', async () => {
    await isUp();

    const open = readdirSync(stack.data).filter(
      (name) => (statSync(join(stack.data, name)).mode & 0o077) !== 0,
    );

    expect(readdirSync(stack.data)).toContain('temporal.db');
    expect(open).toEqual([]);
  }, 120_000);

  test('another stack runs beside it, of a user without a home, in a folder that only they may enter', async () => {
    const other = new TestStack({ HOME: '/nonexistent', XDG_CACHE_HOME: undefined });
    const closed = join(other.data, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const folder = ['--data', join(closed, 'data')];
    await isDown();
    await withStack(other, async () => {
      const [first, second] = await Promise.all([
        other.run('up', '--detach', '--json', ...folder),
        stack.up(),
      ]);

      expect(first).toMatchObject({ exit: 0 });
      const { services }: StatusDocument = JSON.parse(first.stdout);
      const addresses = [...services, ...second.services].map(({ address }) => address);
      expect(addresses).toHaveLength(8);
      expect(new Set(addresses).size).toBe(addresses.length);
      await other.run('down', ...folder);
      expect(other.processes()).toEqual([]);
      expect((await stack.status()).exit).toBe(0);
    });
  }, 120_000);

  test('up while a down is under way waits for it, then starts', async () => {
    await isUp();

    const down = stack.run('down');
    await eventually(() => (existsSync(join(stack.data, 'stack.json')) ? undefined : true));
    const up = await stack.run('up', '--detach', '--json');

    expect((await down).exit).toBe(0);
    expect(up).toMatchObject({ exit: 0 });
    expect((await stack.status()).exit).toBe(0);
  }, 120_000);

  test('down ends a supervisor that was stopped, in order', async () => {
    await isUp();
    const log = join(stack.data, 'logs', 'supervisor.log');
    const before = readFileSync(log, 'utf8').length;
    const { supervisor } = JSON.parse(readFileSync(join(stack.data, 'stack.json'), 'utf8'));
    process.kill(supervisor.pid, 'SIGSTOP');

    const { exit } = await stack.run('down');

    expect(exit).toBe(0);
    expect(stack.processes()).toEqual([]);
    // It was not killed: it said its last words.
    expect(readFileSync(log, 'utf8').slice(before)).toContain('"stopped"');
  }, 120_000);

  test('Ctrl-C ends a stack in the foreground and all of its processes', async () => {
    await isDown();
    const child = stack.start('up');
    const end = ended(child);
    await eventually(async () => ((await stack.status()).exit === 0 ? true : undefined));

    child.kill('SIGINT');
    const { exit, stdout } = await end;

    expect(exit).toBe(0);
    expect(stdout).toMatch(/^web UI +http:\/\/127\.0\.0\.1:/m);
    expect(stack.processes()).toEqual([]);
  }, 120_000);

  test('a stack whose folder was deleted ends, and leaves the next one there alone', async () => {
    await isUp();
    const before = await stack.status();
    const old = stack.processes();

    rmSync(stack.data, { recursive: true, force: true });
    const { services } = await stack.up();
    await eventually(() => (old.some((one) => stack.processes().includes(one)) ? undefined : true));

    expect(old.length).toBeGreaterThan(before.services.length);
    const after = await stack.status();
    expect(after.exit).toBe(0);
    expect(after.services.map(({ pid }) => pid)).toEqual(services.map(({ pid }) => pid));
  }, 120_000);
});

test('a terminal that is closed in the middle of the start leaves nothing', async () => {
  const stack = new TestStack();
  await withStack(stack, async () => {
    const child = stack.start('up');
    const end = ended(child);
    await eventually(() => (stack.processes().length > 1 ? true : undefined));

    child.kill('SIGHUP');
    const { exit } = await end;

    expect(exit).not.toBe(0);
    expect(stack.processes()).toEqual([]);
  });
}, 120_000);

test('when one of them does not start, all are stopped and the reason is told', async () => {
  const stack = new TestStack({ ROLLCALL_TEMPORAL_CLI: '/bin/false' });
  await withStack(stack, async () => {
    const { exit, stdout } = await stack.run('up', '--detach', '--json');

    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'temporal_not_started' });
    await eventually(() => (stack.processes().length === 0 ? true : undefined));
  });
}, 120_000);

test('a Temporal CLI that is not there is told with what to do', async () => {
  const stack = new TestStack({ ROLLCALL_TEMPORAL_CLI: '/nowhere/temporal' });
  await withStack(stack, async () => {
    const { exit, stdout } = await stack.run('up', '--json');

    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'temporal_missing',
      next: expect.stringContaining('ROLLCALL_TEMPORAL_CLI'),
    });
  });
});

test('a data folder that is a file is refused in words', async () => {
  const stack = new TestStack();
  const file = join(stack.data, 'file');
  writeFileSync(file, '');
  await withStack(stack, async () => {
    const done = await ended(startCli(['up', '--detach', '--data', file, '--json']));

    expect(done.exit).toBe(1);
    expect(JSON.parse(done.stdout).error).toMatchObject({
      code: 'data_folder',
      next: expect.stringContaining('--data'),
    });
  });
});

test('a configured database takes the place of the embedded one', async () => {
  const database = await createDatabase();
  const stack = new TestStack({ ROLLCALL_DATABASE_URL: database.url });
  try {
    await withStack(stack, async () => {
      const { services, databaseUrl } = await stack.up();

      expect(services.map(({ name }) => name).sort()).toEqual(['postgres', 'temporal', 'worker']);
      expect(services.find(({ name }) => name === 'postgres')).toMatchObject({ pid: null });
      expect(databaseUrl).toBe(database.url);
    });
  } finally {
    await database.drop();
  }
}, 120_000);

test('status tells about nothing with exit 1', async () => {
  const stack = new TestStack();
  await withStack(stack, async () => {
    const { exit, stdout } = await stack.run('status', '--json');

    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      services: [],
      ui: null,
      temporalCli: null,
      databaseUrl: null,
      installation: null,
      next: 'rollcall up --detach',
    });
  });
});
