import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AppliedSlices, PagesRead } from '../../activities/types';
import { decideUpdate } from '../../workflows/messages';
import {
  COUNTS,
  fakeActivities,
  type FakeActivities,
  GATE,
  REFUSED,
  script,
  type StartedRun,
  UNAVAILABLE,
  until,
} from '../workflows/harness';

/** One way that a run can go; each is recorded for every workflow type. */
export interface Scenario {
  readonly name: string;
  fakes(): FakeActivities;
  readonly maxEvents?: number;
  /** Does what people do to the run; `handle` follows it through its executions. */
  drive?(env: TestWorkflowEnvironment, run: StartedRun): Promise<void>;
}

const heldPlan = async () => ({ entries: 8, rows: 10, held: [GATE], dryRun: false }) as const;

function slices(n: number): () => Promise<AppliedSlices> {
  const results = Array.from({ length: n }, (_, i) => ({
    done: i === n - 1,
    applied: i + 1,
    entries: n,
  }));
  return script<AppliedSlices>(...results);
}

/** The run in its waiting state: the second execution, after its first workflow task. */
async function waiting(env: TestWorkflowEnvironment, run: StartedRun): Promise<WorkflowHandle> {
  const handle = env.client.workflow.getHandle(run.handle.workflowId);
  await until(async () => {
    const { runId, historyLength } = await handle.describe();
    return runId !== run.handle.firstExecutionRunId && historyLength > 3;
  });
  return handle;
}

async function decide(handle: WorkflowHandle): Promise<void> {
  await handle.executeUpdate(decideUpdate, { args: [{ decisionId: randomUUID() }] });
}

function held(outcome: 'apply' | 'rejected' | 'cancelled'): Scenario {
  const name = { apply: 'held-approved', rejected: 'held-rejected', cancelled: 'held-cancelled' };
  return {
    name: name[outcome],
    fakes: () => fakeActivities({ buildPlan: heldPlan, takeDecision: async () => ({ outcome }) }),
    drive: async (env, run) => decide(await waiting(env, run)),
  };
}

/** Every outcome that a run can have. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'read-in-parts',
    fakes: () =>
      fakeActivities({
        readPages: script<PagesRead>(
          { done: false, rows: 100, waitUntil: null },
          { done: false, rows: 200, waitUntil: Date.now() + 3_600_000 },
          { done: true, rows: 250, waitUntil: null },
        ),
      }),
  },
  { name: 'done', fakes: () => fakeActivities({ applySlices: slices(2) }) },
  {
    name: 'planned',
    fakes: () =>
      fakeActivities({ buildPlan: async () => ({ ...(await heldPlan()), dryRun: true }) }),
  },
  held('apply'),
  held('rejected'),
  held('cancelled'),
  { name: 'failed', fakes: () => fakeActivities({ buildPlan: script(REFUSED) }) },
  {
    name: 'retried',
    fakes: () =>
      fakeActivities({
        buildPlan: script(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, {
          entries: 8,
          rows: 10,
          held: [],
          dryRun: false,
        }),
      }),
  },
  {
    name: 'waited',
    fakes: () =>
      fakeActivities({
        claimRun: script({ outcome: 'waiting' }, { outcome: 'blocked' }, { outcome: 'claimed' }),
      }),
  },
  {
    name: 'cancelled',
    fakes: () =>
      fakeActivities({
        buildPlan: script(UNAVAILABLE),
        finishRun: async () => ({ state: 'cancelled', counts: COUNTS, held: [] }),
      }),
    drive: async (_, run) => {
      await until(async () => run.calls.includes('setRunState retrying'));
      await run.handle.cancel();
    },
  },
  {
    name: 'cancelled-in-step',
    fakes: () =>
      fakeActivities({
        applySlices: async () => {
          const { Context } = await import('@temporalio/activity');
          const beat = setInterval(() => Context.current().heartbeat(), 50);
          try {
            return await Context.current().cancelled;
          } finally {
            clearInterval(beat);
          }
        },
        takeDecision: async () => ({ outcome: 'cancelled' }),
      }),
    drive: async (_, run) => {
      await until(async () => run.calls.includes('applySlices'));
      await decide(run.handle);
    },
  },
  {
    name: 'continued-as-new',
    fakes: () => fakeActivities({ applySlices: slices(6) }),
    maxEvents: 50,
  },
];
