import { randomUUID } from 'node:crypto';
import type { BegunDue } from '../../activities/types';
import { DUE_WORKFLOW } from '../../workflows/ids';
import { timeSkipping } from '../support/temporal';
import { fakeActivities, GATE, quiet, script, type StartedRun, withRun } from './harness';

quiet();
const temporal = timeSkipping();

/** The workflow that the schedule starts, on the queue of a run. */
async function startDue(run: StartedRun): Promise<unknown> {
  const handle = await temporal.env.client.workflow.start(DUE_WORKFLOW, {
    taskQueue: run.taskQueue,
    workflowId: `due/${randomUUID()}`,
  });
  return handle.result();
}

const INSTALLATION = '0123456789ab';
const handleOf = (runId: string) =>
  temporal.env.client.workflow.getHandle(`due/${INSTALLATION}/${runId}`);
const resultOf = (runId: string): Promise<unknown> => handleOf(runId).result();

test('each run that was recorded goes the way of every run, also where there are many', async () => {
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  const [a = '', b = '', c = ''] = ids;
  const beginDue = script<BegunDue>(
    { runIds: [a, b], installation: INSTALLATION, more: true },
    { runIds: [c], installation: INSTALLATION, more: false },
  );
  await withRun(
    temporal.env,
    fakeActivities({ beginDue }),
    async (run) => {
      await expect(startDue(run)).resolves.toEqual({ started: 3 });
      for (const id of ids) await expect(resultOf(id)).resolves.toMatchObject({ state: 'done' });
      expect(run.calls.filter((call) => call === 'beginDue')).toHaveLength(2);
    },
    { type: 'applyDue' },
  );
});

test('a run that is held does not keep the schedule waiting, and is not started twice', async () => {
  const runId = randomUUID();
  const fakes = fakeActivities({
    beginDue: async () => ({ runIds: [runId], installation: INSTALLATION, more: false }),
    buildPlan: async () => ({ entries: 8, rows: 10, held: [GATE], dryRun: false }),
  });
  await withRun(
    temporal.env,
    fakes,
    async (run) => {
      const first = await startDue(run);
      const second = await startDue(run);

      expect([first, second]).toEqual([{ started: 1 }, { started: 0 }]);
      await run.handle.terminate();
      await handleOf(runId).terminate();
    },
    { type: 'applyDue' },
  );
});
