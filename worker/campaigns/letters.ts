import { createDeliveryActivities } from '../../activities/deliveries';
import type { MailPart } from '../../activities/delivery/post';
import type { EdgeLog } from '../../activities/edge';
import type { DeliveryActivities } from '../../activities/types';
import type { Config } from '../../config/env';
import { requireMail } from '../../config/mail';
import { senderOf } from '../../connectors/delivery/smtp/compose';
import { openSender } from '../../connectors/delivery/smtp/sender';
import { openRenderer } from '../../connectors/delivery/render/index';
import type { Db } from '../../store/database/db';
import type { Keyring } from '../../store/sources/secrets';
import type { WorkerMetrics } from '../metrics';

export interface LetterParts extends Keyring {
  readonly db: Db;
  readonly log: EdgeLog;
  readonly metrics: Pick<WorkerMetrics, 'deliveries'>;
  readonly config: Pick<
    Config,
    'mail' | 'smtpUrl' | 'mailFrom' | 'delivery' | 'timeZone' | 'platform'
  >;
  /** Aborted when the worker drains: nothing more is claimed. */
  readonly stopping: AbortSignal;
}

/** The part of a worker that sends letters. */
export interface LetterRoom {
  readonly activities: DeliveryActivities;
  /** Ends its connections and its thread; after the worker has drained. */
  close(): Promise<void>;
}

/** Opens nothing before the first letter: a worker without a mail server does everything else. */
export function openLetterRoom(parts: LetterParts): LetterRoom {
  const { db, log, config, keys, metrics, stopping } = parts;
  const renderer = openRenderer({ platform: config.platform, timeZone: config.timeZone });
  const opened: { part: MailPart | undefined } = { part: undefined };
  const mail = (): MailPart => (opened.part ??= mailPart(config, keys));
  return {
    activities: createDeliveryActivities({
      ...{ db, log, renderer, mail, stopping },
      onOutcome: (outcome) => {
        metrics.deliveries.inc({ outcome });
      },
    }),
    close: async () => {
      opened.part?.sender.close();
      await renderer.close();
    },
  };
}

/** @throws Fault `mail_not_configured`, `bad_smtp_url`, `bad_mail_from` */
function mailPart(config: LetterParts['config'], keys: readonly Buffer[]): MailPart {
  const { url, from } = requireMail(config);
  const { connections, perSecond, dkim, bounces, unsubscribe } = config.delivery;
  return {
    sender: openSender({ url, from, connections }),
    from: senderOf(from),
    ...{ keys, perSecond, dkim, bounces, unsubscribe },
  };
}
