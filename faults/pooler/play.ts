import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand, type Ended } from '../command';
import { readEndState, type EndState } from '../endState';
import { ownerToken } from '../ownerToken';
import { DATABASE, kill, Rig } from '../rig';
import { askUndo, LIST, RAISED, writeFiles } from '../scenarios';

export interface Way {
  /** The URL of the database, through what is rehearsed. */
  readonly databaseUrl: string;
  readonly rows: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly tell: (line: string) => void;
}

export interface Walked {
  readonly state: EndState;
  readonly wrong: readonly string[];
  readonly seconds: number;
}

const WHILE_MS = 120_000;
/** A difference of zones is an hour at least, for the zones used here. */
const SAME_MS = 10 * 60_000;

/**
 * Migrates twice, imports, imports again while the worker is killed, imports as a list that is held and
 * approved, undoes, and edits by hand.
 */
export async function walk(o: Way): Promise<Walked> {
  const startedAt = Date.now();
  const migrated = await migrateTwice(o.databaseUrl);
  const rig = await Rig.start({
    ROLLCALL_DATABASE_URL: o.databaseUrl,
    ROLLCALL_TOKEN: await ownerToken(o.databaseUrl),
    ROLLCALL_SLICE_ENTRIES: '1000',
  });
  try {
    const wrong = [...migrated];
    const step = async (exit: number, ...args: string[]): Promise<Ended> => {
      const ended = await rig.run(...args);
      if (ended.exit !== exit) wrong.push(failed(ended, exit));
      o.tell(`  ${args.slice(0, 3).join(' ')}: ${ended.exit === exit ? 'ok' : 'FAILED'}`);
      return ended;
    };
    await writeFiles(rig, o);
    await step(3, 'import', 'first.csv');
    wrong.push(...(await importWhileKilled(rig)));
    await askUndo(rig);
    const words = ['OLD', 'COUNT'].map((word) => rig.words.get(word) ?? '');
    await step(0, 'runs', 'undo', words[0] ?? '', '--expect', words[1] ?? '');
    await step(4, 'import', 'first.csv', ...LIST, '--yes');
    await step(3, 'runs', 'approve', await newestRun(rig), '--reason', 'the same people');
    await step(4, 'import', 'shorter.csv', ...LIST, '--missing', 'deactivate');
    await step(3, 'runs', 'approve', await newestRun(rig), '--reason', 'they left');
    await step(0, 'users', 'create', '--login', 'by.hand', '--last-name', 'Hand');
    await step(0, 'users', 'edit', 'by.hand', '--status', 'inactive');
    wrong.push(...(await wrongTimes(rig)), ...(await leftLocks(rig)));
    const state = withoutHashes(await readEndState(rig));
    return { state, wrong, seconds: (Date.now() - startedAt) / 1000 };
  } finally {
    await rig.stop({ keep: o.keep });
  }
}

/** Hashes of rows hold ids, which each store makes for itself. */
function withoutHashes(state: EndState): EndState {
  const plain = (row: string): string =>
    row.replace(/"(record|mapping)_hash": -?\d+/g, '"$1_hash": 0');
  return new Map(
    [...state]
      .filter(([table]) => table !== 'staged')
      .map(([table, rows]) => [table, new Map([...rows].map(([key, row]) => [key, plain(row)]))]),
  );
}

/** `up` migrates no database of another server. The second one must find no lock of the first. */
async function migrateTwice(databaseUrl: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-migrates-'));
  const place = { folder, home: join(folder, 'data'), env: { ROLLCALL_DATABASE_URL: databaseUrl } };
  const wrong: string[] = [];
  for (let times = 0; times < 2; times++) {
    const ended = await runCommand(place, ['db', 'migrate']);
    if (ended.exit !== 0) wrong.push(failed(ended, 0));
  }
  rmSync(folder, { recursive: true, force: true });
  return wrong;
}

/** Kills the worker with SIGKILL while it applies the second file. */
async function importWhileKilled(rig: Rig): Promise<string[]> {
  const args = ['import', 'second.csv', ...RAISED, '--reason', 'the year ends'];
  const { ended, child } = rig.begin(...args);
  child.stdin?.end();
  const until = Date.now() + WHILE_MS;
  for (;;) {
    const [run] =
      (await rig.trySql<{ at: number }>(
        'select applied_through as at from run order by id desc limit 1',
      )) ?? [];
    const second =
      (await rig.trySql<{ n: number }>('select count(*)::int as n from run'))?.[0]?.n === 2;
    if (second && (run?.at ?? 0) > 0) break;
    if (Date.now() > until || child.exitCode !== null) {
      return ['the worker could not be killed in time', failed(await ended, 3)];
    }
    await sleep(10);
  }
  kill(rig.pidOf('worker'), 'SIGKILL');
  const done = await ended;
  await rig.ready();
  return done.exit === 3 ? [] : [failed(done, 3)];
}

async function newestRun(rig: Rig): Promise<string> {
  const [run] = await rig.sql<{ id: string }>('select id from run order by id desc limit 1');
  return run?.id ?? '';
}

/** Times that the commands print, against the clock. */
async function wrongTimes(rig: Rig): Promise<string[]> {
  const printed = [
    ...(await rig.run('users', 'show', 'by.hand', '--json')).stdout.matchAll(TIMES),
    ...(await rig.run('users', 'history', 'by.hand', '--json')).stdout.matchAll(TIMES),
    ...(await rig.run('runs', 'show', await newestRun(rig), '--json')).stdout.matchAll(TIMES),
  ];
  const wrong = printed.filter(
    ([, name, at = '']) =>
      name !== 'undoableUntil' && !(Math.abs(Date.parse(at) - Date.now()) < SAME_MS),
  );
  if (printed.length < 6) return ['too few times were printed'];
  return wrong.map(([text]) => `a wrong time at ${new Date().toISOString()}: ${text}`);
}

const TIMES = /"(\w*[aA]t|undoableUntil)": "(\d{4}-[^"]+)"/g;

/** Locks of migrations that stayed in the pool. */
async function leftLocks(rig: Rig): Promise<string[]> {
  const left = await rig.sql<{ pid: number }>(
    `select pid from pg_locks where locktype = 'advisory'
     and database = (select oid from pg_database where datname = '${DATABASE}')`,
  );
  return left.map(({ pid }) => `process ${String(pid)} still holds an advisory lock`);
}

function failed({ args, exit, stdout, stderr }: Ended, wanted: number): string {
  const words = [stdout, stderr].join('\n').trim().slice(0, 1_500);
  return `rollcall ${args.join(' ')} ended with ${String(exit)}, not ${String(wanted)}:\n${words}`;
}
