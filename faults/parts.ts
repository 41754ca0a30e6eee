import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Results of the worlds (or trials) of a seed that were already played, kept from one part to the next. */
export class Parts<Result extends { readonly world: number }> {
  readonly #path: string;
  readonly #results: Map<number, Result>;

  /** `campaign`: part of the name of the file. */
  constructor(campaign: string, seed: number) {
    this.#path = join(tmpdir(), `rollcall-faults-${campaign}-${String(seed)}.jsonl`);
    this.#results = new Map();
    if (!existsSync(this.#path)) return;
    for (const line of readFileSync(this.#path, 'utf8').split('\n')) {
      if (line === '') continue;
      const result: Result = JSON.parse(line);
      this.#results.set(result.world, result);
    }
  }

  has(world: number): boolean {
    return this.#results.has(world);
  }

  add(result: Result): void {
    this.#results.set(result.world, result);
    writeFileSync(this.#path, `${JSON.stringify(result)}\n`, { flag: 'a' });
  }

  /** The kept results of these worlds. */
  of(worlds: readonly number[]): Result[] {
    return worlds.flatMap((world) => this.#results.get(world) ?? []);
  }

  forget(): void {
    rmSync(this.#path, { force: true });
    this.#results.clear();
  }
}
