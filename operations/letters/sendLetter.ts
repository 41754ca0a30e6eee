import type { Renderer, RendererOptions } from '../../connectors/delivery/render';
import { Fault } from '../../domain/faults';
import { MAX_RECIPIENTS, type LeftOutCounts } from '../../domain/letters/leftOut';
import type { LetterContent } from '../../domain/letters/content';
import { sendTime, type SendTime } from '../../domain/letters/sendTime';
import type { UserScope } from '../../domain/permissions';
import { audit, type AuditChanges, type AuditEvent } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import {
  createCampaign,
  lookingUpAgain,
  newCampaignId,
  skippedCampaigns,
  type FrozenCampaign,
  type NewCampaign,
} from '../../store/letters/campaigns/freeze';
import {
  countPeople,
  plannedSql,
  samplePeople,
  type People,
} from '../../store/letters/campaigns/recipients';
import { countSuppressed } from '../../store/letters/campaigns/suppressed';
import type { MissingValue } from '../../store/letters/missing';
import type { Keyring } from '../../store/sources/secrets';
import { selectProperties } from '../../store/users/properties';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { selectionOf } from '../users/selection';
import { scopeFor } from '../users/userScope';
import { campaignFor, recentlyOf, SAMPLE_PEOPLE, type CampaignRequest } from './campaignRequest';
import { seesOnly } from './campaignReach';
import { contentToSend, missingValues, type WhatToSend } from './letterToSend';
import { withRenderer } from './letterValues';

export type { MissingValue } from '../../store/letters/missing';
export type { FrozenCampaign } from '../../store/letters/campaigns/freeze';

/** A letter to be sent, to users by name or by a filter. */
export interface SendLetter extends CampaignRequest, WhatToSend {
  /** Local time, such as `2026-12-24T09:00`; at once unless given. */
  readonly at?: string;
  /** The zone of that time; the configured one unless given. */
  readonly timeZone?: string;
  /** Letters a minute at most. */
  readonly perMinute?: number;
  /** The number of people that was confirmed to get it; with another number the campaign is put on hold. */
  readonly expect?: number | null;
  /** Raises the gate `recipients` for this campaign; `reason` says why. */
  readonly gate?: number;
  readonly reason?: string;
}

/** What is configured about sending. */
export interface SendSettings extends Keyring {
  /** True: letters go to the local sink, not to people. */
  readonly sink: boolean;
  /** Recipients that need no approval. */
  readonly gate: number;
  /** Another admin than the sender has to approve what the gate holds. */
  readonly twoPeople: boolean;
  readonly timeZone: string;
  /** How the letter is rendered for its checks. */
  readonly rendering?: RendererOptions;
}

/** What sending would do, before anything is frozen. */
export interface LetterPreview {
  /** The name of the letter; `null`: a one-off. */
  readonly letter: string | null;
  readonly subject: string;
  readonly chosen: number;
  /** The people who would get it. */
  readonly recipients: number;
  readonly leftOut: LeftOutCounts;
  /** Recipients whose address is suppressed: they are skipped when it is sent. */
  readonly suppressed: number;
  /** Names of the first recipients. */
  readonly sample: readonly string[];
  /** Values that some of the recipients do not have. */
  readonly missing: readonly MissingValue[];
  readonly sink: boolean;
  /** `null`: at once. */
  readonly sendAt: string | null;
  readonly timeZone: string | null;
  /** True when it would be put on hold until it is approved. */
  readonly needsApproval: boolean;
}

/** A request, and what is configured. */
export interface Sending {
  readonly request: SendLetter;
  readonly settings: SendSettings;
}

/**
 * Who would get a letter, and what is special about them; records nothing. Faults: `usage`, `not_found`,
 * `forbidden`, `conflict` (`sent_recently`).
 */
export async function previewLetter(context: OperationContext, o: Sending): Promise<LetterPreview> {
  const scope = await scopeFor(context, 'letters.send');
  return withRenderer(o.settings.rendering ?? {}, (renderer) =>
    preview(context, scope, { ...o, renderer }),
  );
}

/** With one renderer for its check and its gaps: each starts a thread. */
async function preview(
  context: OperationContext,
  scope: UserScope,
  o: Sending & { readonly renderer: Renderer },
): Promise<LetterPreview> {
  const { request, settings, renderer } = o;
  const { people, content, time, ...wanted } = await wantedCampaign(context, scope, o);
  const db = context.db.pool;
  const { letterId } = wanted;
  const recently = recentlyOf(request);
  const left = await skippedCampaigns(db, {
    ...{ ...people, letterId, content, recently },
    seesOnly: seesOnly(context),
  });
  const counted = await countPeople(db, people, left);
  const suppressible = { people, keys: settings.keys, category: content.category };
  const { expect } = request;
  const isOther = expect !== undefined && expect !== null && expect !== counted.planned;
  return {
    letter: wanted.letter,
    subject: content.subject,
    chosen: counted.chosen,
    recipients: counted.planned,
    leftOut: counted.leftOut,
    suppressed: await countSuppressed(db, suppressible, left),
    sample: await samplePeople(db, plannedSql(people, left), SAMPLE_PEOPLE),
    missing: await missingValues(context, { content, people, recent: left, renderer }),
    sink: settings.sink,
    sendAt: time?.at.toISOString() ?? null,
    timeZone: time?.timeZone ?? null,
    needsApproval: counted.planned > gateOf(request, settings) || isOther,
  };
}

