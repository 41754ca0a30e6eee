import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import { Client } from 'pg';
import {
  ended,
  eventually,
  startCli,
  TestStack,
  type StatusDocument,
  type StatusService,
} from '../support/stack';

const execute = promisify(execFile);
const stack = new TestStack();
const state = { up: undefined as StatusDocument | undefined };

beforeAll(async () => {
  state.up = await stack.up();
}, 120_000);

afterAll(async () => {
  await stack.remove();
}, 120_000);

function service(document: StatusDocument | undefined, name: string): StatusService {
  const found = document?.services.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

async function query(sql: string): Promise<unknown[]> {
  const { databaseUrl } = await stack.status();
  const client = new Client({ connectionString: databaseUrl ?? '' });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function temporal(...args: readonly string[]): Promise<string> {
  const status = await stack.status();
  const { address } = service(status, 'temporal');
  const { stdout } = await execute(status.temporalCli ?? '', [...args, '--address', address]);
  return stdout;
}

test('up returns when Postgres, Temporal with its UI and the worker all answer', async () => {
  const status = await stack.status();

  expect(status.exit).toBe(0);
  expect(status.services.map(({ name, ready }) => [name, ready])).toEqual([
    ['postgres', true],
    ['temporal', true],
    ['mail', true],
    ['worker', true],
  ]);
  const { health } = service(status, 'worker');
  expect((await fetch(`${health ?? ''}/readyz`)).status).toBe(200);
  expect((await fetch(status.ui ?? '')).status).toBe(200);
  expect(await temporal('operator', 'search-attribute', 'list')).toMatch(
    /RollcallHeld +KeywordList/,
  );
  expect(await query('select level from admin')).toEqual([{ level: 'owner' }]);
});

test('stack.json is for its owner only and names what the configuration needs', () => {
  const path = join(stack.data, 'stack.json');
  const file = JSON.parse(readFileSync(path, 'utf8'));

  expect(file).toMatchObject({
    databaseUrl: state.up?.databaseUrl,
    temporalAddress: service(state.up, 'temporal').address,
    uiUrl: state.up?.ui,
    worker: { health: service(state.up, 'worker').health },
  });
  expect(file.services).toHaveLength(4);
});

test('letters to its sink are listed and shown, and status says where they go', async () => {
  const { address } = service(await stack.status(), 'mail');
  const transport = createTransport({ url: `smtp://${address}` });
  await transport.sendMail({
    ...{ from: 'Learning <learning@x.org>', to: 'Ann@x.org', subject: 'Добро пожаловать' },
    ...{ text: 'Hello Ann', html: '<p>Hello <b>Ann</b></p>' },
  });
  await transport.sendMail({ from: 'learning@x.org', to: 'bob@x.org', text: 'Hello Bob' });
  transport.close();

  const list = await stack.run('mail', 'list', '--to', 'ann@x.org', '--json');
  const { letters } = JSON.parse(list.stdout);
  const shown = await stack.run('mail', 'show', letters[0].id);
  const raw = await stack.run('mail', 'show', letters[0].id, '--raw');
  const server = { ROLLCALL_SMTP_URL: 'smtp://mail.x.org', ROLLCALL_MAIL_FROM: 'a@x.org' };
  const own = await ended(startCli(['mail', 'list'], { ROLLCALL_HOME: stack.data, ...server }));

  expect(letters).toEqual([
    expect.objectContaining({ to: 'Ann@x.org', subject: 'Добро пожаловать' }),
  ]);
  expect(shown.stdout).toContain('Hello Ann\n\nIt has an HTML part, too');
  expect(raw.stdout).toMatch(/^Return-Path: <learning@x\.org>\r\nDelivered-To: Ann@x\.org\r\n/);
  expect(own).toMatchObject({ exit: 1, stderr: expect.stringContaining('no local sink') });
  expect((await stack.run('status')).stdout).toContain('go to the local sink, not to people');
});

test.each(['worker', 'postgres', 'temporal', 'mail'])(
  'a killed %s comes back at the same address',
  async (name) => {
    const before = service(await stack.status(), name);

    process.kill(before.pid, 'SIGKILL');
    const after = await stack.readyAgain(name, before.pid);

    expect(after.address).toBe(before.address);
  },
);

test('up on a folder that is up says so; in the foreground it refuses', async () => {
  const before = await stack.status();

  const again = await stack.run('up', '--detach', '--json');
  const refused = await stack.run('up', '--json');

  expect(again.exit).toBe(0);
  expect(again.stderr).toContain('already running in');
  expect(JSON.parse(again.stdout).services).toEqual(before.services);
  expect(refused.exit).toBe(1);
  expect(JSON.parse(refused.stdout).error).toMatchObject({ code: 'already_up' });
});

test('a killed supervisor leaves nothing running, and the next up goes on with data and ports', async () => {
  const before = await stack.status();
  const file = JSON.parse(readFileSync(join(stack.data, 'stack.json'), 'utf8'));

  process.kill(file.supervisor.pid, 'SIGKILL');
  await eventually(() => (stack.processes().length === 0 ? true : undefined));
  const stale = await stack.status();
  const after = await stack.up();

  expect(stale).toMatchObject({ exit: 1, services: [] });
  expect(await query('select count(*)::int as admins from admin')).toEqual([{ admins: 1 }]);
  expect(after.services.map(({ address }) => address)).toEqual(
    before.services.map(({ address }) => address),
  );
}, 120_000);

test('a restart keeps the data and the ports, but for one that another program took', async () => {
  const before = await stack.status();
  await query(`insert into organization (id, code, code_key, name)
    values (gen_random_uuid(), 'KEPT', 'kept', 'Kept')`);
  await temporal('workflow', 'start', '--type', 'none', '--task-queue', 'none', '-w', 'kept');

  const down = await stack.run('down', '--json');
  expect(JSON.parse(down.stdout)).toMatchObject({ stopped: true });
  expect(stack.processes()).toEqual([]);
  const [, port] = service(before, 'postgres').address.split(':');
  const other = createServer().listen(Number(port), '127.0.0.1');
  await once(other, 'listening');
  try {
    const after = await stack.up();

    expect(service(after, 'postgres').address).not.toBe(service(before, 'postgres').address);
    expect(service(after, 'temporal').address).toBe(service(before, 'temporal').address);
    expect(await query('select code from organization')).toEqual([{ code: 'KEPT' }]);
    expect(await temporal('workflow', 'describe', '-w', 'kept')).toContain('kept');
  } finally {
    other.close();
  }
}, 120_000);

test('a stale stack.json that names a pid of another program harms nobody', async () => {
  await stack.run('down');
  const other = { name: 'postgres', pid: process.pid, started: 'another time', address: 'x' };
  writeFileSync(join(stack.data, 'children.json'), JSON.stringify([other]));

  const down = await stack.run('down', '--json');

  expect(JSON.parse(down.stdout)).toMatchObject({ stopped: false });
  expect(existsSync(join(stack.data, 'children.json'))).toBe(false);
});
