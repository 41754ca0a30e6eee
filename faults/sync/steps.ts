import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

export interface Retries {
  /** How often a failure that passes is tried; 4 times unless given. */
  readonly tries?: number;
  /** Before each retry. */
  readonly again?: () => void;
}

export type Step = <I, R>(activity: (input: I) => Promise<R>, input: I) => Promise<R>;

const SILENT = new DefaultLogger('ERROR', () => undefined);

/** Carries out one activity in a context of its own, retried as its workflow retries it. */
export function stepsWith({ tries = 4, again }: Retries = {}): Step {
  return async (activity, input) => {
    for (let tried = 1; ; tried++) {
      const environment = new MockActivityEnvironment({}, { logger: SILENT });
      try {
        return await environment.run(activity, input);
      } catch (error) {
        const passes = error instanceof ApplicationFailure && error.nonRetryable !== true;
        if (!passes || tried === tries) throw error;
        again?.();
      }
    }
  };
}

/** The code of the fault for which an activity failed. */
export function codeOf(failure: ApplicationFailure): string {
  const detail: unknown = failure.details?.[0];
  if (typeof detail !== 'object' || detail === null || !('code' in detail)) return 'bug';
  return typeof detail.code === 'string' ? detail.code : 'bug';
}
