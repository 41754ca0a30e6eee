import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import type { Quoting } from '../../../connectors/csv/format/dialect';
import { RecordSplitter } from '../../../connectors/csv/format/records';
import { Fault } from '../../../domain/faults';
import { NULL_CELL, QUOTED_NULL_CELL } from '../../../domain/files/tokens';
import { chunksOf, faultsOf, padding, read, refusalOf } from './support';
import { stepWords } from '../../support/words';

/** More by hand: ROLLCALL_FUZZ=10000. */
const RUNS = Number(process.env['ROLLCALL_FUZZ'] ?? 600);
const escape = 'backslash';

interface Format {
  readonly delimiter: string;
  readonly quoting: Quoting;
  readonly crIsText?: boolean;
}

function split(
  pieces: readonly Buffer[],
  format: Format,
): { records: string[][]; lines: number[] } | 'broken' {
  const [records, lines]: [string[][], number[]] = [[], []];
  const { maxRecordBytes } = DEFAULT_CSV_LIMITS;
  const splitter = new RecordSplitter({ ...format, maxRecordBytes }, 1, (cells, count, line) => {
    records.push(cells.slice(0, count));
    lines.push(line);
  });
  try {
    for (const piece of pieces) splitter.push(piece, false);
    splitter.push(Buffer.alloc(0), true);
  } catch (error) {
    if (error instanceof Fault && error.code === 'broken_quotes') return 'broken';
    throw error;
  }
  return { records, lines };
}

/** Pieces of `size` characters. */
function pieces(text: string, size: number): Buffer[] {
  const all = Array.from(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    Buffer.from(all.slice(i * size, (i + 1) * size).join('')),
  );
}

const MEANT = ['"', '\\', ',', '\t', '\n', '\r', 'N', 'n', 't', 'a', 'é', '😀', ' ', '0'];
const CELL = fc.array(fc.constantFrom(...MEANT), { maxLength: 6 }).map((parts) => parts.join(''));
/** A cell without a value is `null`. */
const TABLE = fc.array(fc.array(fc.option(CELL, { freq: 8 }), { minLength: 2, maxLength: 4 }), {
  minLength: 1,
  maxLength: 12,
});
type Table = readonly (readonly (string | null)[])[];

/** As a program writes a table → its text; each is described by the program's documentation. */
const WRITERS = {
  /** `SELECT … INTO OUTFILE`: no quoting, tab (MariaDB, `select_export::send_data`). */
  'mariadb outfile': {
    format: { delimiter: '\t', quoting: 'none', crIsText: true },
    cell: (text) => (text === null ? NULL_CELL : text.replace(/[\\\t\n]/g, '\\$&')),
  },
  /** The same with `FIELDS TERMINATED BY ',' ENCLOSED BY '"'`. */
  'mariadb outfile, enclosed': {
    format: { delimiter: ',', quoting: 'backslash' },
    cell: (text) => (text === null ? NULL_CELL : `"${text.replace(/["\\\n]/g, '\\$&')}"`),
  },
  /** `mariadb --batch`, `COPY … TO` in PostgreSQL's text format. */
  'mariadb batch': {
    format: { delimiter: '\t', quoting: 'none' },
    cell: (text) =>
      text === null
        ? NULL_CELL
        : text.replace(
            /[\\\t\n\r]/g,
            (char) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[char] ?? char,
          ),
  },
  /** csv.writer(escapechar='\\', doublequote=False, quoting=QUOTE_ALL). */
  python: {
    format: { delimiter: ',', quoting: 'backslash' },
    cell: (text) => (text === null ? '' : `"${text.replace(/["\\]/g, '\\$&')}"`),
  },
} as const satisfies Record<
  string,
  { readonly format: Format; readonly cell: (text: string | null) => string }
>;

function written(table: Table, { format, cell }: (typeof WRITERS)[keyof typeof WRITERS]): string {
  return table.map((row) => `${row.map(cell).join(format.delimiter)}\n`).join('');
}

/** What the splitter gives for a cell. */
function given(cell: string | null, nothing: string): string {
  if (cell === null) return nothing;
  return cell === NULL_CELL ? QUOTED_NULL_CELL : cell;
}

function withoutCr(cell: string | null): string | null {
  return cell?.replace(/\r+$/, '') ?? null;
}

