import fc from 'fast-check';
import iconv from 'iconv-lite';
import { parse } from 'csv-parse/sync';
import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import { RecordSplitter } from '../../../connectors/csv/format/records';
import { csvLine } from '../../../connectors/csv/write';
import { Fault } from '../../../domain/faults';
import { chunksOf, padding, read } from './support';

/** More by hand: ROLLCALL_FUZZ=10000. */
const RUNS = Number(process.env['ROLLCALL_FUZZ'] ?? 60);

/** Texts in which all characters with a meaning in CSV are frequent. */
const SOUP = fc
  .array(
    fc.constantFrom(
      '"',
      '""',
      ',',
      '\n',
      '\r\n',
      '\r',
      'a',
      'é',
      '田',
      '😀',
      ' ',
      '\0',
      '"x,y"',
      '1,2',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** Valid records: cells of any text, quoted where needed or at random. */
const RECORDS = fc.array(
  fc.array(
    fc.record({
      text: fc.array(fc.constantFrom('"', ',', '\n', '\r\n', '\r', 'a', 'é', '😀', ' '), {
        maxLength: 6,
      }),
      quoted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 30 },
);

function write(
  records: readonly (readonly { text: string[]; quoted: boolean }[])[],
  eol: string,
): string {
  const cell = ({ text, quoted }: { text: string[]; quoted: boolean }): string => {
    const value = text.join('');
    return quoted || /["\r\n,]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return records.map((record) => record.map(cell).join(',') + eol).join('');
}

/** Cuts bytes at the given places, modulo the length. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Pieces of `size` characters. */
function completeCharacters(text: string, size: number): Buffer[] {
  const all = Array.from(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    Buffer.from(all.slice(i * size, (i + 1) * size).join('')),
  );
}

async function* each(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

function encode(text: string, encoding = 'utf-8'): Buffer {
  return iconv.encode(text, encoding);
}

/** The outcome of a file, refusal included, in one value. */
async function outcome(chunks: AsyncIterable<Buffer>, encoding?: string): Promise<unknown> {
  try {
    const limits = { maxRecordBytes: 60, maxCellChars: 12 };
    const options = { ignoreUnknown: true, ...(encoding === undefined ? {} : { encoding }) };
    return await read(chunks, { options, limits });
  } catch (error) {
    if (error instanceof Fault) return [error.code, error.message];
    throw error;
  }
}

function split(
  pieces: readonly Buffer[],
  crIsText = false,
): { records: string[][]; lines: number[] } | 'broken' {
  const [records, lines]: [string[][], number[]] = [[], []];
  const splitter = new RecordSplitter(
    {
      ...{ delimiter: ',', quoting: 'doubled', crIsText },
      maxRecordBytes: DEFAULT_CSV_LIMITS.maxRecordBytes,
    },
    1,
    (cells, count, line) => {
      records.push(cells.slice(0, count));
      lines.push(line);
    },
  );
  try {
    for (const piece of pieces) splitter.push(piece, false);
    splitter.push(Buffer.alloc(0), true);
  } catch (error) {
    if (error instanceof Fault && error.code === 'broken_quotes') return 'broken';
    throw error;
  }
  return { records, lines };
}

/** csv-parse on the complete file at once; its rows of one empty cell are blank lines. */
function parsed(text: string, crIsText: boolean): string[][] | 'broken' {
  try {
    return parse(Buffer.from(text), {
      record_delimiter: ['\r\n', '\n', ...(crIsText ? [] : ['\r'])],
      relax_column_count: true,
    }).filter((record) => record.length > 1 || record[0] !== '');
  } catch {
    return 'broken';
  }
}

describe('any file', () => {
  it('gives the same rows, or the same refusal, however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        SOUP,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (text, sizes) => {
          const bytes = Buffer.from(`code,first_name,phone\n${padding(3)}${text}`);

          const whole = await outcome(chunksOf(bytes));

          expect(await outcome(each(cut(bytes, sizes)))).toEqual(whole);
          expect(await outcome(chunksOf(bytes, 1))).toEqual(whole);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('gives the same rows, or the same refusal, when its bytes are no text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, 'utf-16le', 'utf-16be', 'windows-1252', 'shift_jis', 'gb18030'),
        async (tail, size, encoding) => {
          const bytes = Buffer.concat([encode(`code,phone\n${padding()}1,`, encoding), tail]);

          const whole = await outcome(chunksOf(bytes), encoding);

          expect(await outcome(chunksOf(bytes, size), encoding)).toEqual(whole);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('is split as csv-parse splits it, broken quoting included', () => {
    fc.assert(
      fc.property(SOUP, fc.integer({ min: 1, max: 12 }), fc.boolean(), (text, size, crIsText) => {
        const cutUp = split(completeCharacters(text, size), crIsText);

        expect(cutUp).toEqual(split([Buffer.from(text)], crIsText));
        expect(cutUp === 'broken' ? cutUp : cutUp.records).toEqual(parsed(text, crIsText));
      }),
      { numRuns: 2_000 },
    );
  });

  it('has each record on the physical line where it starts', () => {
    fc.assert(
      fc.property(RECORDS, fc.constantFrom('\n', '\r\n', '\r'), (records, eol) => {
        const expected: number[] = [];
        let line = 1;
        for (const record of records) {
          const text = write([record], '');
          if (text !== '' && text !== '""') expected.push(line);
          line += 1 + (text.match(/\r\n|\r|\n/g)?.length ?? 0);
        }

        const found = split([Buffer.from(write(records, eol))]);

        expect(found === 'broken' ? found : found.lines).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['exact', 'spreadsheet'] as const)('reads back as it was written: %s', (mode) => {
    const CELL = fc.array(
      fc.constantFrom('"', ',', ';', '\n', '\r', "'", '=', '+', '-', '@', ' ', '\t', 'a', 'é'),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(
        fc.array(CELL, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        (cells, delimiter) => {
          const texts = cells.map((cell) => cell.join(''));
          const header = texts.map((_, i) => `c${String(i)}`);

          const line = csvLine(texts, { delimiter, mode });
          const [record = []] = parse(csvLine(header, { delimiter }) + line, {
            delimiter,
            from_line: 2,
          });

          const live = /^\s*[=+\-@\t\r\n]/;
          if (mode === 'spreadsheet') expect(record.filter((cell) => live.test(cell))).toEqual([]);
          const undone = record.map((cell) =>
            /^'+\s*[=+\-@\t\r\n]/.test(cell) ? cell.slice(1) : cell,
          );
          expect(mode === 'exact' ? record : undone).toEqual(texts);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
