import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { refusal } from '../refusals';

/** Bytes of a file as UTF-8, and the place where decoding stopped. */
export interface Decoded {
  readonly utf8: Buffer;
  /** Offset in the file of the first byte that is no text; `utf8` has everything before it. */
  readonly invalidAt?: number;
  /** With `invalidAt`: the bytes around it, and which of them it is. */
  readonly around?: { readonly bytes: Buffer; readonly at: number };
}

/** Turns the bytes of one file into UTF-8, piece by piece; a character may be split between them. */
export interface TextDecoding {
  /** The encoding's name, for messages. */
  readonly name: string;
  /** Bytes at the start of the file that are its byte order mark. */
  readonly bomBytes: number;
  /** `last`: no bytes come after these. */
  decode(bytes: Buffer, last: boolean): Decoded;
}

/** The byte order marks that name an encoding (Unicode 23.8). */
const BOMS = [
  { bytes: Buffer.from([0xef, 0xbb, 0xbf]), encoding: 'utf-8' },
  { bytes: Buffer.from([0xff, 0xfe]), encoding: 'utf-16le' },
  { bytes: Buffer.from([0xfe, 0xff]), encoding: 'utf-16be' },
] as const;

/** The place after the byte order mark with which a line of joined files may begin. */
export function afterBom(text: string, at: number): number {
  return text.charCodeAt(at) === 0xfeff ? at + 1 : at;
}

/** The byte order mark that a file starts with, if any. */
export function findBom(start: Buffer): { bytes: Buffer; encoding: string } | undefined {
  return BOMS.find(({ bytes }) => start.subarray(0, bytes.length).equals(bytes));
}

/**
 * How to read a file: its byte order mark decides, then the encoding given, then strict UTF-8.
 *
 * @throws Fault `refused_file`/`unknown_encoding`.
 */
export function openText(start: Buffer, encoding: string | undefined): TextDecoding {
  const bom = findBom(start);
  const name = bom?.encoding ?? requireEncoding(encoding ?? 'utf-8');
  const bomBytes = bom?.bytes.length ?? 0;
  if (name === 'utf-8') return new Utf8(bomBytes);
  if (name === 'utf-16le' || name === 'utf-16be') return new Utf16(name, bomBytes);
  return new Named(name);
}

/** The name that Rollcall uses for an encoding. @throws Fault `unknown_encoding`. */
export function requireEncoding(encoding: string): string {
  const plain = encoding.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (plain === 'utf8') return 'utf-8';
  if (plain === 'utf16le' || plain === 'ucs2') return 'utf-16le';
  if (plain === 'utf16be') return 'utf-16be';
  const refused = ['utf7', 'utf7imap', 'utf16', 'utf32', 'base64', 'hex', 'cesu8', 'internal'];
  // Only supersets of ASCII, whose line breaks and delimiters are single bytes.
  const probe = ' ,;|\t\r\n"\'-./0123456789:@ABCZ_abcz';
  if (
    refused.some((name) => plain.startsWith(name)) ||
    !iconv.encodingExists(plain) ||
    !iconv.encode(probe, plain).equals(Buffer.from(probe))
  ) {
    throw refusal(
      'unknown_encoding',
      `The encoding ${JSON.stringify(encoding)} is not known.`,
      'Name one such as utf-8, utf-16le, utf-16be, windows-1252, macintosh, iso-8859-2, shift_jis or gb18030.',
    );
  }
  return writtenName(plain);
}

/** The name as encodings are written: `windows-1252`, `iso-8859-2`, `koi8-r`. */
function writtenName(plain: string): string {
  if (plain === 'shiftjis') return 'shift_jis';
  return plain
    .replace(/^iso8859(\d+)$/, 'iso-8859-$1')
    .replace(/^(windows|koi8|euc)(\w+)$/, '$1-$2');
}

/** Keeps the rest of a piece that ends within a character, and where in the file it begins. */
abstract class Pieces {
  protected rest: Buffer = Buffer.alloc(0);
  /** Offset in the file of the first byte of `rest`. */
  protected offset: number;

  constructor(readonly bomBytes: number) {
    this.offset = 0;
  }

  /** `rest` and the new bytes, without the byte order mark. */
  protected join(bytes: Buffer): Buffer {
    const skip = Math.max(0, this.bomBytes - this.offset);
    const fresh = skip > 0 ? bytes.subarray(skip) : bytes;
    this.offset += bytes.length - fresh.length;
    return this.rest.length === 0 ? fresh : Buffer.concat([this.rest, fresh]);
  }

  protected keep(piece: Buffer, end: number): void {
    // A copy: the piece may be a window on a large buffer.
    this.rest = Buffer.from(piece.subarray(end));
    this.offset += end;
  }
}

