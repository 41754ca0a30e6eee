import type { Config } from '../config/env';
import { Fault } from '../domain/faults';
import { listColumns, templateHeader, type ImportColumn } from '../domain/files/columns';
import { formatCsvLine } from '../domain/files/csvCells';
import type { OperationContext } from '../operations/context';
import {
  createImport,
  prepareImport,
  sourceExists,
  type ImportRequest,
} from '../operations/runs/imports';
import { listProperties } from '../operations/users/properties';
import type { Temporal } from '../temporal/gateway';
import { openFile, pipedFile, type FileStream } from './file';
import type { Runs } from './runs';

/** An import to start: a path, or a stream whose complete content is the file. */
export interface StartImport extends ImportRequest {
  readonly file: string | FileStream;
}

/** Imports of files. */
export class Imports {
  readonly #context: OperationContext;
  readonly #config: Pick<Config, 'limits'>;
  readonly #temporal: () => Promise<Temporal>;
  readonly #runs: Runs;

  /** @internal */
  constructor(o: {
    context: OperationContext;
    config: Pick<Config, 'limits'>;
    temporal: () => Promise<Temporal>;
    runs: Runs;
  }) {
    this.#context = o.context;
    this.#config = o.config;
    this.#temporal = o.temporal;
    this.#runs = o.runs;
  }

  /**
   * Stores the file, records the run and starts its workflow. Nothing is stored while Temporal is
   * away, and nothing of a file that is refused. Faults: `usage`, `refused_file`, `not_found`,
   * `unavailable`.
   */
  async start({ file: from, ...request }: StartImport): Promise<{ readonly runId: string }> {
    const { maxFileBytes } = this.#config.limits;
    if (request.encoding !== undefined) await refuseUnknownEncoding(request.encoding);
    const file =
      typeof from === 'string' ? await openFile(from, maxFileBytes) : pipedFile(from, maxFileBytes);
    try {
      const prepared = await prepareImport(this.#context, request);
      await this.#temporal();
      const run = await createImport(this.#context, { prepared, file });
      await this.#runs.launch(run);
      return { runId: run.runId };
    } finally {
      await file.close();
    }
  }

  /** True when a named list exists; `createSource` makes a new one. */
  async sourceExists(name: string): Promise<boolean> {
    return sourceExists(this.#context, name);
  }

  /** The columns that a file may have, declared properties included. */
  async columns(): Promise<ImportColumn[]> {
    return listColumns(await listProperties(this.#context));
  }

  /** An empty file with every column, as text. */
  async template(): Promise<string> {
    const properties = await listProperties(this.#context);
    return formatCsvLine(templateHeader(properties), { delimiter: ',', mode: 'exact' });
  }
}

/** The connector knows the encodings; an unknown one is wrong usage before anything is stored. */
async function refuseUnknownEncoding(encoding: string): Promise<void> {
  const { requireEncoding } = await import('../connectors/csv/text.js');
  try {
    requireEncoding(encoding);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const { code, message, next = { do: 'helpImport' } } = cause;
    throw new Fault('usage', { code, message, next, cause });
  }
}
