import { Fault } from './faults';
import { troubleOfState, type Trouble } from './troubles';

const POOL_EXHAUSTED = troubleOfState('P2024', 'Unable to start a transaction');
const OUT_OF_REACH = troubleOfState('08006', '');

/** Errors of Node's sockets and resolver. */
const SOCKET_ERROR = /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** Errors to which node-postgres (8.23) and pg-pool (3.14) give no code. */
const BROKEN =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout)/;
const NO_CONNECTION = /^timeout exceeded when trying to connect/;

/** A trouble of the database, and what the database said itself. */
export interface FoundTrouble extends Trouble {
  /** The database's own sentence; names objects of the database, never values. Or empty. */
  readonly detail: string;
}

/**
 * The trouble of the database that an error stands for. `undefined`: the error is no such trouble.
 * Knows errors of node-postgres, of its pool, of sockets, and of Prisma, which keeps the SQLSTATE in
 * `meta.driverAdapterError.cause` (7.10).
 */
export function troubleOf(error: unknown): FoundTrouble | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const row = troubleHere(at);
    if (row !== undefined) return { ...row, detail: firstLine(originalMessage(at) ?? at.message) };
  }
  return undefined;
}

function troubleHere(error: Error): Trouble | undefined {
  const state = sqlStateOf(error);
  const row =
    state === undefined
      ? undefined
      : troubleOfState(state, originalMessage(error) ?? error.message);
  if (row !== undefined) return row;
  if (NO_CONNECTION.test(error.message)) return POOL_EXHAUSTED;
  if (BROKEN.test(error.message) || SOCKET_ERROR.test(codeOf(error))) return OUT_OF_REACH;
  // A host with several addresses: Node throws one error that carries one per address.
  if (error instanceof AggregateError && error.errors.some((one) => troubleOf(one) !== undefined)) {
    return OUT_OF_REACH;
  }
  return undefined;
}

/** True for an error of the database, or on the way to it, that another try may get past. */
export function isPassing(error: unknown): boolean {
  return troubleOf(error)?.passes === true;
}

/** The fault of a trouble of the database; undefined for any other error. */
export function databaseFault(error: unknown): Fault | undefined {
  const trouble = troubleOf(error);
  if (trouble === undefined) return undefined;
  const { kind, code, next } = trouble;
  return new Fault(kind, { code, message: troubleText(trouble), next, cause: error });
}

/** What happened, and the database's own words. */
export function troubleText({ says, detail }: FoundTrouble): string {
  return detail === '' ? `${says}.` : `${says}: ${detail.replace(/\.$/, '')}.`;
}

/**
 * The SQLSTATE of an error of node-postgres or of Prisma; Prisma's own code where there is no
 * SQLSTATE; else undefined.
 */
export function sqlStateOf(error: unknown): string | undefined {
  const original = adapterError(error)?.['originalCode'];
  if (typeof original === 'string') return original;
  const code = codeOf(error);
  return /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The `code` of a system or database error, or an empty string. */
export function codeOf(error: unknown): string {
  const code = record(error)?.['code'];
  return typeof code === 'string' ? code : '';
}

/** What the database says in an error of node-postgres or of Prisma; empty where it says nothing. */
export function databaseWords(error: unknown): string {
  return originalMessage(error) ?? (error instanceof Error ? error.message : '');
}

function originalMessage(error: unknown): string | undefined {
  const message = adapterError(error)?.['originalMessage'];
  return typeof message === 'string' ? message : undefined;
}

/** What the driver adapter of Prisma knows about an error of Postgres. */
function adapterError(error: unknown): Readonly<Record<string, unknown>> | undefined {
  const meta = record(record(error)?.['meta']);
  const direct = record(error)?.['name'] === 'DriverAdapterError' ? error : undefined;
  return record(record(meta?.['driverAdapterError'] ?? direct)?.['cause']);
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Prisma's messages begin with an empty line. */
function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}
