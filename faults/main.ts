import { parseArgs } from 'node:util';
import { runCampaign, type CampaignOptions } from './campaign';
import { FAULTS, isFaultKind, type FaultKind } from './faultKinds';
import { machine, whole } from './printed';
import { SCENARIOS } from './scenarios';
import { tableOf } from './table';
import { EXTRAS, isExtraKind, type ExtraKind } from './together';

const ALL = [...Object.keys(FAULTS), ...Object.keys(EXTRAS)];

interface Other {
  readonly says: string;
  readonly play: (args: readonly string[]) => Promise<number>;
}

/** The other campaigns: what the help says of each, and how it is played. Only that one is loaded. */
const OTHERS: Readonly<Record<string, Other>> = {
  sync: {
    says: 'polled sources whose vendors misbehave (--help shows its options)',
    play: async (args) => (await import('./sync/command.js')).syncFaults(args),
  },
  writers: {
    says: 'files by the rules of programs that write CSV (--help shows its options)',
    play: async (args) => (await import('./writers/command.js')).writerFaults(args),
  },
  year: {
    says: 'a year of daily syncs, in minutes (--help shows its options)',
    play: async (args) => (await import('./year/command.js')).yearFaults(args),
  },
  files: {
    says: 'random companies whose files go wrong as real ones do (--help shows its options)',
    play: async (args) => (await import('./files/command.js')).fileFaults(args),
  },
  properties: {
    says: 'the rules of plan, apply and undo on random worlds (--help shows its options)',
    play: async (args) => (await import('./properties.js')).propertyFaults(args),
  },
  'merge-worlds': {
    says: 'the rules of merges alone, on 3,000 such worlds',
    play: async (args) =>
      (await import('./properties.js')).propertyFaults([
        '--only',
        'merges',
        '--trials',
        '3000',
        ...args,
      ]),
  },
  merge: {
    says: 'merges and unmerges while the worker or Postgres is killed (--help shows its options)',
    play: async (args) => (await import('./merge/command.js')).mergeFaults(args),
  },
  'merge-writers': {
    says: 'merges under eight writers, and eight merges at once (--help shows its options)',
    play: async (args) => (await import('./merge/writersCommand.js')).mergeWriterFaults(args),
  },
  'merge-follow': {
    says: `1,000 merges, then syncs, files, days and an undo that name the absorbed
accounts; and people who leave HR, which knows them by an absorbed account alone`,
    play: async (args) => (await import('./mergeFollow.js')).mergeFollowFaults(args),
  },
  zones: {
    says: 'schedules in every time zone around the changes of the clocks (--help shows its options)',
    play: async (args) => (await import('./zones/command.js')).zoneFaults(args),
  },
  installations: {
    says: 'two databases in one namespace of Temporal (--help shows its options)',
    play: async (args) => (await import('./installations/command.js')).installationFaults(args),
  },
  editors: {
    says: 'two admins who edit one person at once (--help shows its options)',
    play: async (args) => (await import('./editors.js')).editorFaults(args),
  },
  cases: {
    says: 'files and systems that people really have, one by one (--help shows its options)',
    play: async (args) => (await import('./cases/command.js')).caseFaults(args),
  },
  levels: {
    says: 'admins who lose a right amid a bulk change of theirs (--help shows its options)',
    play: async (args) => (await import('./levels/command.js')).levelFaults(args),
  },
  letters: {
    says: 'letters to thousands while everything is killed (--help shows its options)',
    play: async (args) => (await import('./letters/command.js')).letterFaults(args),
  },
  pooler: {
    says: 'staff files, undo and a killed worker through PgBouncer (--help shows its options)',
    play: async (args) => (await import('./pooler/command.js')).poolerFaults(args),
  },
};

const HELP = `npm run faults -- [import] [options]

Imports generated files while something is killed at a random instant, and compares what comes out
with the undisturbed run. Everything happens in a stack of its own, in a temporary folder.

  --rows N       people in the first file (20000)
  --only A,B     of ${ALL.join(', ')} (all)
  --scenario A   of ${SCENARIOS.map(({ name }) => name).join(', ')} (all, in turns)
  --trials N     of each kind (as many as the table in the README has)
  --trial N      only this one of each kind: to repeat one that failed
  --at SHARE     strikes at this share of the time (from 0 to 1) instead of at random
  --seed S       another campaign (1)
  --slice N      entries of one transaction (1000: many edges to be struck at; the default has 20000)
  --keep         keeps the folder, with its logs and databases

${Object.entries(OTHERS)
  .map(([name, { says }]) => `npm run faults -- ${name}: ${says}`)
  .join('\n')}
`;

async function main(): Promise<number> {
  const [what, ...rest] = process.argv.slice(2);
  const other = Object.entries(OTHERS).find(([name]) => name === what)?.[1];
  if (other !== undefined) return other.play(rest);
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const startedAt = new Date();
  const result = await runCampaign({
    ...options,
    tell: (line) => process.stderr.write(`${line}\n`),
  });
  const minutes = Math.round((Date.now() - startedAt.getTime()) / 60_000);
  process.stdout.write(
    `\n${tableOf(result)}\n${startedAt.toISOString().slice(0, 10)} · seed ${String(options.seed)} · ${String(options.rows)} rows · ${machine()} · ${String(minutes)} min\n`,
  );
  return result.failed.length === 0 ? 0 : 1;
}

function optionsOf(args: readonly string[]): Omit<CampaignOptions, 'tell'> | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scenario: { type: 'string' },
      rows: { type: 'string', default: '20000' },
      only: { type: 'string' },
      trials: { type: 'string' },
      trial: { type: 'string' },
      at: { type: 'string' },
      seed: { type: 'string', default: '1' },
      slice: { type: 'string', default: '1000' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [what = 'import', ...rest] = positionals;
  if (what !== 'import' || rest.length > 0) throw new Error(`there are no faults for "${what}"`);
  return {
    rows: whole(values.rows, '--rows'),
    seed: whole(values.seed, '--seed'),
    slice: whole(values.slice, '--slice'),
    ...kindsOf(values.only),
    keep: values.keep,
    ...(values.trials === undefined ? {} : { trials: whole(values.trials, '--trials') }),
    ...(values.scenario === undefined ? {} : { scenarios: values.scenario.split(',') }),
    ...(values.at === undefined ? {} : { at: Number(values.at) }),
    ...(values.trial === undefined ? {} : { trial: whole(values.trial, '--trial') }),
  };
}

function kindsOf(only: string | undefined): { kinds: FaultKind[]; extras: ExtraKind[] } {
  const names = only?.split(',').map((name) => name.trim()) ?? ALL;
  const [unknown] = names.filter((name) => !ALL.includes(name));
  if (unknown !== undefined) throw new Error(`--only takes ${ALL.join(', ')}, not "${unknown}"`);
  return { kinds: names.filter(isFaultKind), extras: names.filter(isExtraKind) };
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    // A command that waits would keep the process.
    process.exit(1);
  });
