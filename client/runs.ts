import type { Config } from '../config/env';
import { Fault } from '../domain/faults';
import type { Next } from '../domain/next';
import type { RunState } from '../domain/runs/run';
import type {
  DiffEntry,
  RunDocument,
  RunMessage,
  RunProgress,
  RunSummary,
} from '../domain/runs/runDocument';
import type { OperationContext, Session } from '../operations/context';
import type { ApproveInput, Decided, DecisionInput } from '../operations/runs/decisions';
import type { DiffInput, ListRuns } from '../operations/runs/runs';
import type { ResolveInput } from '../operations/runs/resolve';
import type { Resolvable, ResolveAllInput } from '../operations/runs/resolveAll';
import type { UndoInput } from '../operations/runs/undo';
import { deliver } from '../temporal/deliver';
import type { Presence, Temporal } from '../temporal/gateway';
import { pause } from '../temporal/patience';
import { wordFailedRow } from '../wording/messages';
import { follow, type Following, type Waiting } from './waiting/follow';
import { launch } from './waiting/launch';
import { isBlocked, noteReason, orphaned, PRESENCE_MS, withReason } from './waiting/reasons';
import { wordedDocument, wordedMessages } from './words';

const decisions = () => import('../operations/runs/decisions.js');
const orphansModule = () => import('../operations/runs/orphans.js');
const reads = () => import('../operations/runs/runs.js');
const resolveModule = () => import('../operations/runs/resolve.js');
const resolveAllModule = () => import('../operations/runs/resolveAll.js');
const undoModule = () => import('../operations/runs/undo.js');

export interface WaitOptions extends Waiting {
  /** It was just rejected or cancelled: `held` is about to end. */
  readonly leavesHeld?: boolean;
  /** Ends where only a person's decision about another run would let this one go on. */
  readonly endsBlocked?: boolean;
  readonly onProgress?: (state: RunState, progress: RunProgress) => void;
}

/** `settled`: ended, held, or orphaned; otherwise the document is as stored. */
export interface Waited {
  readonly end: 'settled' | 'blocked' | 'timeout' | 'interrupted';
  readonly document: RunDocument;
}

/** How long a decision may take to reach a worker; a client waits no longer. */
export interface SendOptions {
  readonly timeoutMs?: number;
}

/** How a decision was received. */
export interface Sent {
  readonly runId: string;
  readonly decisionId: string;
}

const POLL_MS = 250;
/**
 * A worker takes a decision after its current batch, within seconds; a killed worker first
 * restarts.
 */
const DECIDE_MS = 60_000;

/** Runs: read them, wait for them, decide on them. Every `run` is an id or a prefix of one. */
export class Runs {
  readonly #context: OperationContext;
  readonly #session: Session;
  readonly #temporal: () => Promise<Temporal>;
  readonly #limits: Config['limits'];

  /** @internal */
  constructor(o: {
    session: Session;
    temporal: () => Promise<Temporal>;
    limits: Config['limits'];
  }) {
    this.#context = o.session.context;
    this.#session = o.session;
    this.#temporal = o.temporal;
    this.#limits = o.limits;
  }

