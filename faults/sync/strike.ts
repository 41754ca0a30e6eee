import type { BoundStore } from './follow';

/** What happens to the process before or after this many writes. */
export interface Strike {
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** From 1, in the order of {@link WRITES} in which they happen. */
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** A store that counts the writes of a sync, and strikes its own process at one of them. */
export function striking(store: BoundStore, strike: Strike, pid = process.pid): BoundStore {
  const made = { writes: 0 };
  const counted =
    <A extends readonly unknown[], R>(write: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      made.writes += 1;
      const now = made.writes === strike.at;
      if (now && strike.when === 'before') process.kill(pid, strike.signal);
      // A signal to the own process is delivered at the next opportunity: wait for it.
      if (now && strike.when === 'before') await new Promise((resolve) => setTimeout(resolve, 50));
      const result = await write(...given);
      if (now && strike.when === 'after') {
        process.kill(pid, strike.signal);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return result;
    };
  return {
    ...store,
    restartRead: counted(store.restartRead),
    stagePage: counted(store.stagePage),
    closeRead: counted(store.closeRead),
    buildPlan: counted(store.buildPlan),
    applySlice: counted(store.applySlice),
    finish: counted(store.finish),
  };
}
