import { setTimeout as delay } from 'node:timers/promises';

/** The clock by which waits are measured, and a sleep for short waits. */
export interface Time {
  /** Epoch ms. */
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const REAL_TIME: Time = {
  now: () => Date.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};
