import { Context } from '@temporalio/activity';
import type { Renderer } from '../connectors/delivery/render/index';
import { Fault } from '../domain/faults';
import type { CampaignTrouble } from '../domain/letters/campaignDocument';
import type { Db } from '../store/database/db';
import {
  finishCampaign,
  lookAhead,
  openCampaign,
  pauseCampaign,
  readForSending,
  type SentCampaign,
} from '../store/letters/deliveries/campaign';
import { Lane, type LaneDeps } from './delivery/lane';
import { Post, type MailPart } from './delivery/post';
import { BEAT_MS, type EdgeLog } from './edge';
import { diagnose, toFailure } from './failures';
import { publicFailure } from './publicFailure';
import type { CampaignActivities, Delivered, DeliveryActivities } from './types';
import { requireKey } from '../store/sources/secrets';

export interface DeliveryDeps {
  readonly db: Pick<Db, 'pool'>;
  readonly log: EdgeLog;
  readonly renderer: Pick<Renderer, 'render'>;
  /** How letters are sent. @throws Fault where this worker cannot: `mail_not_configured`, `bad_smtp_url`. */
  readonly mail: () => MailPart;
  /** Aborted when the worker drains. */
  readonly stopping: AbortSignal;
  /** Shorter in tests. */
  readonly laneMs?: number;
  readonly post?: Post;
  readonly exchange?: NonNullable<LaneDeps['exchange']>;
  readonly onOutcome?: LaneDeps['onOutcome'];
}

const LANE_MS = 60_000;

/** The activities of campaigns on the queue of runs. */
export function createCampaignActivities(
  deps: Pick<DeliveryDeps, 'db' | 'log'>,
): CampaignActivities {
  const { db } = deps;
  return {
    openCampaign: ({ campaignId }) =>
      asCampaign(deps, campaignId, () => openCampaign(db, campaignId)),
    finishCampaign: ({ campaignId }) =>
      asCampaign(deps, campaignId, () => finishCampaign(db, campaignId)),
    pauseCampaign: (o) => asCampaign(deps, o.campaignId, () => pauseCampaign(db, o)),
  };
}

/** The activity on the queue of deliveries. */
export function createDeliveryActivities(deps: DeliveryDeps): DeliveryActivities {
  const post = deps.post ?? new Post();
  return {
    deliver: ({ campaignId }) =>
      asCampaign(deps, campaignId, async () => {
        const context = Context.current();
        const beat = setInterval(() => {
          context.heartbeat();
        }, BEAT_MS);
        try {
          context.heartbeat();
          return await deliverFor(deps, { campaignId, post });
        } finally {
          clearInterval(beat);
        }
      }),
  };
}

/** Claims and sends for up to a minute; what is on the wire ends, and its outcome is in, before it returns. */
export async function deliverFor(
  deps: DeliveryDeps,
  { campaignId, post }: { readonly campaignId: string; readonly post: Post },
): Promise<Delivered> {
  const { db } = deps;
  const found = await ready(deps, campaignId);
  if (found !== null) {
    const lane = new Lane(
      { ...deps, post, mail: found.mail, laneMs: deps.laneMs ?? LANE_MS },
      { campaignId, campaign: found.campaign },
    );
    await lane.run();
  }
  const { state, counts, ready: isReady, waitUntil } = await lookAhead(db, campaignId);
  const backoff = post.backoffUntil > Date.now() ? post.backoffUntil : null;
  return { state, counts, waitUntil: isReady ? backoff : waitUntil };
}

/** What to send and how; `null`: the campaign is not running. What does not pass pauses it. */
async function ready(
  { db, mail }: DeliveryDeps,
  campaignId: string,
): Promise<{ readonly campaign: SentCampaign; readonly mail: MailPart } | null> {
  try {
    const campaign = await readForSending(db.pool, campaignId);
    if (campaign.state !== 'running') return null;
    const part = mail();
    requireKey(part.keys, 'letters');
    return { campaign, mail: part };
  } catch (error) {
    const trouble = settingTrouble(error);
    if (trouble === null) throw error;
    await pauseCampaign(db, { campaignId, trouble });
    return null;
  }
}

/** Faults that stay until a person changes a setting, or the rights of the sender. */
function settingTrouble(error: unknown): CampaignTrouble | null {
  if (!(error instanceof Fault)) return null;
  return ['usage', 'state', 'forbidden'].includes(error.kind) ? { code: error.code } : null;
}

/** Casts what is thrown: a failure carries a code and the campaign's id, and nothing else. */
async function asCampaign<T>(
  { log }: Pick<DeliveryDeps, 'log'>,
  campaignId: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const diagnosis = diagnose(error);
    const { code } = diagnosis;
    log.warn({ campaignId, code, ...publicFailure(error) }, 'an activity of a campaign failed');
    throw toFailure(diagnosis, `of campaign ${campaignId}`);
  }
}
