import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { pairKey } from './load';

/** How well the found pairs fit the true ones, each 0 to 1. */
export interface Fit {
  readonly found: number;
  readonly recall: number;
  readonly precision: number;
  readonly f1: number;
}

export function fitOf(o: {
  readonly right: number;
  readonly found: number;
  readonly true: number;
}): Fit {
  const recall = o.true === 0 ? 0 : o.right / o.true;
  const precision = o.found === 0 ? 0 : o.right / o.found;
  const f1 = recall + precision === 0 ? 0 : (2 * recall * precision) / (recall + precision);
  return { found: o.found, recall, precision, f1 };
}

/** Compares the file of `users duplicates --csv`, whose users are codes, with the truth. */
export async function fitOfFile(path: string, truth: ReadonlySet<string>): Promise<Fit> {
  const joined = new Groups();
  const lines = createReadStream(path).pipe(parse({ bom: true, columns: true }));
  for await (const line of lines as AsyncIterable<Readonly<Record<string, string>>>) {
    joined.join(line['survivor'] ?? '', line['redundant'] ?? '');
  }
  let [found, right] = [0, 0];
  for (const pair of joined.pairs()) {
    found += 1;
    if (truth.has(pair)) right += 1;
  }
  return fitOf({ right, found, true: truth.size });
}

/**
 * Users that the lines of a file make one. Three accounts of one person are two lines of the file, and three
 * pairs.
 */
class Groups {
  readonly #of = new Map<string, string[]>();

  join(one: string, other: string): void {
    const [a, b] = [this.#of.get(one) ?? [one], this.#of.get(other) ?? [other]];
    if (a === b) return;
    const both = [...a, ...b];
    for (const user of both) this.#of.set(user, both);
  }

  *pairs(): Generator<string, void> {
    for (const group of new Set(this.#of.values())) {
      for (const [at, one] of group.entries()) {
        for (const other of group.slice(at + 1)) yield pairKey(one, other);
      }
    }
  }
}