  /** The document of a run; `orphaned` when it has not ended and its workflow is gone. */
  async get(run: string): Promise<RunDocument> {
    const document = await this.#read(run);
    if (await this.#isOrphaned(document.runId)) return orphaned(document);
    return withReason(this.#context, document);
  }

  /** Newest first; see {@link Runs.get} for `orphaned`. */
  async list(o: ListRuns = {}): Promise<{ runs: RunSummary[]; next: string | null }> {
    const page = await (await reads()).listRuns(this.#context, o);
    const runs = await Promise.all(
      page.runs.map(async (run) =>
        (await this.#isOrphaned(run.runId, run)) ? orphaned(run) : run,
      ),
    );
    return { runs, next: page.next };
  }

  /**
   * Waits until a run ends or is held, asking the store four times a second. Tolerates servers that
   * are away for minutes, because the run waits for them, too.
   */
  async wait(run: string, o: WaitOptions = {}): Promise<Waited> {
    return follow('the run', o, (watch) => this.#follow(run, { ...o, ...watch }));
  }

  async #follow(run: string, o: WaitOptions & Following): Promise<Waited> {
    const { deadline, note } = o;
    await this.#session.renew();
    const { runId } = await (await reads()).runStatus(this.#context, run);
    let askPresenceAt = Date.now() + PRESENCE_MS;
    for (;;) {
      const status = await (await reads()).runStatus(this.#context, runId);
      if (status.settled && !(status.state === 'held' && o.leavesHeld === true)) {
        return this.#waited(runId, 'settled');
      }
      if (o.signal?.aborted === true) return this.#waited(runId, 'interrupted');
      if (Date.now() >= deadline) return this.#waited(runId, 'timeout');
      // A run that is being cancelled waits for no decision.
      const waits = status.state === 'waiting' && o.leavesHeld !== true;
      if (
        waits &&
        (await isBlocked(this.#context, { ...status, note })) &&
        o.endsBlocked === true
      ) {
        return this.#waited(runId, 'blocked');
      }
      o.onProgress?.(status.state, status.progress);
      if (status.state === 'retrying')
        note('Something does not answer; it is tried again until it does.');
      if (Date.now() >= askPresenceAt) {
        askPresenceAt = Date.now() + PRESENCE_MS;
        if (status.state === 'waiting') await noteReason(this.#context, { ...status, note });
        if (await this.#isOrphaned(runId)) {
          return { end: 'settled', document: orphaned(await this.#read(runId)) };
        }
      }
      await pause(Math.min(POLL_MS, Math.max(deadline - Date.now(), 0)), o.signal);
      await this.#session.renew();
    }
  }

  /** What the plan changes, entry by entry. */
  async diff(input: DiffInput): Promise<AsyncIterable<DiffEntry>> {
    return (await reads()).diffRun(this.#context, input);
  }

  /** Every message of a run. */
  async messages(run: string): Promise<AsyncIterable<RunMessage>> {
    return wordedMessages(await (await reads()).runMessages(this.#context, run));
  }

  async #read(run: string): Promise<RunDocument> {
    return wordedDocument(await (await reads()).readRun(this.#context, run));
  }

  /**
   * The rows that did not go through, as CSV: their original columns, then `_line` and `_error`;
   * `say` words the error (commands are written as `rollcall …`).
   * The only use of a connector here: the file is read again the way it was imported.
   */
  async failedRows(
    run: string,
    say: (error: string) => string = (error) => error,
  ): Promise<{ readonly lines: AsyncIterable<string>; readonly count: number }> {
    const { writeFailedRows } = await import('../connectors/csv/failedRows.js');
    const { failed, chunks, options, properties } = await (
      await reads()
    ).failedRows(this.#context, run);
    const errors = new Map<number, string>();
    const tooShort = new Set<number>();
    for await (const row of failed) {
      errors.set(row.line, say(wordFailedRow(row)));
      if (row.messages.some(({ code }) => code === 'too_few_cells')) tooShort.add(row.line);
    }
    const lines = writeFailedRows({
      chunks: chunks(),
      reread: chunks,
      options,
      failed: errors,
      tooShort,
      properties,
      limits: this.#limits,
    });
    return { lines, count: errors.size };
  }

  async approve(input: ApproveInput, o: SendOptions = {}): Promise<Sent> {
    return this.#send(await (await decisions()).approveRun(this.#context, input), o);
  }

  /**
   * Rejects a held or planned run. `replaced`: it only makes way for a newer read, so that the same
   * changes are not held as rejected before.
   */
  async reject(
    input: DecisionInput & { readonly replaced?: boolean },
    o: SendOptions = {},
  ): Promise<Sent> {
    return this.#send(await (await decisions()).rejectRun(this.#context, input), o);
  }

  async cancel(input: DecisionInput, o: SendOptions = {}): Promise<Sent> {
    return this.#send(await (await decisions()).cancelRun(this.#context, input), o);
  }

  /** Applies the plan that a dry run showed. */
  async apply(input: DecisionInput & { readonly expect?: number }): Promise<Sent> {
    return this.#send(await (await decisions()).applyRun(this.#context, input));
  }

  /** Continues a failed run, or one whose workflow is gone; refuses one that is under way. */
  async resume(input: DecisionInput): Promise<Sent> {
    const status = await (await reads()).runStatus(this.#context, input.run);
    const temporal = await this.#temporal();
    if (status.state !== 'failed' && (await temporal.presence(status.workflowId)) === 'there') {
      throw new Fault('state', {
        code: 'under_way',
        message: `Run ${status.runId} is ${status.state} and its workflow is there: nothing to resume.`,
        next: { do: 'showRun', run: status.runId },
      });
    }
    return this.#send(await (await decisions()).resumeRun(this.#context, input));
  }

  /** Starts a run that undoes another one. */
  async undo(input: UndoInput): Promise<{ readonly runId: string }> {
    await this.#temporal();
    const run = await (await undoModule()).createUndo(this.#context, input);
    await launch(this.#temporal, run);
    return run;
  }

  /** Resolves a conflict; `followUp` is the run that applies the one row, started. */
  async resolve(input: ResolveInput): Promise<{
    readonly runId: string;
    readonly followUp: string | null;
    readonly message: string;
    readonly next: Next | null;
  }> {
    await this.#temporal();
    const { followUp, ...resolved } = await (
      await resolveModule()
    ).resolveConflict(this.#context, input);
    if (followUp !== null) await launch(this.#temporal, followUp);
    return { ...resolved, followUp: followUp?.runId ?? null };
  }

  /** How many people {@link Runs.resolveAll} would link, and what it would leave. */
  async countResolvable(input: Pick<ResolveAllInput, 'run' | 'by'>): Promise<Resolvable> {
    return (await resolveAllModule()).countResolvable(this.#context, input);
  }

  /**
   * Links many rows of a run at once: the pairs of the gate `renumbered`, or the conflicts that an
   * e-mail decides. `followUp` is the run that does it, started; what is left of a held run goes on
   * where nothing else holds it.
   */
  async resolveAll(
    input: ResolveAllInput,
    o: SendOptions = {},
  ): Promise<Resolvable & { readonly followUp: string }> {
    await this.#temporal();
    const { followUp, approval, stillHeld, ...resolved } = await (
      await resolveAllModule()
    ).resolveAll(this.#context, input);
    try {
      // First, so that the rest of the plan is applied before the rows that were taken out of it.
      if (approval !== null) await this.#send(approval, o);
      if (stillHeld !== null) await (await this.#temporal()).gatesMoved(stillHeld);
    } finally {
      await launch(this.#temporal, followUp);
    }
    return { ...resolved, followUp: followUp.runId };
  }

  async #send(decided: Decided, o: SendOptions = {}): Promise<Sent> {
    if (decided.workflow === 'start') await launch(this.#temporal, decided);
    if (decided.workflow === 'decide') {
      const taken = await deliver(this.#temporal, decided, {
        decisionId: decided.decisionId,
        timeoutMs: Math.min(DECIDE_MS, o.timeoutMs ?? DECIDE_MS),
        isTaken: async (decisionId) => (await decisions()).isTaken(this.#context, decisionId),
      });
      if (!taken) {
        throw new Fault('unavailable', {
          code: 'not_taken',
          message: `The decision on run ${decided.runId} is recorded; no worker took it up yet.`,
          next: { do: 'checkWorker', run: decided.runId },
        });
      }
    }
    return { runId: decided.runId, decisionId: decided.decisionId };
  }

  async #waited(runId: string, end: Waited['end']): Promise<Waited> {
    return { end, document: await withReason(this.#context, await this.#read(runId)) };
  }

  async #isOrphaned(runId: string, known?: { readonly state: RunState }): Promise<boolean> {
    return (await orphansModule()).isOrphaned(this.#context, {
      runId,
      ...(known === undefined ? {} : { known: known.state }),
      ask: (workflowId) => this.#presence(workflowId),
    });
  }

  async #presence(workflowId: string): Promise<Presence> {
    try {
      return await (await this.#temporal()).presence(workflowId);
    } catch {
      return 'unknown';
    }
  }
}
