import { openSync, readSync, statSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';

/** The statements of the embedded Postgres that took longer than a bound, from its log. */
export class SlowStatements {
  readonly #log: string;
  #from = 0;

  constructor(home: string) {
    this.#log = join(home, 'logs', 'postgres.log');
  }

  /** Makes the server log statements that take longer, also in open sessions. */
  async watch(db: Client, longerThanMs: number): Promise<void> {
    await db.query(`alter system set log_min_duration_statement = ${String(longerThanMs)}`);
    await db.query('select pg_reload_conf()');
    this.skip();
  }

  /** Forgets what was logged so far. */
  skip(): void {
    this.#from = statSync(this.#log).size;
  }

  /**
   * What was logged since the last `skip` or `take`. Statements that differ only in ids count as one; the longest come
   * first.
   */
  take(): string[] {
    const to = statSync(this.#log).size;
    const buffer = Buffer.alloc(to - this.#from);
    const file = openSync(this.#log, 'r');
    readSync(file, buffer, 0, buffer.length, this.#from);
    closeSync(file);
    this.#from = to;
    const sums = new Map<string, { ms: number; n: number }>();
    const entry =
      /duration: ([\d.]+) ms {2}(?:statement|execute [^:]*|parse [^:]*|bind [^:]*): ([^]*?)(?=\n\d{4}-\d\d-\d\d |$)/g;
    for (const [, ms = '0', text = ''] of buffer.toString('utf8').matchAll(entry)) {
      const key = text
        .replace(/'[0-9a-f-]{36}'/g, '?')
        .replace(/\b\d+\b/g, 'N')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 150);
      const sum = sums.get(key) ?? { ms: 0, n: 0 };
      sums.set(key, { ms: sum.ms + Number(ms), n: sum.n + 1 });
    }
    return [...sums]
      .toSorted(([, a], [, b]) => b.ms - a.ms)
      .map(
        ([text, { ms, n }]) =>
          `${(ms / 1000).toFixed(2).padStart(7)} s  ${String(n).padStart(3)} ×  ${text}`,
      );
  }
}
