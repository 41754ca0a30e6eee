import { EXITS, type ExitCode } from './exits';
import type { FaultCode } from './faultCodes';
import { said, type Next } from './next';

/**
 * Every fault that Rollcall throws on purpose. A fault is thrown where it is found and caught only
 * at an edge: the activity's (cast into a Temporal `ApplicationFailure` type, by one table) or the
 * CLI's (an exit code and a message). Which of them an activity is tried again after says
 * `activities/failures.ts`.
 */
export const FAULTS = {
  usage: { exit: EXITS.usage.code },
  not_found: { exit: EXITS.notFound.code },
  invalid: { exit: EXITS.usage.code },
  refused_file: { exit: EXITS.failed.code },
  conflict: { exit: EXITS.failed.code },
  blocked: { exit: EXITS.failed.code },
  forbidden: { exit: EXITS.failed.code },
  state: { exit: EXITS.failed.code },
  fenced: { exit: EXITS.failed.code },
  schema: { exit: EXITS.failed.code },
  unavailable: { exit: EXITS.failed.code },
  missing_tool: { exit: EXITS.failed.code },
  cancelled: { exit: EXITS.failed.code },
  bug: { exit: EXITS.failed.code },
} as const satisfies Record<string, { exit: ExitCode }>;
export type FaultKind = keyof typeof FAULTS;

/** A source's list that cannot be read to its end: it passes, or it is the vendor's to mend. */
export const LISTING_UNSTABLE = 'listing_unstable';

/** No trouble: a sync that is not to ask its source before a certain time, told while it stands still. */
export const SOURCE_WAITS = 'source_waits';

/** A fault of a known kind, with a code for programs, a sentence for people and the next step. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  /** Stable, lower_snake_case; what `error.code` shows under `--json`. */
  readonly code: FaultCode;
  /** What to do now. */
  readonly next: Next | undefined;
  /** Other ways out, which belong to the sentence. */
  readonly ways: readonly Next[];

  constructor(kind: FaultKind, fault: FaultInput) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.kind = kind;
    this.code = fault.code;
    this.next = typeof fault.next === 'string' ? said(fault.next) : fault.next;
    this.ways = fault.ways ?? [];
  }
}

export interface FaultInput {
  readonly code: FaultCode;
  readonly message: string;
  /** As text: words that name no command of Rollcall's, or are a door's own. */
  readonly next?: Next | string | undefined;
  readonly ways?: readonly Next[];
  readonly cause?: unknown;
}
