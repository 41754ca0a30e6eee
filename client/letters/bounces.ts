import type { StoreConfig } from '../../config/env';
import { secretKeys } from '../../config/keyFile';
import { contextWith, type OperationContext } from '../../operations/context';
import type { BouncesImport } from '../../operations/letters/bounces';
import type { SuppressionContext } from '../../operations/letters/suppressions';

export interface ImportBouncesInput {
  /**
   * A message, an mbox, a CSV file with a column `message_id`, or a folder of such files (also a Maildir);
   * or the content of one as a stream.
   */
  readonly from: string | AsyncIterable<Uint8Array | string>;
  /** Shows what would change, and changes nothing. */
  readonly dryRun?: boolean;
}

/** Letters that came back. */
export class Bounces {
  readonly #context: SuppressionContext;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly config: StoreConfig }) {
    this.#context = contextWith(o.context, { keys: secretKeys(o.config) });
  }

  /**
   * Reads what mail servers sent back: letters become `bounced`, and addresses that are wrong get no more of
   * them. A message counts once, however often it is imported. Faults: `usage`, `refused_file`.
   */
  async import({ from, dryRun = false }: ImportBouncesInput): Promise<BouncesImport> {
    const { importBounces } = await import('../../operations/letters/bounces.js');
    return importBounces(this.#context, {
      from: typeof from === 'string' ? from : buffers(from),
      dryRun,
    });
  }
}

async function* buffers(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
