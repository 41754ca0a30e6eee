import { READ_KINDS } from '../../domain/runs/run';
import type { Queryable } from '../database/db';
import { indexed } from '../database/indexed';
import { sqlList } from '../database/sqlList';
import { messageCode, nextNumber } from '../runs/lines';

/** Later reads that are looked at, beside the last complete one. */
const MAX_READS = 3;

/**
 * Says how many of the people whom an undo deactivates are in later reads of the source: the undo of an old
 * read takes away people who are still there. Called once the undo has its entries.
 */
export async function reportListedLater(
  tx: Queryable,
  o: { readonly runId: string; readonly sourceId: string; readonly undone: string },
): Promise<void> {
  await tx.query(GONE, [o.runId, o.sourceId]);
  await indexed(tx, 'gone', ['external_id', 'email_key']);
  await tx.query(
    `with later as (
       (select id from run where source_id = $2 and id > $3 and kind in ${sqlList(READ_KINDS)}
          and applied_at is not null order by id desc limit ${String(MAX_READS)})
       union
       select last_good_run_id from source where id = $2 and last_good_run_id > $3
     ), listed as (
       select g.id from staged_row s join gone g on g.external_id = s.external_id
       where s.run_id in (select id from later)
       union
       select g.id from staged_row s join gone g on g.email_key = s.email_key
       where s.external_id is null and s.run_id in (select id from later)
     ), total as (
       select count(*)::int as people from listed
     )
     insert into run_message (run_id, n, line, "column", code, facts)
     select $1::uuid, ${nextNumber(o.runId)} + 1, null, null, ${messageCode('listed_later')},
       jsonb_build_object('run', $1::uuid::text, 'people', people, 'source', s.name)
     from total join source s on s.id = $2 where people > 0`,
    [o.runId, o.sourceId, o.undone],
  );
}

/** The people whom the undo deactivates, by each number that the source knows them under. */
const GONE = `
  create temp table gone on commit drop as
  select u.id, u.email_key, i.external_id
  from plan_entry p join "user" u on u.id = p.user_id
  left join identity i on i.source_id = $2 and i.user_id = u.id
  where p.run_id = $1 and p.action = 'deactivate'`;
