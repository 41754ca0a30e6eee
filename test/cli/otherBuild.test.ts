import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackFilePath } from '../../config/stackFile';
import { dataPaths } from '../../embedded/paths';
import { takeLock } from '../../embedded/lock';
import { refOf } from '../../embedded/processes';
import { rollcall } from './harness';

jest.mock('@temporalio/client', () =>
  jest.requireActual<typeof import('../support/impatient')>('../support/impatient').impatient(),
);

jest.mock('../../config/build', () => ({ buildId: () => '0.1.0 mine' }));

/** A folder in which this process is the supervisor and the worker, which says what it runs. */
const folder = mkdtempSync(join(tmpdir(), 'rollcall-build-'));
const worker: { server: Server | undefined; said: object } = { server: undefined, said: {} };
const before = process.env['ROLLCALL_DATABASE_URL'];

beforeAll(async () => {
  delete process.env['ROLLCALL_DATABASE_URL'];
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ ok: true, ...worker.said }));
  });
  worker.server = server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  takeLock(dataPaths(folder).lock);
  const me = refOf(process.pid);
  writeFileSync(
    stackFilePath(folder),
    JSON.stringify({
      databaseUrl: 'postgres://rollcall@127.0.0.1:1/rollcall',
      temporalAddress: '127.0.0.1:1',
      temporalNamespace: 'default',
      uiUrl: null,
      temporalCli: null,
      supervisor: me,
      services: [{ name: 'worker', ...me, address: '127.0.0.1' }],
      worker: { health: `http://127.0.0.1:${String(port)}` },
    }),
  );
});
afterAll(async () => {
  if (before !== undefined) process.env['ROLLCALL_DATABASE_URL'] = before;
  worker.server?.closeAllConnections();
  await new Promise((done) => worker.server?.close(done));
  rmSync(folder, { recursive: true });
});

const restart = `rollcall down --data ${folder} && rollcall up --detach --data ${folder}`;

test.each([
  ['another build', { build: '0.1.0 yours' }],
  ['a build that does not say what it is', {}],
])('up and status report a worker of %s, and how to restart it', async (_, said) => {
  worker.said = said;

  const status = await rollcall(['status', '--data', folder, '--json']);
  const up = await rollcall(['up', '--detach', '--data', folder]);

  expect(status.exit).toBe(0);
  expect(status.json()).toMatchObject({
    message: expect.stringContaining('another build') as unknown,
    next: restart,
  });
  expect(up.out).toContain('The worker was started by another build of Rollcall');
  expect(up.out).toContain(restart);
});

test('nothing is said of a worker of this build', async () => {
  worker.said = { build: '0.1.0 mine' };

  const status = await rollcall(['status', '--data', folder, '--json']);

  expect(status.json()).toMatchObject({ next: null });
  expect(status.json()).not.toHaveProperty('message');
});
