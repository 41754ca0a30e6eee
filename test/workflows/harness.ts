import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/bundle';
import type {
  DueActivities,
  IngestActivities,
  RunActivities,
  SyncActivities,
} from '../../activities/types';
import type { RunCounts } from '../../domain/runs/runDocument';
import { ATTRIBUTE_TYPES } from '../../worker/attributes';
import { SEARCH_ATTRIBUTES } from '../../workflows/ids';
import type { RunResult } from '../../workflows/reconcile';
import type { RunInput } from '../../workflows/execution';

export type FakeActivities = RunActivities & IngestActivities & SyncActivities & DueActivities;
const KINDS = {
  importCsv: 'import',
  syncSource: 'sync',
  bulkChange: 'bulk',
  undoRun: 'undo',
  applyDue: 'due',
  mergeUsers: 'merge',
} as const;
export type WorkflowType = keyof typeof KINDS;

/**
 * Silences the SDK, because these tests make workflows fail. Called before any environment starts.
 */
export function quiet(): void {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
}

const NO_COUNTS: RunCounts = {
  rows: 0,
  absent: 0,
  created: 0,
  updated: 0,
  linked: 0,
  unchanged: 0,
  deactivated: 0,
  reactivated: 0,
  skipped: 0,
  keptByHand: 0,
  conflict: 0,
  duplicate: 0,
  error: 0,
};

export const COUNTS: RunCounts = { ...NO_COUNTS, rows: 10, created: 7, unchanged: 2, error: 1 };
export const GATE = { gate: 'deactivations', count: 223, limit: 155 } as const;

/** Activities of a run without any trouble, each of which a test may replace. */
export function fakeActivities(replaced: Partial<FakeActivities> = {}): FakeActivities {
  return {
    openRun: async () => ({
      kind: 'import',
      dryRun: false,
      state: 'waiting',
      source: '00000000-0000-7000-8000-000000000001',
      named: false,
      finished: false,
      held: [],
    }),
    claimRun: async () => ({ outcome: 'claimed' }),
    stageFile: async () => ({ rows: 10 }),
    readPages: async () => ({ done: true, rows: 10, waitUntil: null }),
    beginSync: async () => ({ runId: null, skipped: 'busy' }),
    beginDue: async () => ({ runIds: [], more: false }),
    buildPlan: async () => ({ entries: 8, rows: 10, held: [], dryRun: false }),
    holdRun: async () => ({}),
    takeDecision: async () => ({ outcome: 'ignored' }),
    applySlices: async () => ({ done: true, applied: 8, entries: 8 }),
    finishRun: async ({ state }) => ({ state, counts: COUNTS, held: [] }),
    failRun: async () => ({ setAside: false }),
    setRunState: async () => undefined,
    ...replaced,
  };
}

/** One call of an activity, as the tests compare them: `finishRun cancelled`, `claimRun`. */
export type Calls = string[];

/** Records every call, without the run's id. */
export function recorded(fakes: FakeActivities, calls: Calls): FakeActivities {
  const wrap =
    <I extends object, R>(name: string, activity: (input: I) => Promise<R>) =>
    (input: I): Promise<R> => {
      const rest = Object.entries(input).filter(([key]) => key === 'state' || key === 'code');
      calls.push([name, ...rest.map(([, value]) => String(value))].join(' '));
      return activity(input);
    };
  return {
    openRun: wrap('openRun', fakes.openRun),
    claimRun: wrap('claimRun', fakes.claimRun),
    stageFile: wrap('stageFile', fakes.stageFile),
    readPages: wrap('readPages', fakes.readPages),
    beginSync: wrap('beginSync', fakes.beginSync),
    beginDue: () => wrap('beginDue', fakes.beginDue)({}),
    buildPlan: wrap('buildPlan', fakes.buildPlan),
    holdRun: wrap('holdRun', fakes.holdRun),
    takeDecision: wrap('takeDecision', fakes.takeDecision),
    applySlices: wrap('applySlices', fakes.applySlices),
    finishRun: wrap('finishRun', fakes.finishRun),
    failRun: wrap('failRun', fakes.failRun),
    setRunState: wrap('setRunState', fakes.setRunState),
  };
}

/** A step of a {@link script} that throws. */
export interface Thrown {
  readonly thrown: ApplicationFailure;
}

/** Answers with the given results one after the other, and with the last one for ever. */
export function script<T = never>(...steps: readonly (NoInfer<T> | Thrown)[]): () => Promise<T> {
  const queue = [...steps];
  return async () => {
    const [next] = queue;
    if (next === undefined) throw new Error('a script needs a step');
    if (queue.length > 1) queue.shift();
    if (isThrown(next)) throw next.thrown;
    return next;
  };
}

