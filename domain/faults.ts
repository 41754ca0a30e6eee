import { EXITS, type ExitCode } from './exits';
import type { FaultCode } from './faultCodes';
import { said, type Next } from './next';

/**
 * Every fault that Rollcall throws on purpose. A fault is thrown where it is found and caught only
 * at an edge: the activity's (cast into a Temporal `ApplicationFailure` type, by one table) or the
 * CLI's (an exit code and a message). `activities/failures.ts` lists the faults after which an
 * activity is tried again.
 */
export const FAULTS = {
  usage: { exit: EXITS.usage.code },
  not_found: { exit: EXITS.notFound.code },
  invalid: { exit: EXITS.usage.code },
  refused_file: { exit: EXITS.failed.code },
  conflict: { exit: EXITS.failed.code },
  blocked: { exit: EXITS.held.code },
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

/** The list of a source cannot be read to its end: this passes, or the vendor has to fix it. */
export const LISTING_UNSTABLE = 'listing_unstable';

/**
 * No fault of the source: a sync that must not ask its source before a certain time. Shown
 * while the sync waits.
 */
export const SOURCE_WAITS = 'source_waits';

/** A fault of a known kind, with a code for programs, a sentence for people and the next step. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  /** Stable, lower_snake_case; what `error.code` shows under `--json`. */
  readonly code: FaultCode;
  /** What to do next. */
  readonly next: Next | undefined;
  /** Other ways out, which belong to the sentence. */
  readonly ways: readonly Next[];
  /** All faults of the command, this one first, where there are several. */
  readonly parts: readonly FaultPart[];
  /** What programs read beside the code, such as the `version` that a user has now. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: FaultKind, fault: FaultInput) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.kind = kind;
    this.code = fault.code;
    this.next = typeof fault.next === 'string' ? said(fault.next) : fault.next;
    this.ways = fault.ways ?? [];
    this.parts = fault.parts ?? [];
    this.details = fault.details ?? {};
  }
}

export interface FaultInput {
  readonly code: FaultCode;
  readonly message: string;
  /** A text names no command of Rollcall, or is the sentence of a door. */
  readonly next?: Next | string | undefined;
  readonly ways?: readonly Next[];
  readonly parts?: readonly FaultPart[];
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** One of several faults. */
export interface FaultPart {
  /** The field that it is about, as it was given; `null`: not one field. */
  readonly field: string | null;
  readonly fault: Fault;
}
