/**
 * SQL: the person is active, and this read, if they are not in it, completes the number of reads in a row
 * that must miss them. For an identity (alias i) of the source and its user (alias u); `times` is SQL.
 */
export function missedAgain(times: string): string {
  return `u.status = 'active' and i.missing_reads + 1 >= ${times}`;
}

/**
 * SQL: absence does not deactivate the user (alias u): a person set the status, or the user is protected.
 */
export const KEPT_FROM_ABSENCE = `(u.protected or 'status' = any(u.sticky))`;