/**
 * Makes a campaign of a letter: its content and what is to become of each person are frozen, in one
 * transaction. Its workflow has yet to be started. Faults as of {@link previewLetter}, and `conflict`
 * (`nobody_to_send`).
 */
export async function sendLetter(context: OperationContext, o: Sending): Promise<FrozenCampaign> {
  const scope = await scopeFor(context, 'letters.send');
  return lookingUpAgain(async () => {
    const wanted = await withRenderer(o.settings.rendering ?? {}, (renderer) =>
      wantedCampaign(context, scope, { ...o, renderer }),
    );
    const campaign = campaignOf(context, o, wanted);
    const campaignId = await newCampaignId(context.db);
    return transaction(context.db, async (tx) => {
      const { notified: _, ...frozen } = await createCampaign(tx, { ...campaign, campaignId });
      await audit(tx, { ...sentEvent(context, o.request), subjectId: campaignId });
      return frozen;
    });
  });
}

function campaignOf(
  context: OperationContext,
  { request, settings }: Sending,
  { people, time, letterId, content }: Wanted,
): NewCampaign {
  return {
    ...campaignFor(context, { request, people }),
    letterId,
    content,
    sink: settings.sink,
    sendAt: time?.at ?? null,
    timeZone: time?.timeZone ?? null,
    perMinute: request.perMinute ?? null,
    expect: request.expect ?? null,
    gate: gateOf(request, settings),
  };
}

function sentEvent(
  context: OperationContext,
  { gate, reason, recently }: SendLetter,
): Omit<AuditEvent, 'subjectId'> {
  const changes: AuditChanges = {
    ...(gate === undefined ? {} : { gate: [null, gate] }),
    ...(reason === undefined ? {} : { reason: [null, reason] }),
    ...(recently === 'again' ? { again: [null, true] } : {}),
  };
  return { ...actorOf(context), action: 'campaign.create', subjectType: 'campaign', changes };
}

interface Wanted {
  readonly letterId: string | null;
  readonly letter: string | null;
  readonly content: LetterContent;
  readonly people: People;
  readonly time: SendTime | null;
}

/** The request, checked and looked up. */
async function wantedCampaign(
  context: OperationContext,
  scope: UserScope,
  { request, settings, renderer }: Sending & { readonly renderer: Renderer },
): Promise<Wanted> {
  checkNumbers(request, settings);
  const time = timeOf(request, settings);
  const what = await contentToSend(context, request, renderer);
  const properties = await selectProperties(context.db.pool);
  const people = await selectionOf(context, scope, request);
  return { ...what, people: { kind: 'letter', mails: true, people, properties }, time };
}

function timeOf({ at, timeZone }: SendLetter, settings: SendSettings): SendTime | null {
  if (at !== undefined) {
    return sendTime({ local: at, timeZone: timeZone ?? settings.timeZone, now: new Date() });
  }
  if (timeZone === undefined) return null;
  throw new Fault('usage', {
    code: 'bad_time_zone',
    message: 'A time zone says when to send: give a time (--at) with it.',
  });
}

function checkNumbers({ perMinute, gate, reason }: SendLetter, { twoPeople }: SendSettings): void {
  if (perMinute !== undefined && (!Number.isInteger(perMinute) || perMinute < 1)) {
    throw new Fault('usage', {
      code: 'bad_number',
      message: 'Letters a minute are a whole number from 1 on.',
    });
  }
  if (gate === undefined) return;
  if (!Number.isInteger(gate) || gate < 0 || gate > MAX_RECIPIENTS) {
    throw new Fault('usage', {
      code: 'bad_number',
      message: `The gate recipients is a whole number up to ${String(MAX_RECIPIENTS)}.`,
    });
  }
  if ((reason ?? '').trim() === '') {
    throw new Fault('usage', {
      code: 'reason_needed',
      message: 'Say why the gate recipients is raised (--reason).',
    });
  }
  if (!twoPeople) return;
  throw new Fault('forbidden', {
    code: 'two_people_needed',
    message:
      'Another admin has to approve what goes to many people (ROLLCALL_CAMPAIGN_TWO_PEOPLE), ' +
      'so the gate recipients cannot be raised.',
    next: 'Send it without --gate; another admin approves it.',
  });
}

/** The gate is only raised: a smaller number changes nothing. */
function gateOf({ gate }: SendLetter, settings: SendSettings): number {
  return Math.max(settings.gate, gate ?? 0);
}
