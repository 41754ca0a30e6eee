/** What is counted: how many people have a value. */
export type Counted =
  | 'first'
  | 'last'
  | 'full'
  | 'mailbox'
  | 'local'
  | 'phone'
  | 'day'
  | 'organization'
  | 'title'
  | 'department'
  | 'location';

const KINDS: Readonly<Record<Counted, number>> = {
  first: 1,
  last: 3,
  full: 4,
  mailbox: 5,
  local: 6,
  phone: 7,
  day: 8,
  organization: 9,
  title: 10,
  department: 11,
  location: 12,
};

const ROWS = 4;
/** Counters of each row: 2^20, 16 MB together, whatever the number of people. */
const BITS = 20;
const WIDTH = 1 << BITS;
/** Answers that are kept of each kind: a megabyte or two. */
const MAX_ASKED = 10_000;

/**
 * How many people have a value, in memory that does not grow: a count-min sketch with conservative update
 * (Cormode and Muthukrishnan 2005; Estan and Varghese 2002). A count is never too small, and seldom too
 * large: a value then counts as less rare than it is, which is the safe side.
 */
export class Rarity {
  readonly #counters = new Uint32Array(ROWS * WIDTH);
  readonly #asked = new Map<Counted, Map<string, number>>();
  #people = 0;

  /** People who were counted. */
  get people(): number {
    return this.#people;
  }

  addPerson(): void {
    this.#people += 1;
  }

  add(kind: Counted, value: string): void {
    const hash = hashOf(value, KINDS[kind]);
    const next = this.#count(hash) + 1;
    for (let row = 0; row < ROWS; row++) {
      const at = place(hash, row);
      if ((this.#counters[at] ?? 0) < next) this.#counters[at] = next;
    }
  }

  /** People with this value; at least one. Once all are counted: frequent values are asked for often. */
  count(kind: Counted, value: string): number {
    let asked = this.#asked.get(kind);
    if (asked === undefined || asked.size > MAX_ASKED) {
      asked = new Map();
      this.#asked.set(kind, asked);
    }
    const known = asked.get(value);
    if (known !== undefined) return known;
    const count = Math.max(1, this.#count(hashOf(value, KINDS[kind])));
    asked.set(value, count);
    return count;
  }

  #count(hash: Hash): number {
    let least = 0xffffffff;
    for (let row = 0; row < ROWS; row++) {
      least = Math.min(least, this.#counters[place(hash, row)] ?? 0);
    }
    return least;
  }
}

interface Hash {
  readonly high: number;
  readonly low: number;
}

function place({ high, low }: Hash, row: number): number {
  return row * WIDTH + ((low + Math.imul(row, high | 1)) >>> (32 - BITS));
}

/** Two 32-bit hashes of a text (FNV-1a with two offsets, and the finisher of MurmurHash3). */
export function hashOf(text: string, seed: number): Hash {
  let high = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  let low = 0x2f0b4c47 ^ Math.imul(seed, 0x85ebca6b);
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    high = Math.imul(high ^ letter, 0x01000193);
    low = Math.imul(low ^ letter, 0x01000193) + 0x6d2b79f5;
  }
  return { high: finish(high), low: finish(low) };
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
