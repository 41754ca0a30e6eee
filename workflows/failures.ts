import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { isCancellation } from '@temporalio/workflow';

/** True when trying the same step again can help. Only an activity's failure can pass. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return false;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return cause.nonRetryable !== true;
  return cause instanceof TimeoutFailure;
}

/** The code that an activity gave its failure; `timeout` where no worker answered in time. */
export function codeOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) return 'bug';
  const { cause } = error;
  if (cause instanceof TimeoutFailure) return 'timeout';
  const detail: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  if (typeof detail !== 'object' || detail === null || !('code' in detail)) return 'bug';
  return typeof detail.code === 'string' ? detail.code : 'bug';
}

/** The failure type of `activities/failures.ts`; `Bug` when there is none. */
export function failureTypeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return (cause instanceof ApplicationFailure ? cause.type : undefined) ?? 'Bug';
}
