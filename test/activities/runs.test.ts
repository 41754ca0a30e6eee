import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createIngestActivities } from '../../activities/ingest';
import { createRunActivities, type Pace } from '../../activities/runs';
import type { IngestStore } from '../../activities/runStore';
import { DEFAULT_CSV_LIMITS } from '../../connectors/csv/limits';
import { Fault } from '../../domain/faults';
import { fakeStore, RUN, RUN_ID } from './fakeStore';

const GATE = { gate: 'deactivations', count: 223, limit: 155 } as const;
const HOUR_MS = 3_600_000;
/**
 * Time for everything that a test does inside an activity; a test sets 0 to let the time be over.
 */
const PACE: Pace = {
  applyMs: HOUR_MS,
  sliceEntries: 100,
  lanes: 2,
  claimMs: HOUR_MS,
  claimEveryMs: 1,
};
const CANARY = 'ada.lovelace@example.org';

interface Logged {
  readonly object: object;
  readonly message: string;
}

/** The activities over a fake store, and a runner that gives them a context. */
function activities(replaced: Partial<IngestStore> = {}, pace: Partial<Pace> = {}) {
  const logged: Logged[] = [];
  const store = fakeStore(replaced);
  const log = { warn: (object: object, message: string) => void logged.push({ object, message }) };
  const deps = { store, log, pace: { ...PACE, ...pace }, limits: DEFAULT_CSV_LIMITS };
  return { ...createRunActivities(deps), ...createIngestActivities(deps), store, logged };
}

/** An activity's context, without the SDK's log: failing activities are what is tested. */
function silent(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

function run<I, R>(activity: (input: I) => Promise<R>, input: I): Promise<R> {
  return silent().run(activity, input);
}

async function failureOf(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`expected an ApplicationFailure, got ${String(error)}`);
}

describe('openRun', () => {
  it.each([
    ['waiting', false, false],
    ['held', false, false],
    ['failed', false, false],
    ['planned', true, true],
    ['planned', false, false],
    ['done', false, true],
    ['rejected', false, true],
    ['cancelled', false, true],
  ] as const)('of a run that is %s (dry run: %s) says finished: %s', async (state, dryRun, end) => {
    const { openRun } = activities({ getRun: async () => ({ ...RUN, state, dryRun }) });

    expect(await run(openRun, { runId: RUN_ID })).toMatchObject({ state, finished: end });
  });

  it('names a list as such, and the gates only of a held run', async () => {
    const getRun = async () =>
      ({ ...RUN, sourceKind: 'list', state: 'held', held: [GATE] }) as const;

    const opened = await run(activities({ getRun }).openRun, { runId: RUN_ID });

    expect(opened).toMatchObject({ named: true, held: [GATE], source: RUN.sourceId });
  });
});

describe('openRun of a held run', () => {
  const at = new Date();

  it.each([
    ['undecided', null, null, 'held'],
    ['approved, but not applied', at, null, 'waiting'],
    ['applied in part, the rest kept held', at, at, 'held'],
  ] as const)('that is %s', async (_, approvedAt, appliedAt, state) => {
    const getRun = async () => ({ ...RUN, state: 'held', approvedAt, appliedAt }) as const;

    expect(await run(activities({ getRun }).openRun, { runId: RUN_ID })).toMatchObject({ state });
  });
});

describe('claimRun', () => {
  it('asks again for the slot until it is free', async () => {
    const answers = ['waiting', 'waiting', 'waiting', 'claimed'] as const;
    let tries = 0;
    const { claimRun } = activities({ claim: async () => answers[tries++] ?? 'waiting' });

    expect(await run(claimRun, { runId: RUN_ID })).toEqual({ outcome: 'claimed' });
    expect(tries).toBe(answers.length);
  });

  it('leaves waiting to the workflow once its time is over', async () => {
    const { claimRun } = activities({ claim: async () => 'waiting' }, { claimMs: 0 });

    expect(await run(claimRun, { runId: RUN_ID })).toEqual({ outcome: 'waiting' });
  });

  it('does not wait while a held run blocks the source', async () => {
    const { claimRun } = activities({ claim: async () => 'blocked' });

    expect(await run(claimRun, { runId: RUN_ID })).toEqual({ outcome: 'blocked' });
  });

  it('lets two wait inside; the third comes back at once', async () => {
    let tries = 0;
    let free = false;
    const { claimRun } = activities({
      claim: async ({ runId }) => {
        if (runId === 'third') tries += 1;
        return free ? 'claimed' : 'waiting';
      },
    });

    const first = ['one', 'two'].map((runId) => run(claimRun, { runId }));
    const third = await run(claimRun, { runId: 'third' });
    free = true;

    expect(third).toEqual({ outcome: 'waiting' });
    expect(tries).toBe(1);
    expect(await Promise.all(first)).toEqual([{ outcome: 'claimed' }, { outcome: 'claimed' }]);
  });
});

