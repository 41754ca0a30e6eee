import { CommanderError } from 'commander';
import { EXITS } from '../domain/exits';
import { Fault, FAULTS } from '../domain/faults';
import { databaseFault } from '../domain/passing';
import { wordFault, wordNext } from '../wording/next';

/** The CLI's words about a fault: `document` under `--json`, `text` otherwise. */
export interface Failure {
  readonly exit: number;
  readonly document: {
    readonly error: {
      readonly code: string;
      readonly message: string;
      /** The next step: a command, or a sentence where one command is not enough. */
      readonly next: string | null;
      /** All that is to be corrected, the first included, where it is more than one thing. */
      readonly faults?: readonly PartShown[];
    };
  };
  readonly text: string;
}

interface PartShown {
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
  readonly next: string | null;
}

/** Wrong usage: exit 2. Without `next` the help of the command is the next step. */
export function usage(message: string, next?: string): Fault {
  return new Fault('usage', { code: 'usage', message, ...(next === undefined ? {} : { next }) });
}

/**
 * Turns any error into words and an exit code; a stack only at log level debug. `help` is the
 * command that shows how the failed one is used.
 */
export function failureOf(
  error: unknown,
  { debug, help }: { readonly debug: boolean; readonly help: string },
): Failure {
  const fault = error instanceof Fault ? error : databaseFault(error);
  if (fault !== undefined) {
    const { code, kind } = fault;
    const step = fault.next === undefined ? null : wordNext(fault.next);
    const next = step ?? (kind === 'usage' ? help : null);
    const message = wordFault(fault);
    const faults = partsOf(fault);
    const details = { ...fault.details, ...(faults.length === 0 ? {} : { faults }) };
    const others = faults.slice(1);
    return failure({ exit: FAULTS[kind].exit, code, message, next, debug, error, details, others });
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return failure({
      exit: EXITS.usage.code,
      code: 'usage',
      message,
      next: help,
      debug: false,
      error,
    });
  }
  // Prisma's messages begin with an empty line.
  const said = error instanceof Error ? error.message.trim().split('\n')[0] : String(error);
  return failure({
    exit: EXITS.failed.code,
    code: 'bug',
    message: `Something unexpected went wrong: ${said === undefined || said === '' ? 'no message' : said}`,
    next: 'Run it again with ROLLCALL_LOG_LEVEL=debug and report what it prints.',
    debug,
    error,
  });
}

function partsOf({ parts }: Fault): readonly PartShown[] {
  return parts.map(({ field, fault }) => ({
    field,
    code: fault.code,
    message: wordFault(fault),
    next: fault.next === undefined ? null : wordNext(fault.next),
  }));
}

function failure(o: {
  exit: number;
  code: string;
  message: string;
  next: string | null;
  debug: boolean;
  error: unknown;
  details?: Readonly<Record<string, unknown>>;
  /** Further faults of the same command. */
  others?: readonly PartShown[];
}): Failure {
  const { exit, code, message, next, details, others = [] } = o;
  const stack =
    o.debug && o.error instanceof Error ? `${o.error.stack ?? ''}${causes(o.error)}\n` : '';
  const said = [message, ...others.map((other) => other.message)];
  const steps = new Set(
    [next, ...others.map((other) => other.next)].filter((step) => step !== null),
  );
  const text = [
    ...said.map((what) => `error: ${what}\n`),
    ...[...steps].map((step) => `next:  ${step}\n`),
    stack,
  ].join('');
  return { exit, document: { error: { code, message, next, ...details } }, text };
}

function causes(error: Error): string {
  const { cause } = error;
  return cause instanceof Error
    ? `\ncaused by ${cause.stack ?? cause.message}${causes(cause)}`
    : '';
}
