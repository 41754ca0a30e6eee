import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { buildId } from '../config/build';
import { projectRoot } from '../embedded/paths';
import { olderBuild } from './compare/olderBuild';
import { measurePairs, type Pair, type Round, type Side } from './compare/pairs';
import { allMet, pairLine, report } from './compare/report';
import { importRound, syncRound, writeDays } from './compare/rounds';

/** The benchmarks that can compare two builds. */
export type Comparable = 'import' | 'sync';

export const COMPARE_HELP = `npm run bench -- import|sync --against COMMIT [options]

Compares this build with the build of an older commit: is it more than 3 % slower?

  --pairs 7       rounds of each build
  --rows 100000   people
  --restart       begins again, without the pairs of an earlier call

The commit is built once, in a git work tree in the folder for temporary files. Then the two builds take
turns (ABBA), each round on a stack and a database of its own: everybody is new, nobody changed, one
person in ten changed. Every pair is printed, and at the end the median of the ratios, their spread and
the verdict. Ctrl-C stops it; the same command goes on after the last whole pair. Exit code 0: not more
than 3 % worse; 1: worse, or it cannot be decided.

Example:
  $ npm run bench -- import --against 288e85f
`;

/** `npm run bench -- import|sync --against COMMIT`; the exit code. */
export async function benchCompare(what: Comparable, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      against: { type: 'string' },
      pairs: { type: 'string', default: '7' },
      rows: { type: 'string', default: '100000' },
      restart: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.against === undefined) {
    process.stdout.write(COMPARE_HELP);
    return values.help ? 0 : 2;
  }
  const [pairs, rows] = [wholeNumber(values.pairs, '--pairs'), wholeNumber(values.rows, '--rows')];
  const build = buildId();
  if (build === null) throw new Error('This clone is not built: npm run build.');
  const older = await olderBuild(values.against, note);
  const compared = { what, rows, older: older.hash.slice(0, 12), build };
  const kept = new KeptPairs(compared);
  if (values.restart) kept.forget();
  const before = kept.read();
  if (before.length > 0) note(`going on after pair ${String(before.length)}`);
  for (const [i, pair] of before.entries()) note(pairLine(pair, i + 1));

  const done = await withRounds({ what, rows, older: older.root }, (measure) =>
    measurePairs({
      pairs,
      before,
      measure,
      load: () => loadavg()[0] ?? 0,
      keep: (all) => {
        kept.write(all);
        const last = all.at(-1);
        if (last !== undefined) note(pairLine(last, all.length));
      },
    }),
  );
  process.stdout.write(`\n${report(done, compared)}\n`);
  return allMet(done) ? 0 : 1;
}

async function withRounds<T>(
  o: { readonly what: Comparable; readonly rows: number; readonly older: string },
  work: (measure: (side: Side) => Promise<Round>) => Promise<T>,
): Promise<T> {
  const days = mkdtempSync(join(tmpdir(), 'rollcall-compare-days-'));
  const abort = new AbortController();
  const interrupted = (): void => {
    note('stopping; the same command goes on after the last whole pair');
    abort.abort();
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const roots = { older: o.older, this: projectRoot() };
  try {
    if (o.what === 'import') await writeDays(days, o.rows);
    return await work((side) => {
      const options = { root: roots[side], rows: o.rows, signal: abort.signal };
      return o.what === 'import' ? importRound({ ...options, days }) : syncRound(options);
    });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    rmSync(days, { recursive: true, force: true });
  }
}

const timed = z.object({ command: z.number(), run: z.number() });
const round = z.record(z.string(), timed);
const keptPairs = z.array(z.object({ older: round, this: round, load: z.number() }));

/** Keeps the measured pairs in a file, one for each two builds and number of people. */
export class KeptPairs {
  readonly #file: string;

  constructor(
    o: {
      readonly what: string;
      readonly rows: number;
      readonly older: string;
      readonly build: string;
    },
    folder = join(projectRoot(), '.tools', 'compare'),
  ) {
    const name = [o.what, String(o.rows), o.older, o.build].join('-').replace(/[^\w.-]+/g, '-');
    this.#file = join(folder, `${name}.json`);
  }

  read(): readonly Pair[] {
    try {
      return keptPairs.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      // None yet, or a file that was cut short.
      return [];
    }
  }

  write(pairs: readonly Pair[]): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, JSON.stringify(pairs));
    renameSync(fresh, this.#file);
  }

  forget(): void {
    rmSync(this.#file, { force: true });
  }
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function wholeNumber(text: string, option: string): number {
  const n = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`${option} takes whole numbers from 1, not "${text}"`);
}