describe('buildPlan', () => {
  it('answers with the gates that hold the plan', async () => {
    const { buildPlan } = activities({
      buildPlan: async () => ({ entries: 3, rows: 3, held: [GATE] }),
    });

    expect((await run(buildPlan, { runId: RUN_ID })).held).toEqual([GATE]);
  });

  it('holds an approved plan no more', async () => {
    const { buildPlan } = activities({
      buildPlan: async () => ({ entries: 3, rows: 3, held: [GATE] }),
      getRun: async () => ({ ...RUN, approvedAt: new Date() }),
    });

    expect((await run(buildPlan, { runId: RUN_ID })).held).toEqual([]);
  });

  it('does nothing to a run that failed, and reports its code', async () => {
    const failed = { ...RUN, state: 'failed', failure: { code: 'unknown_column', message: '' } };
    const { buildPlan } = activities({ getRun: async () => failed as typeof RUN });

    expect(await failureOf(run(buildPlan, { runId: RUN_ID }))).toMatchObject({
      message: `unknown_column: run ${RUN_ID}`,
      nonRetryable: true,
    });
  });
});

describe('applySlices', () => {
  it('applies batches until all is done', async () => {
    let applied = 0;
    const { applySlices } = activities({
      applySlice: async ({ maxEntries }) => {
        applied += maxEntries;
        return { done: applied === 300, applied, entries: 300 };
      },
    });

    const result = await run(applySlices, { runId: RUN_ID });

    expect(result).toEqual({ done: true, applied: 300, entries: 300 });
  });

  it('answers how far it is once its time is over', async () => {
    const applySlice = async () => ({ done: false, applied: 100, entries: 10_000 });
    const { applySlices } = activities({ applySlice }, { applyMs: 0 });

    const result = await run(applySlices, { runId: RUN_ID });

    expect(result).toEqual({ done: false, applied: 100, entries: 10_000 });
  });

  it('stops between two batches when it is cancelled, and ends its statements', async () => {
    const env = silent();
    const fences: string[] = [];
    const { applySlices } = activities({
      takeFence: async (runId) => {
        fences.push(runId);
        return 1n;
      },
      applySlice: async () => {
        env.cancel();
        return { done: false, applied: 1, entries: 9 };
      },
    });

    await expect(env.run(applySlices, { runId: RUN_ID })).rejects.toThrow(CancelledFailure);

    expect(fences).toEqual([RUN_ID, RUN_ID]);
  });
});

describe('stageFile', () => {
  it('reads the stored file into rows', async () => {
    expect(await run(activities().stageFile, { runId: RUN_ID })).toEqual({ rows: 2 });
  });

  it('does not read again what is staged', async () => {
    const { stageFile } = activities({
      getRun: async () => ({ ...RUN, stagedAt: new Date(), rows: 7 }),
      stageRows: () => Promise.reject(new Error('must not be called')),
    });

    expect(await run(stageFile, { runId: RUN_ID })).toEqual({ rows: 7 });
  });

  it('reports its progress once a second at most', async () => {
    let told = 0;
    const { stageFile } = activities({
      saveProgress: async () => void (told += 1),
      stageRows: async ({ onProgress }) => {
        for (let rows = 1; rows <= 50; rows += 1) onProgress(rows);
        return { rows: 50 };
      },
    });

    await run(stageFile, { runId: RUN_ID });

    expect(told).toBe(1);
  });
});

