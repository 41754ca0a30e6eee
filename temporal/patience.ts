import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../domain/faults';
import { isPassing } from '../domain/passing';

/** How long a waiting client tolerates that servers are away; runs go on without it. */
export const PATIENCE_MS = 300_000;
const PAUSE_MS = 250;

/** True when a server did not answer, and may answer the next time. */
export function isAway(error: unknown): boolean {
  return (error instanceof Fault && error.kind === 'unavailable') || isPassing(error);
}

/** Ends waiting early: an `AbortSignal`, whose type belongs to the DOM or to Node, not to us. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface Patience {
  /** How long servers may stay away. */
  readonly patienceMs: number;
  /** Aborted: no more tries. */
  readonly signal?: StopSignal | undefined;
  /** Called before each further try. */
  readonly onAway?: (() => void) | undefined;
}

/** Work that ran for this long has reached the servers again in between. */
const WELL_AFTER_MS = 30_000;

/**
 * Repeats `work` while the servers that it needs are away; throws the last error when the time
 * limit is over. `work` must be safe to repeat.
 */
export async function patiently<T>(o: Patience, work: () => Promise<T>): Promise<T> {
  const away = { since: Date.now(), last: Number.NEGATIVE_INFINITY };
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const now = Date.now();
      if (now - away.last > WELL_AFTER_MS) away.since = now;
      away.last = now;
      const over = now - away.since >= o.patienceMs || o.signal?.aborted === true;
      if (over || !isAway(error)) throw error;
      o.onAway?.();
      await sleep(PAUSE_MS);
    }
  }
}

/** Sleeps, at most until `signal` is aborted. */
export function pause(ms: number, signal?: StopSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal?.aborted === true ? 0 : ms);
    signal?.addEventListener('abort', end);
  });
}
