import type { StoreConfig } from '../../config/env';
import { secretKeys } from '../../config/keyFile';
import { requireMail } from '../../config/mail';
import type { CampaignDocument } from '../../domain/letters/campaignDocument';
import { SETTLED_CAMPAIGNS, type CampaignState } from '../../domain/letters/campaigns';
import type { DeliveryCounts } from '../../domain/letters/deliveries';
import { contextWith, type OperationContext, type Session } from '../../operations/context';
import type {
  CampaignList,
  CampaignRecipients,
  ListCampaigns,
  Recipient,
} from '../../operations/letters/campaigns';
import type {
  CampaignDecisionInput,
  DecidedCampaign,
  SendAgain,
} from '../../operations/letters/decisions';
import type { Resolvable, ResolveContext } from '../../operations/letters/resolve';
import type {
  FrozenCampaign,
  LetterPreview,
  SendLetter,
  SendSettings,
} from '../../operations/letters/sendLetter';
import type { Temporal } from '../../temporal/gateway';
import { pause } from '../../temporal/patience';
import { wordNext } from '../../wording/next';
import { follow, type Following, type Waiting } from '../waiting/follow';
import { launchCampaign } from '../waiting/launch';
import {
  wakeAfter,
  type CampaignDecided,
  type ChooseUnknown,
  type ResolveCampaign,
} from './decisions';
import { logLines } from './logLines';

const reads = () => import('../../operations/letters/campaigns.js');
const decisions = () => import('../../operations/letters/decisions.js');
const resolveModule = () => import('../../operations/letters/resolve.js');
const sending = () => import('../../operations/letters/sendLetter.js');

export interface WaitForCampaign extends Waiting {
  readonly onProgress?: (state: CampaignState, counts: DeliveryCounts) => void;
}

/** `settled`: done, cancelled, on hold or paused; otherwise the document is as stored. */
export interface WaitedForCampaign {
  readonly end: 'settled' | 'timeout' | 'interrupted';
  readonly document: CampaignDocument;
}

/** What of Temporal campaigns need. */
type Starting = Pick<Temporal, 'startCampaign' | 'wakeCampaign'>;

const POLL_MS = 250;
const COUNT_MS = 1_000;
/** A worker takes up a campaign within a second. */
const UNTAKEN_MS = 5_000;

/**
 * Campaigns: letters that are sent, and what became of each recipient. A `campaign` is an id or a beginning of
 * one. A manager has those that the manager sent.
 */
export class Campaigns {
  readonly #context: OperationContext;
  readonly #session: Session;
  readonly #config: StoreConfig;
  readonly #temporal: () => Promise<Starting>;

  /** @internal */
  constructor(o: {
    readonly session: Session;
    readonly config: StoreConfig;
    readonly temporal: () => Promise<Starting>;
  }) {
    this.#context = o.session.context;
    this.#session = o.session;
    this.#config = o.config;
    this.#temporal = o.temporal;
  }

