import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client, Connection } from '@temporalio/client';
import { ask, printRun } from '../e2e/client';
import { createDatabase, type Created } from '../support/postgres';
import { eventually, TestStack } from '../support/stack';
import { addTestToken } from '../support/token';
import { parseDump, restoreDatabase } from './oldStore/dump';
import { FILES, makeSharedQueue, readKnown, SETTINGS, SYSTEMS } from './sharedQueue/make';

/*
 * A store and the file of Temporal's dev server, both of one moment, as the last build (commit 269b221)
 * before installations had ids left them: a run that is held, one that waits behind it, and two systems
 * that are read every hour. Between the two builds an hour began, so each schedule has one time to catch
 * up. To make them with another build (of which `bin/rollcall.js` runs):
 *
 *   ROLLCALL_RECORD_WITH=/path/of/its/clone npx jest test/recorded/sharedQueue.test.ts
 */
const other = process.env['ROLLCALL_RECORD_WITH'];
const HOUR_MS = 3_600_000;

interface Up {
  readonly stack: TestStack;
  readonly database: Created;
  readonly connection: Connection;
  readonly installation: string;
  /** The full hour before Temporal started. */
  readonly from: number;
}
const state: { up?: Up } = {};

beforeAll(async () => {
  if (other !== undefined) await makeSharedQueue(other);
  const database = await createDatabase({ empty: true });
  await restoreDatabase(database.url, parseDump(unzipped(FILES.database).toString('utf8')));
  const stack = new TestStack({ ...SETTINGS, ROLLCALL_DATABASE_URL: database.url });
  writeFileSync(join(stack.data, 'temporal.db'), unzipped(FILES.temporal));
  const migrated = await stack.run('db', 'migrate', '--json');
  if (migrated.exit !== 0) throw new Error(migrated.stdout + migrated.stderr);
  await addTestToken(database.db.pool);
  const from = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const { services } = await stack.up();
  const address = services.find(({ name }) => name === 'temporal')?.address ?? '';
  const connection = await Connection.connect({ address });
  const [row] = await ask<{ id: string }>(database.url, 'select id from installation');
  state.up = { stack, database, connection, installation: row?.id ?? '', from };
}, 240_000);
afterAll(async () => {
  await state.up?.connection.close();
  await state.up?.stack.remove();
  await state.up?.database.drop();
}, 60_000);

function up(): Up {
  if (state.up === undefined) throw new Error('the stack is not up');
  return state.up;
}
const client = (): Client => new Client({ connection: up().connection });

test('the schedules are those of the installation, and the old ones are gone', async () => {
  const { installation, database } = up();
  const ids = await sourceIds(database.url);

  const wanted = [`due/${installation}`, ...ids.map((id) => `sync/${installation}/${id}`)].sort();

  const shown = await eventually(async () => {
    const found: string[] = [];
    for await (const { scheduleId } of client().schedule.list()) found.push(scheduleId);
    return found.sort().join() === wanted.join() ? found : undefined;
  });
  expect(ids).toHaveLength(SYSTEMS.length);
  expect(shown).toEqual(wanted);
});

test('each schedule fired once for the hour that began between the builds', async () => {
  const { installation, database, from } = up();
  const ids = await sourceIds(database.url);
  const hours = (): string[] => {
    const passed = Math.floor((Date.now() - from) / HOUR_MS);
    return Array.from({ length: passed + 1 }, (_, i) =>
      new Date(from + i * HOUR_MS).toISOString().replace('.000Z', 'Z'),
    );
  };

  const runs = await eventually(async () => {
    const rows = await ask<{ id: string }>(
      database.url,
      `select workflow_id as id from run where kind = 'sync' order by 1`,
    );
    // Another hour may begin meanwhile.
    return rows.length >= ids.length * hours().length ? rows.map(({ id }) => id) : undefined;
  });

  const wanted = ids.flatMap((id) => hours().map((at) => `sync/${installation}/${id}-${at}`));
  expect(runs).toEqual(wanted.sort());
  const due = await client()
    .workflow.getHandle(`due/${installation}-${hours()[0] ?? ''}`)
    .result();
  expect(due).toEqual({ started: 0 });
});

test('the held run is approved and ends, and the one that waited for it goes on', async () => {
  const { held, waiting } = readKnown();
  const { exit, run } = await printRun(up().stack, 'runs', 'approve', held);
  const next = await eventually(async () => {
    const shown = await printRun(up().stack, 'runs', 'show', waiting);
    return shown.run.state === 'held' ? shown : undefined;
  });

  expect({ exit, state: run.state, counts: run.counts }).toMatchObject({
    exit: 0,
    state: 'done',
    counts: { rows: 15, absent: 9, deactivated: 9 },
  });
  expect(next.run).toMatchObject({ counts: { rows: 24, reactivated: 9 } });
});

test('nothing is left on the shared queue', async () => {
  const query = `TaskQueue = 'runs' and ExecutionStatus = 'Running'`;

  // The two schedules' own workflows are of the server.
  const left = await eventually(async () => {
    const { count } = await client().workflow.count(query);
    return count === 0 ? count : undefined;
  });
  expect(left).toBe(0);
});

async function sourceIds(url: string): Promise<string[]> {
  const rows = await ask<{ id: string }>(url, 'select source_id as id from connection order by 1');
  return rows.map(({ id }) => id);
}

function unzipped(file: string): Buffer {
  return gunzipSync(readFileSync(file));
}
