import { randomUUID } from 'node:crypto';
import {
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, defineSearchAttributeKey } from '@temporalio/common';
import type { FinishedRun, TakenDecision } from '../../activities/types';
import { SEARCH_ATTRIBUTES } from '../../workflows/ids';
import { decideUpdate, gatesSignal, progressQuery } from '../../workflows/messages';
import { timeSkipping } from '../support/temporal';
import {
  COUNTS,
  failing,
  fakeActivities,
  GATE,
  quiet,
  REFUSED,
  script,
  type StartedRun,
  UNAVAILABLE,
  until,
  withRun,
} from './harness';

quiet();
const temporal = timeSkipping();

const HELD_PLAN = { entries: 8, rows: 10, held: [GATE], dryRun: false };

/** Activities of a run that a gate holds, and whose decision has this outcome. */
function heldFakes(outcome: TakenDecision['outcome']) {
  return fakeActivities({
    buildPlan: async () => HELD_PLAN,
    takeDecision: async () => ({ outcome }),
  });
}

function untilState({ handle }: StartedRun, state: string): Promise<void> {
  return until(async () => (await handle.query(progressQuery)).state === state);
}

/** The held run as it waits, in its own execution: the first one has continued as new. */
async function heldRun(run: StartedRun): Promise<WorkflowHandle> {
  const current = temporal.env.client.workflow.getHandle(run.handle.workflowId);
  await until(async () => {
    const { runId, historyLength } = await current.describe();
    return runId !== run.handle.firstExecutionRunId && historyLength > 3;
  });
  return current;
}

function decide(handle: WorkflowHandle): Promise<{ outcome: string }> {
  return handle.executeUpdate(decideUpdate, { args: [{ decisionId: randomUUID() }] });
}

async function failureOf(result: Promise<unknown>): Promise<Error | undefined> {
  const error: unknown = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError) {
    return error.cause;
  }
  throw new Error(`expected a failure of the workflow or the update, got ${String(error)}`);
}

describe('a run that nothing disturbs', () => {
  it('reads, plans, applies and reports', async () => {
    await withRun(temporal.env, fakeActivities(), async ({ handle, calls }) => {
      const result = await handle.result();

      expect(result).toEqual({ state: 'done', counts: COUNTS });
      expect(calls).toEqual([
        'openRun',
        'claimRun',
        'stageFile',
        'buildPlan',
        'applySlices',
        'finishRun done',
      ]);
    });
  });

  it.each(['bulkChange', 'undoRun'] as const)('reads no file when it is a %s', async (type) => {
    const body = async ({ handle, calls }: StartedRun): Promise<void> => {
      await handle.result();

      expect(calls).toEqual(['openRun', 'claimRun', 'buildPlan', 'applySlices', 'finishRun done']);
    };
    await withRun(temporal.env, fakeActivities(), body, { type });
  });

  it('goes on applying until the last batch', async () => {
    const fakes = fakeActivities({
      applySlices: script(
        { done: false, applied: 3, entries: 8 },
        { done: false, applied: 6, entries: 8 },
        { done: true, applied: 8, entries: 8 },
      ),
    });
    await withRun(temporal.env, fakes, async ({ handle, calls }) => {
      await handle.result();

      expect(calls.filter((call) => call === 'applySlices')).toHaveLength(3);
      expect(await handle.query(progressQuery)).toMatchObject({
        state: 'done',
        phase: 'finished',
        applied: 8,
        entries: 8,
      });
    });
  });

  it('stops a dry run before anything is applied, even one that would be held', async () => {
    const fakes = fakeActivities({ buildPlan: async () => ({ ...HELD_PLAN, dryRun: true }) });
    await withRun(temporal.env, fakes, async ({ handle, calls }) => {
      expect(await handle.result()).toMatchObject({ state: 'planned' });
      expect(calls).not.toContain('applySlices');
      expect(calls).not.toContain('holdRun');
    });
  });

  it('does nothing to a run that is finished', async () => {
    const open = await fakeActivities().openRun({ runId: '' });
    const fakes = fakeActivities({
      openRun: async () => ({ ...open, state: 'done', finished: true }),
    });
    await withRun(temporal.env, fakes, async ({ handle, calls }) => {
      expect(await handle.result()).toEqual({ state: 'done', counts: null });
      expect(calls).toEqual(['openRun']);
    });
  });
});

