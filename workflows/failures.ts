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
  if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return 'timeout';
  const detail = detailOf(error);
  return detail !== undefined && 'code' in detail && typeof detail.code === 'string'
    ? detail.code
    : 'bug';
}

/** True when the activity that failed has ended the run in the store, too. */
export function endedRun(error: unknown): boolean {
  const detail = detailOf(error);
  return detail !== undefined && 'stored' in detail && detail.stored === true;
}

function detailOf(error: unknown): object | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const detail: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  return typeof detail === 'object' && detail !== null ? detail : undefined;
}

/** The failure type of `activities/failures.ts`; `Bug` when there is none. */
export function failureTypeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return (cause instanceof ApplicationFailure ? cause.type : undefined) ?? 'Bug';
}
