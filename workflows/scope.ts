import { ApplicationFailure } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import type { HeldGate } from '../domain/runs/gates';
import {
  decideUpdate,
  NO_DECISION,
  progressQuery,
  type DecideInput,
  type DecideResult,
  type RunView,
} from './messages';
import { BLANK_VIEW, showView, type RunIdentity } from './view';

/**
 * The input of every run's workflow. Callers give `runId` alone, at the first start as at
 * `runs apply` and `runs resume`: what is left to do stands in the run row.
 */
export interface RunInput {
  readonly runId: string;
  /** Continue as new beyond this many events; for tests, which have no patience for the default. */
  readonly maxEvents?: number;
  /** What an execution hands to the next one when it continues as new. */
  readonly carry?: Carry;
}

export interface Carry {
  readonly identity: RunIdentity;
  readonly view: RunView;
  /** The run is held: begin by waiting for the decision. */
  readonly held: boolean;
}

/** What became of a decision: its outcome, or the failure type that its update answers with. */
export type Answer = DecideResult | { readonly refused: string };

/** Everything of a workflow execution that changes, in one object. */
export interface RunScope {
  readonly input: RunInput;
  identity: RunIdentity | null;
  view: RunView;
  /** Decisions that came in and were not taken yet, in their order. */
  readonly pending: string[];
  readonly answers: Record<string, Answer>;
  /** The held plan was approved, as a whole or in part. */
  approved: boolean;
  /** The run has ended: no decision is taken any more. */
  ended: boolean;
}

/** Starts a scope with its handlers; to be called before the workflow's first await. */
export function openScope(input: RunInput): RunScope {
  const run: RunScope = {
    input,
    identity: input.carry?.identity ?? null,
    view: input.carry?.view ?? BLANK_VIEW,
    pending: [],
    answers: {},
    approved: false,
    ended: false,
  };

  setHandler(progressQuery, () => run.view);
  setHandler(decideUpdate, (decision) => decide(run, decision), {
    validator: (decision) => {
      if (!namesDecision(decision) || run.ended) throw refusal(run);
    },
    description: 'Carry out a decision recorded by `rollcall runs approve|reject|cancel`',
  });
  return run;
}

/**
 * A decision is not taken here but by the workflow's main line, at the edge of a step (`edge`):
 * taking it writes to the run, and two writers at once would fence each other out. So the handler
 * only queues it and waits for its answer. The same decision sent twice is taken once.
 */
async function decide(run: RunScope, { decisionId }: DecideInput): Promise<DecideResult> {
  if (run.answers[decisionId] === undefined && !run.pending.includes(decisionId)) {
    run.pending.push(decisionId);
  }
  await condition(() => run.answers[decisionId] !== undefined);
  const answer = run.answers[decisionId];
  if (answer === undefined) throw refusal(run);
  if (!('refused' in answer)) return answer;
  if (answer.refused === NO_DECISION) throw refusal(run);
  throw ApplicationFailure.nonRetryable(
    `${answer.refused}: run ${run.input.runId}`,
    answer.refused,
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

// An operator may send anything from the UI: no input at all, a bare string, null.
function namesDecision(decision: unknown): boolean {
  if (typeof decision !== 'object' || decision === null || !('decisionId' in decision))
    return false;
  return typeof decision.decisionId === 'string' && UUID.test(decision.decisionId);
}

function refusal(run: RunScope): ApplicationFailure {
  const verb = run.ended ? 'show' : 'approve';
  return ApplicationFailure.nonRetryable(
    `use: rollcall runs ${verb} ${run.input.runId}`,
    NO_DECISION,
  );
}

/** Changes the view, and with it what the query, the search attributes and the details tell. */
export function show(run: RunScope, change: Partial<RunView>): void {
  const before = run.view;
  run.view = { ...before, ...change };
  showView(run.input.runId, before, run.view);
}

/** The gates as they stand, as a change of the view. */
export function heldBy(held: readonly HeldGate[]): Partial<RunView> {
  return { state: 'held', phase: 'held', held };
}
