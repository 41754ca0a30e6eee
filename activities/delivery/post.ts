import type { Sender } from '../../connectors/delivery/smtp/types';
import type { DkimKey } from '../../connectors/delivery/smtp/compose';
import type { MailAddress } from '../../domain/users/mailAddress';
import { MAX_EQUAL_REFUSALS, refusalOf } from '../../domain/letters/replies';
import type { Reply } from '../../domain/letters/reply';

/** How a process sends letters. */
export interface MailPart {
  readonly sender: Sender;
  readonly from: MailAddress;
  /** The first one makes Message-IDs; also what suppressed addresses are kept by. */
  readonly keys: readonly Buffer[];
  readonly dkim: DkimKey | null;
  /** Where bounces come to, each letter's to an address of its own made from this one; `null`: to the sender. */
  readonly bounces?: string | null;
  /** Where optional letters are unsubscribed from; `null`: nowhere. */
  readonly unsubscribe: string | null;
  /** Letters a second over all workers; `null`: no limit. */
  readonly perSecond: number | null;
}

/** Deliveries that a process has claimed and not closed, at most: what a kill makes unknown. */
export const WINDOW = 32;

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

interface Row {
  readonly refusal: string;
  readonly ns: number[];
}

/** What the lanes of a process share: the window, how the server behaves, refusals in a row. */
export class Post {
  readonly #window: number;
  readonly #rows = new Map<string, Row>();
  #held = 0;
  #lanes = 0;
  #sends = 0;
  #failures = 0;
  #until = 0;

  constructor(window: number = WINDOW) {
    this.#window = window;
  }

  get free(): number {
    return this.#window - this.#held;
  }

  /** Places that one lane may hold: none of them keeps the others, such as those of another campaign, waiting. */
  get share(): number {
    return Math.max(1, Math.floor(this.#window / Math.max(1, this.#lanes)));
  }

  /** A lane begins: the shares of the others become smaller. */
  enter(): void {
    this.#lanes += 1;
  }

  leave(): void {
    this.#lanes -= 1;
  }

  /** Takes up to `k` places of the window. */
  reserve(k: number): number {
    const taken = Math.max(0, Math.min(k, this.free));
    this.#held += taken;
    return taken;
  }

  release(k: number): void {
    this.#held -= k;
  }

  /** Letters of all lanes whose outcome is not known yet: those on the wire, and those that wait for a connection. */
  get sends(): number {
    return this.#sends;
  }

  begun(letters: number): void {
    this.#sends += letters;
  }

  ended(): void {
    this.#sends -= 1;
  }

  /** Epoch ms before which no lane claims: the server does not take anything. */
  get backoffUntil(): number {
    return this.#until;
  }

  /** The server took nothing. The sends of one moment count as one failure. */
  unreached(now: number): void {
    if (now < this.#until) return;
    this.#until = now + Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LONGEST_BACKOFF_MS);
    this.#failures += 1;
  }

  reached(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  /**
   * Counts equal refusals in a row. Returns the numbers of their deliveries when there are enough to tell
   * that the server, or the content, is the reason.
   */
  refusals(campaignId: string, n: number, reply: Reply): readonly number[] | null {
    const refusal = refusalOf(reply);
    if (refusal === undefined) return null;
    if (refusal === null) {
      this.#rows.delete(campaignId);
      return null;
    }
    const before = this.#rows.get(campaignId);
    const row = before?.refusal === refusal ? before : { refusal, ns: [] };
    row.ns.push(n);
    this.#rows.set(campaignId, row);
    if (row.ns.length < MAX_EQUAL_REFUSALS) return null;
    this.#rows.delete(campaignId);
    return row.ns;
  }
}
