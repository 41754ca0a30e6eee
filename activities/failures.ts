import { ApplicationFailure } from '@temporalio/common';
import { Fault, type FaultKind } from '../domain/faults';
import type { Next } from '../domain/next';
import { databaseFault } from '../domain/passing';

/**
 * What each fault is for Temporal, in one place. `retry` means that the same attempt may well
 * succeed later: the activity is tried three times, then the workflow shows `retrying` and goes on
 * for ever. Everything else ends the run as `failed` at once.
 *
 * `fenced` is retried although time does not remove its cause. An attempt that the server gave up
 * and that wakes late (a stopped process, a long pause) takes its fence late and so fences out the
 * attempt that replaced it. That attempt is in order and only needs to be tried again.
 */
export const FAILURES = {
  usage: { type: 'Usage', retry: false },
  not_found: { type: 'NotFound', retry: false },
  invalid: { type: 'Invalid', retry: false },
  refused_file: { type: 'RefusedFile', retry: false },
  conflict: { type: 'Conflict', retry: false },
  blocked: { type: 'Blocked', retry: false },
  forbidden: { type: 'Forbidden', retry: false },
  state: { type: 'State', retry: false },
  fenced: { type: 'Fenced', retry: true },
  schema: { type: 'Schema', retry: false },
  unavailable: { type: 'Unavailable', retry: true },
  missing_tool: { type: 'MissingTool', retry: false },
  cancelled: { type: 'Cancelled', retry: false },
  bug: { type: 'Bug', retry: false },
} as const satisfies Record<FaultKind, { type: string; retry: boolean }>;

/** What an activity knows about an error that was thrown inside it. */
export interface Diagnosis {
  readonly kind: FaultKind;
  /** Stable, lower_snake_case; safe to show anywhere. */
  readonly code: string;
  /**
   * The sentence of a {@link Fault}; it may name what is in a file, so it never leaves Postgres.
   */
  readonly message: string;
  readonly next: Next | undefined;
}

/**
 * Faults that may pass although their kind does not: a worker that does not find a run may look into
 * another database than the one that has it (a backup was restored, a setting is wrong), and to end
 * the run then would end it for the right one, too.
 */
const MAY_PASS: ReadonlySet<string> = new Set(['run_not_found']);

const SAFE_CODE = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Sorts any error into a fault kind and a code. Troubles of the database have theirs in
 * `domain/troubles.ts`. An unforeseen error is a `bug`.
 */
export function diagnose(error: unknown): Diagnosis {
  const fault = error instanceof Fault ? error : databaseFault(error);
  if (fault !== undefined) {
    const code = SAFE_CODE.test(fault.code) ? fault.code : fault.kind;
    return { kind: fault.kind, code, message: fault.message, next: fault.next };
  }
  return {
    kind: 'bug',
    code: 'bug',
    message: 'Something went wrong that Rollcall did not foresee; the log of the worker has more.',
    next: undefined,
  };
}

/** True when the same attempt may well succeed later. */
export function isRetried({ kind, code }: Diagnosis): boolean {
  return FAILURES[kind].retry || MAY_PASS.has(code);
}

/** The failure that Temporal records: code and run id, and never a word of the original message. */
export function toFailure(
  diagnosis: Diagnosis & { readonly stored?: boolean },
  runId: string,
): ApplicationFailure {
  const { type } = FAILURES[diagnosis.kind];
  return ApplicationFailure.create({
    message: `${diagnosis.code}: run ${runId}`,
    type,
    nonRetryable: !isRetried(diagnosis),
    details: [{ code: diagnosis.code, ...(diagnosis.stored === true ? { stored: true } : {}) }],
  });
}
