import { Fault } from '../../../domain/faults';
import { ID_PATTERN, byPrefix } from '../../../domain/ids';
import type {
  CampaignDocument,
  CampaignTrouble,
  HeldCampaignGate,
} from '../../../domain/letters/campaignDocument';
import { nextOfCampaign } from '../../../domain/letters/campaignNext';
import type { CampaignKind, CampaignState } from '../../../domain/letters/campaigns';
import type { DeliveryCounts } from '../../../domain/letters/deliveries';
import type { Queryable } from '../../database/db';
import { deliveryCounts } from './counts';

/** Only the campaigns that this admin sent. */
export interface OwnCampaigns {
  readonly actorId: string;
}

interface Row {
  readonly campaignId: string;
  readonly kind: CampaignKind;
  readonly letter: string | null;
  readonly subject: string | null;
  readonly state: CampaignState;
  readonly recipients: number;
  readonly held: readonly HeldCampaignGate[];
  readonly trouble: CampaignTrouble | null;
  readonly sink: boolean;
  readonly sendAt: Date | null;
  readonly timeZone: string | null;
  readonly perMinute: number | null;
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

const SELECT = `
  select c.id as "campaignId", c.kind, l.name as letter,
    coalesce(c.content ->> 'subject', c.content ->> 'title', c.content -> 'letter' ->> 'subject') as subject,
    c.state, c.recipients, c.held, c.trouble, c.sink, c.send_at as "sendAt", c.time_zone as "timeZone",
    c.per_minute as "perMinute", a.name as "createdBy", b.name as "approvedBy",
    c.created_at as "createdAt", c.started_at as "startedAt", c.finished_at as "finishedAt"
  from campaign c
  join admin a on a.id = c.actor_id
  left join admin b on b.id = c.approved_by
  left join letter l on l.id = c.letter_id`;

/** SQL: the campaign `c` is one that the actor reaches; `actor`: the id as a parameter, null for all. */
function own(actor: string): string {
  return `(${actor}::uuid is null or c.actor_id = ${actor})`;
}

function documentOf(row: Row, counts: DeliveryCounts): CampaignDocument {
  const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
  return {
    campaignId: row.campaignId,
    kind: row.kind,
    letter: row.letter,
    subject: row.subject ?? '',
    state: row.state,
    counts,
    recipients: row.recipients,
    held: row.held,
    trouble: row.trouble,
    sink: row.sink,
    sendAt: iso(row.sendAt),
    timeZone: row.timeZone,
    perMinute: row.perMinute,
    createdBy: row.createdBy,
    approvedBy: row.approvedBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
    next: nextOfCampaign({ ...row, counts }),
  };
}

async function documentsOf(db: Queryable, rows: readonly Row[]): Promise<CampaignDocument[]> {
  const countsOf = await deliveryCounts(
    db,
    rows.map(({ campaignId }) => campaignId),
  );
  return rows.map((row) => documentOf(row, countsOf(row.campaignId)));
}

const WHOLE = new RegExp(ID_PATTERN);

/** A campaign that was found by its id. */
export interface FoundCampaign {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** When its deliveries were removed; `null`: they are there. */
  readonly forgottenAt: Date | null;
}

/**
 * The campaign of this id, or of a beginning that only it has. One that the actor does not reach is not found,
 * in the same words as one that does not exist. Faults: `not_found`, `usage`.
 */
export async function findCampaign(
  db: Queryable,
  prefix: string,
  reach: OwnCampaigns | null,
): Promise<FoundCampaign> {
  return byPrefix(prefix, {
    find: (text) => campaignsNamed(db, text, reach),
    missing: () => campaignNotFound(prefix),
    several: () =>
      new Fault('usage', {
        code: 'campaign_ambiguous',
        message: `More than one campaign begins with ${prefix}.`,
        next: { do: 'listCampaigns' },
      }),
  });
}

async function campaignsNamed(
  db: Queryable,
  text: string,
  reach: OwnCampaigns | null,
): Promise<readonly FoundCampaign[]> {
  const values = [WHOLE.test(text) ? text : `${text}%`, reach?.actorId ?? null];
  // By the primary key where the id is whole: a waiting client asks four times a second.
  const named = WHOLE.test(text) ? 'c.id = $1::uuid' : 'c.id::text like $1';
  const { rows } = await db.query<FoundCampaign>(
    `select c.id as "campaignId", c.state, c.forgotten_at as "forgottenAt" from campaign c where ${named} and ${own('$2')}
     order by c.id desc limit 2`,
    values,
  );
  return rows;
}

/** There is no such campaign, or it is not for the actor to see. */
export function campaignNotFound(id: string): Fault {
  return new Fault('not_found', {
    code: 'campaign_not_found',
    message: `There is no campaign ${id}.`,
    next: { do: 'listCampaigns' },
  });
}

/** Throws Fault `state` (`campaign_forgotten`) where the deliveries of a campaign were removed. */
export function requireDeliveries({
  campaignId,
  forgottenAt,
}: Pick<FoundCampaign, 'campaignId' | 'forgottenAt'>): void {
  if (forgottenAt === null) return;
  const day = forgottenAt.toISOString().slice(0, 10);
  throw new Fault('state', {
    code: 'campaign_forgotten',
    message:
      `The deliveries of campaign ${campaignId} were removed on ${day}; only what they counted is kept ` +
      '(ROLLCALL_RETAIN_DELIVERIES_DAYS).',
    next: { do: 'showCampaign', campaign: campaignId },
  });
}

/** The document of a campaign. @throws Fault not_found */
export async function campaignDocument(
  db: Queryable,
  campaignId: string,
): Promise<CampaignDocument> {
  const { rows } = await db.query<Row>(`${SELECT} where c.id = $1`, [campaignId]);
  const [document] = await documentsOf(db, rows);
  if (document === undefined) throw campaignNotFound(campaignId);
  return document;
}

/** Campaigns, newest first. `before`: the campaign that the page before ended with. */
export async function selectCampaigns(
  db: Queryable,
  o: {
    readonly state?: CampaignState;
    readonly limit: number;
    readonly before?: string;
    readonly reach: OwnCampaigns | null;
  },
): Promise<CampaignDocument[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} where ($1::campaign_state is null or c.state = $1) and ($2::uuid is null or c.id < $2)
       and ${own('$3')} order by c.id desc limit $4`,
    [o.state ?? null, o.before ?? null, o.reach?.actorId ?? null, o.limit],
  );
  return documentsOf(db, rows);
}
