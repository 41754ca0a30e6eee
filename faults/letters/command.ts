import { parseArgs } from 'node:util';
import { Parts } from '../parts';
import { machine, whole } from '../printed';
import { fuzzLetters } from './fuzz/command';
import { allMerges } from './merges/play';
import { play, type Played } from './play';
import { REAL_SERVER_NAMES, type RealServerName } from './realServers';
import { withServers } from './stacks';
import { lettersTable, lineOf } from './table';
import { throughAll } from './throughReal';
import { allTroubles } from './troubles';
import { allTwice } from './twice';

const HELP = `npm run faults -- letters [options]

Letters to thousands through a mail server that misbehaves at every stage of its dialogue, while the worker,
Postgres, Temporal or all of them are killed at random instants. The mail server is a process that nobody
kills; it writes down what it took, by recipient. Each recipient's recorded outcome is held against that:
nobody may get two, nobody may be lost, and nothing may be called accepted or failed that was not.

  --trials N       campaigns (20); with --fuzz letters (5000)
  --from N         the first of them (1)
  --recipients N   people of each (10000)
  --strikes N      kills amid each (6): half of them of the worker
  --seed S         other instants and misdeeds (1)
  --minutes M      begins no further campaign after this time (9); the same command goes on, and adds up
  --again          forgets what was played before
  --control        puts back to be sent what a killed worker had claimed, as a build that claims after
                   sending would: it must show people who get two, or this campaign proves nothing
  --troubles       instead: the server as a whole is in trouble for a while, with 2000 people
  --twice          instead: two commands at once, two workers that are stopped and woken, a workflow that
                   is reset; with 2000 people
  --merges         instead: 200 merges of accounts while a letter goes out to them, with 2000 people; with
                   --control the letters are left as a merge finds them, which must show people who get two,
                   and people who get none
  --fuzz           instead: letters of fuzzed names, subjects and templates, made as a worker makes them, are
                   read back by mailparser and by Python's email, where Python is there
  --through A,B    instead: 1000 people through real mail servers, amid kills, and what comes back is
                   imported; of postfix, exim and opensmtpd, or all (needs root, and those that are named)
  --keep           keeps the folder of the stack
`;

/** Merges amid a campaign. */
const MERGES = 200;

/** Plays the campaigns; returns the exit code: 1 when one is wrong, 2 when some are left. */
export async function letterFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string' },
      from: { type: 'string', default: '1' },
      recipients: { type: 'string' },
      strikes: { type: 'string', default: '6' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '9' },
      again: { type: 'boolean', default: false },
      control: { type: 'boolean', default: false },
      troubles: { type: 'boolean', default: false },
      twice: { type: 'boolean', default: false },
      merges: { type: 'boolean', default: false },
      fuzz: { type: 'boolean', default: false },
      through: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const isSmall = values.troubles || values.twice || values.merges;
  const usual = values.through !== undefined ? '1000' : isSmall ? '2000' : '10000';
  const recipients = whole(values.recipients ?? usual, '--recipients');
  const { keep, seed, control } = values;
  const from = whole(values.from, '--from');
  if (values.fuzz) {
    const letters = whole(values.trials ?? '5000', '--trials');
    return fuzzLetters({ trials: letters, from, seed: whole(seed, '--seed') });
  }
  if (values.through !== undefined) {
    const names = values.through === 'all' ? REAL_SERVER_NAMES : namesOf(values.through);
    return throughAll({ names, recipients, keep, seed });
  }
  if (values.twice || values.troubles) {
    const all = values.twice ? allTwice : allTroubles;
    return withServers({ recipients, keep }, (servers) => all({ ...servers, recipients, seed }));
  }
  if (values.merges) {
    return withServers({ recipients, keep }, (servers) =>
      allMerges({ ...servers, ...{ recipients, seed, control, merges: MERGES } }),
    );
  }
  const trials = whole(values.trials ?? '20', '--trials');
  const strikes = whole(values.strikes, '--strikes');
  const worlds = Array.from({ length: trials }, (_, i) => from + i);
  const name = values.control ? 'letters-control' : 'letters';
  const parts = new Parts<Played>({
    campaign: `${name}-${String(recipients)}-${String(strikes)}`,
    seed: whole(seed, '--seed'),
    numberOf: ({ world }) => world,
  });
  if (values.again) parts.forget();
  const startedAt = Date.now();
  const until = startedAt + whole(values.minutes, '--minutes') * 60_000;
  const wanted = worlds.filter((world) => !parts.has(world));
  if (wanted.length > 0) {
    await withServers({ recipients, keep }, async (servers) => {
      for (const world of wanted) {
        if (Date.now() > until) break;
        const played = await play({ ...servers, seed, world, recipients, strikes, control });
        parts.add(played);
        process.stderr.write(`${lineOf(played)}\n`);
      }
    });
  }
  const all = parts.of(worlds);
  const left = worlds.length - all.length;
  process.stdout.write(
    `\n${lettersTable(all)}\n\n${footOf({ ...values, startedAt, all, left })}\n`,
  );
  if (values.control) return controlEnd(all);
  return all.some(({ wrong }) => wrong.length > 0) ? 1 : left > 0 ? 2 : 0;
}

function namesOf(text: string): RealServerName[] {
  const given = text.split(',');
  const unknown = given.find((name) => !REAL_SERVER_NAMES.some((known) => known === name));
  if (unknown === undefined) return REAL_SERVER_NAMES.filter((name) => given.includes(name));
  throw new Error(`--through takes ${REAL_SERVER_NAMES.join(', ')} or all, not "${unknown}"`);
}

/** The control is right when it is wrong. */
function controlEnd(all: readonly Played[]): number {
  const doubles = all.reduce((sum, { verdict }) => sum + verdict.doubles.length, 0);
  process.stdout.write(
    doubles > 0
      ? `the control shows ${String(doubles)} people who got two, as it must\n`
      : 'the control shows nobody who got two: this campaign proves nothing\n',
  );
  return doubles > 0 ? 0 : 1;
}

function footOf(o: {
  readonly seed: string;
  readonly startedAt: number;
  readonly all: readonly Played[];
  readonly left: number;
}): string {
  const minutes = (o.all.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(1);
  const more =
    o.left === 0 ? '' : ` · ${String(o.left)} campaigns are left: the same command goes on`;
  return `${new Date(o.startedAt).toISOString().slice(0, 10)} · seed ${o.seed} · ${machine()} · ${minutes} min${more}`;
}
