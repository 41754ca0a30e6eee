import { ActivityFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { HeldGate } from '../domain/runs/gates';
import type { EndState } from '../domain/runs/run';
import { CHANGES } from './changes';
import { type Answer, Decisions } from './decisions';
import { codeOf, failureTypeOf, mayPass } from './failures';
import { gatesSignal, NO_DECISION, progressQuery, type RunView } from './messages';
import { openRun, setRunState, takeDecision } from './proxies';
import { untilDone } from './retrying';
import { BLANK_VIEW, type RunIdentity, showIdentity, showView } from './view';

/**
 * The input of every run's workflow. Callers give `runId` alone, at the first start and at `runs
 * apply` and `runs resume`: the run row says what is left to do.
 */
export interface RunInput {
  readonly runId: string;
  /** Events beyond which it continues as new; for tests, which cannot wait for the default. */
  readonly maxEvents?: number;
  /** What an execution passes to the next one when it continues as new. */
  readonly carry?: Carry;
}

export interface Carry {
  readonly identity: RunIdentity;
  readonly view: RunView;
  /** True when the run is held: begin by waiting for the decision. */
  readonly held: boolean;
  /** True when the gates that hold the run are to be read again. */
  readonly gatesMoved?: boolean;
}

/** Thrown between two steps when a decision ended the run. */
export class Stopped extends Error {
  constructor(readonly state: Extract<EndState, 'rejected' | 'cancelled'>) {
    super(state);
  }
}

/**
 * Beyond this many events an execution continues as new, after the current step. The contract is
 * 4,096 in all; one step in trouble adds some tens of events before it is over.
 */
const MAX_EVENTS = 2_000;
const INTERRUPTED = Symbol('interrupted');

/** One execution of a run's workflow: all of its state that changes, and how its steps are made. */
export class RunExecution {
  readonly input: RunInput;
  readonly #decisions: Decisions;
  #identity: RunIdentity | null;
  #view: RunView;
  /** True when the held plan was approved, completely or in part. */
  #approved = false;
  /** True when other gates hold the run than the view shows. */
  #gatesMoved: boolean;

  /** Registers the handlers; to be called before the workflow's first await. */
  constructor(input: RunInput) {
    this.input = input;
    this.#identity = input.carry?.identity ?? null;
    this.#view = input.carry?.view ?? BLANK_VIEW;
    this.#gatesMoved = input.carry?.gatesMoved === true;
    setHandler(progressQuery, () => this.#view);
    setHandler(gatesSignal, () => {
      this.#gatesMoved = true;
    });
    this.#decisions = new Decisions(input.runId);
  }

  get runId(): string {
    return this.input.runId;
  }

  /** True when the run is held, and this execution waits for its decision. */
  get beginsHeld(): boolean {
    return this.input.carry?.held === true;
  }

  /** Takes the run's row: shows what the run is and its state. */
  identify(identity: RunIdentity, state: RunView['state']): void {
    this.#identity = identity;
    this.#view = { ...this.#view, state };
    this.#showAll();
  }

  /** Changes the view, and with it the query, the search attributes and the details. */
  show(change: Partial<RunView>): void {
    const before = this.#view;
    this.#view = { ...before, ...change };
    showView(this.runId, before, this.#view);
  }

  /** Shows the gates that hold, and waits for a decision about them in a new execution. */
  async hold(held: readonly HeldGate[]): Promise<never> {
    this.show({ state: 'held', phase: 'held', held });
    return this.#moveOn({ held: true });
  }

  /** Waits for the next decision after a part of the plan was applied and the rest stays held. */
  async holdRest(held: readonly HeldGate[], counts: RunView['counts']): Promise<never> {
    this.#approved = false;
    this.show({ state: 'held', phase: 'held', held, counts });
    return this.#moveOn({ held: true });
  }

  /**
   * The waiting state of a held run: this, and nothing else, is what an upgraded worker replays,
   * however many weeks the decision takes.
   */
  async untilApproved(): Promise<void> {
    this.#showAll();
    while (!this.#approved) {
      await condition(() => this.#decisions.arePending || this.#gatesMoved);
      if (this.#gatesMoved) await this.#readGates();
      await this.edge();
    }
  }

  async #readGates(): Promise<void> {
    this.#gatesMoved = false;
    const { runId } = this;
    const { held } = await this.undisturbed(() => openRun({ runId }));
    // None: the rest was approved, and that decision is on its way.
    if (held.length > 0) this.show({ held });
  }

  /**
   * Runs a step until it succeeds. When its three attempts are used up and the fault may pass, the
   * run shows `retrying`, sleeps (10 seconds, doubling, up to 5 minutes) and tries again, for ever:
   * a database that comes back on Monday finds its imports waiting. A fault that cannot pass is
   * rethrown. Decisions are taken between the tries, so that a run in trouble can be cancelled.
   */
  async patient<T>(step: () => Promise<T>): Promise<T> {
    return this.#untilDone(step, async (ms) => {
      if (await this.wokenWithin(ms)) await this.edge();
    });
  }

  /**
   * Like {@link patient}, for steps that may take minutes. While such a step is under way, the only
   * decision that fits the run is to cancel it. So a decision ends the step (its heartbeat informs
   * the activity, which ends its statement and rolls back) and is taken then. When the decision is
   * refused, the step is done again.
   */
  async interruptible<T>(step: () => Promise<T>): Promise<T> {
    return this.patient(async () => {
      for (;;) {
        const outcome = await this.#untilDecided(step);
        if (outcome !== INTERRUPTED) return outcome;
        await this.edge();
      }
    });
  }

  /**
   * Like {@link patient}, for steps that end a run or take a decision: takes no decisions between
   * tries.
   */
  async undisturbed<T>(step: () => Promise<T>): Promise<T> {
    return this.#untilDone(step, sleep);
  }

  /** Waits for the time to pass or a decision to come in; true for the latter. */
  async wokenWithin(ms: number): Promise<boolean> {
    return condition(() => this.#decisions.arePending, ms);
  }

  /**
   * Takes the decisions that have come in, between two steps, where nothing is being written.
   * Throws {@link Stopped} when one of them ends the run.
   */
  async edge(): Promise<void> {
    for (let id = this.#decisions.next; id !== undefined; id = this.#decisions.next) {
      const answer = await this.#take(id);
      this.#decisions.answer(id, answer);
      if ('refused' in answer) continue;
      if (answer.outcome !== 'apply') throw new Stopped(answer.outcome);
      this.#approved = true;
    }
  }

  /** Continues as new if the history is long; to be called between two steps. */
  async breathe(): Promise<void> {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (continueAsNewSuggested || historyLength > (this.input.maxEvents ?? MAX_EVENTS)) {
      await this.#moveOn({ held: false });
    }
  }

  /** Ends the execution: late decisions are refused, and every update is answered. */
  async close(): Promise<void> {
    this.#decisions.close();
    await condition(allHandlersFinished);
  }

  #showAll(): void {
    if (this.#identity !== null) showIdentity(this.#identity, this.#view);
    this.show({});
  }

  async #untilDecided<T>(step: () => Promise<T>): Promise<T | typeof INTERRUPTED> {
    const state = { over: false, interrupted: false };
    const scope = new CancellationScope();
    const watch = async (): Promise<void> => {
      await condition(() => state.over || this.#decisions.arePending);
      if (state.over || !patched(CHANGES.decisionsEndSteps)) return;
      state.interrupted = true;
      scope.cancel();
    };
    // Rejects when the workflow is cancelled from outside; the step learns of that as well.
    watch().catch(() => undefined);
    try {
      return await scope.run(step);
    } catch (error) {
      // Ended by the server's answer, or by the session that went away under it.
      if (state.interrupted && (isCancellation(error) || mayPass(error))) return INTERRUPTED;
      throw error;
    } finally {
      state.over = true;
    }
  }

  async #untilDone<T>(step: () => Promise<T>, pause: (ms: number) => Promise<void>): Promise<T> {
    const { state, trouble } = this.#view;
    // Only a run that has its slot shows trouble in its row, and goes back to `running`.
    const inRow = async (shown: 'running' | 'retrying'): Promise<void> => {
      if (state === 'running') await this.#showInRow(shown);
    };
    return untilDone(step, {
      pause,
      failed: async (error, round) => {
        this.show({ state: 'retrying', trouble: { code: codeOf(error), rounds: round } });
        await inRow('retrying');
      },
      recovered: async () => {
        this.show({ state, trouble });
        await inRow('running');
      },
    });
  }

  async #showInRow(state: 'running' | 'retrying'): Promise<void> {
    try {
      await setRunState({ runId: this.runId, state });
    } catch (error) {
      // In trouble the row is often out of reach; the UI shows the state anyway.
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    }
  }

  async #take(decisionId: string): Promise<Answer> {
    const { runId } = this;
    try {
      const { outcome } = await this.undisturbed(() => takeDecision({ runId, decisionId }));
      return outcome === 'ignored' ? { refused: NO_DECISION } : { outcome };
    } catch (error) {
      // A decision that is not allowed harms only its sender: the run goes on.
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return { refused: failureTypeOf(error) };
    }
  }

  /**
   * Continues as new. Decisions that have come in until then are taken first: an update that a
   * history accepted must be answered in it.
   */
  async #moveOn(to: { readonly held: boolean }): Promise<never> {
    const identity = this.#identity;
    if (identity === null) throw new Error('a run moves on only after it was opened');
    do {
      await this.edge();
      await condition(() => this.#decisions.arePending || allHandlersFinished());
    } while (this.#decisions.arePending);
    // The run was approved at this very moment: it has nothing to wait for.
    const held = to.held && !this.#approved;
    return continueAsNew<(next: RunInput) => Promise<unknown>>({
      ...this.input,
      carry: {
        ...{ identity, view: this.#view, held },
        ...(held && this.#gatesMoved ? { gatesMoved: true } : {}),
      },
    });
  }
}
