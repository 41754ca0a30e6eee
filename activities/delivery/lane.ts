import { randomUUID } from 'node:crypto';
import type { Renderer } from '../../connectors/delivery/render/index';
import { SEND_MS } from '../../connectors/delivery/smtp/sender';
import type { CampaignTrouble } from '../../domain/letters/campaignDocument';
import type { CampaignState } from '../../domain/letters/campaigns';
import type { LetterContext } from '../../domain/letters/content';
import type { Db } from '../../store/database/db';
import { campaignState, type SentCampaign } from '../../store/letters/deliveries/campaign';
import { settleAndClaim, type SettledAndClaimed } from '../../store/letters/deliveries/claim';
import {
  LEASE_SECONDS,
  type Claimed,
  type ClaimResult,
} from '../../store/letters/deliveries/close';
import { takeTurns, type TurnBudget } from '../../store/letters/deliveries/turns';
import type { EdgeLog } from '../edge';
import { diagnose, isRetried } from '../failures';
import { publicFailure } from '../publicFailure';
import type { MailPart, Post } from './post';
import { RunningSince } from './running';
import { sendOne, unrendered, unsent } from './sendOne';
import { troubleOf } from './trouble';

export interface LaneDeps {
  readonly db: Pick<Db, 'pool'>;
  readonly log: EdgeLog;
  readonly renderer: Pick<Renderer, 'render'>;
  readonly mail: MailPart;
  readonly post: Post;
  /** Aborted when nothing more is to be claimed: the worker drains. */
  readonly stopping: AbortSignal;
  /** Milliseconds for which it claims. */
  readonly laneMs: number;
  /** Called with the outcome of each attempt. */
  readonly onOutcome?: ((outcome: NonNullable<ClaimResult['outcome']>) => void) | undefined;
  /** The store's; another one where a test breaks it, or shows what it is good for. */
  readonly exchange?: typeof settleAndClaim;
}

/** A claim must be this young when its send begins: the send may then take its time within the lease. */
const MAX_CLAIM_AGE_MS = LEASE_SECONDS * 1_000 - SEND_MS - 5_000;
/** Outcomes that are closed together, unless the oldest of them has waited for {@link CLOSE_WITHIN_MS}. */
const CLOSE_TOGETHER = 16;
const CLOSE_WITHIN_MS = 100;
/** Outcomes that are closed together when fewer letters than connections are under way. */
const CLOSE_SOON = 4;
/** Between two looks for a place while the lanes that came first hold all of them. */
const PLACE_MS = 25;
/** A wait up to this long is sat out here; a longer one gives the worker's place back. */
const SHORT_WAIT_MS = 10_000;
const AWAY_MS = 1_000;
/** Tries of a settlement that fails for a reason that does not pass. */
const MAX_BROKEN = 5;

interface LaneState {
  campaign: CampaignState;
  readonly results: ClaimResult[];
  /** Epoch ms at which the oldest result came. */
  resultAt: number;
  /** Claims of which the outcome is not known yet. */
  outstanding: number;
  /** Places of the window: at least one for each claim that the database has of this lane. */
  held: number;
  /** The highest number that was claimed. */
  last: number;
  /** True when no delivery is ready. */
  none: boolean;
  /** Epoch ms before which nothing is claimed: no turn is free, or the database was away. */
  claimAt: number;
  doubtful: readonly string[];
  /** Exchanges that failed in a row. */
  broken: number;
  pause: { readonly trouble: CampaignTrouble; readonly replan: readonly number[] } | null;
}

