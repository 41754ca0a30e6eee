import type { RunAddress, Temporal } from './gateway';
import { patiently } from './patience';

export interface Delivery {
  readonly decisionId: string;
  readonly timeoutMs: number;
  /** Whether the store has the decision as carried out. */
  readonly isTaken: (decisionId: string) => Promise<boolean>;
}

/**
 * Sends a recorded decision to its run's workflow until it is carried out, which it is once; false when
 * time is over. `reach` connects when it is first called, and again after Temporal was away.
 */
export async function deliver(
  reach: () => Promise<Temporal>,
  run: RunAddress,
  { decisionId, timeoutMs, isTaken }: Delivery,
): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  try {
    return await patiently({ patienceMs: timeoutMs }, async () => {
      const deadlineMs = Math.max(until - Date.now(), 1_000);
      return (await reach()).decide(run, { decisionId, deadlineMs });
    });
  } catch (error) {
    // The answer was lost, and asking again came too late for a run that has ended by now.
    if (await patiently({ patienceMs: timeoutMs }, () => isTaken(decisionId))) return true;
    throw error;
  }
}
