import type { Config } from '../../config/env';
import { requireMail, sinkFolder } from '../../config/mail';
import { Fault } from '../../domain/faults';
import type { ShownLetter } from '../../domain/letters/sink/letter';
import type { OperationContext } from '../../operations/context';
import type { ListMail, MailList } from '../../operations/letters/mail';

type MailSource = Pick<Config, 'home' | 'mail' | 'smtpUrl' | 'mailFrom'>;

/**
 * The local sink, where a stack of `up` keeps letters instead of sending them to people. For admins and
 * owners.
 */
export class Mail {
  readonly #context: OperationContext;
  readonly #config: MailSource;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly config: MailSource }) {
    this.#context = o.context;
    this.#config = o.config;
  }

  /**
   * One page, newest first; go on with `cursor` = `next`. Faults: `forbidden`, `usage`, `state` where
   * letters go to a mail server (`no_sink`) or nowhere (`mail_not_configured`).
   */
  async list(input: ListMail = {}): Promise<MailList> {
    const { listMail } = await import('../../operations/letters/mail.js');
    return listMail(this.#context, sinkOf(this.#config), input);
  }

  /** The letter of this id, or of a unique beginning of one. Faults: as `list`, and `not_found`. */
  async get(id: string): Promise<ShownLetter> {
    const { showMail } = await import('../../operations/letters/mail.js');
    return showMail(this.#context, sinkOf(this.#config), id);
  }

  /** The letter as it came, in chunks. Faults: as `get`. */
  async raw(id: string): Promise<AsyncIterable<Uint8Array>> {
    const { rawMail } = await import('../../operations/letters/mail.js');
    return rawMail(this.#context, sinkOf(this.#config), id);
  }
}

/** The folder of the sink. @throws Fault `state` where there is none */
function sinkOf(config: MailSource): string {
  if (requireMail(config).sink) return sinkFolder(config.home);
  throw new Fault('state', {
    code: 'no_sink',
    message:
      'Letters go to the mail server of ROLLCALL_SMTP_URL, so there is no local sink to look into.',
    next: 'Look into the mailbox of a recipient. Without ROLLCALL_SMTP_URL, the stack of rollcall up keeps letters in its sink.',
  });
}
