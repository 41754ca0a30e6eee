import { Readable } from 'node:stream';

/**
 * The bytes of a message, read by nobody before the server asked for them: `begun` is the mark that from
 * then on the message may have gone out.
 */
export class RawMessage extends Readable {
  readonly #raw: Buffer;
  begun = false;

  constructor(raw: Buffer) {
    super({ highWaterMark: raw.length + 1 });
    this.#raw = raw;
  }

  override _read(): void {
    this.begun = true;
    this.push(this.#raw);
    this.push(null);
  }
}