describe('a held run', () => {
  it('frees the slot, continues as new, waits, and applies when it is approved', async () => {
    await withRun(temporal.env, heldFakes('apply'), async (run) => {
      const waiting = await heldRun(run);
      expect(run.calls).toEqual(['openRun', 'claimRun', 'stageFile', 'buildPlan', 'holdRun']);
      expect(await waiting.query(progressQuery)).toMatchObject({ phase: 'held', held: [GATE] });

      expect(await decide(waiting)).toEqual({ outcome: 'apply' });

      expect(await waiting.result()).toEqual({ state: 'done', counts: COUNTS });
      expect(run.calls.slice(5)).toEqual([
        'takeDecision',
        'claimRun',
        'applySlices',
        'finishRun done',
      ]);
    });
  });

  it.each(['rejected', 'cancelled'] as const)('ends unapplied when it is %s', async (outcome) => {
    await withRun(temporal.env, heldFakes(outcome), async (run) => {
      const waiting = await heldRun(run);

      expect(await decide(waiting)).toEqual({ outcome });

      expect(await waiting.result()).toMatchObject({ state: outcome });
      expect(run.calls).not.toContain('applySlices');
      expect(run.calls.at(-1)).toBe(`finishRun ${outcome}`);
    });
  });

  it('waits again for the part that was kept held', async () => {
    const fakes = {
      ...heldFakes('apply'),
      finishRun: script<FinishedRun>(
        { state: 'held', counts: COUNTS, held: [GATE] },
        { state: 'done', counts: COUNTS, held: [] },
      ),
    };
    await withRun(temporal.env, fakes, async (run) => {
      const first = await heldRun(run);
      const { runId: firstWait } = await first.describe();
      await decide(first);
      await until(async () => {
        const { runId, historyLength } = await first.describe();
        return runId !== firstWait && historyLength > 3;
      });

      await decide(first);

      expect(await first.result()).toMatchObject({ state: 'done' });
      expect(run.calls.filter((call) => call === 'applySlices')).toHaveLength(2);
    });
  });

  it('shows the gates that are left after people were taken out of its plan', async () => {
    const open = await fakeActivities().openRun({ runId: '' });
    const left = { gate: 'short_file', count: 3, limit: 9 } as const;
    let taken = false;
    const fakes = {
      ...heldFakes('rejected'),
      openRun: async () => (taken ? ({ ...open, state: 'held', held: [left] } as const) : open),
    };
    await withRun(temporal.env, fakes, async (run) => {
      const waiting = await heldRun(run);
      taken = true;

      await waiting.signal(gatesSignal);
      await until(async () => (await waiting.query(progressQuery)).held[0]?.gate === left.gate);

      const { typedSearchAttributes } = await waiting.describe();
      const key = defineSearchAttributeKey('RollcallHeld', SEARCH_ATTRIBUTES.RollcallHeld);
      expect(typedSearchAttributes.get(key)).toEqual(['short_file']);
      await decide(waiting);
      expect(await waiting.result()).toMatchObject({ state: 'rejected' });
    });
  });

  it('is taken up as held after its workflow was terminated', async () => {
    const open = await fakeActivities().openRun({ runId: '' });
    const fakes = {
      ...heldFakes('rejected'),
      openRun: async () => ({ ...open, state: 'held', held: [GATE] }) as const,
    };
    await withRun(temporal.env, fakes, async (run) => {
      const waiting = await heldRun(run);
      expect(run.calls).toEqual(['openRun']);

      await decide(waiting);

      expect(await waiting.result()).toMatchObject({ state: 'rejected' });
    });
  });

  it('ends as cancelled when its workflow is cancelled from outside', async () => {
    await withRun(temporal.env, heldFakes('apply'), async (run) => {
      const waiting = await heldRun(run);
      await waiting.cancel();

      expect(await failureOf(waiting.result())).toBeInstanceOf(CancelledFailure);
      expect(run.calls.at(-1)).toBe('finishRun cancelled');
    });
  });
});

