import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { SyncTimes } from '../../domain/sources/syncSchedule';
import { emptyStore } from '../support/builders';
import { testDatabase } from '../support/postgres';
import { eventually } from '../support/stack';
import { addPolledSource, POLLED } from '../support/runs/syncRun';
import { devServer } from '../support/temporal';
import { openTemporal } from '../../temporal/gateway';
import { keepSourceSchedules } from '../../worker/sourceSchedules';
import { scheduleIdOf } from '../../workflows/schedules';

const store = testDatabase();
const temporal = devServer();
const TROUBLE = JSON.stringify({ code: 'credentials_refused', message: 'Refused.', tries: 1 });
const INSTALLATION = '0123456789ab';
const OTHER = 'ba9876543210';
const GONE = '00000000-0000-7000-8000-0000000000e7';

beforeAll(async () => {
  await emptyStore(store.db);
  await addPolledSource(store.db);
});
afterEach(async () => {
  await stored(null);
  await keep();
  await listed(0);
});

const handle = (sourceId = POLLED) =>
  temporal.env.client.schedule.getHandle(scheduleIdOf(sourceId, INSTALLATION));

async function stored(schedule: SyncTimes | null, polling = 'ready'): Promise<void> {
  await store.db.pool.query(
    `update connection set schedule = $2, polling = $3::polling_state,
       trouble = case when $3 in ('disabled', 'quarantined') then $4::jsonb end
     where source_id = $1`,
    [POLLED, schedule === null ? null : JSON.stringify(schedule), polling, TROUBLE],
  );
}

/** Does one round; returns what it found, as the log reports it. */
async function keep(): Promise<string[]> {
  const found: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => found.push(line) });
  const { connection } = temporal.env;
  const { schedules } = await openTemporal({
    connection,
    namespace: 'default',
    embedded: true,
    installation: INSTALLATION,
  });
  await keepSourceSchedules({ db: store.db, schedules, log });
  return found.map((line) => /"found":"([^"]*)"/.exec(line)?.[1] ?? line);
}

/** Temporal lists schedules a moment after they change. */
async function listed(count: number): Promise<void> {
  await eventually(async () => {
    let n = 0;
    for await (const _ of temporal.env.client.schedule.list()) n += 1;
    return n === count ? true : undefined;
  });
  await sleep(100);
}

test.each<[string, SyncTimes]>([
  ['a pace', { everyMinutes: 60, jitterSeconds: 300, fullEveryHours: 24 }],
  ['a time of day', { cron: '30 5 * * 1-5', timeZone: 'Europe/Vienna' }],
])('a schedule of %s that Temporal lost is made again, and then stands', async (_, times) => {
  await stored(times);

  const lost = await keep();
  await listed(1);
  const after = await keep();

  expect({ lost, after }).toEqual({ lost: ['missing'], after: [] });
  expect(await handle().describe()).toMatchObject({
    policies: { overlap: 'SKIP', catchupWindow: 3_600_000 },
    action: { workflowType: 'syncSource', args: [{ sourceId: POLLED }] },
    state: { paused: false },
  });
});

test('one that was changed or paused in Temporal is made as the store says', async () => {
  await stored({ cron: '0 5 * * *' });
  await keep();
  await listed(1);
  await handle().update((known) => ({ ...known, spec: { cronExpressions: ['0 7 * * *'] } }));
  await handle().pause('somebody');

  const found = await eventually(async () => {
    const repaired = await keep();
    return repaired.length > 0 ? repaired : undefined;
  });

  const { spec, state } = await handle().describe();
  expect(found).toEqual(['changed']);
  expect(spec.calendars).toMatchObject([{ hour: [{ start: 5, end: 5 }] }]);
  expect(state.paused).toBe(false);
});

test('the schedule of a paused or disabled source is paused', async () => {
  await stored({ everyMinutes: 60 }, 'paused');
  await keep();
  const paused = await handle().describe();
  await listed(1);
  await stored({ everyMinutes: 60 }, 'disabled');
  const same = await keep();
  await stored({ everyMinutes: 60 }, 'quarantined');
  await keep();
  const tried = await handle().describe();

  expect(paused.state.paused).toBe(true);
  expect(same).toEqual([]);
  expect(tried.state.paused).toBe(false);
});

test('a source without a schedule gets none, one left over is removed, other schedules stay', async () => {
  const { client } = temporal.env;
  const action = { type: 'startWorkflow', workflowType: 'x', taskQueue: 'x' } as const;
  const spec = { intervals: [{ every: 86_400_000 }] };
  const others = ['sync/mine', scheduleIdOf(GONE, OTHER), `sync/${GONE}`];
  const own = [scheduleIdOf(POLLED, INSTALLATION), scheduleIdOf(GONE, INSTALLATION)];
  for (const scheduleId of [...own, ...others]) {
    await client.schedule.create({ scheduleId, spec, action });
  }
  await listed(5);

  const found = await keep();
  await listed(others.length);

  expect(found).toEqual(['left over', 'left over']);
  await expect(handle().describe()).rejects.toThrow();
  for (const id of others) await client.schedule.getHandle(id).delete();
});

test('two workers that repair schedules at once make one', async () => {
  await stored({ everyMinutes: 30 });

  const both = await Promise.all([keep(), keep()]);
  await listed(1);

  expect(both.flat()).toEqual(['missing']);
});

test('a schedule that Temporal refuses is logged in its words, and keeps no other from its repair', async () => {
  await stored({ cron: '0 5 * * *', timeZone: 'CST' });
  const left = await temporal.env.client.schedule.create({
    scheduleId: scheduleIdOf(GONE, INSTALLATION),
    spec: { intervals: [{ every: 3_600_000 }] },
    action: { type: 'startWorkflow', workflowType: 'syncSource', taskQueue: 'q', workflowId: 'w' },
  });
  await listed(1);

  const found = await keep();

  expect(found).toContain('left over');
  expect(found.find((line) => line.includes('schedule_refused'))).toContain(
    'unknown time zone CST',
  );
  await expect(left.describe()).rejects.toThrow();
});
