import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../domain/faults';
import { isPassing } from '../domain/passing';

/** How long a client that waits bears with servers that are away; runs go on without it. */
export const PATIENCE_MS = 300_000;
const PAUSE_MS = 250;

/** True when a server did not answer, and may answer the next time. */
export function isAway(error: unknown): boolean {
  return (error instanceof Fault && error.kind === 'unavailable') || isPassing(error);
}

/** Ends waiting early: an `AbortSignal`, whose type comes with the DOM's or Node's and not with ours. */
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
  /** Told before each further try. */
  readonly onAway?: (() => void) | undefined;
}

/** Work that went on for so long met the servers again in between. */
const WELL_AFTER_MS = 30_000;

/**
 * Does `work`, again and again while the servers that it needs are away; throws the last error when
 * patience ends. `work` must be safe to repeat.
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

/** Sleeps, until `signal` is aborted at the most. */
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
