import { createReadStream, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chunksOf, faultsOf, padding, PADDING_LINES, read, refusalOf } from './support';
import { faultWords, stepWords } from '../../support/words';

const HEAD = 'code,first_name,email\n';

/** A large file that is made as it is read; counts how much of it was taken. */
function endless(
  start: string,
  filler: string,
  megabytes: number,
): {
  chunks: AsyncIterable<Buffer>;
  taken: () => number;
} {
  let taken = 0;
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from(start);
    for (; taken < megabytes; taken++) yield Buffer.from(filler.repeat(2 ** 20 / filler.length));
  }
  return { chunks: chunks(), taken: () => taken };
}

describe('files that are refused', () => {
  it.each([
    ['no bytes', '', 'no_header'],
    ['blank lines only', '\ufeff\r\n \r\n', 'no_header'],
    ['only the line sep=', 'sep=;\n', 'no_header'],
    ['a web page', '\n<!DOCTYPE html><html><body>Sign in</body></html>', 'html'],
    ['XML', '<?xml version="1.0"?><people/>', 'xml'],
    ['JSON', '[\n {"code": 1}]', 'json'],
    ['a PDF', '%PDF-1.7\n', 'pdf'],
    ['a zip archive', 'PK\x03\x04\x14\0\0\0people.csv', 'archive'],
    ['a workbook', 'PK\x03\x04\x14\0\0\0[Content_Types].xml', 'workbook'],
    ['an unknown column', 'code,shirt\n1,L\n', 'unknown_column'],
    ['a column without a name that has values', 'code,\n1,x\n', 'unknown_column'],
    ['a column without a name before all others', ',code\n1,x\n', 'unknown_column'],
    ['an undeclared property', 'code,properties.shirt\n1,L\n', 'unknown_column'],
    ['a column twice', 'code,email,email\n', 'repeated_column'],
    ['a column twice, in another case', 'code,email,EMAIL\n', 'repeated_column'],
    ['a column and its alias', 'code,first name,Given-Name\n', 'repeated_column'],
    ['two columns for the code', 'Employee ID,external_id\n', 'repeated_column'],
    ['no column of a key', 'first_name,phone\nAnn,5\n', 'no_key_column'],
    ['an open quote', `${HEAD}1,a,\n2,"b,\n3,c,\n`, 'broken_quotes'],
    ['an open quote in the header', 'code,"email\n1,a\n', 'broken_quotes'],
    ['text after a closing quote', `${HEAD}1,"a"b,\n`, 'broken_quotes'],
    ['a quote in an unquoted cell', `${HEAD}1,5" nail,\n`, 'broken_quotes'],
    ['a header of NUL bytes', 'code,em\0ail\n', 'invalid_bytes'],
  ])('%s', async (_, text, code) => {
    const fault = await refusalOf(text);

    expect(fault).toMatchObject({ kind: 'refused_file', code });
    expect(fault.message).not.toBe('');
    expect(stepWords(fault.next)).not.toBe('');
  });

  it('a directory', async () => {
    const fault = await refusalOf(createReadStream(__dirname), { name: 'exports' });

    expect(fault).toMatchObject({ code: 'directory', message: 'exports is a directory.' });
  });

  it('an archive, whatever its name says', async () => {
    const fault = await refusalOf(gzipSync(`${HEAD}1,a,\n`), { name: 'people.csv' });

    expect(faultWords(fault)).toMatchObject({
      code: 'archive',
      message: 'people.csv is a gzip archive, not CSV.',
      next: 'Unpack it and import the CSV file inside.',
    });
  });

  it('an unknown column, with the nearest known name', async () => {
    const fault = await refusalOf('code,emial\n1,a@x.example\n');

    expect(fault.message).toBe(
      'Line 1: column 2 "emial" is not known; the nearest known name is email.',
    );
    expect(stepWords(fault.next)).toContain('--map emial=email');
  });

  it('a map to a field that does not exist', async () => {
    const fault = await refusalOf('code,shirt\n1,L\n', {
      options: { columns: { shirt: 'properties.shirt' } },
    });

    expect(fault.code).toBe('unknown_field');
  });

  it.each([
    ['open to the end', 'code,phone\n"0","a\nb"\n\n1,"a\n2,b\n', 5],
    ['followed by text', 'code,phone\n\n"0","a\nb"\n1,c\n2,"a\nb"x\n3,"c"\n', 6],
    ['far behind', `code,phone\n${padding()}0,"a\n\nb"\n1,"a\n2,b\n`, PADDING_LINES + 5],
    ['in an unquoted cell', 'code,phone\r\n0,"a\r\nb"\r\n2,a"b\r\n3,"c"\r\n', 4],
  ])('broken quoting, naming the line where its record began: %s', async (_, text, line) => {
    for (const size of [1, 7, 1000]) {
      const fault = await refusalOf(chunksOf(text, size));

      expect(fault.code).toBe('broken_quotes');
      expect(fault.message).toContain(`line ${String(line)} `);
    }
  });

  it('a quote that is never closed in a large file, without reading all of it', async () => {
    const file = endless(`${HEAD}1,a,\n2,"b,\n`, '3,c,c@x.example\n', 100);

    const fault = await refusalOf(file.chunks);

    expect(fault.code).toBe('record_too_long');
    expect(fault.message).toContain('line 3 ');
    expect(file.taken()).toBeLessThan(5);
  });

  it.each([
    ['plain', '1,'],
    ['quoted', '1,"'],
  ])('a single cell of 100 MB, without reading it all: %s', async (_, start) => {
    const file = endless(`${HEAD}${start}`, 'x', 100);

    const fault = await refusalOf(file.chunks);

    expect(fault.code).toBe('record_too_long');
    expect(fault.message).toContain('line 2 ');
    expect(file.taken()).toBeLessThan(5);
  });

  it('a header of 100 MB, without reading all of it', async () => {
    const file = endless('code,', 'x', 100);

    expect((await refusalOf(file.chunks)).code).toBe('record_too_long');
    expect(file.taken()).toBeLessThan(5);
  });

  it('10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `c${String(i)}`).join(',');

    const fault = await refusalOf(`${names}\n${'1,'.repeat(9_999)}1\n`);

    expect(fault.code).toBe('too_many_columns');
    expect(fault.message).toContain('10000 columns; 512 are the most');
  });

  it('a file over the limit, or one that grows over it while it is read', async () => {
    const file = endless(HEAD, '1,a,a@x.example\n', 100);

    const fault = await refusalOf(file.chunks, { limits: { maxFileBytes: 3 * 2 ** 20 } });

    expect(fault.code).toBe('file_too_large');
    expect(file.taken()).toBeLessThan(5);
  });

  it('invalid UTF-8 at byte 4,096, with line and offset, also where two chunks meet', async () => {
    const line = `1,${'a'.repeat(60)},\n`;
    const bytes = Buffer.from(HEAD + line.repeat(100));
    bytes[4096] = 0xff;
    const lines = bytes.subarray(0, 4096).toString('latin1').split('\n').length;

    for (const size of [1, 512, 4095, 4096, 4097, 65_536]) {
      const fault = await refusalOf(chunksOf(bytes, size));

      expect(fault.code).toBe('invalid_bytes');
      expect(fault.message).toContain(`Line ${String(lines)}, byte offset 4096: `);
    }
  });

  it.each([
    ['a lone continuation byte', [0x80], 0],
    ['an overlong form', [0xc0, 0xaf], 0],
    ['a surrogate', [0xed, 0xa0, 0x80], 0],
    ['a character cut short', [0xe2, 0x82, 0x2c], 0],
    ['a character cut short by the end', [0x61, 0xf0, 0x9f, 0x98], 1],
  ])('invalid UTF-8 after a real U+FFFD: %s', async (_, bad, at) => {
    const start = Buffer.from(`${HEAD}${padding(3)}1,a\ufffd,\n2,"é\nb`);
    const bytes = Buffer.concat([start, Buffer.from(bad)]);

    for (const size of [1, 2, 3, 1000]) {
      const fault = await refusalOf(chunksOf(bytes, size));

      expect(fault.message).toContain(
        `Line ${String(PADDING_LINES + 4)}, byte offset ${String(start.length + at)}: `,
      );
    }
  });

  it('bytes that the named encoding does not define, with their offset', async () => {
    const start = HEAD + padding(3);
    const sjis = Buffer.concat([
      Buffer.from(start),
      Buffer.from([0x31, 0x2c, 0x93, 0x63, 0xfd, 0x0a]),
    ]);

    for (const size of [1, 3, 1000]) {
      const fault = await refusalOf(chunksOf(sjis, size), { options: { encoding: 'shift_jis' } });

      expect(fault.code).toBe('invalid_bytes');
      expect(fault.message).toContain(
        `Line ${String(PADDING_LINES + 2)}, byte offset ${String(start.length + 4)}: `,
      );
    }
  });

  it.each([
    ['plain', `1,${'x'.repeat(58)}`],
    ['of two-byte characters', `1,${'é'.repeat(29)}`],
    ['quoted', `1,"${'x'.repeat(56)}"`],
    ['quoted, with a line break', `1,"${'x'.repeat(54)}\r\n"`],
  ])('a record one byte over the bound, and none at it: %s', async (_, record) => {
    const limits = { maxRecordBytes: Buffer.byteLength(record) };
    const longer = record.replace(/(["éx])$/, 'y$1').replace(/\r\n"y"$/, 'y\r\n"');

    for (const [before, after] of [
      ['', ''],
      ['2,b\r\n', '3,c\r\n'],
      ['2,"b"\r\n', '3,"c"\r\n'],
    ]) {
      for (const size of [1, 7, 65_536]) {
        const file = (line: string) =>
          chunksOf(`code,first_name\n${padding()}${before}${line}\r\n${after}`, size);

        const { rows } = await read(file(record), { limits });
        const fault = await refusalOf(file(longer), { limits });

        expect(rows.some(({ code }) => code === '1')).toBe(true);
        expect(fault.code).toBe('record_too_long');
        expect(fault.message).toContain(`line ${String(PADDING_LINES + (before === '' ? 2 : 3))} `);
      }
    }
  });

  it('half a character of UTF-16, with its offset', async () => {
    const good = Buffer.from(`\ufeff${HEAD}${padding(3)}1,a`, 'utf16le');
    const lone = Buffer.concat([good, Buffer.from([0x3d, 0xd8, 0x2c, 0x00])]);
    const odd = Buffer.concat([good, Buffer.from([0x2c])]);

    for (const bytes of [lone, odd]) {
      for (const size of [1, 3, 1000]) {
        const fault = await refusalOf(chunksOf(bytes, size));
        expect(fault.message).toContain(
          `Line ${String(PADDING_LINES + 2)}, byte offset ${String(good.length)}: `,
        );
      }
    }
  });

  it.each(['utf-16le', 'utf-16be'])(
    '%s without its byte order mark, naming it',
    async (encoding) => {
      const bytes = Buffer.from(`${HEAD}1,Žofie,z@x.example\n`, 'utf16le');
      if (encoding === 'utf-16be') bytes.swap16();

      const fault = await refusalOf(bytes);

      expect(fault.code).toBe('invalid_bytes');
      expect(stepWords(fault.next)).toContain(`--encoding ${encoding}`);
    },
  );
});

describe('files that are read', () => {
  it('NUL bytes and over-long cells are faults of their rows; good rows go through', async () => {
    const { rows } = await read(`${HEAD}1,a\0,\n2,${'x'.repeat(40_000)},\n3,c,c@x.example\n`);

    expect(rows.map((row) => faultsOf(row).map(([, code]) => code))).toEqual([
      ['nul_byte'],
      ['cell_too_long'],
      [],
    ]);
  });

  it('formulas are texts', async () => {
    const { rows } = await read('code,first_name\n1,=cmd|x\n2,"=HYPERLINK(""a"",""b"")"\n');

    expect(rows.map((row) => row.first_name)).toEqual(['=cmd|x', '=HYPERLINK("a","b")']);
  });

  it('this file itself is refused in words, not in a crash', async () => {
    expect((await refusalOf(readFileSync(__filename))).kind).toBe('refused_file');
  });
});
