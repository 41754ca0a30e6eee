const BACKSLASH = 0x5c;
const LF = 0x0a;
const CR = 0x0d;
/** What programs that do not quote write for a character in a text, in files with tabs. */
const IN_TABS = /\\(?:[\\ntrbfv0]|(?=[\t\r\n]))/g;
/** In other files, only a doubled one and one at the end of a line: `C:\new\` may be a path. */
const ELSEWHERE = /\\(?:\\|(?=[\r\n]))/g;

/** Backslashes of a text file that look like escapes, and the line of the first. */
export interface EscapeSigns {
  readonly count: number;
  readonly line: number;
}

/** Looks for backslashes that databases write, in a file that is read without `--escape`. */
export class EscapeWatch {
  #count = 0;
  #line: number | null = null;
  readonly #signs: RegExp;

  constructor(delimiter: string) {
    this.#signs = delimiter === '\t' ? IN_TABS : ELSEWHERE;
  }

  /** True when a block has a backslash before a quote, by which quotes go wrong records later. */
  hasEscapedQuotes = false;

  /** Before a block is cut into records; false: it has no backslash, as most blocks. */
  expect(block: Buffer): boolean {
    if (!block.includes(BACKSLASH)) return false;
    this.hasEscapedQuotes ||= block.includes('\\"');
    return true;
  }

  /** Looks at a block of complete lines, the first of which is `line`. */
  look(block: Buffer, line: number): void {
    const text = block.toString('latin1');
    for (const { index } of text.matchAll(this.#signs)) {
      this.#count++;
      this.#line ??= line + breaksIn(block.subarray(0, index));
    }
  }

  found(): EscapeSigns | null {
    return this.#line === null ? null : { count: this.#count, line: this.#line };
  }
}

function breaksIn(bytes: Buffer): number {
  let breaks = 0;
  for (const [at, byte] of bytes.entries()) {
    if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) breaks++;
  }
  return breaks;
}
