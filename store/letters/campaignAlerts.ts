import type { AlertData } from '../../domain/alerts/alerts';
import type { HeldCampaignGate } from '../../domain/letters/campaignDocument';
import { isAskedFor, raiseAlerts } from '../alerts/alerts';
import type { Tx } from '../database/db';

/** What may be said of a campaign. */
export type CampaignAlert = 'campaign_held' | 'campaign_paused' | 'campaign_unknown';

/** The decision after which the same event is another one, and the state that the alert says. */
const ABOUT = {
  campaign_held: { ended: 'approve', state: 'held' },
  campaign_paused: { ended: 'resume', state: 'paused' },
  campaign_unknown: { ended: 'resolve', state: 'unknown' },
} as const satisfies Record<
  CampaignAlert,
  { readonly ended: string; readonly state: AlertData['state'] }
>;

/**
 * Raises an alert of a campaign, in the transaction that makes it true: that it is held, that trouble paused it
 * (`trouble` is written already), or that deliveries became unknown. Safe to call at each of a thousand
 * deliveries: there is one alert until a person decides.
 */
export async function alertCampaign(
  tx: Tx,
  { campaignId, event }: { readonly campaignId: string; readonly event: CampaignAlert },
): Promise<void> {
  if (!(await isAskedFor(tx, event))) return;
  const { ended, state } = ABOUT[event];
  const { rows } = await tx.query<AlertedCampaign>(
    `select c.recipients, c.held, c.trouble ->> 'code' as code, (
       select count(*)::int from decision d where d.campaign_id = c.id and d.kind = $2
     ) as decided
     from campaign c where c.id = $1`,
    [campaignId, ended],
  );
  const [campaign] = rows;
  if (campaign === undefined) return;
  const { recipients, held, code, decided } = campaign;
  const data: AlertData = {
    ...{ source: null, state, campaignId, recipients },
    ...(state === 'held' ? { held } : {}),
    ...(state === 'paused' && code !== null ? { code } : {}),
    next: { do: 'showCampaign', campaign: campaignId },
  };
  const key = `${event}:${campaignId}:${String(decided)}`;
  await raiseAlerts(tx, [{ event, key, data }]);
}

interface AlertedCampaign {
  readonly recipients: number;
  readonly held: readonly HeldCampaignGate[];
  readonly code: string | null;
  /** How often a person ended what the alert is about. */
  readonly decided: number;
}
