import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorldResult } from './result';

/** Results of the worlds of a seed that were already played, kept from one part to the next. */
export class Parts {
  readonly #path: string;
  readonly #results: Map<number, WorldResult>;

  constructor(seed: number) {
    this.#path = join(tmpdir(), `rollcall-faults-worlds-${String(seed)}.jsonl`);
    this.#results = new Map();
    if (!existsSync(this.#path)) return;
    for (const line of readFileSync(this.#path, 'utf8').split('\n')) {
      if (line === '') continue;
      const result: WorldResult = JSON.parse(line);
      this.#results.set(result.world, result);
    }
  }

  has(world: number): boolean {
    return this.#results.has(world);
  }

  add(result: WorldResult): void {
    this.#results.set(result.world, result);
    writeFileSync(this.#path, `${JSON.stringify(result)}\n`, { flag: 'a' });
  }

  /** The kept results of these worlds. */
  of(worlds: readonly number[]): WorldResult[] {
    return worlds.flatMap((world) => this.#results.get(world) ?? []);
  }

  forget(): void {
    rmSync(this.#path, { force: true });
    this.#results.clear();
  }
}
