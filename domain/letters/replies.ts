import type { DeliveryReason } from './deliveryReasons';
import type { DeliveryState } from './deliveries';
import type { Reply, ReplyStage } from './reply';

/**
 * What a reply means for its delivery.
 *
 * - `accepted`: the server took it.
 * - `recipient`: this recipient does not get it.
 * - `deferred`: not taken now; try this recipient again later.
 * - `refused`: refused for a reason that is the server's or the content's; as `deferred`, and ten equal ones
 *   in a row pause the campaign.
 * - `nothing`: nothing was sent, and nothing was said about the recipient; the sender waits.
 * - `perhaps`: it may have been sent. Nobody sends it again by itself.
 * - `server`: the server refuses this sender. The campaign is paused.
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
  readonly code?: number;
  /** Of the message: true once its first byte was read. */
  readonly read?: boolean;
  /** Beginnings of enhanced codes. */
  readonly enhanced?: readonly string[];
  readonly outcome: Outcome;
}

/** The stages in which a reply is about one message. */
const OF_MESSAGE = ['mail', 'rcpt', 'data', 'content'] as const satisfies readonly ReplyStage[];
const AFTER_DATA = ['data', 'content'] as const satisfies readonly ReplyStage[];

/** The outcome table: the first row that matches decides. */
export const OUTCOME_TABLE: readonly OutcomeRow[] = [
  { stages: ['content'], reply: '2xx', outcome: 'accepted' },
  { stages: ['address'], outcome: 'recipient' },
  // Policy (RFC 3463, x.7.x), such as "relay access denied": about the sender, not the mailbox.
  { stages: ['rcpt'], reply: '5xx', enhanced: ['5.7.'], outcome: 'refused' },
  { stages: ['rcpt'], reply: '5xx', outcome: 'recipient' },
  { stages: AFTER_DATA, reply: '5xx', enhanced: ['5.1.', '5.2.'], outcome: 'recipient' },
  { stages: AFTER_DATA, reply: '5xx', outcome: 'refused' },
  { stages: ['mail'], reply: '5xx', outcome: 'server' },
  { stages: ['auth'], reply: '5xx', outcome: 'server' },
  // No way to log in that both sides know.
  { stages: ['auth'], reply: 'none', outcome: 'server' },
  { stages: OF_MESSAGE, code: 421, outcome: 'deferred' },
  { stages: ['rcpt', 'data', 'content'], reply: '4xx', outcome: 'deferred' },
  { read: true, outcome: 'perhaps' },
  { outcome: 'nothing' },
];

/** What a reply means. */
export function outcomeOf(reply: Reply): Outcome {
  return OUTCOME_TABLE.find((row) => matches(row, reply))?.outcome ?? 'nothing';
}

function matches(row: OutcomeRow, { code, enhanced = '', stage, streamRead }: Reply): boolean {
  return (
    (row.stages === undefined || row.stages.includes(stage)) &&
    (row.reply === undefined || row.reply === classOf(code)) &&
    (row.code === undefined || row.code === code) &&
    (row.read === undefined || row.read === streamRead) &&
    (row.enhanced === undefined || row.enhanced.some((begin) => enhanced.startsWith(begin)))
  );
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
 * What is counted in a row: the kind of a refusal that is not the recipient's. `undefined`: it counts
 * for nothing; `null`: it ends a row.
 */
export function refusalOf(reply: Reply): string | null | undefined {
  const outcome = outcomeOf(reply);
  if (outcome === 'accepted' || outcome === 'recipient') return null;
  if (classOf(reply.code) !== '5xx') return undefined;
  return `${reply.stage} ${String(reply.code)} ${reply.enhanced ?? ''}`.trim();
}