describe('a decision', () => {
  it.each([
    ['no input', undefined],
    ['null', null],
    ['a string', 'approve'],
    ['an empty object', {}],
    ['an id of another shape', { decisionId: '17' }],
  ])('that comes as %s is refused with the command to use', async (_, input) => {
    await withRun(temporal.env, heldFakes('apply'), async (run) => {
      const waiting = await heldRun(run);

      const sent = waiting.executeUpdate<unknown, [unknown]>('decide', { args: [input] });
      const failure = await failureOf(sent);

      expect(failure).toMatchObject({
        type: 'NoDecision',
        message: `use: npx rollcall runs approve ${run.runId}`,
      });
      expect(run.calls).not.toContain('takeDecision');
      await waiting.terminate();
    });
  });

  it('that has no row is refused, and the run stays held', async () => {
    await withRun(temporal.env, heldFakes('ignored'), async (run) => {
      const waiting = await heldRun(run);

      const failure = await failureOf(decide(waiting));

      expect(failure).toMatchObject({
        type: 'NoDecision',
        message: `use: npx rollcall runs approve ${run.runId}`,
      });
      expect(await waiting.query(progressQuery)).toMatchObject({ state: 'held' });
      await waiting.terminate();
    });
  });

  it('that its sender may not make fails for its sender alone', async () => {
    const forbidden = failing('Forbidden', 'level', true);
    const fakes = {
      ...heldFakes('apply'),
      takeDecision: script<TakenDecision>(forbidden, { outcome: 'apply' }),
    };
    await withRun(temporal.env, fakes, async (run) => {
      const waiting = await heldRun(run);

      expect(await failureOf(decide(waiting))).toMatchObject({ type: 'Forbidden' });
      await decide(waiting);

      expect(await waiting.result()).toMatchObject({ state: 'done' });
    });
  });

  it('sent twice is taken once', async () => {
    await withRun(temporal.env, heldFakes('apply'), async (run) => {
      const waiting = await heldRun(run);
      const args: [{ decisionId: string }] = [{ decisionId: randomUUID() }];

      const outcomes = await Promise.all([
        waiting.executeUpdate(decideUpdate, { args }),
        waiting.executeUpdate(decideUpdate, { args }),
      ]);

      expect(outcomes).toEqual([{ outcome: 'apply' }, { outcome: 'apply' }]);
      await waiting.result();
      expect(run.calls.filter((call) => call === 'takeDecision')).toHaveLength(1);
    });
  });

  it('to cancel stops a run after its current batch', async () => {
    const gate = { open: false };
    const fakes = fakeActivities({
      applySlices: async () => {
        await until(async () => gate.open);
        return { done: false, applied: 3, entries: 8 };
      },
      takeDecision: async () => ({ outcome: 'cancelled' }),
    });
    await withRun(temporal.env, fakes, async (run) => {
      await until(async () => run.calls.includes('applySlices'));
      const decided = decide(run.handle);
      await until(async () => {
        const { historyLength } = await run.handle.describe();
        const { events } = await run.handle.fetchHistory();
        return (
          historyLength > 0 &&
          (events ?? []).some((e) => e.workflowExecutionUpdateAcceptedEventAttributes)
        );
      });
      gate.open = true;

      expect(await decided).toEqual({ outcome: 'cancelled' });
      expect(await run.handle.result()).toMatchObject({ state: 'cancelled' });
      expect(run.calls.slice(4)).toEqual(['applySlices', 'takeDecision', 'finishRun cancelled']);
    });
  });
});

describe('a decision during a long step', () => {
  /** An activity that goes on until it is cancelled, once; then returns `later`. */
  function endless<T>(later: () => Promise<T>): () => Promise<T> {
    const state = { calls: 0 };
    return async () => {
      state.calls += 1;
      if (state.calls > 1) return later();
      const { Context } = await import('@temporalio/activity');
      const beat = setInterval(() => Context.current().heartbeat(), 50);
      try {
        return await Context.current().cancelled;
      } finally {
        clearInterval(beat);
      }
    };
  }

  it('to cancel ends the step', async () => {
    const fakes = fakeActivities({
      stageFile: endless(async () => ({ rows: 10 })),
      takeDecision: async () => ({ outcome: 'cancelled' }),
    });
    await withRun(temporal.env, fakes, async (run) => {
      await until(async () => run.calls.includes('stageFile'));

      expect(await decide(run.handle)).toEqual({ outcome: 'cancelled' });
      expect(await run.handle.result()).toMatchObject({ state: 'cancelled' });
      expect(run.calls.slice(2)).toEqual(['stageFile', 'takeDecision', 'finishRun cancelled']);
    });
  });

  it('that is refused lets the step be done again', async () => {
    const fakes = fakeActivities({
      buildPlan: endless(async () => ({ entries: 8, rows: 10, held: [], dryRun: false })),
    });
    await withRun(temporal.env, fakes, async (run) => {
      await until(async () => run.calls.includes('buildPlan'));

      expect(await failureOf(decide(run.handle))).toMatchObject({ type: 'NoDecision' });
      expect(await run.handle.result()).toMatchObject({ state: 'done' });
      expect(run.calls.slice(3, 6)).toEqual(['buildPlan', 'takeDecision', 'buildPlan']);
    });
  });
});

