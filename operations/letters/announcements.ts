import { renderMarkdown } from '../../connectors/delivery/announcement/markdown';
import {
  MAX_LINK_CHARS,
  MAX_MARKDOWN_CHARS,
  MAX_TITLE_CHARS,
  type AnnouncementContent,
} from '../../domain/letters/announcement';
import { Fault } from '../../domain/faults';
import { announcementLetter } from '../../domain/letters/announcementLetter';
import type { LetterCategory } from '../../domain/letters/content';
import type { LeftOutCounts } from '../../domain/letters/leftOut';
import { visibleTimes, type VisibleTimes } from '../../domain/letters/visibleTimes';
import { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import { audit } from '../../store/database/audit';
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
  countNotified,
  countPeople,
  notifiedSql,
  samplePeople,
  type People,
} from '../../store/letters/campaigns/recipients';
import { selectProperties } from '../../store/users/properties';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { selectionOf } from '../users/selection';
import { scopeFor } from '../users/userScope';
import { seesOnly } from './campaignReach';
import { campaignFor, recentlyOf, SAMPLE_PEOPLE, type CampaignRequest } from './campaignRequest';

/** An announcement to be sent, to users by name or by a filter. */
export interface SendAnnouncement extends CampaignRequest {
  /** One line. */
  readonly title: string;
  /** Markdown; HTML in it is shown as text, and links go to https only. */
  readonly markdown: string;
  /** An https URL that belongs to it. */
  readonly link?: string;
  /** Local times (`2026-12-24T09:00`) or days; without one it is visible at once, or for ever. */
  readonly visibleFrom?: string;
  readonly visibleUntil?: string;
  /** The zone of these times; the configured one unless given. */
  readonly timeZone?: string;
  /** Also mailed to those who have an address. */
  readonly mail?: boolean;
  /** Of the mail: `optional` unless given. */
  readonly category?: LetterCategory;
  /** The number of people that was confirmed; with another number nothing is sent. */
  readonly expect?: number | null;
}

/** What is configured about sending. */
export interface AnnounceSettings {
  /** True: mails go to the local sink, not to people. */
  readonly sink: boolean;
  /** Recipients of mails that need no approval. */
  readonly gate: number;
  readonly timeZone: string;
}

/** A request, and what is configured. */
export interface Announcing {
  readonly request: SendAnnouncement;
  readonly settings: AnnounceSettings;
}

/** What sending would do, before anything is frozen. */
export interface AnnouncementPreview {
  readonly title: string;
  readonly html: string;
  readonly chosen: number;
  /** The people who get it into their lists: those whose account is active. */
  readonly recipients: number;
  /** Those of them who get it by mail, too. */
  readonly mailed: number;
  readonly leftOut: LeftOutCounts;
  /** Names of the first recipients. */
  readonly sample: readonly string[];
  readonly sink: boolean;
  /** ISO 8601 instants; `null`: at once, for ever. */
  readonly visibleFrom: string | null;
  readonly visibleUntil: string | null;
  /** True when it would be on hold until it is approved, because many people get a mail. */
  readonly needsApproval: boolean;
  /** When the mails go out, an ISO 8601 instant; `null`: at once, or there are none. */
  readonly mailsAt: string | null;
}

/** An announcement that was sent. */
export interface SentAnnouncement extends FrozenCampaign {
  readonly mails: boolean;
  /** When the mails go out, an ISO 8601 instant; `null`: at once, or there are none. */
  readonly mailsAt: string | null;
}

/** Who would get an announcement; records nothing. Faults as of {@link sendAnnouncement}. */
export async function previewAnnouncement(
  context: OperationContext,
  o: Announcing,
): Promise<AnnouncementPreview> {
  const { content, people, times } = await wanted(context, o);
  const { request, settings } = o;
  const { pool } = context.db;
  const recently = recentlyOf(request);
  const judged = judgedOf(content);
  const same = {
    ...{ ...people, letterId: null, content, judged, recently },
    seesOnly: seesOnly(context),
  };
  const left = await skippedCampaigns(pool, same);
  const counted = await countPeople(pool, people, people.mails ? left : []);
  const mailed = people.mails ? counted.planned : 0;
  return {
    title: content.title,
    html: content.html,
    chosen: counted.chosen,
    recipients: await countNotified(pool, people, left),
    mailed,
    leftOut: counted.leftOut,
    sample: await samplePeople(pool, notifiedSql(people, left), SAMPLE_PEOPLE),
    sink: people.mails && settings.sink,
    visibleFrom: times.from?.toISOString() ?? null,
    visibleUntil: times.until?.toISOString() ?? null,
    needsApproval: mailed > settings.gate,
    mailsAt: mailsAt({ mails: people.mails, from: times.from })?.toISOString() ?? null,
  };
}

/**
 * Puts an announcement into the lists of people, all or nothing. With `mail` it is mailed, too: then its
 * workflow has yet to be started. Faults: `usage` (all at once), `not_found`, `forbidden`, `conflict`
 * (`sent_recently`, `nobody_to_send`, `count_differs`).
 */
