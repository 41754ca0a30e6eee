import { REACHED } from '../../../domain/letters/deliveries';
import type { Tx } from '../../database/db';
import { sqlList } from '../../database/sqlList';

/**
 * Plans the letter of a merged account for its survivor. `ns`: deliveries that were just closed without a
 * letter. When two users are merged amid a campaign, the survivor's delivery is skipped because the absorbed
 * account's is claimed, or the survivor had no address. Where the claim comes to nothing, only the survivor can
 * get the letter, because no merged account is claimed. Nobody gets two: a person of whom one account got the
 * letter, may have got it, or is being sent it, stays as it is.
 */
export async function planForSurvivors(
  tx: Tx,
  o: { readonly campaignId: string; readonly ns: readonly number[] },
): Promise<void> {
  if (o.ns.length === 0) return;
  const { rows } = await tx.query<{ n: number }>(
    `select s.n from delivery d
     join "user" u on u.id = d.user_id
     join delivery s on s.campaign_id = $1 and s.user_id = u.merged_into_id
     where d.campaign_id = $1 and d.n = any ($2::int[])
       and s.state = 'skipped' and s.reason in ('merged', 'no_address')
     order by s.n for update of s`,
    [o.campaignId, o.ns],
  );
  if (rows.length === 0) return;
  // A later statement: it sees what another sender closed for the same person while this one waited for the lock.
  await tx.query(
    `update delivery s set state = 'planned', reason = null, closed_at = null
     where s.campaign_id = $1 and s.n = any ($2::int[]) and s.state = 'skipped' and not exists (
       select from "user" a join delivery d on d.campaign_id = $1 and d.user_id = a.id
       where a.merged_into_id = s.user_id and d.state in ${sqlList(REACHED)})`,
    [o.campaignId, rows.map(({ n }) => n)],
  );
}
