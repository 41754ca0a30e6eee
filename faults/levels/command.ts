import { parseArgs } from 'node:util';
import { chanceOf, median } from '../chance';
import { machine, whole } from '../printed';
import { killTable, runLevelKills } from './kills';
import { playTrial, STRIKES, type StrikeKind, type TrialInput, type TrialOutcome } from './trial';
import { prepareWorld } from './world';

const KINDS = Object.keys(STRIKES).filter((name): name is StrikeKind =>
  Object.hasOwn(STRIKES, name),
);

const HELP = `npm run faults -- levels [options]

A manager deactivates everybody of an organization. Amid the run, at a random instant, the manager loses
the right, or people leave the organization. No later activity of the worker may write anybody; an owner
then goes on with the run, or undoes it. Judged by what the database holds.

  --rows N       people (200000)
  --batch N      entries of one transaction (2000)
  --trials N     instants of each kind (20)
  --from N       the first of them (1): a campaign goes on in parts
  --only A,B     of ${KINDS.join(', ')} (all)
  --seed S       other instants (1)
  --kills N      instead: N bulk changes through a real worker, which is killed, or Postgres is, when the
                 right is lost (--rows 20000, --batch 1000)
`;

/** Plays the trials; returns the exit code. */
export async function levelFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string' },
      batch: { type: 'string' },
      kills: { type: 'string' },
      trials: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.kills !== undefined) {
    return levelKills({
      rows: whole(values.rows ?? '20000', '--rows'),
      batch: whole(values.batch ?? '1000', '--batch'),
      kills: whole(values.kills, '--kills'),
      seed: values.seed,
    });
  }
  const rows = whole(values.rows ?? '200000', '--rows');
  const batch = whole(values.batch ?? '2000', '--batch');
  const from = whole(values.from, '--from');
  const end = from + whole(values.trials, '--trials');
  const kinds = values.only?.split(',') ?? KINDS;
  const unknown = kinds.find((kind) => !KINDS.some((known) => known === kind));
  if (unknown !== undefined) throw new Error(`--only takes ${KINDS.join(', ')}, not "${unknown}"`);
  const startedAt = new Date();
  const world = await prepareWorld(rows);
  const results: TrialOutcome[] = [];
  try {
    for (let trial = from; trial < end; trial += 1) {
      for (const kind of KINDS.filter((known) => kinds.includes(known))) {
        const label = `${kind} ${String(trial)}`;
        const chance = (what: string): number => chanceOf(values.seed, kind, trial, what);
        const result = await playTrial({
          ...{ world, kind, batch },
          at: chance('at'),
          laterMs: Math.floor(chance('later') * 200),
          then: THEN[trial] ?? 'nothing',
        });
        results.push(result);
        const how = result.wrong.length === 0 ? 'ok' : `WRONG ${result.wrong.join('; ')}`;
        process.stderr.write(
          `${label}: ${String(result.applied)} gone through, ${String(result.later)} later activities, ${how}\n`,
        );
      }
    }
  } finally {
    await world.close();
  }
  const trialsOf = `trials ${String(from)} to ${String(end - 1)}`;
  process.stdout.write(
    `\n${tableOf(results)}\n${dayOf(startedAt)} · seed ${values.seed} · ${trialsOf} · ${String(rows)} people, batches of ${String(batch)} · ${conditions(startedAt)}\n`,
  );
  return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}

async function levelKills(o: {
  readonly rows: number;
  readonly batch: number;
  readonly kills: number;
  readonly seed: string;
}): Promise<number> {
  const startedAt = new Date();
  const results = await runLevelKills({
    ...o,
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(
    `\n${killTable(results)}\n${dayOf(startedAt)} · seed ${o.seed} · ${String(o.rows)} people, batches of ${String(o.batch)} · ${conditions(startedAt)}\n`,
  );
  return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** The machine, and how long it took. */
function conditions(startedAt: Date): string {
  const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
  return `${machine()} · ${minutes} min`;
}

/** Trials after which an owner goes on; the others end with the failure, which is what takes long enough. */
const THEN: Readonly<Record<number, TrialInput['then']>> = { 1: 'resume', 2: 'undo' };

function tableOf(results: readonly TrialOutcome[]): string {
  const lines = KINDS.flatMap((kind) => {
    const all = results.filter((one) => one.kind === kind);
    if (all.length === 0) return [];
    const later = all.reduce((sum, one) => sum + one.later, 0);
    const wrong = all.filter((one) => one.wrong.length > 0).length;
    const underWay = median(all.map((one) => one.underWay));
    return [
      `| ${STRIKES[kind].title} | ${String(all.length)} | ${String(later)} | ${String(underWay)} | ${String(wrong)} |`,
    ];
  });
  return [
    '| amid the run | trials | later activities | median of people that the activity under way still wrote | wrong |',
    '| --- | --: | --: | --: | --: |',
    ...lines,
  ].join('\n');
}