export async function sendAnnouncement(
  context: OperationContext,
  o: Announcing,
): Promise<SentAnnouncement> {
  return lookingUpAgain(async () => {
    const campaign = campaignOf(context, o, await wanted(context, o));
    const campaignId = await newCampaignId(context.db);
    const { mails } = campaign;
    return transaction(context.db, async (tx) => {
      const { notified, ...frozen } = await createCampaign(tx, { ...campaign, campaignId });
      requireExpected(o.request.expect ?? null, notified);
      await audit(tx, {
        ...actorOf(context),
        action: 'announcement.send',
        subjectType: 'campaign',
        subjectId: campaignId,
        fields: mails ? ['mail'] : [],
      });
      const at = campaign.sendAt?.toISOString() ?? null;
      return { ...frozen, recipients: notified, mails, mailsAt: at };
    });
  });
}

function campaignOf(
  context: OperationContext,
  { request, settings }: Announcing,
  { content, people, times }: Wanted,
): NewCampaign {
  const { mails } = people;
  return {
    ...campaignFor(context, { request, people }),
    content,
    judged: judgedOf(content),
    letterId: null,
    sink: mails && settings.sink,
    // Nobody reads in a mail what is not in the lists yet.
    sendAt: mailsAt({ mails, from: times.from }),
    timeZone: times.timeZone,
    perMinute: null,
    visibleFrom: times.from,
    visibleUntil: times.until,
    expect: null,
    gate: mails ? settings.gate : null,
  };
}

/** When the mails of an announcement go out; `null`: at once, or there are none. */
function mailsAt(o: { readonly mails: boolean; readonly from: Date | null }): Date | null {
  return o.mails && o.from !== null && o.from > new Date() ? o.from : null;
}

/** Two announcements are the same by title and text, whether one is mailed or not. */
function judgedOf({ title, markdown }: AnnouncementContent): object {
  return { title, markdown };
}

interface Wanted {
  readonly content: AnnouncementContent;
  readonly people: People;
  readonly times: VisibleTimes;
}

async function wanted(
  context: OperationContext,
  { request, settings }: Announcing,
): Promise<Wanted> {
  const scope = await scopeFor(context, 'announcements.send');
  const faults = new Faults();
  const content = checkedContent(request, faults);
  const now = new Date();
  const times: { found: VisibleTimes } = { found: { from: null, until: null, timeZone: null } };
  await faults.tries('visibleFrom', () => {
    times.found = visibleTimes(request, { timeZone: settings.timeZone, now });
  });
  faults.refuse();
  const people = await selectionOf(context, scope, request);
  const properties = await selectProperties(context.db.pool);
  const mails = request.mail === true;
  return {
    content,
    people: { kind: 'announcement', mails, people, properties },
    times: times.found,
  };
}

function checkedContent(request: SendAnnouncement, faults: Faults): AnnouncementContent {
  const title = request.title.trim().replace(/\s+/gu, ' ');
  const markdown = request.markdown.replace(/\r\n?/g, '\n').trim();
  if (title === '' || title.length > MAX_TITLE_CHARS || hasControls(title)) {
    faults.add('title', wrong(`The title has 1 to ${String(MAX_TITLE_CHARS)} characters.`));
  }
  const isSized = markdown !== '' && markdown.length <= MAX_MARKDOWN_CHARS;
  if (!isSized || hasControls(markdown)) {
    const most = MAX_MARKDOWN_CHARS.toLocaleString('en');
    faults.add('markdown', wrong(`The text has 1 to ${most} characters of Markdown.`));
  }
  const { html, refused } = isSized ? renderMarkdown(markdown) : { html: '', refused: [] };
  const [first] = refused;
  if (first !== undefined) {
    faults.add('markdown', wrong(`${shown(first)} is no https link: links go to https only.`));
  }
  const link = linkOf(request.link, faults);
  const content = { title, markdown, html, link };
  if (request.mail !== true) return content;
  return { ...content, letter: announcementLetter(content, request.category ?? 'optional') };
}

/** Control characters that a text may not hold; it may hold tabs and line breaks. */
function hasControls(text: string): boolean {
  return /[^\P{Cc}\n\t]/u.test(text);
}

function linkOf(given: string | undefined, faults: Faults): string | null {
  const text = given?.trim() ?? '';
  if (text === '') return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isGood = url?.protocol === 'https:' && url.username === '' && url.password === '';
  if (isGood && url.href.length <= MAX_LINK_CHARS) return url.href;
  faults.add('link', wrong(`${shown(text)} is no https URL, such as https://example.com/page.`));
  return null;
}

function wrong(message: string): Fault {
  return new Fault('usage', { code: 'bad_announcement', message, next: { do: 'helpAnnounce' } });
}

function requireExpected(expect: number | null, people: number): void {
  if (expect === null || expect === people) return;
  throw new Fault('conflict', {
    code: 'count_differs',
    message: `It would go to ${String(people)} people; confirmed were ${String(expect)}. Nothing was sent.`,
    next: { do: 'helpAnnounce' },
    details: { people },
  });
}
