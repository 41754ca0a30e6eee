import type { StoreConfig } from '../../config/env';
import { requireMail } from '../../config/mail';
import type { OperationContext } from '../../operations/context';
import type {
  CreateLetter,
  EditLetter,
  LetterList,
  LetterView,
  ListLetters,
  RendererOptions,
} from '../../operations/letters/letters';
import type { LetterPreviewed, PreviewLetter } from '../../operations/letters/preview';
import type { TestedLetter, TestLetter } from '../../operations/letters/testLetter';

const letters = () => import('../../operations/letters/letters.js');
const previewModule = () => import('../../operations/letters/preview.js');

/** What of the configuration letters need. */
type LettersConfig = Pick<
  StoreConfig,
  'platform' | 'timeZone' | 'mail' | 'smtpUrl' | 'mailFrom' | 'delivery'
>;

/** Letters that are kept under a name. A `letter` is its name, in any case, or its id. */
export class Letters {
  readonly #context: OperationContext;
  readonly #rendering: RendererOptions;
  readonly #config: LettersConfig;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly config: LettersConfig }) {
    this.#context = o.context;
    this.#config = o.config;
    this.#rendering = { platform: o.config.platform, timeZone: o.config.timeZone };
  }

  /** One page by name; go on with `cursor` = `next`. */
  async list(input: ListLetters = {}): Promise<LetterList> {
    return (await letters()).listLetters(this.#context, input);
  }

  /** Faults: `not_found`. */
  async get(letter: string): Promise<LetterView> {
    return (await letters()).showLetter(this.#context, letter);
  }

  /**
   * What the letter says is checked: paths, syntax, and a trial for people with and without values. Faults:
   * `usage` (all at once, with line and column), `conflict` (`letter_exists`).
   */
  async create(input: CreateLetter): Promise<LetterView> {
    return (await letters()).createLetter(this.#context, input, this.#rendering);
  }

  /** Faults as of {@link create}, `not_found`, `conflict` (`letter_changed`), `state` (`letter_archived`). */
  async edit(input: EditLetter): Promise<LetterView> {
    return (await letters()).editLetter(this.#context, input, this.#rendering);
  }

  /** Faults: `usage`, `not_found`, `conflict` (`letter_exists`). */
  async duplicate(input: { readonly letter: string; readonly name: string }): Promise<LetterView> {
    return (await letters()).duplicateLetter(this.#context, input);
  }

  /** An archived letter is sent no more, and its name is free; with `undo` it can be sent again. */
  async archive(input: { readonly letter: string; readonly undo?: boolean }): Promise<LetterView> {
    return (await letters()).archiveLetter(this.#context, input);
  }

  /** The letter as a person would get it; nothing is sent. */
  async preview(input: PreviewLetter): Promise<LetterPreviewed> {
    return (await previewModule()).letterFor(this.#context, input, this.#rendering);
  }

  /**
   * Sends the letter once, to an address, as a person would get it, signed where this process has the key
   * (`ROLLCALL_DKIM_KEY`). Faults: as of {@link preview}, `state`
   * (`mail_not_configured`), `unavailable` (`mail_refused`, `mail_unreachable`).
   */
  async test(input: TestLetter): Promise<TestedLetter> {
    const mail = requireMail(this.#config);
    const { delivery } = this.#config;
    const { testLetter } = await import('../../operations/letters/testLetter.js');
    return testLetter(this.#context, input, { mail, delivery, rendering: this.#rendering });
  }
}
