import type { CampaignTrouble, HeldCampaignGate } from '../../../domain/letters/campaignDocument';
import {
  FINISHED_CAMPAIGNS,
  statesBefore,
  type CampaignState,
} from '../../../domain/letters/campaigns';
import type { Tx } from '../../database/db';
import { sqlList } from '../../database/sqlList';
import { alertCampaign } from '../campaignAlerts';

/** Where a campaign goes, and why. */
export interface CampaignMove {
  readonly to: CampaignState;
  /** Only a campaign in this state goes there. */
  readonly from?: CampaignState;
  /** Why it stands still; absent: a person wants it so, or it goes on. */
  readonly trouble?: CampaignTrouble;
  /** The gates that hold it; absent: those before stay. */
  readonly held?: readonly HeldCampaignGate[];
}

/**
 * Brings campaigns into another state, along {@link CAMPAIGN_STATES}: one in a state that has no way there stays
 * as it is. Returns the ids of those that moved. Lock them before.
 */
export async function moveCampaigns(
  tx: Tx,
  {
    campaignIds,
    to,
    from,
    trouble,
    held,
  }: CampaignMove & { readonly campaignIds: readonly string[] },
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update campaign set state = $2::campaign_state, trouble = $3::jsonb, held = coalesce($4::jsonb, held),
       started_at = case when $2::campaign_state = 'running' then coalesce(started_at, now()) else started_at end,
       finished_at = case when $2::campaign_state in ${sqlList(FINISHED_CAMPAIGNS)} then now() end
     where id = any ($1::uuid[]) and state in ${sqlList(statesBefore(to))}
       and ($5::campaign_state is null or state = $5)
     returning id`,
    [
      campaignIds,
      to,
      trouble === undefined ? null : JSON.stringify(trouble),
      held === undefined ? null : JSON.stringify(held),
      from ?? null,
    ],
  );
  return rows.map(({ id }) => id);
}

/** Brings a locked campaign into another state. Throws where the campaign has no way there. */
export async function moveCampaign(
  tx: Tx,
  { campaignId, ...move }: CampaignMove & { readonly campaignId: string },
): Promise<void> {
  const moved = await moveCampaigns(tx, { ...move, campaignIds: [campaignId] });
  if (moved.length === 0) throw new Error(`campaign ${campaignId} cannot become ${move.to}`);
}

/** Pauses a locked campaign for a trouble and says so, unless it does not run. */
export async function pauseForTrouble(
  tx: Tx,
  { campaignId, trouble }: { readonly campaignId: string; readonly trouble: CampaignTrouble },
): Promise<void> {
  const move = { from: 'running', to: 'paused', trouble } as const;
  const moved = await moveCampaigns(tx, { ...move, campaignIds: [campaignId] });
  if (moved.length > 0) await alertCampaign(tx, { campaignId, event: 'campaign_paused' });
}