class Utf8 extends Pieces implements TextDecoding {
  readonly name = 'UTF-8';
  /** The end of the piece before. */
  private before: Buffer = Buffer.alloc(0);

  decode(bytes: Buffer, last: boolean): Decoded {
    const piece = this.join(bytes);
    const start = this.offset;
    const end = last ? piece.length : piece.length - unfinishedUtf8(piece);
    const utf8 = piece.subarray(0, end);
    this.keep(piece, end);
    if (isUtf8(utf8)) {
      this.before = Buffer.concat([this.before, utf8.subarray(-AROUND_BYTES)]).subarray(
        -AROUND_BYTES,
      );
      return { utf8 };
    }
    const valid = validUtf8Bytes(utf8);
    const nearby = Buffer.concat([this.before, piece.subarray(0, valid + AROUND_BYTES)]);
    const around = { bytes: nearby, at: this.before.length + valid };
    return { utf8: utf8.subarray(0, valid), invalidAt: start + valid, around };
  }
}

/** Bytes to each side of an invalid byte that are enough to show the word that it stands in. */
export const AROUND_BYTES = 64;

/** The number of bytes at the end of `piece` that begin a character without completing it. */
function unfinishedUtf8(piece: Buffer): number {
  for (let back = 1; back <= 3 && back <= piece.length; back++) {
    const byte = piece[piece.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** The number of bytes at the start of `piece` that are UTF-8. */
function validUtf8Bytes(piece: Buffer): number {
  let [low, high] = [0, piece.length];
  // The longest prefix that is valid, except for an unfinished character at its end.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const prefix = piece.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, middle - unfinishedUtf8(prefix)))) low = middle;
    else high = middle - 1;
  }
  return low - unfinishedUtf8(piece.subarray(0, low));
}

class Utf16 extends Pieces implements TextDecoding {
  constructor(
    readonly name: 'utf-16le' | 'utf-16be',
    bomBytes: number,
  ) {
    super(bomBytes);
  }

  decode(bytes: Buffer, last: boolean): Decoded {
    const piece = this.join(bytes);
    const start = this.offset;
    const even = piece.length - (piece.length % 2);
    const units = Buffer.from(piece.subarray(0, even));
    if (this.name === 'utf-16be') units.swap16();
    let text = units.toString('utf16le');
    const half = /[\ud800-\udbff]$/.test(text) && !last;
    if (half) text = text.slice(0, -1);
    this.keep(piece, half ? even - 2 : even);
    const lone = /[\ud800-\udfff]/u.exec(text)?.index ?? -1;
    if (lone >= 0) {
      return { utf8: Buffer.from(text.slice(0, lone)), invalidAt: start + 2 * lone };
    }
    const odd = last && this.rest.length > 0;
    return { utf8: Buffer.from(text), ...(odd ? { invalidAt: this.offset } : {}) };
  }
}

/** A longer piece does not wait for a place to cut; the bound of a record refuses it. */
const MAX_WAITING_BYTES = 8 * 1024 ** 2;

/** An encoding of iconv-lite that contains ASCII. */
class Named extends Pieces implements TextDecoding {
  constructor(readonly name: string) {
    super(0);
  }

  decode(bytes: Buffer, last: boolean): Decoded {
    const piece = this.join(bytes);
    const start = this.offset;
    const end = last ? piece.length : endOfCompleteCharacters(piece);
    const text = iconv.decode(piece.subarray(0, end), this.name, { stripBOM: false });
    this.keep(piece, end);
    if (!text.includes('\ufffd')) return { utf8: Buffer.from(text) };
    const valid = this.validStart(piece.subarray(0, end));
    return { utf8: Buffer.from(valid.text), invalidAt: start + valid.bytes };
  }

  /**
   * Finds what can be decoded byte by byte: not every character is encoded back to the same bytes.
   */
  private validStart(piece: Buffer): { text: string; bytes: number } {
    const decoder = iconv.getDecoder(this.name, { stripBOM: false });
    const valid = { text: '', bytes: 0 };
    for (let i = 0; i < piece.length; i++) {
      const text = decoder.write(piece.subarray(i, i + 1));
      if (text.includes('\ufffd')) break;
      if (text === '') continue;
      valid.text += text;
      valid.bytes = i + 1;
    }
    return valid;
  }
}

/**
 * Where a piece can be cut: after its last byte below 0x30, which in no encoding of this family is
 * the second half of a character. A piece without one (no space, comma or line break) waits.
 */
function endOfCompleteCharacters(piece: Buffer): number {
  let end = piece.length;
  while (end > 0 && (piece[end - 1] ?? 0) >= 0x30) end--;
  return end === 0 && piece.length > MAX_WAITING_BYTES ? piece.length : end;
}
