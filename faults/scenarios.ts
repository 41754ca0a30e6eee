import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { RunState } from '../domain/runs/run';
import { writeCompany } from '../company/company';
import type { Rig } from './rig';

/** A command of a scenario, and the state that the run must reach by itself. */
export interface Step {
  /** `RUN` stands for the run of the step before; other capitals for a word of the rig. */
  readonly args: readonly string[];
  readonly until: RunState;
  /** The client's exit code when it was left alone. */
  readonly exit: number;
}

/** One thing that people do, starting from the store saved under `from`. */
export interface Scenario {
  readonly name: string;
  readonly from: string;
  readonly steps: readonly Step[];
}

/** The saved stores: empty; after the first file as an upload; after it as a named list. */
export const [EMPTY, UPLOADED, LISTED] = ['saved_empty', 'saved_uploaded', 'saved_listed'] as const;
/** After both files as uploads. */
const CHANGED = 'saved_changed';

export const RAISED = ['deactivations', 'reactivations', 'key_changes'].flatMap((gate) => [
  '--gate',
  `${gate}=100000`,
]);
export const LIST = ['--source', 'hr'];

/**
 * The imports that are disturbed: everybody is new; a day later, with raised gates (leavers, people
 * who come back, e-mail swaps and rings, new managers, duplicates, faulty rows); the same as a named list
 * from which some people are missing, held, then approved; the undo of the second file.
 */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'create',
    from: EMPTY,
    steps: [{ args: ['import', 'first.csv'], until: 'done', exit: 3 }],
  },
  {
    name: 'change',
    from: UPLOADED,
    steps: [
      {
        args: ['import', 'second.csv', ...RAISED, '--reason', 'the year ends'],
        until: 'done',
        exit: 3,
      },
    ],
  },
  {
    name: 'approve',
    from: LISTED,
    steps: [
      {
        args: ['import', 'shorter.csv', ...LIST, '--missing', 'deactivate'],
        until: 'held',
        exit: 4,
      },
      { args: ['runs', 'approve', 'RUN', '--reason', 'they left'], until: 'done', exit: 3 },
    ],
  },
  {
    name: 'undo',
    from: CHANGED,
    steps: [{ args: ['runs', 'undo', 'OLD', '--expect', 'COUNT'], until: 'done', exit: 0 }],
  },
];

/** Writes the files that the scenarios import. */
export async function writeFiles(
  rig: Pick<Rig, 'path'>,
  o: { readonly rows: number; readonly seed: number },
): Promise<void> {
  const company = { people: o.rows, seed: o.seed, quoted: 0.01, bad: 0.003, twice: 0.002 };
  const overNight = {
    hires: 0.02,
    leavers: 0.07,
    moves: 0.05,
    renames: 0.01,
    swaps: 0.02,
    returns: 0.05,
  };
  await writeCompany(rig.path('first.csv'), company);
  await writeCompany(rig.path('second.csv'), { ...company, nextDay: overNight });
  turnAddresses(rig.path('second.csv'));
  leaveOut(rig.path('second.csv'), rig.path('shorter.csv'));
}

/** Writes the files and saves the stores that the scenarios start from, of all or of these. */
export async function prepare(
  rig: Rig,
  o: { readonly rows: number; readonly seed: number; readonly scenarios?: readonly string[] },
): Promise<void> {
  await writeFiles(rig, o);
  await rig.save(EMPTY);
  await done(rig, ['import', 'first.csv']);
  await rig.save(UPLOADED);
  if (o.scenarios?.includes('undo') ?? true) {
    await done(rig, ['import', 'second.csv', ...RAISED, '--reason', 'test']);
    await askUndo(rig);
    await rig.save(CHANGED);
  }
  await rig.restore(EMPTY);
  await done(rig, ['import', 'first.csv', ...LIST, '--yes']);
  await rig.save(LISTED);
}

async function done(rig: Rig, args: readonly string[]): Promise<void> {
  const { exit, stdout, stderr } = await rig.run(...args, '--json');
  if (exit !== 3)
    throw new Error(`${args.join(' ')} ended with ${String(exit)}:\n${stdout}${stderr}`);
}

/** The run that the undo is for, and how many people it changes. */
export async function askUndo(rig: Rig): Promise<void> {
  const [run] = await rig.sql<{ id: string }>('select id from run order by id desc limit 1');
  const id = run?.id ?? '';
  const { stdout } = await rig.run('runs', 'undo', id, '--dry-run', '--json');
  const count = /"gate": "expect",\s*"count": (\d+)/.exec(stdout)?.[1];
  if (count === undefined) throw new Error(`the undo names no count:\n${stdout}`);
  rig.words.set('OLD', id).set('COUNT', count);
}

/** A ring of three people, each with the address of the next: in a file of its own order. */
function turnAddresses(path: string): void {
  const records = recordsOf(path);
  const plain = records.filter((record) => /^\d+,[^"\n]*,active$/.test(record)).slice(40, 400);
  const ring = plain.filter((_, i) => i % 60 === 0).slice(0, 3);
  const addresses = ring.map((record) => record.split(',')[3] ?? '');
  const turned = new Map(
    ring.map((record, i) => {
      const cells = record.split(',');
      cells[3] = addresses[(i + 1) % ring.length] ?? '';
      return [record, cells.join(',')];
    }),
  );
  writeFileSync(path, `${records.map((record) => turned.get(record) ?? record).join('\n')}\n`);
}

/** The same file without one in fifty of the people who lead nobody. */
function leaveOut(from: string, to: string): void {
  const [head = '', ...records] = recordsOf(from);
  writeFileSync(to, `${head}\n`);
  const kept = records.filter((record, i) => i % 50 !== 7 || /^\d+0,/.test(record));
  appendFileSync(to, `${kept.join('\n')}\n`);
}

/** The records of a CSV file; line breaks within quotes belong to them. */
function recordsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return text.match(/(?:[^"\n]|"[^"]*")+/g) ?? [];
}
