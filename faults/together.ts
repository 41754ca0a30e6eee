import { setTimeout as sleep } from 'node:timers/promises';
import { compare, readEndState, type EndState } from './endState';
import { brokenRules, leftovers } from './invariants';
import { EMPTY, LIST, RAISED } from './scenarios';
import type { Ended } from './command';
import type { Rig } from './rig';

/** A test other than a fault at a random instant. */
interface Extra {
  /** As the table names it. */
  readonly title: string;
  readonly trials: number;
  /** Plays it this often; returns what was wrong in each. */
  play(rig: Rig, trials: number): Promise<string[][]>;
}

export const EXTRAS = {
  upload: {
    title: '`kill -9` of the client amid an upload',
    trials: 3,
    play: (rig, trials) => times(trials, () => killedUpload(rig, { aDayLater: true })),
  },
  same: {
    title: 'two imports of one source at once',
    trials: 4,
    play: async (rig, trials) => {
      const known = await sequences(rig);
      return times(trials, (trial) => sameSource(rig, known, trial));
    },
  },
  two: {
    title: 'two sources with the same people at once',
    trials: 3,
    play: (rig, trials) => times(trials, () => twoSources(rig)),
  },
} as const satisfies Readonly<Record<string, Extra>>;

export type ExtraKind = keyof typeof EXTRAS;

export function isExtraKind(text: string): text is ExtraKind {
  return Object.hasOwn(EXTRAS, text);
}

async function times<T>(trials: number, play: (trial: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let trial = 1; trial <= trials; trial++) results.push(await play(trial));
  return results;
}

/** An upload that is killed while the file is being stored. */
export async function killedUpload(
  rig: Rig,
  o: { readonly aDayLater: boolean },
): Promise<string[]> {
  await rig.ready();
  await rig.restore(EMPTY);
  const running = rig.begin('import', '-', '--json');
  running.child.stdin?.write('code,first_name,email\n1,Ann,ann@staff.example\n');
  const half = await until(10_000, async () => {
    const [file] = await rig.sql<{ id: string }>('select id from run_file where not complete');
    return file;
  });
  running.child.kill('SIGKILL');
  await running.ended;
  const wrong = await expectNothing(rig, 'after the upload was killed');
  if (half === undefined) wrong.push('the file was not being stored when it should have been');

  const next = await rig.run('import', 'first.csv', '--json');
  if (next.exit !== 3)
    wrong.push(`the next import ended with ${String(next.exit)}: ${next.stdout}`);
  wrong.push(...(await judge(rig)));

  if (!o.aDayLater) return wrong;
  await rig.sql(`update run_file set created_at = now() - interval '25 hours'`);
  const gone = await until(60_000, async () => {
    const left = await rig.sql<{ complete: boolean }>('select complete from run_file');
    return left.length === 1 && left[0]?.complete === true ? true : undefined;
  });
  if (gone !== true) wrong.push('the broken upload was not cleaned up');
  return wrong;
}

async function expectNothing(rig: Rig, when: string): Promise<string[]> {
  const [row] = await rig.sql<{ runs: number; users: number }>(
    'select (select count(*) from run)::int as runs, (select count(*) from "user")::int as users',
  );
  const there = (row?.runs ?? 1) + (row?.users ?? 1);
  return there === 0 ? [] : [`something is there ${when}: ${JSON.stringify(row)}`];
}

const ORDERS = [
  ['first.csv', 'second.csv'],
  ['second.csv', 'first.csv'],
] as const;
type FileName = (typeof ORDERS)[number][number];

const upload = (file: FileName): string[] => [
  'import',
  file,
  ...RAISED,
  '--reason',
  'test',
  '--json',
];

/** The end states of the two files one after the other, by the file that came first. */
async function sequences(rig: Rig): Promise<ReadonlyMap<string, EndState>> {
  const states = new Map<string, EndState>();
  for (const order of ORDERS) {
    await rig.ready();
    await rig.restore(EMPTY);
    for (const file of order) expectExit(await rig.run(...upload(file)), 3);
    states.set(order[0], await readEndState(rig));
  }
  return states;
}

/** Two imports of the unnamed source at once: the end state is that of one after the other. */
async function sameSource(
  rig: Rig,
  known: ReadonlyMap<string, EndState>,
  trial: number,
): Promise<string[]> {
  await rig.ready();
  await rig.restore(EMPTY);
  const order = trial % 2 === 0 ? ORDERS[0] : ORDERS[1];
  const both = await Promise.all(order.map((file) => rig.run(...upload(file))));
  const wrong = both.flatMap((ended) => exitFaults(ended, [3]));
  const [first] = await rig.sql<{ name: string }>(
    'select f.name from run r join run_file f on f.id = r.file_id order by r.started_at limit 1',
  );
  const reference = known.get(first?.name ?? '');
  if (reference === undefined) return [...wrong, 'no run was started'];
  const { lost, doubled, other, examples } = compare(await readEndState(rig), reference);
  if (lost + doubled + other > 0) {
    wrong.push(`not as one after the other, ${first?.name ?? ''} first`, ...examples);
  }
  return [...wrong, ...(await judge(rig))];
}

/**
 * Two sources that bring the same people at once: the second one finds them, or its rows are conflicts;
 * no person is duplicated. Imported once more, both lists lead to everybody.
 */
export async function twoSources(rig: Rig): Promise<string[]> {
  await rig.ready();
  await rig.restore(EMPTY);
  const lists = [LIST, ['--source', 'crm']];
  const args = (list: readonly string[]): string[] => [
    'import',
    'first.csv',
    ...list,
    '--yes',
    '--json',
  ];
  const both = await Promise.all(lists.map((list) => rig.run(...args(list))));
  const wrong = both.flatMap((ended) => exitFaults(ended, [3, 4]));
  wrong.push(...(await approveAll(rig)));
  for (const list of lists) {
    wrong.push(...exitFaults(await rig.run(...args(list)), [3, 4]), ...(await approveAll(rig)));
  }
  const [people] = await rig.sql<{ users: number; linked: number }>(
    `select count(*)::int as users, count(*) filter (where (
       select count(*) from identity i where i.user_id = u.id) = 2)::int as linked from "user" u`,
  );
  const [told] = await rig.sql<{ created: number }>(
    `select count(distinct code)::int as created from staged_row s
     where faults is null and exists (select from "user" u where u.code = s.code)`,
  );
  if (people?.users !== told?.created || people?.linked !== people?.users) {
    wrong.push(`of ${String(told?.created)} people: ${JSON.stringify(people)}`);
  }
  return [...wrong, ...(await judge(rig))];
}

async function approveAll(rig: Rig): Promise<string[]> {
  const held = await rig.sql<{ id: string }>(`select id from run where state = 'held'`);
  const wrong: string[] = [];
  for (const { id } of held)
    wrong.push(...exitFaults(await rig.run('runs', 'approve', id, '--json'), [0, 3]));
  return wrong;
}

function exitFaults(ended: Ended, wanted: readonly number[]): string[] {
  if (ended.exit !== null && wanted.includes(ended.exit)) return [];
  return [
    `${ended.args.join(' ')} ended with ${String(ended.exit)}: ${ended.stdout}${ended.stderr}`,
  ];
}

function expectExit(ended: Ended, wanted: number): void {
  const [fault] = exitFaults(ended, [wanted]);
  if (fault !== undefined) throw new Error(fault);
}

async function judge(rig: Rig): Promise<string[]> {
  return [...(await brokenRules(rig)), ...(await leftovers(rig))];
}

async function until<T>(ms: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() > end) return answer;
    await sleep(100);
  }
}