describe('files with backslashes', () => {
  it.each(Object.keys(WRITERS))('give back what a program wrote, however cut: %s', (name) => {
    const [, writer] = Object.entries(WRITERS).find(([called]) => called === name) ?? [];
    if (writer === undefined) throw new Error(name);
    fc.assert(
      fc.property(TABLE, fc.integer({ min: 1, max: 9 }), (table, size) => {
        // It does not escape a \r; at the end of a line it is a part of the line break.
        const plain = table.map((row) =>
          name === 'mariadb outfile' ? [...row.slice(0, -1), withoutCr(row.at(-1) ?? null)] : row,
        );
        const text = written(plain, writer);

        const whole = split([Buffer.from(text)], writer.format);

        const nothing = name === 'python' ? '' : NULL_CELL;
        const expected = plain.map((row) => row.map((cell) => given(cell, nothing)));
        expect(whole === 'broken' ? whole : whole.records).toEqual(expected);
        expect(split(pieces(text, size), writer.format)).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  it('are split as csv-parse splits them where a backslash stands before a quote or a backslash', () => {
    const SOUP = fc
      .array(fc.constantFrom('"', '\\"', '\\\\', ',', '\n', '\r\n', '"x,y"', 'a', 'é'), {
        maxLength: 30,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(SOUP, fc.integer({ min: 1, max: 9 }), (text, size) => {
        const format = { delimiter: ',', quoting: 'backslash' } as const;
        const found = split([Buffer.from(text)], format);

        expect(split(pieces(text, size), format)).toEqual(found);
        let records: string[][] | 'broken';
        try {
          records = parse(Buffer.from(text), {
            escape: '\\',
            record_delimiter: ['\r\n', '\n', '\r'],
            relax_column_count: true,
          }).filter((record) => record.length > 1 || record[0] !== '');
        } catch {
          return;
        }
        // Outside quotes csv-parse leaves a backslash as it is.
        fc.pre(!/(?:^|[,\n])(?!")[^",\n]*\\/.test(text));
        expect(found === 'broken' ? found : found.records).toEqual(records);
      }),
      { numRuns: 2 * RUNS },
    );
  });

  it('with tabs are split as csv-parse splits them, quotes within a cell being text', () => {
    const SOUP = fc
      .array(fc.constantFrom('"', '""', '\t', '\n', '\r\n', '\r', '"x\ty"', '\\', 'a', 'é'), {
        maxLength: 30,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(SOUP, fc.integer({ min: 1, max: 9 }), (text, size) => {
        const format = { delimiter: '\t', quoting: 'doubled' } as const;
        const found = split([Buffer.from(text)], format);

        expect(split(pieces(text, size), format)).toEqual(found);
        let strict: string[][];
        try {
          strict = parse(Buffer.from(text), {
            delimiter: '\t',
            record_delimiter: ['\r\n', '\n', '\r'],
            relax_column_count: true,
          });
        } catch {
          return;
        }
        const expected = strict.filter((record) => record.length > 1 || record[0] !== '');
        expect(found === 'broken' ? found : found.records).toEqual(expected);
      }),
      { numRuns: 2 * RUNS },
    );
  });

  it('name the physical line on which each record starts', () => {
    const text = 'a\tb\n1\tx\\\ny\\\r\nz\n2\tx\\ny\n3\t\n';

    const found = split([Buffer.from(text)], { delimiter: '\t', quoting: 'none' });

    expect(found).toEqual({
      records: [
        ['a', 'b'],
        ['1', 'x\ny\r\nz'],
        ['2', 'x\ny'],
        ['3', ''],
      ],
      lines: [1, 2, 5, 6],
    });
  });

  it('give no opinion where a cell without quotes is \\N, also where an empty cell clears', async () => {
    const text = 'code,job_title,phone\n1,\\N,\n2,"\\N",5\n3,x\\N,\\\\N\n';

    for (const options of [{}, { escape }] as const) {
      const { rows } = await read(text, { options: { ...options, blank: 'clear' } });

      expect(rows[0]).toMatchObject({ job_title: null, clears: '{"phone"}' });
      expect(rows[1]).toMatchObject({ job_title: '\\N', phone: '5' });
    }
    const { rows } = await read(text, { options: { escape } });
    expect(rows[2]).toMatchObject({ job_title: 'xN', phone: '\\N' });
  });

  it.each([
    ['PHP: a doubled quote after other backslashes', '"C:\\temp\\new ""x"""', 'C:\\temp\\new "x"'],
    ['PHP: a quote after a backslash', '"5\\" pipe"', '5" pipe'],
    ['MariaDB: backslashes', '"C:\\\\tools \\\\"', 'C:\\tools \\'],
    ['MariaDB: a line break', '"Head\\\nof Sales"', 'Head\nof Sales'],
    ['a comma after a backslash', 'Sales\\, West', 'Sales, West'],
  ])('are read with --escape backslash: %s', async (_, cell, value) => {
    const { rows, format } = await read(`code,job_title\n1,${cell}\n2,x\n`, {
      options: { escape },
    });

    expect(format.quoting).toBe('backslash');
    expect(rows.map((row) => row.job_title)).toEqual([value, 'x']);
  });

  it('have control characters as faults when they are written as escapes', async () => {
    const { rows } = await read('code\tphone\n1\ta\\0b\n2\ta\\Zb\n3\t\\b\n4\ta\\tb\n', {
      options: { escape },
    });

    expect(rows.map((row) => faultsOf(row).map(([, code]) => code))).toEqual([
      ['nul_byte'],
      ['control_character'],
      ['control_character'],
      [],
    ]);
  });

  it('with tabs take a quote for text, unless the header is quoted', async () => {
    const plain = await read('code\tjob_title\n1\t"Pipe" 5"\n2\t"x"\n', { options: { escape } });
    const enclosed = await read('"code"\t"job_title"\n"1"\t"Pipe 5\\""\n', { options: { escape } });

    expect(plain.format.quoting).toBe('none');
    expect(plain.rows.map((row) => row.job_title)).toEqual(['"Pipe" 5"', '"x"']);
    expect(enclosed.rows.map((row) => row.job_title)).toEqual(['Pipe 5"']);
  });

  it('with tabs take a quote within a cell for text without any option', async () => {
    const text = 'code\tjob_title\n1\tPipe 5"\n2\t"Pipe ""6"\n3\t"so" and "so"\n4\t"a"b\n"5"\tc\n';

    for (const size of [1, 7, 1000]) {
      const { rows } = await read(chunksOf(text, size));

      expect(rows.map(({ line, job_title: job }) => [line, job])).toEqual([
        ['2', 'Pipe 5"'],
        ['3', 'Pipe "6'],
        ['4', '"so" and "so"'],
        ['5', '"a"b'],
        ['6', 'c'],
      ]);
    }
  });

  it.each([
    ['MariaDB, at the end of a cell', '"code","job_title"\n"1","Pipe 5\\""\n', 'A backslash'],
    ['MariaDB, twice', 'code,job_title\n1,"5\\""\n2,"6\\""\n', 'A backslash'],
    ['PHP, in a cell', 'code,job_title\n1,"5\\" pipe"\n', 'A backslash'],
    ['far down', `code,job_title\n${padding()}1,"5\\" pipe"\n`, 'A backslash'],
    ['tabs', 'code\tjob_title\n1\t"Pipe 5\n', 'If a database wrote the file'],
  ])('are refused without the option, which the refusal names: %s', async (_, text, words) => {
    for (const size of [3, 1000]) {
      const fault = await refusalOf(chunksOf(text, size));

      expect(fault.code).toBe('broken_quotes');
      expect(stepWords(fault.next)).toContain(words);
      expect(stepWords(fault.next)).toContain('rollcall import FILE --escape backslash.');
    }
  });

  it('are refused without that name where nothing speaks for it, and with broken quotes', async () => {
    const plain = await refusalOf('code,phone\n1,"a"b\n');
    const broken = await refusalOf('code,phone\n1,"a"b\n', { options: { escape } });
    const open = await refusalOf('code,phone\n1,"a\n', { options: { escape } });

    expect(stepWords(plain.next)).not.toContain('--escape');
    expect([broken.code, open.code]).toEqual(['broken_quotes', 'broken_quotes']);
    expect(stepWords(broken.next)).not.toContain('--escape');
  });

  it('keep their memory flat: a quote that is never closed ends at the bound of a record', async () => {
    const rest = 'x,y\n'.repeat(2_000);
    const fault = await refusalOf(chunksOf(`code,phone\n1,a\n2,"${rest}`, 500), {
      options: { escape },
      limits: { maxRecordBytes: 2_000 },
    });

    expect(fault.code).toBe('record_too_long');
    expect(fault.message).toContain('line 3 ');
  });
});

describe('this file', () => {
  it('is refused in words, with the option too', async () => {
    const fault = await refusalOf(readFileSync(__filename), { options: { escape } });

    expect(fault.kind).toBe('refused_file');
  });
});