/** One lane: claims, sends and closes, until its time is over, nothing is ready, or the campaign stops. */
export class Lane {
  readonly #deps: LaneDeps;
  readonly #campaignId: string;
  readonly #campaign: SentCampaign;
  readonly #budgets: readonly TurnBudget[];
  readonly #state: LaneState = {
    campaign: 'running',
    results: [],
    resultAt: 0,
    outstanding: 0,
    held: 0,
    last: 0,
    none: false,
    claimAt: 0,
    doubtful: [],
    broken: 0,
    pause: null,
  };
  readonly #running: RunningSince;
  /** True when something changed since it last began to wait. */
  #changed = false;
  #wake: () => void = () => undefined;

  constructor(deps: LaneDeps, o: { readonly campaignId: string; readonly campaign: SentCampaign }) {
    this.#deps = deps;
    this.#campaignId = o.campaignId;
    this.#campaign = o.campaign;
    this.#running = new RunningSince(async () => {
      const state = await campaignState(deps.db.pool, o.campaignId);
      if (this.#state.campaign === 'running') this.#state.campaign = state;
      return state === 'running';
    });
    this.#budgets = budgetsOf(o.campaignId, o.campaign, deps.mail);
  }

  /**
   * Runs until nothing of it is on the wire and every outcome is in. @throws what the store throws when it
   * does not pass.
   */
  async run(): Promise<void> {
    const { post, stopping, laneMs } = this.#deps;
    const stopped = (): void => {
      this.#change();
    };
    stopping.addEventListener('abort', stopped);
    post.enter();
    try {
      await this.#work(Date.now() + laneMs);
    } finally {
      stopping.removeEventListener('abort', stopped);
      post.release(this.#state.held);
      this.#state.held = 0;
      post.leave();
    }
  }

  async #work(end: number): Promise<void> {
    const state = this.#state;
    for (;;) {
      const over = this.#isOver(end);
      if (over && state.outstanding === 0 && !this.#owes) return;
      const closes = this.#hasToClose();
      const k = !over && (closes || this.#hasToClaim()) ? await this.#turns() : 0;
      if (k > 0 || closes) await this.#exchange(k);
      else {
        this.#keepPlaces(0);
        await this.#wait(Math.max(1, this.#nextLook() - Date.now()));
      }
    }
  }

  #isOver(end: number): boolean {
    const { campaign, none, pause } = this.#state;
    const { stopping, post } = this.#deps;
    if (stopping.aborted || campaign !== 'running' || pause !== null || none) return true;
    return Date.now() >= end || post.backoffUntil - Date.now() > SHORT_WAIT_MS;
  }

  /** How many it may claim in a transaction that closes what is known: their places are free then. */
  get #room(): number {
    const { held, outstanding } = this.#state;
    const { share, free } = this.#deps.post;
    return Math.max(0, Math.min(share, held + free) - outstanding);
  }

  /** True when so much of its share is not in use that it does not wait for an outcome. */
  #hasToClaim(): boolean {
    const { results, outstanding } = this.#state;
    const unused = this.#room - results.length;
    return (
      unused > 0 && (outstanding + results.length === 0 || unused >= this.#deps.post.share / 2)
    );
  }

  /** Turns and places that are free now. */
  async #turns(): Promise<number> {
    const { post, db } = this.#deps;
    const state = this.#state;
    const room = this.#room;
    if (room === 0 || Date.now() < Math.max(state.claimAt, post.backoffUntil)) return 0;
    state.held += post.reserve(state.outstanding + room - state.held);
    try {
      const turns = await takeTurns(db.pool, { budgets: this.#budgets, k: room });
      state.claimAt = Date.now() + turns.waitMs;
      return turns.granted;
    } catch (error) {
      this.#away(error);
      return 0;
    }
  }

  /** True when it knows something that is not in the database yet. */
  get #owes(): boolean {
    const { results, doubtful } = this.#state;
    return results.length + doubtful.length > 0;
  }

  #hasToClose(): boolean {
    const { results, resultAt, outstanding, claimAt, broken, pause } = this.#state;
    if (!this.#owes) return false;
    if (broken > 0) return Date.now() >= claimAt;
    const together = Math.min(CLOSE_TOGETHER, this.#deps.post.share);
    if (results.length >= together || outstanding === 0 || pause !== null) return true;
    // The other lanes do not keep the connections busy meanwhile.
    const { sends } = this.#deps.post;
    if (results.length >= CLOSE_SOON && sends < this.#deps.mail.sender.connections) return true;
    return Date.now() - resultAt >= CLOSE_WITHIN_MS;
  }

  #nextLook(): number {
    const { results, resultAt, claimAt, broken, outstanding } = this.#state;
    if (broken > 0) return claimAt;
    const now = Date.now();
    const claim = Math.max(claimAt, this.#deps.post.backoffUntil);
    const close = results.length > 0 ? resultAt + CLOSE_WITHIN_MS : Infinity;
    if (claim > now) return Math.min(close, claim);
    // Its own outcomes wake it; the other lanes do not.
    return Math.min(close, now + (outstanding === 0 ? PLACE_MS : SHORT_WAIT_MS));
  }

  /** One transaction: closes what is known, claims `k`. */
  async #exchange(k: number): Promise<void> {
    const { db, mail, exchange = settleAndClaim } = this.#deps;
    const state = this.#state;
    const results = state.results.slice();
    const token = randomUUID();
    // Before the claim, so that its age is never taken for less than it is.
    const claimedAt = clock();
    const askedAt = Date.now();
    let settled: SettledAndClaimed;
    try {
      settled = await exchange(db, {
        ...{ campaignId: this.#campaignId, results, k, token, last: state.last, keys: mail.keys },
        category: this.#campaign.letter.category,
        scope: this.#campaign.scope,
        doubtful: state.doubtful,
        ...(state.pause === null ? {} : { pause: state.pause }),
      });
    } catch (error) {
      // The claims may have been committed, with the answer lost. Nothing of them was sent.
      if (k > 0) state.doubtful = [...state.doubtful, token];
      this.#away(error);
      return;
    }
    state.broken = 0;
    state.doubtful = [];
    state.results.splice(0, results.length);
    state.resultAt = Date.now();
    this.#keepPlaces(settled.claimed.length);
    state.campaign = settled.state;
    this.#running.learn(settled.state === 'running', askedAt);
    state.last = settled.last;
    if (k > 0) state.none = settled.none && settled.claimed.length === 0;
    this.#sendAll(settled, claimedAt);
  }

  /** Gives back the places that nothing needs. While a claim is in doubt the database may have more than is known. */
  #keepPlaces(claimed: number): void {
    const state = this.#state;
    if (state.doubtful.length > 0) return;
    const needed = state.outstanding + state.results.length + claimed;
    this.#deps.post.release(state.held - needed);
    state.held = needed;
  }

  /** The database is away: outcomes stay here, and nothing is claimed until they are in. */
  #away(error: unknown): void {
    const state = this.#state;
    state.broken += 1;
    state.claimAt = Date.now() + AWAY_MS;
    if (!isRetried(diagnose(error)) && state.broken >= MAX_BROKEN) throw error;
    // Without anything to bring in, the workflow tries again.
    if (state.outstanding === 0 && !this.#owes) throw error;
  }

  #sendAll({ claimed, contexts }: SettledAndClaimed, claimedAt: () => number): void {
    this.#state.outstanding += claimed.length;
    this.#deps.post.begun(claimed.length);
    for (const each of claimed) {
      void this.#send(each, contexts.get(each.userId), claimedAt).then((result) => {
        this.#note(result);
      });
    }
  }

  async #send(
    claimed: Claimed,
    context: LetterContext | undefined,
    claimedAt: () => number,
  ): Promise<ClaimResult> {
    const { mail, renderer } = this.#deps;
    if (context === undefined) return unrendered(claimed);
    try {
      return await sendOne({
        ...{ campaignId: this.#campaignId, claimed, context, mail, renderer },
        letter: this.#campaign.letter,
        isStale: async () => claimedAt() > MAX_CLAIM_AGE_MS || !(await this.#running.isSo()),
      });
    } catch (error) {
      // The sender itself never throws, so nothing was sent.
      this.#unmade(error);
      return unsent(claimed);
    }
  }

  /**
   * This process cannot make letters, such as when no thread for them starts. Without a wait it would claim the same
   * ones at once. Says so once for each wait, because the letters of one moment fail together.
   */
  #unmade(error: unknown): void {
    const { log, post } = this.#deps;
    const now = Date.now();
    if (post.backoffUntil <= now) {
      const { code } = diagnose(error);
      const about = { campaignId: this.#campaignId, code, ...publicFailure(error) };
      log.warn(about, 'letters could not be made, and are tried again');
    }
    post.unreached(now);
  }

  #note(result: ClaimResult): void {
    const state = this.#state;
    if (state.results.length === 0) state.resultAt = Date.now();
    state.results.push(result);
    state.outstanding -= 1;
    this.#deps.post.ended();
    if (result.outcome !== null) this.#deps.onOutcome?.(result.outcome);
    this.#learn(result);
    // The first one sets the time at which all are closed; those after it change nothing by themselves.
    if (state.results.length === 1 || this.#hasToClose() || this.#hasToClaim()) this.#change();
  }

  /** What a reply says of the server. */
  #learn({ claimed, outcome, reply }: ClaimResult): void {
    const { post } = this.#deps;
    if (reply === null) return;
    if (outcome === 'nothing') post.unreached(Date.now());
    else if (reply.code !== undefined) post.reached();
    const refused = post.refusals(this.#campaignId, claimed.n, reply);
    if (outcome === 'server') this.#pause(troubleOf(reply), []);
    else if (refused !== null) this.#pause(troubleOf(reply), refused);
  }

  #pause(trouble: CampaignTrouble, replan: readonly number[]): void {
    const before = this.#state.pause;
    this.#state.pause = before ?? { trouble, replan };
  }

  /**
   * Until something changes, at most so long. By a timer alone: to abort one of `node:timers/promises` makes an
   * error each time, 0.04 ms for each letter.
   */
  async #wait(ms: number): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#changed = false;
  }

  #change(): void {
    this.#changed = true;
    this.#wake();
  }
}

/** The budgets that each letter of a campaign takes a turn from. */
function budgetsOf(campaignId: string, campaign: SentCampaign, mail: MailPart): TurnBudget[] {
  return [
    ...(campaign.perMinute === null
      ? []
      : [{ key: `campaign:${campaignId}`, perSecond: campaign.perMinute / 60 }]),
    ...(mail.perSecond === null
      ? []
      : [{ key: `smtp:${mail.sender.host}`, perSecond: mail.perSecond }]),
  ];
}

/**
 * Milliseconds since now, by the clock that says more: one stands still while the machine sleeps, the other
 * may be set back.
 */
function clock(): () => number {
  const [wall, steady] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - steady);
}
