import { setTimeout as delay } from 'node:timers/promises';

/** The clock that waits are told in, and how a short one is sat out. */
export interface Time {
  /** Epoch ms. */
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's. */
export const REAL_TIME: Time = {
  now: () => Date.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};
