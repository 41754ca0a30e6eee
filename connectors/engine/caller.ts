import { Fault } from '../../domain/faults';
import type { Authenticator } from './auth';
import type { Decoded } from './decode';
import { decode } from './decode';
import type { Judged } from './errors';
import { judge, stopFault } from './errors';
import type { Answer, Http } from '../http/http';
import { redact } from '../http/redact';
import type { Ask } from './requests';
import { buildCall } from './requests';
import type { Resolved } from '../declaration/settings';
import type { Connector } from '../declaration/schema';
import { waitUntil } from './waits';

/** The result of one call. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly body: unknown }
  | Wait
  | { readonly kind: 'restart'; readonly reason: string }
  | { readonly kind: 'full'; readonly reason: string }
  /** The vendor reports, by an error, that there is nothing (more). */
  | { readonly kind: 'end' }
  | { readonly kind: 'empty' };

export interface Wait {
  readonly kind: 'wait';
  /** Epoch ms. */
  readonly until: number;
  readonly reason: string;
  /** The vendor asked for it: every caller with this credential should respect it. */
  readonly throttled: boolean;
}

/** Called before each call: epoch ms until which to wait, or null. */
export type Turn = () => Promise<number | null>;

export interface CallerInput {
  readonly source: Resolved;
  readonly http: Http;
  readonly auth: Authenticator;
  readonly clock: () => number;
  readonly random: () => number;
  readonly turn?: Turn | undefined;
}

export interface Caller {
  /**
   * Calls once (twice when a token had to be renewed). `tries`: how often this failed before; `judgeAs`:
   * statuses that are answers here, such as 404 for one person.
   *
   * @throws Fault when another try cannot help, or did not.
   */
  ask(ask: Ask, tries: number, judgeAs?: ReadonlySet<number>): Promise<Outcome>;
  /** A wait after an answer that could not be used; null when it was tried often enough. */
  retry(tries: number, reason: string, answer: Answer): Wait | null;
  /** The address of a call: its links are relative to it. */
  url(ask: Ask): string;
  now(): number;
  /** Calls made so far. */
  calls(): number;
}

const MAX_TRIES = 6;
/** Being throttled is no failure, but it may not go on for ever either. */
const MAX_THROTTLED = 50;

/** Makes calls, and interprets the answers as the declaration says. */
export function openCaller(input: CallerInput): Caller {
  const { source, http, auth, clock } = input;
  const { connector } = source;
  const state = { calls: 0 };

  const send = async (ask: Ask): Promise<Sent> => {
    const headers = await auth.headers();
    state.calls++;
    const answer = await http.call(buildCall(source, ask, headers, auth.secrets()));
    return { answer, decoded: decode(answer, ask.request.decode ?? 'json') };
  };

  const again = (tries: number, reason: string, answer: Answer | null): Wait => ({
    kind: 'wait',
    until: waitUntil({
      limits: connector.limits,
      answer,
      tries,
      now: clock(),
      random: input.random,
    }),
    reason,
    throttled: reason === 'throttled',
  });

  const ask: Caller['ask'] = async (what, tries, judgeAs) => {
    const turn = await input.turn?.();
    if (turn != null && turn > clock()) {
      return { kind: 'wait', until: turn, reason: 'budget', throttled: false };
    }
    const maxTries = connector.limits.maxTries ?? MAX_TRIES;
    let sent;
    let judged;
    try {
      sent = await send(what);
      judged = judge(connector, sent.answer, sent.decoded);
      if (judged.then === 'refreshAuth' && judgeAs?.has(401) !== true && auth.refresh()) {
        sent = await send(what);
        judged = judge(connector, sent.answer, sent.decoded);
      }
    } catch (error) {
      if (error instanceof Fault && error.kind === 'unavailable' && tries + 1 < maxTries) {
        return again(tries, error.code, null);
      }
      throw clean(error, auth.secrets());
    }
    return outcomeOf({ connector, again, secrets: auth.secrets }, sent, { judged, tries, judgeAs });
  };
  return {
    ask,
    retry: (tries, reason, answer) =>
      tries + 1 < (connector.limits.maxTries ?? MAX_TRIES) ? again(tries, reason, answer) : null,
    url: (what) => buildCall(source, what, {}, []).url,
    now: clock,
    calls: () => state.calls,
  };
}

function outcomeOf(context: Judging, { answer, decoded }: Sent, tried: Tried): Outcome {
  const { connector, again } = context;
  const { judged, tries, judgeAs } = tried;
  const maxTries = connector.limits.maxTries ?? MAX_TRIES;
  if (judgeAs?.has(answer.status) === true) {
    return { kind: 'answer', answer, body: decoded.ok ? decoded.body : null };
  }
  const host = `${connector.name} answered ${String(answer.status)}`;
  switch (judged.then) {
    case 'ok':
      return { kind: 'answer', answer, body: decoded.ok ? decoded.body : null };
    case 'throttled':
      if (tries + 1 < MAX_THROTTLED) return again(tries, 'throttled', answer);
      break;
    case 'retry': {
      const reason = decoded.ok ? `status_${String(answer.status)}` : 'source_not_data';
      if (tries + 1 < maxTries) return again(tries, reason, answer);
      break;
    }
    case 'restartListing':
      return { kind: 'restart', reason: `${host}: its list cannot be gone on with.` };
    case 'fullRead':
      return { kind: 'full', reason: `${host}: it no longer knows the place to go on from.` };
    case 'endOfList':
      return { kind: 'end' };
    case 'emptyOk':
      return { kind: 'empty' };
    case 'refreshAuth':
    case 'stopConfig':
    case 'stopBug':
      break;
  }
  const then = judged.then === 'throttled' ? 'retry' : judged.then;
  throw clean(
    stopFault(then, { connector, answer, decoded, next: judged.next }),
    context.secrets(),
  );
}

interface Judging {
  readonly connector: Connector;
  readonly again: (tries: number, reason: string, answer: Answer | null) => Wait;
  readonly secrets: () => readonly string[];
}

interface Sent {
  readonly answer: Answer;
  readonly decoded: Decoded;
}

interface Tried {
  readonly judged: Judged;
  readonly tries: number;
  readonly judgeAs: ReadonlySet<number> | undefined;
}

/** The fault without any secret that a vendor may have echoed. */
function clean(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Fault)) return error;
  const message = redact(error.message, secrets);
  if (message === error.message) return error;
  const next = error.next === undefined ? {} : { next: error.next };
  return new Fault(error.kind, { code: error.code, message, ...next });
}
