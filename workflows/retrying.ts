import { mayPass } from './failures';

const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

/** What a step in trouble does between its tries. */
export interface BetweenTries {
  /** The step failed; `round` counts from 1. */
  readonly failed: (error: unknown, round: number) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** The step succeeded after it had failed. */
  readonly recovered: () => Promise<void>;
}

/** Runs a step until it succeeds; rethrows a fault that cannot pass. */
export async function untilDone<T>(step: () => Promise<T>, between: BetweenTries): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      const result = await step();
      if (round > 1) await between.recovered();
      return result;
    } catch (error) {
      if (!mayPass(error)) throw error;
      await between.failed(error, round);
      await between.pause(backoffMs(round));
    }
  }
}

/** Between the tries of a step: 10 seconds, 20, 40, … 300. */
function backoffMs(round: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(round - 1, 10), LONGEST_BACKOFF_MS);
}
