import { CommanderError } from 'commander';
import { Fault, FAULTS } from '../domain/faults';
import { isPassing } from '../domain/passing';
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
    };
  };
  readonly text: string;
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
  if (error instanceof Fault) {
    const { code, kind } = error;
    const step = error.next === undefined ? null : wordNext(error.next);
    const next = step ?? (kind === 'usage' ? help : null);
    const message = wordFault(error);
    return failure({ exit: FAULTS[kind].exit, code, message, next, debug, error });
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return failure({ exit: 2, code: 'usage', message, next: help, debug: false, error });
  }
  if (isPassing(error)) {
    const code = 'database_unavailable';
    const message = `The database went away: ${error instanceof Error ? error.message : code}.`;
    return failure({ exit: 1, code, message, next: 'rollcall status', debug, error });
  }
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return failure({
    exit: 1,
    code: 'bug',
    message: `Something unexpected went wrong: ${said === undefined || said === '' ? 'no message' : said}`,
    next: 'Run it again with ROLLCALL_LOG_LEVEL=debug and report what it prints.',
    debug,
    error,
  });
}

function failure(o: {
  exit: number;
  code: string;
  message: string;
  next: string | null;
  debug: boolean;
  error: unknown;
}): Failure {
  const { exit, code, message, next } = o;
  const stack =
    o.debug && o.error instanceof Error ? `${o.error.stack ?? ''}${causes(o.error)}\n` : '';
  const text = `error: ${message}\n${next === null ? '' : `next:  ${next}\n`}${stack}`;
  return { exit, document: { error: { code, message, next } }, text };
}

function causes(error: Error): string {
  const { cause } = error;
  return cause instanceof Error
    ? `\ncaused by ${cause.stack ?? cause.message}${causes(cause)}`
    : '';
}
