import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../config/logger';
import { troubleOf } from '../domain/passing';

export interface WaitOptions {
  readonly what: string;
  /** Host and port, without credentials. */
  readonly address: string;
  readonly log: Logger;
  /** Ends the waiting, because the process must stop. */
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5_000;

/**
 * Tries until it succeeds and logs what it waits for: a server that starts later than the worker is
 * no reason to exit and be restarted.
 */
export async function waitFor<T>(o: WaitOptions, attempt: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    o.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const reason = troubleOf(error)?.says;
      const seen = { address: o.address, code, reason, pauseMs: pause };
      o.log.warn(seen, `waiting for ${o.what}, which does not answer`);
      await delay(pause, undefined, { signal: o.signal });
    }
  }
}