function isThrown(step: unknown): step is Thrown {
  return typeof step === 'object' && step !== null && 'thrown' in step;
}

/** What `activities/failures.ts` throws, as a step of a script. */
export function failing(type: string, code: string, nonRetryable: boolean): Thrown {
  const message = `${code}: run x`;
  return {
    thrown: ApplicationFailure.create({ message, type, nonRetryable, details: [{ code }] }),
  };
}

/** A fault that may pass, and one that cannot. */
export const UNAVAILABLE = failing('Unavailable', 'database_unavailable', false);
export const REFUSED = failing('RefusedFile', 'unknown_column', true);

/** The time-skipping server knows no attribute at first, and cannot list those that it knows. */
export async function registerAttributes(env: TestWorkflowEnvironment): Promise<void> {
  const { KEYWORD, KEYWORD_LIST } = ATTRIBUTE_TYPES;
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
    const searchAttributes = { [name]: type === 'KEYWORD' ? KEYWORD : KEYWORD_LIST };
    await env.connection.operatorService
      .addSearchAttributes({ namespace: env.namespace ?? 'default', searchAttributes })
      .catch((error: unknown) => {
        if (!String(error).includes('ALREADY_EXISTS')) throw error;
      });
  }
}

export interface StartedRun {
  readonly handle: WorkflowHandleWithFirstExecutionRunId<(input: RunInput) => Promise<RunResult>>;
  readonly runId: string;
  readonly taskQueue: string;
  readonly calls: Calls;
}

export interface RunOptions {
  readonly type?: WorkflowType;
  readonly maxEvents?: number;
}

/**
 * The worker of a test file, started with its first run: each run has fakes of its own, found by the id
 * of its workflow. Workflows that a test starts by itself get those of the newest run.
 */
interface SharedWorker {
  readonly taskQueue: string;
  stop(): Promise<void>;
}

const shared: { worker: Promise<SharedWorker> | undefined; newest: FakeActivities } = {
  worker: undefined,
  newest: fakeActivities(),
};
const fakesOf = new Map<string, FakeActivities>();

// Registered before the environment's, which ends the server that this worker polls.
afterAll(async () => {
  await (await shared.worker)?.stop();
});

async function startWorker(env: TestWorkflowEnvironment): Promise<SharedWorker> {
  await registerAttributes(env);
  const taskQueue = `runs-${randomUUID()}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: byWorkflow(),
    maxHeartbeatThrottleInterval: '100ms',
  });
  const ended = worker.run();
  return {
    taskQueue,
    async stop() {
      worker.shutdown();
      await ended;
    },
  };
}

/** Activities that pass each call on to the fakes of its run. */
function byWorkflow(): FakeActivities {
  const fakes = (): FakeActivities =>
    fakesOf.get(Context.current().info.workflowExecution?.workflowId ?? '') ?? shared.newest;
  return {
    openRun: (input) => fakes().openRun(input),
    claimRun: (input) => fakes().claimRun(input),
    stageFile: (input) => fakes().stageFile(input),
    readPages: (input) => fakes().readPages(input),
    beginSync: (input) => fakes().beginSync(input),
    beginDue: () => fakes().beginDue(),
    buildPlan: (input) => fakes().buildPlan(input),
    holdRun: (input) => fakes().holdRun(input),
    takeDecision: (input) => fakes().takeDecision(input),
    applySlices: (input) => fakes().applySlices(input),
    finishRun: (input) => fakes().finishRun(input),
    failRun: (input) => fakes().failRun(input),
    setRunState: (input) => fakes().setRunState(input),
  };
}

/** Starts a run against fake activities and passes it to `body`. */
export async function withRun<T>(
  env: TestWorkflowEnvironment,
  fakes: FakeActivities,
  body: (run: StartedRun) => Promise<T>,
  { type = 'importCsv', maxEvents }: RunOptions = {},
): Promise<T> {
  shared.worker ??= startWorker(env);
  const { taskQueue } = await shared.worker;
  const calls: Calls = [];
  const runId = randomUUID();
  const workflowId = `${KINDS[type]}/${runId}`;
  shared.newest = recorded(fakes, calls);
  fakesOf.set(workflowId, shared.newest);
  const handle = await env.client.workflow.start<(input: RunInput) => Promise<RunResult>>(type, {
    taskQueue,
    workflowId,
    args: [{ runId, ...(maxEvents === undefined ? {} : { maxEvents }) }],
  });
  return body({ handle, runId, taskQueue, calls });
}

/** Waits (in real time) until the workflow's view is as the test expects. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come to this in 20 seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
