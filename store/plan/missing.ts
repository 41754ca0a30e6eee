/**
 * SQL: the person is active, and the present read, if they are not in it, is one of so many in a row to
 * miss them. Of an identity (alias i) of the source and its user (alias u); `times` is SQL.
 */
export function missedAgain(times: string): string {
  return `u.status = 'active' and i.missing_reads + 1 >= ${times}`;
}

/** SQL: absence does not deactivate the user (alias u): a hand set the status, or the user is protected. */
export const KEPT_FROM_ABSENCE = `(u.protected or 'status' = any(u.sticky))`;
