import type { Config } from '../config/env';
import { listColumns, templateHeader, type ImportColumn } from '../domain/files/columns';
import { formatCsvLine } from '../domain/files/csvCells';
import type { RecordSubject } from '../domain/records/fileColumns';
import type { RunDocument } from '../domain/runs/runDocument';
import { listOptionTexts } from '../domain/sources/listOptions';
import { dayIn, DEFAULT_TIME_ZONE } from '../domain/zones';
import type { OperationContext } from '../operations/context';
import type { RecordsRequest } from '../operations/records/importRecords';
import type { ImportRequest } from '../operations/runs/imports';
import type { Temporal } from '../temporal/gateway';
import { checkFile, type CheckImport, type FileCheck } from './files/checks';
import { refuseUnknownEncoding } from './files/encoding';
import { openFile, pipedFile, type FileStream } from './files/file';
import { launch } from './waiting/launch';

const importRecordsModule = () => import('../operations/records/importRecords.js');
const checksModule = () => import('../operations/runs/checks.js');
const importsModule = () => import('../operations/runs/imports.js');
const propertiesModule = () => import('../operations/users/properties.js');

/** An import to start: a path, or a stream whose complete content is the file. */
export interface StartImport extends ImportRequest {
  readonly file: string | FileStream;
}

/** An import of learner records to start; see {@link StartImport}. */
export interface StartRecords extends RecordsRequest {
  readonly subject: RecordSubject;
  readonly file: string | FileStream;
}

/** An import that was started. */
export interface StartedImport {
  readonly runId: string;
  /** Options that its list kept and that were not given, and those that it keeps once it is applied. */
  readonly listOptions: RunDocument['listOptions'];
}

/** Imports of files. */
export class Imports {
  readonly #context: OperationContext;
  readonly #config: Pick<Config, 'limits'> & Partial<Pick<Config, 'timeZone'>>;
  readonly #temporal: () => Promise<Temporal>;

  /** @internal */
  constructor(o: {
    context: OperationContext;
    config: Pick<Config, 'limits'>;
    temporal: () => Promise<Temporal>;
  }) {
    this.#context = o.context;
    this.#config = o.config;
    this.#temporal = o.temporal;
  }

  /**
   * Stores the file, records the run and starts its workflow. Nothing is stored while Temporal is
   * away, and nothing of a file that is refused. Faults: `usage`, `refused_file`, `not_found`,
   * `unavailable`.
   */
  async start({ file: from, ...request }: StartImport): Promise<StartedImport> {
    const { maxFileBytes } = this.#config.limits;
    if (request.encoding !== undefined) await refuseUnknownEncoding(request.encoding);
    const file =
      typeof from === 'string' ? await openFile(from, maxFileBytes) : pipedFile(from, maxFileBytes);
    try {
      const prepared = await (await importsModule()).prepareImport(this.#context, request);
      await this.#temporal();
      const run = await (await importsModule()).createImport(this.#context, { prepared, file });
      await launch(this.#temporal, run);
      return { runId: run.runId, listOptions: listOptionTexts({ ...prepared.options }) };
    } finally {
      await file.close();
    }
  }

  /**
   * As {@link start}, for a file of enrollments or external credits. Faults: `usage`, `refused_file`,
   * `not_found`, `state`, `forbidden`, `unavailable`.
   */
  async startRecords(input: StartRecords): Promise<{ readonly runId: string }> {
    const { subject, file: from, ...request } = input;
    const { maxFileBytes } = this.#config.limits;
    if (request.encoding !== undefined) await refuseUnknownEncoding(request.encoding);
    const file =
      typeof from === 'string' ? await openFile(from, maxFileBytes) : pipedFile(from, maxFileBytes);
    try {
      const today = dayIn(this.#config.timeZone ?? DEFAULT_TIME_ZONE, new Date());
      const prepared = await (
        await importRecordsModule()
      ).prepareRecords(this.#context, { subject, request, today });
      await this.#temporal();
      const run = await (
        await importRecordsModule()
      ).createRecordsImport(this.#context, { prepared, file });
      await launch(this.#temporal, run);
      return { runId: run.runId };
    } finally {
      await file.close();
    }
  }

  /**
   * Reads a file as {@link start} would have it read, and reports what an import would find in it:
   * nothing is stored, no workflow is started. What needs other rows or the users (duplicates,
   * conflicts, gates) is for a dry run. Faults: as those of `start`, and those that end an import
   * with a refused file.
   */
  async check(input: CheckImport): Promise<FileCheck> {
    if (input.encoding !== undefined) await refuseUnknownEncoding(input.encoding);
    const rules = await (await checksModule()).checkRules(this.#context, input);
    return checkFile(input, { rules, ...this.#config });
  }

  /** True when a named list exists; `createSource` makes a new one. */
  async sourceExists(name: string): Promise<boolean> {
    return (await importsModule()).sourceExists(this.#context, name);
  }

  /** The columns that a file may have, declared properties included. */
  async columns(): Promise<ImportColumn[]> {
    return listColumns(await (await propertiesModule()).listProperties(this.#context));
  }

  /** An empty file with every column, as text. */
  async template(): Promise<string> {
    const properties = await (await propertiesModule()).listProperties(this.#context);
    return formatCsvLine(templateHeader(properties), { delimiter: ',', mode: 'exact' });
  }
}

/** Checks of files without a database: see `Rollcall.offline`. */
export class OfflineImports {
  readonly #limits: Config['limits'];

  /** @internal */
  constructor(limits: Config['limits']) {
    this.#limits = limits;
  }

  /**
   * As {@link Imports.check}, by the file alone: names of organizations, properties and saved mappings
   * are not judged (`notJudged`, `unreadMappings`), and neither are lists nor permissions.
   */
  async check(input: CheckImport): Promise<FileCheck> {
    if (input.encoding !== undefined) await refuseUnknownEncoding(input.encoding);
    return checkFile(input, {
      rules: (await checksModule()).checkRulesWithoutStore(input),
      limits: this.#limits,
    });
  }
}
