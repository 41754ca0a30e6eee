import { ApplicationFailure } from '@temporalio/common';
import { Fault, type FaultKind } from '../domain/faults';

/**
 * What each fault is for Temporal, in one place. `retry` means: the same attempt again may well
 * succeed; the activity is tried three times, then the workflow shows `retrying` and goes on for
 * ever. Everything else ends the run as `failed` at once.
 *
 * `fenced` is retried although nothing heals it: an attempt that the server gave up and then woke
 * (a stopped process, a long pause) takes its fence late, and so fences out the attempt that
 * replaced it, which is in good order and only needs to be tried again.
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

export type FailureType = (typeof FAILURES)[FaultKind]['type'];

/** What the edge of an activity knows of whatever was thrown inside it. */
export interface Diagnosis {
  readonly kind: FaultKind;
  /** Stable, lower_snake_case; safe to show anywhere. */
  readonly code: string;
  /** For people, out of a {@link Fault}; may name what is in a file, so it never leaves Postgres. */
  readonly message: string;
  readonly next: string | undefined;
}

/**
 * SQLSTATE classes and codes (Postgres documentation, appendix A) that another try may heal: lost
 * connections, a server that stops or starts, too few resources, lost races, a statement that was
 * cancelled from outside, a primary that became read-only in a fail-over.
 */
const PASSING_SQLSTATE = /^(08...|53...|57P0.|57014|40001|40P01|55P03|58030|25006)$/;
/** Errors of Node's sockets and resolver. */
const PASSING_ERRNO =
  /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** Prisma: can't reach, timed out, connection closed, no connection in the pool, write conflict. */
const PASSING_PRISMA = /^(P1001|P1002|P1008|P1017|P2024|P2034)$/;
/** node-postgres gives these two no code. */
const PASSING_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
const SAFE_CODE = /^[a-z][a-z0-9_]{0,63}$/;

/** Sorts anything thrown into a fault kind and a code. What nobody foresaw is a `bug`. */
export function diagnose(error: unknown): Diagnosis {
  if (error instanceof Fault) {
    const code = SAFE_CODE.test(error.code) ? error.code : error.kind;
    return { kind: error.kind, code, message: error.message, next: error.next };
  }
  if (isPassing(error)) {
    return {
      kind: 'unavailable',
      code: 'database_unavailable',
      message: 'The database cannot be reached.',
      next: 'It is tried again until it succeeds.',
    };
  }
  return {
    kind: 'bug',
    code: 'bug',
    message: 'Something went wrong that Rollcall did not foresee; the log of the worker has more.',
    next: 'rollcall runs resume',
  };
}

/** The failure that Temporal records: code and run id, and never a word of the original message. */
export function toFailure(diagnosis: Diagnosis, runId: string): ApplicationFailure {
  const { type, retry } = FAILURES[diagnosis.kind];
  return ApplicationFailure.create({
    message: `${diagnosis.code}: run ${runId}`,
    type,
    nonRetryable: !retry,
    details: [{ code: diagnosis.code }],
  });
}

function isPassing(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = codeOf(at);
    if (PASSING_SQLSTATE.test(code) || PASSING_ERRNO.test(code) || PASSING_PRISMA.test(code)) {
      return true;
    }
    if (PASSING_MESSAGE.test(at.message)) return true;
    // A host with several addresses: Node throws one error that carries one per address.
    if (at instanceof AggregateError && at.errors.some(isPassing)) return true;
  }
  return false;
}

/** The `code` of a system or database error, or an empty string. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
