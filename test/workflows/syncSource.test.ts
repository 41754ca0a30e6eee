import { randomUUID } from 'node:crypto';
import type { PagesRead } from '../../activities/types';
import { timeSkipping } from '../support/temporal';
import { fakeActivities, quiet, REFUSED, script, UNAVAILABLE, until, withRun } from './harness';
import { progressQuery } from '../../workflows/messages';

quiet();
const temporal = timeSkipping();

test('a sync reads pages until they end, then goes the way of every run', async () => {
  const readPages = script<PagesRead>(
    { done: false, rows: 100, waitUntil: null },
    { done: false, rows: 200, waitUntil: null },
    { done: true, rows: 250, waitUntil: null },
  );
  await withRun(
    temporal.env,
    fakeActivities({ readPages }),
    async ({ handle, calls }) => {
      await expect(handle.result()).resolves.toMatchObject({ state: 'done' });
      expect(calls).toEqual([
        'openRun',
        'claimRun',
        'readPages',
        'readPages',
        'readPages',
        'buildPlan',
        'applySlices',
        'finishRun done',
      ]);
    },
    { type: 'syncSource' },
  );
});

test('a source that wants to be left alone for an hour is: a timer waits, no worker', async () => {
  const hour = 3_600_000;
  const started = await temporal.env.currentTimeMs();
  const readPages = script<PagesRead>(
    { done: false, rows: 100, waitUntil: started + hour },
    { done: true, rows: 250, waitUntil: null },
  );
  await withRun(
    temporal.env,
    fakeActivities({ readPages }),
    async ({ handle, calls }) => {
      await handle.result();
      expect(calls.filter((call) => call === 'readPages')).toHaveLength(2);
      expect(await temporal.env.currentTimeMs()).toBeGreaterThanOrEqual(started + hour);
    },
    { type: 'syncSource' },
  );
});

test('a source out of reach shows as retrying, and the read goes on', async () => {
  const readPages = script<PagesRead>(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, {
    done: true,
    rows: 3,
    waitUntil: null,
  });
  await withRun(
    temporal.env,
    fakeActivities({ readPages }),
    async ({ handle, calls }) => {
      await until(async () => (await handle.query(progressQuery)).state === 'retrying');
      await expect(handle.result()).resolves.toMatchObject({ state: 'done' });
      expect(calls).toContain('setRunState retrying');
    },
    { type: 'syncSource' },
  );
});

test('a long read continues as new between pages', async () => {
  let left = 30;
  const readPages = async () => {
    left -= 1;
    return { done: left === 0, rows: 30 - left, waitUntil: null };
  };
  await withRun(
    temporal.env,
    fakeActivities({ readPages }),
    async ({ handle, calls }) => {
      await expect(handle.result()).resolves.toMatchObject({ state: 'done' });
      expect(calls.filter((call) => call === 'openRun').length).toBeGreaterThan(1);
      expect(calls.filter((call) => call === 'readPages')).toHaveLength(30);
    },
    { type: 'syncSource', maxEvents: 40 },
  );
});

test('a schedule’s sync that may not start ends at once', async () => {
  await withRun(
    temporal.env,
    fakeActivities({ beginSync: async () => ({ runId: null, skipped: 'blocked' }) }),
    async (run) => {
      await run.handle.result();
      const handle = await temporal.env.client.workflow.start('syncSource', {
        taskQueue: run.taskQueue,
        workflowId: `sync/${randomUUID()}`,
        args: [{ sourceId: randomUUID() }],
      });
      await expect(handle.result()).resolves.toEqual({ skipped: 'blocked' });
      expect(run.calls.at(-1)).toBe('beginSync');
    },
    { type: 'syncSource' },
  );
});

test('a schedule’s sync goes on with the run that was recorded for it', async () => {
  const runId = randomUUID();
  await withRun(
    temporal.env,
    fakeActivities({ beginSync: async () => ({ runId, skipped: null }) }),
    async (run) => {
      await run.handle.result();
      const handle = await temporal.env.client.workflow.start('syncSource', {
        taskQueue: run.taskQueue,
        workflowId: `sync/${randomUUID()}`,
        args: [{ sourceId: randomUUID() }],
      });
      await expect(handle.result()).resolves.toMatchObject({ state: 'done' });
    },
    { type: 'syncSource' },
  );
});

test.each([
  [true, 'quarantined'],
  [false, 'failed'],
])('a failed sync that set its source aside (%s) is found as %s', async (setAside, state) => {
  await withRun(
    temporal.env,
    fakeActivities({ readPages: script(REFUSED), failRun: async () => ({ setAside }) }),
    async ({ handle }) => {
      await expect(handle.result()).rejects.toThrow();

      const { events } = await handle.fetchHistory();
      const shown = (events ?? []).flatMap((event) => {
        const { searchAttributes } = event.upsertWorkflowSearchAttributesEventAttributes ?? {};
        const data = searchAttributes?.indexedFields?.['RollcallState']?.data;
        return data == null ? [] : [JSON.parse(Buffer.from(data).toString())];
      });
      expect(shown.at(-1)).toBe(state);
      expect((await handle.query(progressQuery)).state).toBe('failed');
    },
    { type: 'syncSource' },
  );
});