describe('a run that waits for its source', () => {
  it('tries until the slot is free', async () => {
    const fakes = fakeActivities({
      claimRun: script(
        { outcome: 'waiting' } as const,
        { outcome: 'blocked' } as const,
        { outcome: 'claimed' } as const,
      ),
    });
    await withRun(temporal.env, fakes, async ({ handle, calls }) => {
      expect(await handle.result()).toMatchObject({ state: 'done' });
      expect(calls.filter((call) => call === 'claimRun')).toHaveLength(3);
    });
  });

  it('continues as new when it waits for long', async () => {
    let tries = 0;
    const fakes = fakeActivities({
      claimRun: async () => {
        tries += 1;
        return { outcome: tries < 12 ? 'waiting' : 'claimed' };
      },
    });
    const body = async ({ handle }: StartedRun): Promise<void> => {
      expect(await handle.result()).toMatchObject({ state: 'done' });

      const last = await temporal.env.client.workflow.getHandle(handle.workflowId).describe();
      expect(last.runId).not.toBe(handle.firstExecutionRunId);
      expect(last.historyLength).toBeLessThan(100);
    };
    await withRun(temporal.env, fakes, body, { maxEvents: 40 });
  });

  it('ends at once when it is cancelled', async () => {
    const fakes = fakeActivities({
      claimRun: async () => ({ outcome: 'waiting' }),
      takeDecision: async () => ({ outcome: 'cancelled' }),
    });
    await withRun(temporal.env, fakes, async (run) => {
      await until(async () => run.calls.includes('claimRun'));

      expect(await decide(run.handle)).toEqual({ outcome: 'cancelled' });

      expect(await run.handle.result()).toMatchObject({ state: 'cancelled' });
    });
  });

  it('leaves a run alone that was ended from elsewhere', async () => {
    const open = await fakeActivities().openRun({ runId: '' });
    const fakes = fakeActivities({
      openRun: script(open, { ...open, state: 'cancelled', finished: true }),
      claimRun: async () => ({ outcome: 'finished' }),
    });
    await withRun(temporal.env, fakes, async ({ handle, calls }) => {
      expect(await handle.result()).toEqual({ state: 'cancelled', counts: null });
      expect(calls).toEqual(['openRun', 'claimRun', 'openRun']);
    });
  });
});

describe('a long run', () => {
  it('continues as new after a batch and goes on where it was', async () => {
    let applied = 0;
    const fakes = fakeActivities({
      applySlices: async () => {
        applied += 1;
        return { done: applied === 12, applied, entries: 12 };
      },
    });
    const body = async ({ handle, calls }: StartedRun): Promise<void> => {
      expect(await handle.result()).toMatchObject({ state: 'done' });

      expect(calls.filter((call) => call === 'applySlices')).toHaveLength(12);
      expect(calls.filter((call) => call === 'openRun').length).toBeGreaterThan(1);
    };
    await withRun(temporal.env, fakes, body, { maxEvents: 60 });
  });
});

