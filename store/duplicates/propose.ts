import type { Queryable } from '../database/db';
import { messageCode } from '../runs/lines';

/**
 * Keeps the pairs of users whom the source merged, as its applied run reported them, where its setting says
 * so. What a person said about a pair stays.
 */
export async function proposeMerged(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `with merged as (
       select r.source_id, coalesce(a.merged_into_id, a.id) as a, coalesce(b.merged_into_id, b.id) as b
       from run r
       join source s on s.id = r.source_id and s.settings ->> 'mergedPeople' = 'propose'
       join run_message m on m.run_id = r.id and m.code = ${messageCode('merged_at_source')}
       join "user" a on a.id = (m.facts ->> 'user')::uuid
       join "user" b on b.id = (m.facts ->> 'into')::uuid
       where r.id = $1
     )
     insert into user_pair (user_a, user_b, state, reasons, source_id)
     select distinct least(a, b), greatest(a, b), 'proposed'::pair_state, array['merged_at_source'], source_id
     from merged where a <> b
     on conflict (user_a, user_b) do nothing`,
    [runId],
  );
}
