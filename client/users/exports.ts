import { formatCsvLine } from '../../domain/files/csvCells';
import {
  cellReader,
  exportDocument,
  exportHeader,
  WHOLE_USER,
  type ExportedUser,
  type ExportReader,
} from '../../domain/files/exportColumns';
import { databaseFault } from '../../domain/passing';
import type { Session } from '../../operations/context';
import type { ExportUsers, PreparedExport } from '../../operations/users/exportUsers';

const exportUsersModule = () => import('../../operations/users/exportUsers.js');

export interface ExportInput extends ExportUsers {
  /** `csv` unless given; `jsonl`: one user as JSON on each line, with the exact values. */
  readonly format?: 'csv' | 'jsonl';
  /**
   * Of CSV; `people` unless given: a spreadsheet runs no cell as a formula, reads the letters right, and
   * a last column `_exported` lets an import undo what that takes. `programs`: the exact texts, and
   * nothing else.
   */
  readonly for?: ExportReader;
}

/** A spreadsheet reads a file as UTF-8 only when it begins with this mark; an import skips it. */
const BOM = '\ufeff';

/**
 * An export: pieces of text, which together are the file. Reading the first piece begins it, and it
 * can be read once.
 *
 *     const exported = await rollcall.users.export({ filter: 'department eq "Sales"' });
 *     for await (const piece of exported) process.stdout.write(piece);
 *     console.error(exported.users, exported.columns);
 */
export class UserExport implements AsyncIterable<string> {
  /** The columns in their order: headers of CSV, or names of JSON. */
  readonly columns: readonly string[];
  readonly #lines: Lines;
  readonly #prepared: PreparedExport;
  readonly #session: Pick<Session, 'renew'>;
  #total: number | null = null;
  #users = 0;

  /** @internal */
  constructor(o: {
    readonly prepared: PreparedExport;
    readonly lines: Lines;
    readonly session: Pick<Session, 'renew'>;
  }) {
    this.#prepared = o.prepared;
    this.#lines = o.lines;
    this.#session = o.session;
    this.columns = o.lines.columns;
  }

  /** How many users the pieces so far have; at the end all of them. */
  get users(): number {
    return this.#users;
  }

  /** How many users the export has; `null` before the first piece. */
  get total(): number | null {
    return this.#total;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    const blocks = this.#prepared.read((users) => {
      this.#total = users;
    });
    let start = this.#lines.start;
    try {
      // The actor may have lost the right, or a part of the reach, since the export was prepared.
      await this.#session.renew();
      for await (const users of blocks) {
        const piece = start + users.map((user) => this.#lines.line(user)).join('');
        start = '';
        this.#users += users.length;
        if (piece !== '') yield piece;
      }
    } catch (error) {
      throw databaseFault(error) ?? error;
    }
  }
}

interface Lines {
  readonly columns: readonly string[];
  readonly start: string;
  readonly line: (user: ExportedUser) => string;
}

/** See {@link UserExport}. */
export async function startExport(
  session: Session,
  { format = 'csv', for: reader = 'people', ...input }: ExportInput,
): Promise<UserExport> {
  const prepared = await (await exportUsersModule()).exportUsers(session.context, input, format);
  const lines = format === 'csv' ? csvLines(prepared, reader) : jsonLines(prepared);
  return new UserExport({ prepared, lines, session });
}

function csvLines({ columns }: PreparedExport, reader: ExportReader): Lines {
  const safe = reader === 'people';
  const style = { delimiter: ',', mode: safe ? 'spreadsheet' : 'exact' } as const;
  const header = exportHeader(columns ?? [], safe);
  const exportedAt = safe ? [new Date().toISOString()] : [];
  const cells = (columns ?? []).map(cellReader);
  return {
    columns: header,
    start: `${safe ? BOM : ''}${formatCsvLine(header, style)}`,
    line: (user) => formatCsvLine([...cells.map((cell) => cell(user)), ...exportedAt], style),
  };
}

function jsonLines({ columns }: PreparedExport): Lines {
  return {
    columns: columns ?? WHOLE_USER,
    start: '',
    line: (user) => `${JSON.stringify(exportDocument(user, columns))}\n`,
  };
}
