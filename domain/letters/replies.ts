import type { DeliveryReason } from './deliveryReasons';
import type { DeliveryState } from './deliveries';
import type { Reply, ReplyStage } from './reply';

/**
 * What a reply means for its delivery.
 *
 * - `accepted`: the server took it.
 * - `recipient`: this recipient does not get it; see {@link isDoubtful}.
 * - `deferred`: not taken now; try this recipient again later.
 * - `refused`: refused for a reason that is the server's or the content's; as `deferred`, and ten equal ones
 *   in a row pause the campaign.
 * - `nothing`: nothing was sent, and nothing was said about the recipient; the sender waits.
 * - `perhaps`: it may have been sent. Nobody sends it again by itself.
 * - `server`: the server refuses this sender, or this letter whoever gets it. The campaign is paused.
 */
export const OUTCOMES = [
  'accepted',
  'recipient',
  'deferred',
  'refused',
  'nothing',
  'perhaps',
  'server',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

type ReplyClass = '2xx' | '4xx' | '5xx' | 'other' | 'none';

/** One row of the outcome table; what it leaves out matches anything. */
interface OutcomeRow {
  readonly stages?: readonly ReplyStage[];
  readonly reply?: ReplyClass;
  readonly codes?: readonly number[];
  /** Of the words of the reply: true when they quote the address of the recipient. */
  readonly quotesRecipient?: boolean;
  /** Of the message: true once its first byte was read. */
  readonly read?: boolean;
  /** Enhanced codes; one that ends with a dot is the beginning of several. */
  readonly enhanced?: readonly string[];
  readonly outcome: Outcome;
}

/** The stages in which a reply is about one message. */
const OF_MESSAGE = ['mail', 'rcpt', 'data', 'content'] as const satisfies readonly ReplyStage[];
const AFTER_MAIL = ['rcpt', 'data', 'content'] as const satisfies readonly ReplyStage[];
const AFTER_DATA = ['data', 'content'] as const satisfies readonly ReplyStage[];

/** The address is wrong, or its mailbox is gone, closed or full (RFC 3463, RFC 7505). */
const OF_MAILBOX = ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1', '5.2.2'] as const;
/** The address of the sender is none, or has no mail. */
export const OF_SENDER = ['5.1.7', '5.1.8'] as const;
/** The letter is too large, for a mailbox or for the server. */
export const TOO_LARGE = ['5.2.3', '5.3.4'] as const;
/** The server wants a login first, or takes none. */
export const OF_LOGIN = [530, 534, 535, 538] as const;
/**
 * The server does not know the command, or not here. Not 5.5.0: Outlook says it of a mailbox that does not exist;
 * and 501 is also said of an address that it does not like.
 */
const OF_COMMAND = ['5.5.1', '5.5.2', '5.5.3', '5.5.4', '5.5.6'] as const;
const OF_COMMAND_CODES = [500, 502, 503, 504] as const;

/** The outcome table: the first row that matches decides. */
export const OUTCOME_TABLE: readonly OutcomeRow[] = [
  { stages: ['content'], reply: '2xx', outcome: 'accepted' },
  { stages: ['address'], outcome: 'recipient' },
  { stages: AFTER_MAIL, reply: '5xx', enhanced: OF_MAILBOX, outcome: 'recipient' },
  { stages: AFTER_MAIL, reply: '5xx', enhanced: OF_SENDER, outcome: 'server' },
  { stages: AFTER_MAIL, reply: '5xx', enhanced: TOO_LARGE, outcome: 'server' },
  { stages: AFTER_MAIL, codes: OF_LOGIN, outcome: 'server' },
  // Postfix says 504 5.5.2 of a sender without a domain, and of such a recipient.
  { stages: ['rcpt'], codes: [504], quotesRecipient: true, outcome: 'recipient' },
  { stages: ['rcpt'], reply: '5xx', enhanced: OF_COMMAND, outcome: 'server' },
  { stages: ['rcpt'], codes: OF_COMMAND_CODES, outcome: 'server' },
  // Policy (RFC 3463, x.7.x), such as "relay access denied": about the sender, not the mailbox.
  { stages: ['rcpt'], reply: '5xx', enhanced: ['5.7.'], outcome: 'refused' },
  { stages: ['rcpt'], reply: '5xx', outcome: 'recipient' },
  { stages: AFTER_DATA, reply: '5xx', enhanced: ['5.1.', '5.2.'], outcome: 'recipient' },
  { stages: AFTER_DATA, reply: '5xx', outcome: 'refused' },
  { stages: ['mail'], reply: '5xx', outcome: 'server' },
  { stages: ['auth'], reply: '5xx', outcome: 'server' },
  // No way to log in that both sides know.
  { stages: ['auth'], reply: 'none', outcome: 'server' },
  { stages: OF_MESSAGE, codes: [421], outcome: 'deferred' },
  { stages: AFTER_MAIL, reply: '4xx', outcome: 'deferred' },
  { read: true, outcome: 'perhaps' },
  { outcome: 'nothing' },
];

/** What a reply means. */
export function outcomeOf(reply: Reply): Outcome {
  return OUTCOME_TABLE.find((row) => matches(row, reply))?.outcome ?? 'nothing';
}

function matches(row: OutcomeRow, reply: Reply): boolean {
  const { code, enhanced, stage, streamRead, quotesRecipient = false } = reply;
  return (
    (row.stages === undefined || row.stages.includes(stage)) &&
    (row.reply === undefined || row.reply === classOf(code)) &&
    (row.codes === undefined || (code !== undefined && row.codes.includes(code))) &&
    (row.quotesRecipient === undefined || row.quotesRecipient === quotesRecipient) &&
    (row.read === undefined || row.read === streamRead) &&
    (row.enhanced === undefined || isOneOf(enhanced, row.enhanced))
  );
}

/** True for an enhanced code of the list, in which one that ends with a dot is the beginning of several. */
export function isOneOf(enhanced: string | undefined, codes: readonly string[]): boolean {
  if (enhanced === undefined) return false;
  return codes.some((code) => (code.endsWith('.') ? enhanced.startsWith(code) : enhanced === code));
}

/**
 * True for a refusal of a recipient that need not be the recipient's: nothing in it says that the mailbox is the
 * reason. Exim says "550 relay not permitted" of any recipient of a sender that it does not know.
 */
export function isDoubtful(reply: Reply): boolean {
  if (outcomeOf(reply) !== 'recipient' || reply.stage === 'address') return false;
  return !isOneOf(reply.enhanced, OF_MAILBOX);
}

function classOf(code: number | undefined): ReplyClass {
  if (code === undefined) return 'none';
  const first = Math.floor(code / 100);
  return first === 2 ? '2xx' : first === 4 ? '4xx' : first === 5 ? '5xx' : 'other';
}

/** Minutes until each next try of a deferred delivery; the last is a day after the first one. */
export const RETRY_MINUTES = [5, 15, 60, 120, 240, 480, 520] as const;

/** What an attempt makes of its delivery. */
export interface Closing {
  readonly state: Exclude<DeliveryState, 'claimed' | 'bounced' | 'skipped'>;
  readonly reason: DeliveryReason | null;
  /** Of a planned one: minutes until the next try; `null`: as soon as may be. */
  readonly nextMinutes: number | null;
  /** True when it was an attempt to send to this recipient. */
  readonly counted: boolean;
}

/** Nothing was sent, and nothing is known of the recipient. */
export const UNSENT: Closing = {
  state: 'planned',
  reason: null,
  nextMinutes: null,
  counted: false,
};

/** `attempts`: those before this one. */
export function closingOf(outcome: Outcome, reply: Reply, attempts: number): Closing {
  const closed = { nextMinutes: null, counted: true } as const;
  switch (outcome) {
    case 'accepted':
      return { state: 'accepted', reason: null, ...closed };
    case 'recipient': {
      const reason = reply.stage === 'address' ? 'bad_address' : 'recipient_refused';
      return { state: 'failed', reason, ...closed };
    }
    case 'deferred':
    case 'refused': {
      const nextMinutes = RETRY_MINUTES[attempts];
      if (nextMinutes === undefined) return { state: 'failed', reason: 'no_more_tries', ...closed };
      return { state: 'planned', reason: null, nextMinutes, counted: true };
    }
    case 'perhaps':
      return { state: 'unknown', reason: 'no_reply', ...closed };
    case 'nothing':
    case 'server':
      return UNSENT;
  }
}

/** Equal refusals in a row after which the server, or the content, is taken to be the reason. */
export const MAX_EQUAL_REFUSALS = 10;

/**
 * What is counted in a row: the kind of a refusal that is not, or need not be, the recipient's, the latter with
 * its words. `undefined`: it counts for nothing; `null`: it ends a row.
 */
export function refusalOf(reply: Reply): string | null | undefined {
  const outcome = outcomeOf(reply);
  const { stage, code, enhanced = '', words = '' } = reply;
  if (outcome === 'accepted') return null;
  if (outcome === 'recipient') {
    return isDoubtful(reply) ? `${stage} ${String(code)} ${enhanced} ${words}` : null;
  }
  if (classOf(code) !== '5xx') return undefined;
  return `${stage} ${String(code)} ${enhanced}`.trim();
}
