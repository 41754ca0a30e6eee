import { openMailer, type Mailer } from '../../connectors/delivery/mail';
import { postWebhook } from '../../connectors/delivery/webhook';
import { createHttp } from '../../connectors/http/http';
import type { AlertData, AlertEvent } from '../../domain/alerts/alerts';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import type { AlertTarget } from '../../store/alerts/alertTargets';
import { open, type Keyring } from '../../store/sources/secrets';

/** An alert in words. */
export interface AlertWords {
  mail(data: AlertData): { readonly subject: string; readonly text: string };
  /** The body of a webhook; the same bytes at each attempt. */
  webhook(alert: {
    readonly event: AlertEvent | 'test';
    readonly at: Date;
    readonly data: AlertData;
  }): string;
}

/** What sending needs: the words, and parts of the configuration. */
export interface AlertDeps extends Keyring {
  readonly words: AlertWords;
  readonly allowPrivateHosts: readonly string[];
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
}

export interface OutgoingAlert {
  readonly id: string;
  readonly event: AlertEvent | 'test';
  readonly createdAt: Date;
  readonly data: AlertData;
  readonly target: Pick<AlertTarget, 'id' | 'kind' | 'address' | 'secrets'>;
}

/** The result of an attempt; `gone`: the receiver wants no more alerts. */
export type Attempted =
  | { readonly kind: 'sent' }
  | {
      readonly kind: 'failed' | 'gone';
      readonly message: string;
      /** The next step, where one is known. */
      readonly next?: Next;
    };

export interface AlertSender {
  /** Makes one attempt. Returns the reason of a failure; never throws it. */
  send(alert: OutgoingAlert): Promise<Attempted>;
  close(): void;
}

/** Sends alerts by mail and by webhook; close it at the end. */
export function openAlertSender(deps: AlertDeps): AlertSender {
  const http = createHttp({ allowPrivateHosts: deps.allowPrivateHosts });
  const mailer = openMail(deps);
  const send = async (alert: OutgoingAlert): Promise<Attempted> => {
    switch (alert.target.kind) {
      case 'email':
        if (mailer === null) return { kind: 'failed', message: NO_MAIL };
        await mailer.send({
          to: alert.target.address,
          id: alert.id,
          ...deps.words.mail(alert.data),
        });
        return { kind: 'sent' };
      case 'webhook':
        return post(alert);
    }
  };
  const post = async (alert: OutgoingAlert): Promise<Attempted> => {
    const status = await postWebhook(http, {
      url: alert.target.address,
      secret: secretOfTarget(alert.target, deps),
      id: alert.id,
      at: new Date(),
      body: deps.words.webhook({ ...alert, at: alert.createdAt }),
    });
    if (status >= 200 && status < 300) return { kind: 'sent' };
    const gone = status === 410;
    return { kind: gone ? 'gone' : 'failed', message: `The receiver answers ${String(status)}.` };
  };
  return {
    send: (alert) =>
      send(alert).catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        const next = error.code === 'host_refused' ? error.next : undefined;
        return { kind: 'failed', message: error.message, ...(next === undefined ? {} : { next }) };
      }),
    close: () => {
      http.close();
      mailer?.close();
    },
  };
}

const NO_MAIL = 'ROLLCALL_SMTP_URL and ROLLCALL_MAIL_FROM are not set where this is sent from.';

function openMail({ smtpUrl: url, mailFrom: from }: AlertDeps): Mailer | null {
  return url === null || from === null ? null : openMailer({ url, from });
}

function secretOfTarget(target: OutgoingAlert['target'], { keys }: Keyring): string {
  const sealed = target.secrets;
  const { secret } = sealed === null ? {} : open(sealed, { keys, ownerId: target.id });
  if (secret === undefined) throw new Error(`a ${target.kind} without a secret`);
  return secret;
}
