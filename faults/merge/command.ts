import { parseArgs } from 'node:util';
import { Parts } from '../parts';
import { machine, markdownTable, whole, type Columns } from '../printed';
import { AFTER, MergeKills, trialOf, VICTIMS, type KillResult } from './kills';
import { SCENE_NAMES, SCENES } from './play';

const HELP = `npm run faults -- merge [options]

Merges pairs one by one and from a file, and takes both back, while the worker or Postgres is killed: at a
random instant, or within the transaction at its first write to some table. At once nothing may be half
merged, and at the end every table must be as after an undisturbed run. One stack for all trials, in a
temporary folder.

  --trials N     kills (200)
  --from N       the first of them (1)
  --seed S       other instants (1)
  --pairs N      pairs of the file (600)
  --minutes M    begins no trial after this time (9); the same command goes on from there, and adds up
  --again        forgets what was tried before

npm run faults -- merge-writers: merges under eight writers, and eight merges at once (--help)
`;

/** Plays the trials; returns the exit code: 1 when one failed, 2 when some are left. */
export async function mergeFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      pairs: { type: 'string', default: '600' },
      minutes: { type: 'string', default: '9' },
      again: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const startedAt = new Date();
  const trials = whole(values.trials, '--trials');
  const from = whole(values.from, '--from');
  const seed = whole(values.seed, '--seed');
  const pairs = whole(values.pairs, '--pairs');
  const until = startedAt.getTime() + whole(values.minutes, '--minutes') * 60_000;
  const parts = new Parts<KillResult>({
    campaign: `merge-${String(pairs)}`,
    seed,
    numberOf: ({ trial }) => trial,
  });
  if (values.again) parts.forget();
  const wanted = Array.from({ length: trials }, (_, i) => from + i);
  const left = wanted.filter((trial) => !parts.has(trial));
  if (left.length > 0) {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    await playTrials({ left, seed, pairs, until, say }, (result) => {
      parts.add(result);
    });
  }
  const results = parts.of(wanted);
  process.stdout.write(
    `\n${tableOf(results)}\n${startedAt.toISOString().slice(0, 10)} · seed ${String(seed)} · ${String(pairs)} pairs in the file · ${machine()}\n`,
  );
  if (results.some(({ wrong }) => wrong.length > 0)) return 1;
  if (results.length === wanted.length) return 0;
  process.stdout.write(
    `${String(wanted.length - results.length)} are left: the same command goes on with them\n`,
  );
  return 2;
}

async function playTrials(
  o: {
    readonly left: readonly number[];
    readonly seed: number;
    readonly pairs: number;
    readonly until: number;
    readonly say: (line: string) => void;
  },
  keep: (result: KillResult) => void,
): Promise<void> {
  const kills = await MergeKills.start({ pairs: o.pairs, say: o.say });
  const state = { keep: true };
  const interrupted = (): void => {
    void kills.stop({ keep: false }).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    for (const trial of o.left) {
      if (Date.now() > o.until) break;
      const startedAt = Date.now();
      const result = await kills.kill(o.seed, trialOf(trial));
      keep(result);
      const { scene, victim, struck, wrong } = result;
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      const name = `${String(trial)} ${victim}, ${scene}, ${struck}: ${seconds} s`;
      o.say(`${wrong.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
      for (const line of wrong) o.say(`    ${line}`);
      if (wrong.length > 0) {
        o.say(
          `    again: npm run faults -- merge --seed ${String(o.seed)} --pairs ${String(o.pairs)} --from ${String(trial)} --trials 1 --again`,
        );
        return;
      }
    }
    state.keep = false;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await kills.stop({ keep: state.keep });
  }
}

function tableOf(results: readonly KillResult[]): string {
  const rows = SCENE_NAMES.flatMap((scene) =>
    VICTIMS.map((victim) => {
      const all = results.filter((one) => one.scene === scene && one.victim === victim);
      const count = (holds: (one: KillResult) => boolean): string =>
        String(all.filter(holds).length);
      const sum = (of: (one: KillResult) => number): string =>
        String(all.reduce((total, one) => total + of(one), 0));
      return [
        `\`kill -9\` of ${victim === 'worker' ? 'the worker' : 'Postgres'}: ${SCENES[scene].title}`,
        String(all.length),
        count(({ struck }) => struck.startsWith('held')),
        count(({ struck }) => struck === AFTER),
        sum(({ lost }) => lost),
        sum(({ doubled }) => doubled),
        count(({ wrong }) => wrong.length > 0),
      ];
    }),
  );
  return markdownTable(COLUMNS, rows);
}

const COLUMNS = {
  ...{ fault: '---', trials: '--:', 'of these within the transaction': '--:', 'too late': '--:' },
  ...{ lost: '--:', doubled: '--:', wrong: '--:' },
} as const satisfies Columns;
