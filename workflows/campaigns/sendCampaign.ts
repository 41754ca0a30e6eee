import {
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Delivered, DeliveryActivities } from '../../activities/types';
import { FINISHED_CAMPAIGNS, type CampaignState } from '../../domain/letters/campaigns';
import { showCampaign, type CampaignView } from './view';
import { codeOf, mayPass } from '../failures';
import { wakeSignal } from '../messages';
import { DELIVER_OPTIONS, finishCampaign, openCampaign, pauseCampaign } from '../proxies';
import { deliveriesQueueBeside } from '../queues';
import { untilDone } from '../retrying';

export interface CampaignInput {
  readonly campaignId: string;
  /** Events beyond which it continues as new; for tests, which cannot wait for the default. */
  readonly maxEvents?: number;
}

export interface CampaignResult {
  readonly state: CampaignState;
}

/** Activities that send one campaign at once: while one closes and claims, the other one sends. */
const LANES = 2;
/** A lane in use adds a few events a minute; 100,000 letters need fewer than this. */
const MAX_EVENTS = 250;
/** Between two looks when nothing says until when to wait. */
const LOOK_AGAIN_MS = 5_000;
const LEAST_WAIT_MS = 1_000;

/**
 * Sends a campaign: `campaign/<campaignId>`. The letter and its recipients are in Postgres, so the workflow only
 * begins the campaign at its time, keeps its lanes running, waits and ends it. It remembers nothing: started
 * again, reset or started twice, it goes on with what the rows say. A decision is in the campaign's row, and
 * `wake` says that there is one.
 */
export async function sendCampaign(input: CampaignInput): Promise<CampaignResult> {
  const execution = new CampaignExecution(input);
  for (;;) {
    const { state, waitUntil } = await execution.open();
    if (state === 'running') await execution.wait(await execution.send());
    else if (isFinished(state)) {
      // A decision that came since has planned more: `campaigns retry`, `campaigns resolve`.
      if (execution.isQuiet) return { state };
    } else await execution.wait(waitUntil);
    await execution.breathe();
  }
}

function isFinished(state: CampaignState): boolean {
  return FINISHED_CAMPAIGNS.some((finished) => finished === state);
}

class CampaignExecution {
  readonly #input: CampaignInput;
  readonly #deliver: DeliveryActivities['deliver'];
  #view: CampaignView | null = null;
  #woken = false;

  /** Registers the handler; to be called before the workflow's first await. */
  constructor(input: CampaignInput) {
    this.#input = input;
    setHandler(wakeSignal, () => {
      this.#woken = true;
    });
    const taskQueue = deliveriesQueueBeside(workflowInfo().taskQueue);
    this.#deliver = proxyActivities<DeliveryActivities>({ ...DELIVER_OPTIONS, taskQueue }).deliver;
  }

  /** True when nobody woke it since it was opened. */
  get isQuiet(): boolean {
    return !this.#woken;
  }

  async open() {
    this.#woken = false;
    const { campaignId } = this.#input;
    const opened = await this.#patient(() => openCampaign({ campaignId }));
    this.#show({ state: opened.state, waitUntil: opened.waitUntil });
    return opened;
  }

  /** Runs the lanes until none has anything to do. Returns until when to wait; `null`: not at all. */
  async send(): Promise<number | null> {
    const { campaignId } = this.#input;
    const ended = await Promise.all(Array.from({ length: LANES }, () => this.#lane()));
    const left = ended.filter((delivered) => delivered !== null);
    if (left.length === 0 || left.some(({ state }) => state !== 'running')) return Date.now();
    if (left.some(({ counts }) => counts.planned + counts.claimed === 0)) {
      const { state } = await this.#patient(() => finishCampaign({ campaignId }));
      if (state !== 'running') return Date.now();
    }
    if (this.#isLong()) return Date.now();
    const times = left.flatMap(({ waitUntil }) => (waitUntil === null ? [] : [waitUntil]));
    return times.length === 0 ? Date.now() + LOOK_AGAIN_MS : Math.min(...times);
  }

  /** Waits for a time or to be woken; `null`: only for the latter. Does not wait for a time that has passed. */
  async wait(until: number | null): Promise<void> {
    if (until === null) {
      await condition(() => this.#woken);
      return;
    }
    const ms = until - Date.now();
    if (ms <= 0) return;
    this.#show({ waitUntil: until });
    await condition(() => this.#woken, Math.max(ms, LEAST_WAIT_MS));
    this.#show({ waitUntil: null });
  }

  /** Continues as new if the history is long; a wake that came until then is the first thing it looks for. */
  async breathe(): Promise<void> {
    if (this.#isLong()) await continueAsNew<typeof sendCampaign>(this.#input);
  }

  #isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || historyLength > (this.#input.maxEvents ?? MAX_EVENTS);
  }

  /** `null`: a fault that cannot pass paused the campaign. */
  async #lane(): Promise<Delivered | null> {
    const { campaignId } = this.#input;
    for (;;) {
      let delivered: Delivered;
      try {
        delivered = await this.#patient(() => this.#deliver({ campaignId }));
      } catch (error) {
        if (mayPass(error)) throw error;
        const trouble = { code: codeOf(error) };
        await this.#patient(() => pauseCampaign({ campaignId, trouble }));
        return null;
      }
      const { state, counts, waitUntil } = delivered;
      this.#show({ state, counts });
      const goesOn = state === 'running' && waitUntil === null && counts.planned > 0;
      if (!goesOn || this.#woken || this.#isLong()) return delivered;
    }
  }

  /** Tries a step until it succeeds; a fault that cannot pass is rethrown. */
  async #patient<T>(step: () => Promise<T>): Promise<T> {
    return untilDone(step, {
      pause: async (ms) => {
        await condition(() => this.#woken, ms);
      },
      failed: async (error) => {
        this.#show({ retrying: codeOf(error) });
        return Promise.resolve();
      },
      recovered: async () => {
        this.#show({ retrying: null });
        return Promise.resolve();
      },
    });
  }

  #show(change: Partial<CampaignView>): void {
    const blank = { state: 'planned', counts: null, waitUntil: null, retrying: null } as const;
    const after: CampaignView = { ...(this.#view ?? blank), ...change };
    showCampaign(this.#input.campaignId, this.#view, after);
    this.#view = after;
  }
}
