import type { Tx } from '../../database/db';
import { messageCode, nextNumber } from '../../runs/lines';

/**
 * Says what has to be done first about merges of `unmerging` that stay: a key that somebody else has, and
 * newer merges. One message for each kind; the first of them by name.
 */
export async function reportObstacles(tx: Tx, runId: string): Promise<void> {
  await tx.query(NO_KEY(runId));
  await tx.query(NEWER(runId));
}

const CALLED = (id: string): string =>
  `(select coalesce(u.code, u.login, u.email, u.display_name, u.id::text) from "user" u where u.id = ${id})`;

const NO_KEY = (runId: string): string => `
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', ${nextNumber(runId)} + 1, null, null, ${messageCode('unmerge_no_key')},
    jsonb_build_object('merges', n, 'merge', merge_id, 'user', keyless,
      'who', (select coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), ''),
        u.code, u.login, u.email) from "user" u where u.id = keyless),
      'holder', ${CALLED('blocker')})
  from (select *, count(*) over ()::int as n from unmerging where problem = 'no_key_left'
    order by place limit 1) o`;

const NEWER = (runId: string): string => `
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', ${nextNumber(runId)} + 1, null, null, ${messageCode('unmerge_newer_first')},
    jsonb_build_object('merges', n, 'merge', blocker)
  from (select *, count(*) over ()::int as n from unmerging where problem = 'merged_later'
    order by place limit 1) o`;
