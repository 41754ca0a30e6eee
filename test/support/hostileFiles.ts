import { gzipSync } from 'node:zlib';

/** A file that is refused as a whole. */
export interface RefusedFile {
  readonly what: string;
  readonly name: string;
  readonly bytes: () => string | Buffer;
  readonly code: string;
  /** What its message must contain. */
  readonly says: string;
  readonly options?: readonly string[];
}

const HEAD = 'code,first_name,email\n';
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const bytes = (start: string, bad: readonly number[], end = ',\n'): Buffer =>
  Buffer.concat([Buffer.from(start), Buffer.from(bad), Buffer.from(end)]);

/** 4,096 bytes in, on line 65. */
function badAt4096(): Buffer {
  const file = Buffer.from(HEAD + `1,${'a'.repeat(60)},\n`.repeat(100));
  file[4096] = 0xff;
  return file;
}

/** One cell of this many bytes, without a text of that size in this process. */
function hugeCell(quote: string): Buffer {
  const cell = Buffer.alloc(100 * 1000 * 1000, 'x');
  return Buffer.concat([Buffer.from(`${HEAD}1,${quote}`), cell, Buffer.from(`${quote},\n`)]);
}

const many = (line: (n: number) => string): string =>
  Array.from({ length: 100_000 }, (_, n) => line(n)).join('');

export const REFUSED: readonly RefusedFile[] = [
  {
    what: 'an empty file',
    name: 'empty.csv',
    bytes: () => '',
    code: 'no_header',
    says: 'empty.csv is empty',
  },
  {
    what: 'a byte order mark alone',
    name: 'bom.csv',
    bytes: () => '\ufeff',
    code: 'no_header',
    says: 'bom.csv is empty',
  },
  {
    what: '10,000 columns',
    name: 'wide.csv',
    bytes: () => `${Array.from({ length: 10_000 }, (_, n) => `c${String(n)}`).join(',')}\n`,
    code: 'too_many_columns',
    says: '10000 columns',
  },
  {
    what: 'a cell of 100 MB',
    name: 'cell.csv',
    bytes: () => hugeCell(''),
    code: 'record_too_long',
    says: 'line 2',
  },
  {
    what: 'a cell of 100 MB in quotes',
    name: 'quoted-cell.csv',
    bytes: () => hugeCell('"'),
    code: 'record_too_long',
    says: 'line 2',
  },
  {
    what: 'NUL bytes in the header',
    name: 'nul.csv',
    bytes: () => 'code,em\0ail\n1,a\n',
    code: 'invalid_bytes',
    says: 'Line 1',
  },
  {
    what: 'an invalid byte at 4,096',
    name: 'byte.csv',
    bytes: badAt4096,
    code: 'invalid_bytes',
    says: 'Line 65, byte offset 4096',
  },
  {
    what: 'a surrogate in UTF-8',
    name: 'surrogate.csv',
    bytes: () => bytes(`${HEAD}1,`, [0xed, 0xa0, 0x80]),
    code: 'invalid_bytes',
    says: 'Line 2, byte offset 24',
  },
  {
    what: 'an overlong form in UTF-8',
    name: 'overlong.csv',
    bytes: () => bytes(`${HEAD}1,`, [0xc0, 0xaf]),
    code: 'invalid_bytes',
    says: 'Line 2, byte offset 24',
  },
  {
    what: 'half a character of UTF-16',
    name: 'half.csv',
    bytes: () => Buffer.concat([utf16('\ufeffcode\na'), Buffer.from([0x3d, 0xd8, 0x0a, 0x00])]),
    code: 'invalid_bytes',
    says: 'Line 2, byte offset 14',
  },
  {
    what: 'UTF-16 little-endian without its mark',
    name: 'le.csv',
    bytes: () => utf16('code,first_name\nu1,Žofie\n'),
    code: 'invalid_bytes',
    says: 'UTF-16',
  },
  {
    what: 'UTF-16 big-endian without its mark',
    name: 'be.csv',
    bytes: () => utf16('code,first_name\nu1,Žofie\n').swap16(),
    code: 'invalid_bytes',
    says: 'UTF-16',
  },
  {
    what: 'a gzip archive named csv',
    name: 'gz.csv',
    bytes: () => gzipSync(`${HEAD}1,a,\n`),
    code: 'archive',
    says: 'gzip',
  },
  {
    what: 'a workbook',
    name: 'book.xlsx',
    bytes: () => Buffer.from('PK\x03\x04\x14\0\x06\0[Content_Types].xml', 'latin1'),
    code: 'workbook',
    says: 'workbook',
  },
  {
    what: 'a PDF',
    name: 'list.pdf',
    bytes: () => '%PDF-1.7\n1 0 obj\n',
    code: 'pdf',
    says: 'PDF',
  },
  {
    what: 'a web page',
    name: 'page.csv',
    bytes: () => '<!DOCTYPE html>\n<html><body>Sign in</body></html>',
    code: 'html',
    says: 'HTML',
  },
  {
    what: 'broken quoting in the middle of a large file',
    name: 'middle.csv',
    bytes: () => `${HEAD}m0,a,\nm1,"b"x,\n${many((n) => `m2${String(n)},c,\n`)}`,
    code: 'broken_quotes',
    says: 'line 3',
  },
  {
    what: 'broken quoting at the end of a large file',
    name: 'end.csv',
    bytes: () => `${HEAD}${many((n) => `e${String(n)},c,\n`)}e,"open,\n`,
    code: 'broken_quotes',
    says: 'line 100002',
  },
  {
    what: 'a column twice, in another case',
    name: 'twice.csv',
    bytes: () => 'code,email,EMAIL\n1,a@x.example,b@x.example\n',
    code: 'repeated_column',
    says: '"EMAIL"',
  },
  {
    what: 'a column that steers the terminal',
    name: 'steers.csv',
    bytes: () => `code,x'; \u001b[31m\n1,a\n`,
    code: 'unknown_column',
    says: String.raw`"x'; \u001b[31m"`,
  },
  {
    what: 'bytes that are not in the encoding named',
    name: 'sjis.csv',
    bytes: () => bytes('code,first_name\n1,', [0x93, 0x63, 0xfd], '\n'),
    code: 'invalid_bytes',
    says: 'Line 2, byte offset 20',
    options: ['--encoding', 'shift_jis'],
  },
];

/** Options that make no sense, with the exit code. */
export const NONSENSE: readonly (readonly [exit: number, ...options: string[]])[] = [
  [2, '--delimiter', 'xx'],
  [2, '--delimiter', '"'],
  [2, '--encoding', 'klingon'],
  [2, '--encoding', ''],
  [2, '--date-format', 'QQ'],
  [2, '--map', 'code=shoe'],
  [2, '--map', 'code==code'],
  [2, '--map', 'a=code,a=email'],
  [2, '--map', '='],
  [5, '--map', 'no-such-mapping'],
  [2, '--gate', 'weather=1', '--reason', 'x'],
  [2, '--gate', 'deactivations=300'],
  [2, '--gate', 'deactivations=-1', '--reason', 'x'],
  [2, '--gate', 'creations=99999999999999999999', '--reason', 'x'],
  [2, '--gate', 'empty_read=9', '--reason', 'x'],
  [2, '--timeout', '0'],
  [2, '--timeout', '1e9'],
  [2, '--missing', 'maybe'],
  [2, '--missing', 'deactivate'],
  [2, '--source', '../etc', '--yes'],
  [2, '--source', 'unheard-of'],
  [1, '--source', 'admin'],
  [5, '--retry-of', 'ffffffff'],
  [2, '--bogus\u001b[31m'],
];
