import { PATIENCE_MS, patiently, type StopSignal } from '../../temporal/patience';

/** How long a caller waits for a run or a campaign. */
export interface Waiting {
  /** Aborting detaches; what is waited for goes on. */
  readonly signal?: StopSignal;
  readonly timeoutMs?: number;
  /** Called with one line for the person who waits. */
  readonly onNote?: (line: string) => void;
}

export interface Following {
  /** Milliseconds since 1970; infinite without a time limit. */
  readonly deadline: number;
  /** Passes each line on once. */
  readonly note: (line: string) => void;
}

/**
 * Follows a run or a campaign (`what`, with its article) by `work`, which is begun again where the database is away
 * for minutes, because the run or the campaign waits for it, too.
 */
export async function follow<T>(
  what: string,
  { signal, timeoutMs, onNote }: Waiting,
  work: (following: Following) => Promise<T>,
): Promise<T> {
  const deadline = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
  const noted = new Set<string>();
  const note = (line: string): void => {
    if (!noted.has(line)) onNote?.(line);
    noted.add(line);
  };
  const patience = {
    patienceMs: Math.min(PATIENCE_MS, timeoutMs ?? PATIENCE_MS),
    signal,
    onAway: () => {
      note(`The database does not answer; ${what} goes on once it does.`);
    },
  };
  return patiently(patience, () => work({ deadline, note }));
}
