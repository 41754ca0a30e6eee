import { Fault } from '../../../domain/faults';
import type { CampaignKind, CampaignState } from '../../../domain/letters/campaigns';
import type { HeldCampaignGate } from '../../../domain/letters/campaignDocument';
import { MAX_RECIPIENTS } from '../../../domain/letters/leftOut';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { newId, type Db, type Queryable, type Tx } from '../../database/db';
import { ensureDeliveryPartitions } from '../../database/partitions';
import type { BulkSelection } from '../../users/chosen';
import { alertCampaign } from '../campaignAlerts';
import { contentSha, lockSame, sameCampaigns, type Sameness } from './recent';
import { fateSql, notifiedSql, recentlyAmong, type People } from './recipients';

/** A campaign to be made, with everything that is frozen with it. */
export interface NewCampaign {
  readonly kind: CampaignKind;
  /** False: an announcement that is not mailed; it gets notifications and no deliveries. */
  readonly mails: boolean;
  /** `null`: a one-off, or an announcement. */
  readonly letterId: string | null;
  /** What is sent (`domain/letters/content.ts`), as it is stored in `campaign.content`. */
  readonly content: object;
  /** What of the content makes it the same as another campaign's; all of it unless given. */
  readonly judged?: object;
  /** How the recipients were asked for, without names or addresses of named ones. */
  readonly selection: object;
  readonly actorId: string;
  readonly sink: boolean;
  readonly sendAt: Date | null;
  readonly timeZone: string | null;
  readonly perMinute: number | null;
  /**
   * What happens to people who got the same within 24 hours: the campaign is refused (`sent_recently`), they
   * get it again, or they are skipped.
   */
  readonly recently: 'refuse' | 'again' | 'skip';
  /** A refusal names campaigns of this admin only; those of all unless given. */
  readonly seesOnly?: string | null;
  readonly visibleFrom?: Date | null;
  readonly visibleUntil?: Date | null;
  readonly people: BulkSelection;
  readonly properties: readonly PropertyDefinition[];
  /** The number of people that was confirmed; `null`: any. */
  readonly expect: number | null;
  /** The number of people that needs no approval; `null`: no such gate. */
  readonly gate: number | null;
}

/** A campaign as it was frozen. */
export interface FrozenCampaign {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** The people that were chosen. */
  readonly recipients: number;
  /** Those of them who are to get it. */
  readonly planned: number;
  readonly held: readonly HeldCampaignGate[];
}

/** The same, with how many people have it in their lists: 0 for a letter. */
export interface FrozenAnnouncement extends FrozenCampaign {
  readonly notified: number;
}

/** The id of a campaign to be made, with room for its deliveries: by their owner, before the transaction. */
export async function newCampaignId(db: Pick<Db, 'pool'>): Promise<string> {
  const campaignId = newId();
  await ensureDeliveryPartitions(db.pool, campaignId);
  return campaignId;
}

/**
 * Repeats `work` (three attempts in all) where one of the chosen users was merged in between: it has to look the
 * people up again, in a transaction of its own, and finds the survivor then.
 */
export async function lookingUpAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 3 || !isOfMerged(error)) throw error;
    }
  }
}

function isOfMerged(error: unknown): boolean {
  return (
    error instanceof Error && 'constraint' in error && error.constraint === 'row_of_merged_user'
  );
}

/**
 * Makes a campaign in the caller's transaction (see {@link lookingUpAgain}): its row, its content and what is to become of
 * each chosen person, all or nothing. `campaignId` comes from {@link newCampaignId}. Faults: `conflict`
 * (`sent_recently`, `nobody_to_send`), `usage` (`too_many_recipients`).
 */
export async function createCampaign(
  tx: Tx,
  o: NewCampaign & { readonly campaignId: string },
): Promise<FrozenAnnouncement> {
  const same = samenessOf(o);
  await lockSame(tx, same);
  const skipped = await skippedCampaigns(tx, o);
  const frozen = o.mails ? await freezeDeliveries(tx, o, skipped) : { recipients: 0, planned: 0 };
  const notified = o.kind === 'announcement' ? await freezeNotifications(tx, o, skipped) : 0;
  const { recipients, planned } = o.mails ? frozen : { recipients: notified, planned: notified };
  if (recipients > MAX_RECIPIENTS) throw tooMany();
  if (planned + notified === 0) throw nobody(recipients);
  const held = heldBy(o, planned);
  const state = held.length > 0 ? 'held' : o.mails ? 'planned' : 'done';
  await insertCampaign(tx, o, { same, state, held, recipients });
  if (state === 'held')
    await alertCampaign(tx, { campaignId: o.campaignId, event: 'campaign_held' });
  return { campaignId: o.campaignId, state, recipients, planned, held, notified };
}

function heldBy({ gate, expect }: NewCampaign, planned: number): readonly HeldCampaignGate[] {
  return [
    ...(gate !== null && planned > gate
      ? [{ gate: 'recipients', count: planned, limit: gate } as const]
      : []),
    ...(expect !== null && planned !== expect
      ? [{ gate: 'expect', count: planned, limit: expect } as const]
      : []),
  ];
}

