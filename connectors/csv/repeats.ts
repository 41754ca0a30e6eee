/** A text of the file that stands in more than one row, and the first two lines of it. */
export interface Repeat {
  readonly value: string;
  readonly lines: readonly [first: number, second: number];
}

/** Texts that are in more than one row. */
export interface Repeats {
  /** Rows whose text an earlier row has. */
  readonly rows: number;
  readonly first: Repeat | null;
}

const START_SLOTS = 1 << 12;
/** Numbers of a slot: both halves of a hash, and the line of the first row with it. */
const WIDTH = 3;

/**
 * Finds texts that come again, by hashes of 64 bits: 12 bytes a row in a table that is at most three
 * quarters full, 24 to 32 MB for a million rows. Two of a million different texts have the same hash
 * once in 37 million files.
 */
export class RepeatFinder {
  #slots = new Uint32Array(START_SLOTS * WIDTH);
  #used = 0;
  #rows = 0;
  #first: Repeat | null = null;

  /** @param line Of the text's row, from 1. */
  add(value: string, line: number): void {
    const { low, high } = hashOf(value);
    const at = slotOf(this.#slots, low, high);
    const known = this.#slots[at + 2] ?? 0;
    if (known > 0) {
      this.#rows++;
      this.#first ??= { value, lines: [known, line] };
      return;
    }
    put(this.#slots, at, [low, high, line]);
    this.#used++;
    if (this.#used * 4 > (this.#slots.length / WIDTH) * 3) this.#grow();
  }

  /** True for a text that was added. */
  has(value: string): boolean {
    const { low, high } = hashOf(value);
    return this.#slots[slotOf(this.#slots, low, high) + 2] !== 0;
  }

  found(): Repeats {
    return { rows: this.#rows, first: this.#first };
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WIDTH) {
      const line = old[at + 2] ?? 0;
      if (line === 0) continue;
      const [low, high] = [old[at] ?? 0, old[at + 1] ?? 0];
      put(slots, slotOf(slots, low, high), [low, high, line]);
    }
    this.#slots = slots;
  }
}

/** The slot of a hash, or the free one for it; a slot without a line is free. */
function slotOf(slots: Uint32Array, low: number, high: number): number {
  const mask = slots.length / WIDTH - 1;
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const at = slot * WIDTH;
    if (slots[at + 2] === 0 || (slots[at] === low && slots[at + 1] === high)) return at;
  }
}

function put(
  slots: Uint32Array,
  at: number,
  [low, high, line]: readonly [low: number, high: number, line: number],
): void {
  slots[at] = low;
  slots[at + 1] = high;
  slots[at + 2] = line;
}

/** Two multiplicative hashes, each mixed with the other at the end. */
function hashOf(text: string): { low: number; high: number } {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    low = Math.imul(low ^ char, 0x9e3779b1);
    high = Math.imul(high ^ char, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return { low: low >>> 0, high: high >>> 0 };
}
