import { isFooter, isName, type RowColumn } from './rowColumns';

/** Of ten rows, so many are as most people are, where the others are no people. */
const MOST = 9;
/** Rows whose codes and names are looked at, to know how those of people are written. */
const SAMPLE = 1_000;
/** Rows that may be no people; a read with more of them has none. */
const MAX_ODD = 200;
/** Lines that a check names. */
const MAX_LINES = 10;

interface Odd {
  readonly line: number;
  /** It has no name but a number: `15`, `15 Personen`. */
  readonly numbered: boolean;
  readonly nameless: boolean;
}

/** Rows of a read that are probably no people, if nobody is known by them. */
export interface NoPeople {
  /** True where rows without a name and an e-mail address are none. */
  readonly nameless: boolean;
  /** Lines of other rows, such as `Total,15 people`. */
  readonly odd: readonly number[];
}

/**
 * Finds rows that are no people, such as totals, page ends and notes, by what they lack that nearly all rows
 * of the read have: a name or an e-mail address; or a code with a digit and a second name.
 */
export class PeopleWatch {
  // Of the row that is being read.
  private hasEmail = false;
  private isNamed = false;
  private names = 0;
  private name = '';
  private others = 0;
  // Of the read.
  private named = 0;
  private nameless = 0;
  private readonly namelessLines: number[] = [];
  /** Rows without a name at the end of the read that look like a total or a note. */
  private footers = 0;
  private odd: Odd[] = [];
  private oddRows = 0;
  /** Odd rows at the end of the read. */
  private oddEnd = 0;
  /** Rows that are not odd, those of them with an e-mail address or two names, and a sample of them. */
  private plain = 0;
  private complete = 0;
  private sampled = 0;
  private withDigit = 0;
  private numbered = 0;

  /** `byLogin`: the file has logins and no codes, and logins without a digit are common. */
  constructor(private readonly o: { readonly byLogin: boolean }) {}

  /** A row begins. */
  begin(): void {
    this.hasEmail = false;
    this.isNamed = false;
    this.names = 0;
    this.name = '';
    this.others = 0;
  }

  /** A cell of the row has a value. */
  note(role: RowColumn['role'], value: string): void {
    if (role === 'email') this.hasEmail = true;
    else if (role === 'name') {
      this.names++;
      this.name = value;
      if (!this.isNamed && isName(value)) this.isNamed = true;
    } else if (role !== 'code') this.others++;
  }

  /** The row ends. */
  end(code: string | null, line: number): void {
    const isNamed = this.isNamed || this.hasEmail;
    if (isNamed) {
      this.named++;
      this.footers = 0;
    } else {
      if (this.nameless++ < MAX_LINES) this.namelessLines.push(line);
      this.footers = this.others === 0 && isFooter(code) ? this.footers + 1 : 0;
    }
    if (!this.hasEmail && this.names < 2 && isFooter(code)) this.addOdd(line, isNamed);
    else this.addPlain(code);
  }

  found(): NoPeople {
    const { named, nameless } = this;
    const footers = this.o.byLogin && !this.haveDigits() ? 0 : this.footers;
    // Totals and notes at the end are often more than a tenth of a short file.
    const areNone = nameless > 0 && named > 0 && named >= MOST * (nameless - footers);
    return { nameless: areNone, odd: this.oddLines() };
  }

  /** How many rows are no people, and the first of their lines. */
  counted(): { readonly rows: number; readonly lines: readonly number[] } {
    const { nameless, odd } = this.found();
    const known = new Set(nameless ? this.odd.filter((row) => row.nameless).map(lineOf) : []);
    const others = odd.filter((line) => !known.has(line));
    const lines = [...(nameless ? this.namelessLines : []), ...others].sort((a, b) => a - b);
    return {
      rows: (nameless ? this.nameless : 0) + others.length,
      lines: lines.slice(0, MAX_LINES),
    };
  }

  private addOdd(line: number, isNamed: boolean): void {
    this.oddRows++;
    this.oddEnd++;
    if (this.odd.length === MAX_ODD) return;
    this.odd.push({ line, numbered: !isNamed || /\d/.test(this.name), nameless: !isNamed });
  }

  private addPlain(code: string | null): void {
    this.plain++;
    this.oddEnd = 0;
    if (this.hasEmail || this.names > 1) this.complete++;
    if (this.sampled === SAMPLE) return;
    this.sampled++;
    if (!isFooter(code)) this.withDigit++;
    if (/\d/.test(this.name)) this.numbered++;
  }

  /**
   * Odd are rows whose code has no digit, or a space, and which have no e-mail address and at most one
   * name. They are no people where the codes of the others have digits, if the others have more, or if
   * the name is a number; at the end of the read also where codes are words, if the name is a number.
   */
  private oddLines(): number[] {
    const { plain, oddRows, oddEnd } = this;
    if (plain === 0 || plain < MOST * (oddRows - oddEnd) || oddRows > MAX_ODD) return [];
    const haveMore = this.complete * 10 >= plain * MOST;
    const haveDigits = this.haveDigits();
    if (this.o.byLogin && !haveDigits) return [];
    const areNumbers = this.numbered * 10 > this.sampled;
    return this.odd.flatMap(({ line, numbered }, at) => {
      const isNumber = numbered && !areNumbers;
      const isOdd = haveDigits
        ? haveMore || isNumber
        : haveMore && isNumber && at >= oddRows - oddEnd;
      return isOdd ? [line] : [];
    });
  }

  /** Nearly all codes have a digit. */
  private haveDigits(): boolean {
    return this.withDigit * 10 >= this.sampled * MOST;
  }
}

function lineOf({ line }: Odd): number {
  return line;
}
