import { Rig } from '../rig';
import { MailServer } from './mailServer';

/** A stack, and the mail server that it sends by. */
export interface Servers {
  readonly rig: Rig;
  readonly mail: MailServer;
}

interface People {
  readonly recipients: number;
  readonly keep: boolean;
}

/** Works with a stack that has so many people and sends by the campaign's own mail server. */
export async function withServers<T>(
  o: People,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const mail = await MailServer.start();
  try {
    const url = `smtp://sender:secret@127.0.0.1:${String(mail.port)}`;
    return await withPeople({ ...o, url }, (rig) => work({ rig, mail }));
  } finally {
    mail.stop();
  }
}

/** Works with a stack that has so many people and sends by the mail server of this address. */
export async function withPeople<T>(
  o: People & { readonly url: string },
  work: (rig: Rig) => Promise<T>,
): Promise<T> {
  const rig = await Rig.start({
    ROLLCALL_SMTP_URL: o.url,
    ROLLCALL_MAIL_FROM: 'Academy <academy@sender.example>',
    ROLLCALL_CAMPAIGN_GATE: '1000000',
  });
  const interrupted = (): void => {
    void rig.stop({ keep: o.keep }).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await rig.sql(
      `insert into "user" (id, code, first_name, last_name, email, email_key)
       select uuidv7(), 'P' || n, 'First ' || n, 'Last ' || n, 'p' || n || '@people.example',
         'p' || n || '@people.example' from generate_series(1, $1::int) n`,
      { values: [o.recipients] },
    );
    await rig.sql('vacuum analyze');
    return await work(rig);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await rig.stop({ keep: o.keep });
  }
}