  /**
   * Who would get a letter, and what is special about them; records nothing. Faults: `state`
   * (`mail_not_configured`), `usage`, `not_found`, `forbidden`.
   */
  async preview(request: SendLetter): Promise<LetterPreview> {
    return (await sending()).previewLetter(this.#context, { request, settings: this.#settings() });
  }

  /**
   * Sends a letter: freezes its content and its recipients and starts the campaign. Nothing is recorded while
   * Temporal is away. Faults as of {@link Campaigns.preview}, and `conflict` (`sent_recently`,
   * `nobody_to_send`).
   */
  async send(request: SendLetter): Promise<FrozenCampaign> {
    const settings = this.#settings();
    await this.#temporal();
    const frozen = await (await sending()).sendLetter(this.#context, { request, settings });
    await launchCampaign(this.#temporal, frozen.campaignId);
    return frozen;
  }

  /** One page, newest first; go on with `cursor` = `next`. */
  async list(input: ListCampaigns = {}): Promise<CampaignList> {
    return (await reads()).listCampaigns(this.#context, input);
  }

  async get(campaign: string): Promise<CampaignDocument> {
    return (await reads()).showCampaign(this.#context, campaign);
  }

  /** Every recipient with the outcome, in the order of numbers. */
  async recipients(input: CampaignRecipients): Promise<AsyncIterable<Recipient>> {
    const [key = null] = secretKeys(this.#config);
    return (await reads()).campaignRecipients(this.#context, { ...input, key });
  }

  /**
   * Waits until a campaign is done, cancelled, on hold or paused, asking the store four times a second. Tolerates
   * servers that are away for minutes, because the campaign waits for them, too.
   */
  async wait(campaign: string, o: WaitForCampaign = {}): Promise<WaitedForCampaign> {
    return follow('the campaign', o, (watch) => this.#follow(campaign, { ...o, ...watch }));
  }

  async #follow(campaign: string, o: WaitForCampaign & Following): Promise<WaitedForCampaign> {
    await this.#session.renew();
    const { campaignId } = await (await reads()).campaignState(this.#context, campaign);
    const untakenAt = Date.now() + UNTAKEN_MS;
    let countAt = Date.now() + COUNT_MS;
    for (;;) {
      const { state } = await (await reads()).campaignState(this.#context, campaignId);
      const end = endOf(state, o);
      if (end !== null) {
        return { end, document: await (await reads()).showCampaign(this.#context, campaignId) };
      }
      if (o.onProgress !== undefined && Date.now() >= countAt) {
        const begun = Date.now();
        const { counts } = await (await reads()).showCampaign(this.#context, campaignId);
        o.onProgress(state, counts);
        // Counting takes a twentieth of the time at most, however many recipients there are.
        countAt = Date.now() + Math.max(COUNT_MS, 19 * (Date.now() - begun));
      }
      if (state === 'planned' && Date.now() >= untakenAt) {
        o.note(`No worker has taken it up yet. Is one up? ${wordNext({ do: 'showServers' })}`);
      }
      await pause(Math.min(POLL_MS, Math.max(o.deadline - Date.now(), 0)), o.signal);
      await this.#session.renew();
    }
  }

  /** Lets a campaign on hold be sent, now or at its time. */
  async approve(input: CampaignDecisionInput): Promise<CampaignDecided> {
    const { twoPeople } = this.#config.campaigns;
    return this.#woken((await decisions()).approveCampaign(this.#context, { ...input, twoPeople }));
  }

  /** Ends a campaign on hold: nobody gets it. */
  async reject(input: CampaignDecisionInput): Promise<CampaignDecided> {
    return this.#woken((await decisions()).rejectCampaign(this.#context, input));
  }

  /** Stops a campaign. A second after this returns, no letter of it is begun any more; those that are begun arrive. */
  async pause(input: CampaignDecisionInput): Promise<CampaignDecided> {
    return this.#woken((await decisions()).pauseCampaign(this.#context, input));
  }

  /** Lets a paused campaign go on. */
  async resume(input: CampaignDecisionInput): Promise<CampaignDecided> {
    return this.#woken((await decisions()).resumeCampaign(this.#context, input));
  }

  /** Ends a campaign: what is not sent yet is not sent. */
  async cancel(input: CampaignDecisionInput): Promise<CampaignDecided> {
    return this.#woken((await decisions()).cancelCampaign(this.#context, input));
  }

  /** Sends to the recipients who failed once more; `again`: also to those who got the same meanwhile. */
  async retry(input: CampaignDecisionInput & SendAgain): Promise<CampaignDecided> {
    return this.#woken((await decisions()).retryCampaign(this.#context, input));
  }

  /** How many deliveries {@link Campaigns.resolve} would settle. A stream of Message-IDs is used up. */
  async countUnresolved(input: ChooseUnknown): Promise<Resolvable> {
    return (await resolveModule()).countUnresolved(this.#keyed(), withLines(input));
  }

  /** Settles unknown deliveries: they arrived, or they are sent again. */
  async resolve(input: ResolveCampaign): Promise<CampaignDecided> {
    return this.#woken((await resolveModule()).resolveCampaign(this.#keyed(), withLines(input)));
  }

  #keyed(): ResolveContext {
    return contextWith(this.#context, { keys: secretKeys(this.#config) });
  }

  async #woken(decided: Promise<DecidedCampaign>): Promise<CampaignDecided> {
    return wakeAfter(this.#temporal, await decided);
  }

  #settings(): SendSettings {
    const { campaigns, timeZone, platform } = this.#config;
    const { sink } = requireMail(this.#config);
    const rendering = { platform, timeZone };
    return { ...campaigns, sink, timeZone, rendering, keys: secretKeys(this.#config) };
  }
}

function withLines<T extends ChooseUnknown>({ acceptedIds, ...input }: T) {
  return acceptedIds === undefined ? input : { ...input, acceptedIds: logLines(acceptedIds) };
}

function endOf(
  state: CampaignState,
  { deadline, signal }: Waiting & Following,
): WaitedForCampaign['end'] | null {
  if (SETTLED_CAMPAIGNS.has(state)) return 'settled';
  if (signal?.aborted === true) return 'interrupted';
  return Date.now() >= deadline ? 'timeout' : null;
}
