import type { MessageCode } from '../../domain/runs/messages';
import { GAVE_WAY } from '../../domain/runs/run';
import { sqlList } from '../database/sqlList';

/** Lines from here on are of no file: rows that were said before and are planned once more. */
export const SAID_BEFORE = 1_000_000_000;

/** SQL: the line is one of the run's own file, not of what was said before (`waiting.ts`). */
export function isOfFile(line: string): string {
  return `${line} < ${String(SAID_BEFORE)}`;
}

/** SQL: a line of the run's own file; null for what was said before. */
export function lineOfFile(line: string): string {
  return `case when ${isOfFile(line)} then ${line} end`;
}

/** SQL: the code of a message; the type holds it to the list. */
export function messageCode(code: MessageCode): string {
  return `'${code}'`;
}

/** The number of the run's last message. */
export function nextNumber(runId: string): string {
  return `(select coalesce(max(n), 0) from run_message where run_id = '${runId}')`;
}

/** SQL: another row of the read counts for the person of this staged row (alias `row`). */
export function gaveWay(row: string): string {
  return `exists (select from plan_entry w where w.run_id = ${row}.run_id and w.line = ${row}.line
    and w.action <> 'create' and w.action = 'skip' and w.reason in ${sqlList(GAVE_WAY)})`;
}
