import { connectTemporal, type Temporal } from '../../temporal/gateway';
import { loadStoreConfig } from '../../config/env';
import { devServer } from '../support/temporal';

const temporal = devServer();
const state: { client: Temporal | undefined } = { client: undefined };
const SOURCE = '0192f0c1-0000-7000-8000-000000000001';
const INSTALLATION = '0123456789ab';
const ID = `sync/${INSTALLATION}/${SOURCE}`;

beforeAll(async () => {
  const config = loadStoreConfig({
    env: {
      ROLLCALL_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      ROLLCALL_TEMPORAL_ADDRESS: temporal.env.address,
    },
  });
  state.client = await connectTemporal(config, INSTALLATION);
});
afterAll(async () => {
  await state.client?.close();
});

function schedules(): Temporal['schedules'] {
  if (state.client === undefined) throw new Error('not connected');
  return state.client.schedules;
}

/** A source as a command has it, with a name that is no business of Temporal's. */
const follow = (schedule: object | null, paused = false): Promise<void> => {
  const source = { sourceId: SOURCE, name: 'canary name', schedule, paused };
  return schedules().follow(source);
};

const described = () => temporal.env.client.schedule.getHandle(ID).describe();

test('a schedule is made with its overlap and catch-up written out, and without a name', async () => {
  await follow({ everyMinutes: 60, jitterSeconds: 300 });

  const found = await described();
  expect(found).toMatchObject({
    policies: { overlap: 'SKIP', catchupWindow: 3_600_000 },
    spec: { intervals: [{ every: 3_600_000 }], jitter: 300_000 },
    action: {
      workflowType: 'syncSource',
      workflowId: ID,
      taskQueue: `runs-${INSTALLATION}`,
      args: [{ sourceId: SOURCE }],
    },
    state: { paused: false },
  });
  expect(JSON.stringify(found.raw)).not.toContain('canary');
  expect((await schedules().next(SOURCE))?.at?.getTime()).toBeGreaterThan(Date.now());
});

test('it follows what the store says next: another time, a pause, the end', async () => {
  await follow({ cron: '0 5 * * *', timeZone: 'Europe/Vienna' }, true);
  const paused = await described();
  const next = await schedules().next(SOURCE);
  await follow({ cron: '0 5 * * *' });
  const going = await described();
  await follow(null);
  const gone = await schedules().next(SOURCE);
  await schedules().remove(SOURCE);

  expect(paused).toMatchObject({ state: { paused: true }, spec: { timezone: 'Europe/Vienna' } });
  expect(paused.spec.intervals ?? []).toEqual([]);
  expect(next).toEqual({ at: null, paused: true });
  expect(going.state.paused).toBe(false);
  expect(gone).toBeNull();
});
