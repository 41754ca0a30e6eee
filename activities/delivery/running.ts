/** A letter is begun only while the campaign was seen running so short a time ago: README says it. */
const KNOWN_MS = 1_000;

/**
 * Knows whether a campaign runs, never later than a second. Letters that wait for a connection ask it; one look
 * serves all that ask at once.
 */
export class RunningSince {
  readonly #look: () => Promise<boolean>;
  #isRunning = false;
  /** Epoch ms at which the look began that saw it. */
  #at = -Infinity;
  #looking: Promise<void> | null = null;

  constructor(look: () => Promise<boolean>) {
    this.#look = look;
  }

  learn(isRunning: boolean, at: number): void {
    if (at < this.#at) return;
    this.#isRunning = isRunning;
    this.#at = at;
  }

  /** False also where nobody can say so: the letter is given back. */
  async isSo(): Promise<boolean> {
    if (this.#isKnown()) return this.#isRunning;
    this.#looking ??= this.#lookAgain();
    await this.#looking;
    return this.#isKnown() && this.#isRunning;
  }

  #isKnown(): boolean {
    const age = Date.now() - this.#at;
    return age >= 0 && age < KNOWN_MS;
  }

  async #lookAgain(): Promise<void> {
    const at = Date.now();
    try {
      this.learn(await this.#look(), at);
    } catch {
      // The database is away.
    } finally {
      this.#looking = null;
    }
  }
}
