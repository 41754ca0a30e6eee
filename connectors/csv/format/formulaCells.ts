const QUOTE = 0x22;
const EQUALS = 0x3d;
const LF = 0x0a;
const CR = 0x0d;

/**
 * CSV whose cells `="x"`, a formula by which programs keep a spreadsheet from rounding a number, are
 * cells `"x"`; all else is as it was. Only complete cells outside quotes are taken.
 */
export function withoutFormulas(bytes: Buffer, delimiter: string): Buffer {
  const delimiterByte = delimiter.charCodeAt(0);
  const kept: Buffer[] = [];
  let [from, at] = [0, 0];
  while (at < bytes.length) {
    if (bytes[at] === EQUALS && bytes[at + 1] === QUOTE) {
      const end = afterQuotes(bytes, at + 1);
      const next = bytes[end];
      if (end === bytes.length || next === delimiterByte || next === LF || next === CR) {
        kept.push(bytes.subarray(from, at));
        from = at + 1;
      }
    }
    at = afterCell(bytes, at, delimiterByte);
  }
  return Buffer.concat([...kept, bytes.subarray(from)]);
}

/** The place after the cell that begins at `at` and after its delimiter or line break. */
function afterCell(bytes: Buffer, at: number, delimiterByte: number): number {
  let i = bytes[at] === QUOTE ? afterQuotes(bytes, at) : at;
  while (i < bytes.length) {
    const byte = bytes[i];
    i++;
    if (byte === delimiterByte || byte === LF || byte === CR) break;
  }
  return i;
}

/** The place after the quote that closes the one at `at`; a doubled quote closes nothing. */
function afterQuotes(bytes: Buffer, at: number): number {
  let i = at + 1;
  while (i < bytes.length) {
    if (bytes[i] === QUOTE) {
      if (bytes[i + 1] !== QUOTE) return i + 1;
      i++;
    }
    i++;
  }
  return i;
}
