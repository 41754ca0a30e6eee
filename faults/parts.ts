import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Results of the worlds (or trials) of a seed that were already played, kept from one part to the next. */
export class Parts<Result> {
  readonly #path: string;
  readonly #results = new Map<number, Result>();
  readonly #numberOf: (result: Result) => number;

  /** `campaign`: part of the name of the file; names all that makes another campaign, but the seed. */
  constructor(o: {
    readonly campaign: string;
    readonly seed: number;
    readonly numberOf: (result: Result) => number;
  }) {
    this.#path = join(tmpdir(), `rollcall-faults-${o.campaign}-${String(o.seed)}.jsonl`);
    this.#numberOf = o.numberOf;
    if (!existsSync(this.#path)) return;
    for (const line of readFileSync(this.#path, 'utf8').split('\n')) {
      if (line === '') continue;
      const result: Result = JSON.parse(line);
      this.#results.set(this.#numberOf(result), result);
    }
  }

  has(number: number): boolean {
    return this.#results.has(number);
  }

  add(result: Result): void {
    this.#results.set(this.#numberOf(result), result);
    writeFileSync(this.#path, `${JSON.stringify(result)}\n`, { flag: 'a' });
  }

  /** The kept results of these worlds or trials. */
  of(numbers: readonly number[]): Result[] {
    return numbers.flatMap((number) => this.#results.get(number) ?? []);
  }

  forget(): void {
    rmSync(this.#path, { force: true });
    this.#results.clear();
  }
}
