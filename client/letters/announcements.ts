import type { StoreConfig } from '../../config/env';
import { requireMail } from '../../config/mail';
import type { OperationContext } from '../../operations/context';
import type {
  AnnouncementPreview,
  AnnounceSettings,
  SendAnnouncement,
  SentAnnouncement,
} from '../../operations/letters/announcements';
import type {
  ListNotifications,
  NotificationList,
  ReadNotifications,
  ReadResult,
} from '../../operations/letters/notifications';
import type {
  AnnouncementList,
  RetractedAnnouncement,
} from '../../operations/letters/sentAnnouncements';
import type { ListPage } from '../../operations/pages';
import type { Temporal } from '../../temporal/gateway';
import { launchCampaign } from '../waiting/launch';
import { wake } from './decisions';

const inbox = () => import('../../operations/letters/notifications.js');
const sent = () => import('../../operations/letters/sentAnnouncements.js');

/** What of Temporal announcements that are mailed need. */
type Starting = Pick<Temporal, 'startCampaign' | 'wakeCampaign'>;

/** Announcements in people's lists, also by mail. A manager has those that the manager sent. */
export class Announcements {
  readonly #context: OperationContext;
  readonly #config: StoreConfig;
  readonly #temporal: () => Promise<Starting>;

  /** @internal */
  constructor(o: {
    readonly context: OperationContext;
    readonly config: StoreConfig;
    readonly temporal: () => Promise<Starting>;
  }) {
    this.#context = o.context;
    this.#config = o.config;
    this.#temporal = o.temporal;
  }

  /** Who would get it; records nothing. Faults as of {@link Announcements.send}. */
  async preview(request: SendAnnouncement): Promise<AnnouncementPreview> {
    const settings = this.#settings(request);
    const { previewAnnouncement } = await import('../../operations/letters/announcements.js');
    return previewAnnouncement(this.#context, { request, settings });
  }

  /**
   * Puts an announcement into the lists of people at once; with `mail` it is mailed, too, by a campaign whose id
   * is `campaignId`. Needs Temporal for the mails only. Faults: `usage`, `not_found`, `forbidden`, `conflict`,
   * `state` (`mail_not_configured`).
   */
  async send(request: SendAnnouncement): Promise<SentAnnouncement> {
    const settings = this.#settings(request);
    const mails = request.mail === true;
    if (mails) await this.#temporal();
    const { sendAnnouncement } = await import('../../operations/letters/announcements.js');
    const made = await sendAnnouncement(this.#context, { request, settings });
    if (mails && made.state !== 'held') await launchCampaign(this.#temporal, made.campaignId);
    return made;
  }

  /** One page, the newest first; go on with `cursor` = `next`. */
  async list(input: ListPage = {}): Promise<AnnouncementList> {
    return (await sent()).listAnnouncements(this.#context, input);
  }

  /** Takes it out of all lists at once, and cancels mails that are not sent yet. Faults: `not_found`. */
  async retract(input: {
    readonly announcement: string;
    readonly reason?: string;
  }): Promise<RetractedAnnouncement> {
    const retracted = await (await sent()).retractAnnouncement(this.#context, input);
    // Otherwise its workflow may wait for hours for the next try of a mail that is cancelled.
    if (retracted.notMailed > 0) await wake(this.#temporal, retracted.id);
    return retracted;
  }

  #settings({ mail = false }: SendAnnouncement): AnnounceSettings {
    const { campaigns, timeZone } = this.#config;
    return { sink: mail && requireMail(this.#config).sink, gate: campaigns.gate, timeZone };
  }
}

/** The announcements in a person's list. */
export class Notifications {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** One page, the newest first, and how many are unread; go on with `cursor` = `next`. */
  async list(input: ListNotifications): Promise<NotificationList> {
    return (await inbox()).listNotifications(this.#context, input);
  }

  /** Marks some, or all, as read. Faults: `not_found`, `usage`. */
  async read(input: ReadNotifications): Promise<ReadResult> {
    return (await inbox()).readNotifications(this.#context, input);
  }
}