describe('a run in trouble', () => {
  it('shows it after three attempts, and goes on when it is over', async () => {
    const fakes = fakeActivities({
      applySlices: script(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, {
        done: true,
        applied: 8,
        entries: 8,
      }),
    });
    await withRun(temporal.env, fakes, async ({ handle, calls }) => {
      expect(await handle.result()).toMatchObject({ state: 'done' });
      expect(calls.slice(4)).toEqual([
        'applySlices',
        'applySlices',
        'applySlices',
        'setRunState retrying',
        'applySlices',
        'applySlices',
        'setRunState running',
        'finishRun done',
      ]);
    });
  });

  it('goes on although the trouble cannot even be written down', async () => {
    const fakes = fakeActivities({
      stageFile: script(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, { rows: 10 }),
      setRunState: script(UNAVAILABLE),
    });
    await withRun(temporal.env, fakes, async ({ handle }) => {
      expect(await handle.result()).toMatchObject({ state: 'done' });
    });
  });

  it('shows it in its view', async () => {
    const fakes = fakeActivities({ buildPlan: script(UNAVAILABLE) });
    await withRun(temporal.env, fakes, async (run) => {
      await untilState(run, 'retrying');

      expect(await run.handle.query(progressQuery)).toMatchObject({
        phase: 'planning',
        trouble: { code: 'database_unavailable', rounds: 1 },
      });
      await run.handle.terminate();
    });
  });

  it('can be cancelled by a decision between the tries', async () => {
    const fakes = fakeActivities({
      buildPlan: script(UNAVAILABLE),
      takeDecision: async () => ({ outcome: 'cancelled' }),
    });
    await withRun(temporal.env, fakes, async (run) => {
      await untilState(run, 'retrying');

      expect(await decide(run.handle)).toEqual({ outcome: 'cancelled' });

      expect(await run.handle.result()).toMatchObject({ state: 'cancelled' });
    });
  });

  it('fails at once by a fault that cannot pass, naming code and run alone', async () => {
    await withRun(temporal.env, fakeActivities({ stageFile: script(REFUSED) }), async (run) => {
      const failure = await failureOf(run.handle.result());

      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({
        type: 'RefusedFile',
        message: `unknown_column: run ${run.runId}`,
        nonRetryable: true,
      });
      expect(failure?.cause).toBeUndefined();
      expect(run.calls.slice(2)).toEqual(['stageFile', 'failRun unknown_column']);
    });
  });

  it('leaves a run alone that its failing step has ended, because it may be resumed since', async () => {
    const details = [{ code: 'forbidden', stored: true }];
    const thrown = ApplicationFailure.create({ type: 'Forbidden', nonRetryable: true, details });
    const given: unknown[] = [];
    const fakes = fakeActivities({
      buildPlan: script({ thrown }),
      failRun: async (input) => {
        given.push(input);
        return { setAside: false };
      },
    });
    await withRun(temporal.env, fakes, async (run) => {
      await failureOf(run.handle.result());

      expect(given).toEqual([{ runId: run.runId, code: 'forbidden', stored: true }]);
    });
  });

  it('fails although the failure cannot be recorded', async () => {
    const missing = failing('NotFound', 'run_not_found', true);
    const fakes = fakeActivities({ openRun: script(missing), failRun: script(missing) });
    await withRun(temporal.env, fakes, async (run) => {
      expect(await failureOf(run.handle.result())).toMatchObject({
        message: `run_not_found: run ${run.runId}`,
      });
    });
  });
});

describe('a cancellation from outside', () => {
  it('lets the step under way end, then ends the run as cancelled', async () => {
    const { Context } = await import('@temporalio/activity');
    const fakes = fakeActivities({
      applySlices: async () => {
        const beat = setInterval(() => Context.current().heartbeat(), 50);
        try {
          return await Context.current().cancelled;
        } finally {
          clearInterval(beat);
        }
      },
    });
    await withRun(temporal.env, fakes, async (run) => {
      await until(async () => run.calls.includes('applySlices'));
      await run.handle.cancel();

      expect(await failureOf(run.handle.result())).toBeInstanceOf(CancelledFailure);
      expect(run.calls.slice(4)).toEqual(['applySlices', 'finishRun cancelled']);
      expect((await run.handle.describe()).status.name).toBe('CANCELLED');
    });
  });

  it('that comes after the last write leaves the run done', async () => {
    const { Context } = await import('@temporalio/activity');
    const fakes = fakeActivities({
      applySlices: async () => {
        const beat = setInterval(() => Context.current().heartbeat(), 50);
        await Context.current().cancelled.catch(() => undefined);
        clearInterval(beat);
        return { done: true, applied: 8, entries: 8 };
      },
      finishRun: async () => ({ state: 'done', counts: COUNTS, held: [] }),
    });
    await withRun(temporal.env, fakes, async (run) => {
      await until(async () => run.calls.includes('applySlices'));
      await run.handle.cancel();

      expect(await run.handle.result()).toMatchObject({ state: 'done' });
    });
  });
});