describe('a fault', () => {
  it('that cannot pass goes into the run row in words, and into Temporal as a code', async () => {
    const failures: unknown[] = [];
    const { stageFile } = activities({
      readFile: async function* () {
        yield Buffer.from(`code,${CANARY}\n1,x\n`);
      },
      fail: async ({ failure }) => void failures.push(failure),
    });

    const failure = await failureOf(run(stageFile, { runId: RUN_ID }));

    expect(failure).toMatchObject({
      type: 'RefusedFile',
      message: `unknown_column: run ${RUN_ID}`,
    });
    expect(JSON.stringify(failures)).toContain(CANARY);
    expect(`${failure.message} ${failure.stack ?? ''} ${JSON.stringify(failure)}`).not.toContain(
      CANARY,
    );
  });

  it('that may pass leaves the run as it is', async () => {
    const { buildPlan } = activities({
      buildPlan: () => Promise.reject(new Error('Connection terminated unexpectedly')),
      fail: () => Promise.reject(new Error('must not be called')),
    });

    const failure = await failureOf(run(buildPlan, { runId: RUN_ID }));

    expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  });

  it('of the database is logged without the values that its message quotes', async () => {
    // A value may hold lines that look like places in a program.
    const words = `Key (email)=(${CANARY})\n    at ${CANARY} (${CANARY}:1:1)`;
    const broken = Object.assign(new Error(words), { code: '23514' });
    const failures: unknown[] = [];
    const { buildPlan, logged } = activities({
      buildPlan: () => Promise.reject(broken),
      fail: async ({ failure }) => void failures.push(failure),
    });

    await failureOf(run(buildPlan, { runId: RUN_ID }));

    expect(failures).toMatchObject([{ code: 'bug', next: { do: 'resume', run: RUN_ID } }]);
    expect(logged).toHaveLength(1);
    expect(logged[0]?.object).toMatchObject({ runId: RUN_ID, code: 'bug', errorCode: '23514' });
    expect(JSON.stringify(logged)).not.toContain(CANARY);
    expect(logged[0]?.object).toHaveProperty('at.0', expect.stringContaining(__filename));
  });

  it('of a decision ends only its sender’s request', async () => {
    const forbidden = new Fault('forbidden', { code: 'forbidden', message: CANARY });
    const { takeDecision } = activities({
      takeDecision: () => Promise.reject(forbidden),
      fail: () => Promise.reject(new Error('must not be called')),
    });

    const failure = await failureOf(run(takeDecision, { runId: RUN_ID, decisionId: RUN_ID }));

    expect(failure).toMatchObject({ type: 'Forbidden', message: `forbidden: run ${RUN_ID}` });
  });
});

describe('failRun', () => {
  it('keeps the words that the failing step recorded', async () => {
    const { failRun } = activities({
      getRun: async () => ({ ...RUN, state: 'failed' }),
      fail: () => Promise.reject(new Error('must not be called')),
    });

    await expect(run(failRun, { runId: RUN_ID, code: 'bug' })).resolves.toEqual({
      setAside: false,
    });
  });

  it('reports whether the source is stopped', async () => {
    const { failRun } = activities({
      getRun: async () => ({ ...RUN, state: 'failed' }),
      isSetAside: async () => true,
    });

    await expect(run(failRun, { runId: RUN_ID, code: 'bug' })).resolves.toEqual({ setAside: true });
  });

  it('records the code when none is recorded', async () => {
    const failures: unknown[] = [];
    const { failRun } = activities({ fail: async ({ failure }) => void failures.push(failure) });

    await run(failRun, { runId: RUN_ID, code: 'timeout' });

    expect(failures).toMatchObject([{ code: 'timeout', next: { do: 'resume', run: RUN_ID } }]);
  });
});

describe('setRunState', () => {
  it.each([
    ['running', ['retrying']],
    ['waiting', []],
    ['done', []],
  ] as const)('of a run that is %s writes %j', async (state, written) => {
    const states: string[] = [];
    const { setRunState } = activities({
      getRun: async () => ({ ...RUN, state }),
      setState: async (o) => void states.push(o.state),
    });

    await run(setRunState, { runId: RUN_ID, state: 'retrying' });

    expect(states).toEqual(written);
  });
});

it('a heart beats while a step works', async () => {
  const env = silent();
  let beats = 0;
  env.on('heartbeat', () => (beats += 1));

  await env.run(activities().buildPlan, { runId: RUN_ID });

  expect(beats).toBeGreaterThan(0);
});