async function insertCampaign(
  tx: Tx,
  o: NewCampaign & { readonly campaignId: string },
  made: Pick<FrozenCampaign, 'state' | 'held' | 'recipients'> & { readonly same: Sameness },
): Promise<void> {
  await tx.query(
    `insert into campaign (id, kind, mails, letter_id, content, content_sha, selection, actor_id, state,
       send_at, time_zone, visible_from, visible_until, per_minute, again, recipients, held, sink,
       started_at, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::campaign_state, $10, $11, $12, $13, $14, $15, $16, $17, $18,
       case when $9::text = 'done' then now() end, case when $9::text = 'done' then now() end)`,
    [
      o.campaignId,
      o.kind,
      o.mails,
      o.letterId,
      JSON.stringify(o.content),
      made.same.contentSha,
      JSON.stringify(o.selection),
      o.actorId,
      made.state,
      o.sendAt,
      o.timeZone,
      o.visibleFrom ?? null,
      o.visibleUntil ?? null,
      o.perMinute,
      o.recently === 'again',
      made.recipients,
      JSON.stringify(made.held),
      o.sink,
    ],
  );
}

/**
 * One delivery for each chosen person, numbered and written in the order of ids, in which also the locks on the
 * users are taken. People who are left out are `skipped` from the start, with the reason.
 */
async function freezeDeliveries(
  tx: Tx,
  o: People & { readonly campaignId: string },
  recent: readonly string[],
): Promise<{ readonly recipients: number; readonly planned: number }> {
  const { sql, values } = fateSql(o, recent);
  const id = `$${String(values.length + 1)}::uuid`;
  const { rowCount } = await tx.query(
    `insert into delivery (campaign_id, user_id, n, state, reason, closed_at)
     select ${id}, f.id, row_number() over (order by f.id),
       case when f.reason is null then 'planned' else 'skipped' end::delivery_state, f.reason,
       case when f.reason is not null then now() end
     from (${sql}) f order by f.id limit ${String(MAX_RECIPIENTS + 1)}`,
    [...values, o.campaignId],
  );
  const { rows } = await tx.query<{ skipped: number }>(
    `select count(*)::int as skipped from delivery where campaign_id = $1 and state = 'skipped'`,
    [o.campaignId],
  );
  const recipients = rowCount ?? 0;
  return { recipients, planned: recipients - (rows[0]?.skipped ?? 0) };
}

/** One notification for each chosen person whose account is active. Returns how many. */
async function freezeNotifications(
  tx: Tx,
  o: People & { readonly campaignId: string },
  recent: readonly string[],
): Promise<number> {
  const { sql, values } = notifiedSql(o, recent);
  const id = `$${String(values.length + 1)}::uuid`;
  const { rowCount } = await tx.query(
    `insert into notification (user_id, campaign_id)
     select f.id, ${id} from (${sql}) f order by f.id limit ${String(MAX_RECIPIENTS + 1)}`,
    [...values, o.campaignId],
  );
  if ((rowCount ?? 0) > MAX_RECIPIENTS) throw tooMany();
  return rowCount ?? 0;
}

/** The campaigns of the same letter whose people are left out. @throws Fault conflict `sent_recently` */
export async function skippedCampaigns(
  db: Queryable,
  o: People & Pick<NewCampaign, 'letterId' | 'content' | 'judged' | 'recently' | 'seesOnly'>,
): Promise<readonly string[]> {
  if (o.recently === 'again') return [];
  const recent = await sameCampaigns(db, samenessOf(o));
  if (o.recently === 'skip') return recent;
  const hit = await recentlyAmong(db, o, recent);
  if (hit === null) return [];
  const { rowCount } = await db.query(
    `select from campaign where id = $1 and ($2::uuid is null or actor_id = $2)`,
    [hit.campaign, o.seesOnly ?? null],
  );
  throw sentRecently({ ...hit, isSeen: rowCount === 1 });
}

function samenessOf(o: Pick<NewCampaign, 'kind' | 'letterId' | 'content' | 'judged'>): Sameness {
  return { kind: o.kind, letterId: o.letterId, contentSha: contentSha(o.judged ?? o.content) };
}

function sentRecently(o: {
  readonly people: number;
  readonly campaign: string;
  readonly isSeen: boolean;
}): Fault {
  const people = o.people === 1 ? '1 of these people' : `${String(o.people)} of these people`;
  if (!o.isSeen) {
    return new Fault('conflict', {
      code: 'sent_recently',
      message: `${people} got the same within the last 24 hours, or will get it. Nothing was sent.`,
      next: 'Repeat the command with --skip-recent (only the others) or --again (everybody).',
      details: { people: o.people },
    });
  }
  return new Fault('conflict', {
    code: 'sent_recently',
    message:
      `${people} got the same within the last 24 hours, or will get it, by campaign ${o.campaign}. ` +
      'Nothing was sent.',
    next: { do: 'sendToOthers', campaign: o.campaign },
    details: { people: o.people, campaignId: o.campaign },
  });
}

function nobody(chosenPeople: number): Fault {
  return new Fault('conflict', {
    code: 'nobody_to_send',
    message:
      chosenPeople === 0
        ? 'Nobody is chosen, so nothing was sent.'
        : 'None of the chosen people can get it: no account is active and has an e-mail address, ' +
          'or all of them got it already. Nothing was sent.',
    next: { do: 'listUsers' },
  });
}

function tooMany(): Fault {
  return new Fault('usage', {
    code: 'too_many_recipients',
    message: `A campaign has at most ${MAX_RECIPIENTS.toLocaleString('en')} recipients. Nothing was sent.`,
    next: 'Send it to parts of these people, one filter after the other.',
  });
}
