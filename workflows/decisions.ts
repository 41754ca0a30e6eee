import { ApplicationFailure } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import { type DecideInput, type DecideResult, decideUpdate, NO_DECISION } from './messages';
import { wordInFolder } from '../wording/next';

/** The result of a decision: its outcome, or the failure type that its update answers with. */
export type Answer = DecideResult | { readonly refused: string };

/**
 * The decisions that reach a workflow. A decision is not taken in the update's handler but by the
 * workflow's main line, between two steps: taking it writes to the run, and two writers at once
 * would fence each other out. So the handler only queues it and waits for its answer. The same
 * decision sent twice is taken once.
 */
export class Decisions {
  readonly #runId: string;
  /** Decisions that have arrived and are not taken yet, in their order. */
  readonly #pending: string[] = [];
  readonly #answers: Record<string, Answer> = {};
  /** True once the run has ended: no decision is taken any more. */
  #ended = false;

  /** Registers the update's handler; to be called before the workflow's first await. */
  constructor(runId: string) {
    this.#runId = runId;
    setHandler(decideUpdate, (decision) => this.#decide(decision), {
      validator: (decision) => {
        if (!namesDecision(decision) || this.#ended) throw this.#refusal();
      },
      description: 'Carry out a decision recorded by `npx rollcall runs approve|reject|cancel`',
    });
  }

  /** The id of the decision to be taken next. */
  get next(): string | undefined {
    return this.#pending[0];
  }

  get arePending(): boolean {
    return this.#pending.length > 0;
  }

  /** Answers the decision that was {@link next}. */
  answer(decisionId: string, answer: Answer): void {
    this.#pending.shift();
    this.#answers[decisionId] = answer;
  }

  /** Refuses all decisions that are left, and all that come later. */
  close(): void {
    this.#ended = true;
    for (const decisionId of this.#pending.splice(0)) {
      this.#answers[decisionId] = { refused: NO_DECISION };
    }
  }

  async #decide({ decisionId }: DecideInput): Promise<DecideResult> {
    if (this.#answers[decisionId] === undefined && !this.#pending.includes(decisionId)) {
      this.#pending.push(decisionId);
    }
    await condition(() => this.#answers[decisionId] !== undefined);
    const answer = this.#answers[decisionId];
    if (answer === undefined) throw this.#refusal();
    if (!('refused' in answer)) return answer;
    const { refused } = answer;
    if (refused === NO_DECISION) throw this.#refusal();
    throw ApplicationFailure.nonRetryable(`${refused}: run ${this.#runId}`, refused);
  }

  #refusal(): ApplicationFailure {
    const step = wordInFolder({ do: this.#ended ? 'showRun' : 'approve', run: this.#runId });
    return ApplicationFailure.nonRetryable(`use: ${step}`, NO_DECISION);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

// An operator may send anything from the UI: no input at all, a bare string, null.
function namesDecision(decision: unknown): boolean {
  if (typeof decision !== 'object' || decision === null || !('decisionId' in decision))
    return false;
  return typeof decision.decisionId === 'string' && UUID.test(decision.decisionId);
}
