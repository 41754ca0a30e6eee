/**
 * SQLSTATE classes and codes (Postgres documentation, appendix A) of faults that another try may
 * get past: broken connections, a server that stops or starts, too few resources, lost races, a
 * statement that was cancelled from outside, a primary that became read-only in a fail-over.
 */
const PASSING_SQLSTATE = /^(08...|53...|57P0.|57014|40001|40P01|55P03|58030|25006)$/;
/** Errors of Node's sockets and resolver. */
const PASSING_ERRNO =
  /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/**
 * Prisma: cannot reach the server, timed out, connection closed, no connection in the pool, write
 * conflict.
 */
const PASSING_PRISMA = /^(P1001|P1002|P1008|P1017|P2024|P2034)$/;
/** Errors to which node-postgres gives no code. */
const PASSING_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout)/;

/** True for an error of the database, or on the way to it, that another try may get past. */
export function isPassing(error: unknown): boolean {
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
