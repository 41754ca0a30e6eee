import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { whole } from '../printed';
import { DATABASES } from './databases';
import { LANGUAGES } from './languages';
import { SPREADSHEETS } from './spreadsheets';
import { tryWriter, type TrialResult } from './trial';
import type { Writer } from './writer';

/** The programs whose rules are known. */
export const WRITERS: readonly Writer[] = [...LANGUAGES, ...DATABASES, ...SPREADSHEETS];

const HELP = `npm run faults -- writers [options]

Writes random people into files by the rules of programs that write CSV, and reads each file back as an
import does. A file that is refused or has faults is read again with the option that the message offers.
Every value has to come back.

  --trials N     files (1000), in turns by the writers
  --from N       the first of them (1), to go on after a part
  --seed S       other tables (1)
  --only A,B     writers whose name contains one of these

Writers: ${WRITERS.map(({ name }) => name).join(' · ')}
`;

/** The campaign of writers; returns the exit code. */
export async function writerFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const seed = whole(values.seed, '--seed');
  const startedAt = Date.now();
  const results = await tryWriters({
    trials: whole(values.trials, '--trials'),
    from: whole(values.from, '--from'),
    seed,
    only: values.only?.split(',').map((name) => name.trim()) ?? [],
  });
  const failed = results.filter(({ wrong }) => wrong.length > 0);
  for (const { writer, trial, cures, wrong } of failed) {
    process.stderr.write(
      `${writer}, file ${String(trial)}${cures.length === 0 ? '' : ` (${cures.join(' ')})`}: ${wrong[0] ?? ''}\n`,
    );
  }
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  const machine = `${String(cpus().length)} cores, Node ${process.versions.node}`;
  process.stdout.write(
    `${writersTable(results)}\n\n${String(results.length)} files · seed ${String(seed)} · ${machine} · ${seconds} s\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** Tries the writers in turns; file N of a seed is the same in whatever part it is tried. */
export async function tryWriters(o: {
  readonly trials: number;
  readonly from: number;
  readonly seed: number;
  readonly only: readonly string[];
}): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  for (let trial = o.from; trial < o.from + o.trials; trial++) {
    const writer = WRITERS[(trial - 1) % WRITERS.length];
    if (writer === undefined) throw new Error('there are no writers');
    const { name } = writer;
    if (o.only.length > 0 && !o.only.some((part) => name.includes(part))) continue;
    results.push(await tryWriter(writer, { seed: o.seed, trial }));
  }
  return results;
}

function writersTable(results: readonly TrialResult[]): string {
  const names = [...new Set(results.map(({ writer }) => writer))];
  const lines = names.map((name) => {
    const own = results.filter(({ writer }) => writer === name);
    const good = own.filter(({ wrong }) => wrong.length === 0);
    const atOnce = good.filter(({ cures }) => cures.length === 0).length;
    const cures = new Set(good.flatMap((trial) => trial.cures));
    return [
      name,
      own.length,
      atOnce,
      good.length - atOnce,
      [...cures].sort().join(' '),
      own.length - good.length,
    ];
  });
  const heads = [
    'writer',
    'files',
    'equal at once',
    'equal with what was offered',
    'offered',
    'wrong',
  ];
  return [heads, heads.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
