import type { StagedRow } from '../../domain/files/staged';
import type { ShortRow } from './rowRules';
import type { RowReader } from './rows';

/** So many short rows one after another are no lines that were broken. */
const MAX_HELD = 64;

/**
 * Tells rows whose last cells are left out from the halves of a line that a line break cut: a writer
 * that does not quote writes a text of two lines as two short rows. The second half then looks like
 * a person whose number is a piece of text.
 *
 * Short rows one after another are halves when together they have just as many cells as the header,
 * the cut goes through a text, and the later ones are no rows of their own: their key is of another
 * form than the key of the first, and no valid e-mail or login is in its place. So is a row that
 * ends in a backslash, which databases write before a line break.
 */
export class WrappedLines {
  private held: ShortRow[] = [];

  constructor(
    private readonly o: {
      readonly reader: RowReader;
      /** True where a backslash at the end of a line means that a value goes on. */
      readonly backslashes: boolean;
      readonly take: (row: StagedRow | null, line: number) => void;
    },
  ) {}

  get isHolding(): boolean {
    return this.held.length > 0;
  }

  add(row: ShortRow): void {
    this.held.push(row);
    if (this.held.length === MAX_HELD) this.release();
  }

  /** Decides about the rows that are held, before the next complete one. */
  release(): void {
    const { reader, take } = this.o;
    const { held } = this;
    this.held = [];
    for (let at = 0; at < held.length;) {
      const halves = this.halvesAt(held, at);
      const together = held.slice(at, at + Math.max(halves, 1));
      const backslash = together.some(({ cells }) => this.isOpen(cells));
      for (const row of together) {
        const { cells, line, suspicious } = row;
        const isHalf = halves > 1 || this.isOpen(cells);
        const staged = isHalf
          ? reader.half(row, backslash)
          : reader.read(cells, cells.length, line, suspicious);
        take(staged, line);
      }
      at += Math.max(halves, 1);
    }
  }

  /** The number of rows from `from` that are one broken line; 0: the first is a row of its own. */
  private halvesAt(held: readonly ShortRow[], from: number): number {
    const [first, ...others] = held.slice(from);
    if (first === undefined) return 0;
    let last = first;
    let width = first.cells.length;
    for (const [at, next] of others.entries()) {
      const { reader } = this.o;
      const goesOn = this.isOpen(last.cells) || reader.goesOn(first.cells, next.cells, width - 1);
      if (!goesOn) return 0;
      width += next.cells.length - 1;
      if (reader.isComplete(width)) return at + 2;
      last = next;
    }
    return 0;
  }

  private isOpen(cells: readonly string[]): boolean {
    return this.o.backslashes && /(?:^|[^\\])(?:\\\\)*\\$/.test(cells.at(-1) ?? '');
  }
}
