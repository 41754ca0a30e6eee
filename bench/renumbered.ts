import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { transaction, type Db, type Tx } from '../store/database/db';
import { planWithin } from '../store/plan';
import { analyzeRows } from '../store/reads/staging';
import { createRun, moveRun } from '../store/runs/runs';
import { OWNER_ID } from '../store/sources/sources';
import { processorSeconds } from './computed';
import { benchDatabase, emptyStore, startBenchStack } from './stack';

const HELP = `npm run bench -- renumbered [options]

  --rows N      people that the source knows (1000000)
  --changed N   of them missing, and as many new ones (10000)
  --repeat N    plans of each kind; the fastest counts (3)

What the search for renumbered people (gate renumbered) adds to a plan: seconds of its statements, how
many of them the database computed (the rest it waited for a processor), and seconds of the whole plan. Half of the new people have a known number without its zeros, half of them only the
name of one who is missing.
`;

const LIST = '00000000-0000-7000-8000-00000000be11';
/** Every import has a file; these rows never were in one. */
const FILE = '00000000-0000-7000-8000-00000000f11e';

/** The reads that are planned. `new`: how many rows are of a person who is not known. */
const READS = [
  { name: 'complete, nobody new', source: LIST, complete: true, known: true, new: false },
  { name: 'complete, some new', source: LIST, complete: true, known: true, new: true },
  {
    name: 'a file of the new ones, nobody missing',
    source: LIST,
    complete: false,
    known: false,
    new: true,
  },
] as const;

interface Options {
  readonly rows: number;
  readonly changed: number;
  readonly repeat: number;
}

/** `npm run bench -- renumbered`: the search for renumbered people. */
export async function benchRenumbered(args: readonly string[]): Promise<void> {
  const options = optionsOf(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const stack = await startBenchStack();
  const db = benchDatabase(stack.place.home, 2);
  try {
    await emptyStore(stack.db);
    await addPeople(db, options);
    process.stdout.write(`rows ${String(options.rows)}, changed ${String(options.changed)}, `);
    process.stdout.write(`load ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
    for (const read of READS) {
      const measured: Timed[] = [];
      for (let n = 0; n < options.repeat; n++) measured.push(await planOf(db, read, options));
      const best = measured.reduce((a, b) => (b.search < a.search ? b : a));
      const { search, computed, total, pairs } = best;
      process.stdout.write(
        `${read.name}: search ${search.toFixed(3)} s (computed ${computed.toFixed(2)} s) of a plan of ${total.toFixed(2)} s, ${String(pairs)} pairs\n`,
      );
    }
  } finally {
    await db.close();
    await stack.stop();
  }
}

const NUMBER = `lpad(n::text, 9, '0')`;
const NAMES = `'First' || n % 9973, 'Last' || n`;

/** People of one list, each known by a number with zeros in front, as their last read left them. */
async function addPeople(db: Db, { rows }: Options): Promise<void> {
  await db.pool.query(
    `insert into source (id, name, kind) values ($1, 'bench', 'list') on conflict do nothing`,
    [LIST],
  );
  await db.pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, 'people.csv', 0, '', true)`,
    [FILE],
  );
  await transaction(db, async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    await tx.query(
      `insert into "user" (id, code, login, login_key, first_name, last_name, status)
       select ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, ${NUMBER}, ${NUMBER}, ${NUMBER},
         ${NAMES}, 'active' from generate_series(1, $1::int) n`,
      [rows],
    );
    await tx.query(
      `insert into identity (source_id, external_id, user_id, user_version)
       select $2, ${NUMBER}, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 1
       from generate_series(1, $1::int) n`,
      [rows, LIST],
    );
    const runId = await begin(tx, READS[2]);
    await stageKnown(tx, runId, rows);
    // Without statistics of both sides, each identity would be looked for in all rows.
    await analyzeRows(tx, runId);
    await tx.query('analyze identity');
    await tx.query(
      `update identity i set record_hash = s.record_hash from staged_row s
       where s.run_id = $1 and s.external_id = i.external_id`,
      [runId],
    );
    await tx.query(`delete from staged_row where run_id = $1`, [runId]);
    await tx.query(`delete from run where id = $1`, [runId]);
  });
  await db.pool.query(`update identity set mapping_hash = $1`, [await mappingHash(db)]);
  await db.pool.query(`vacuum analyze "user"`);
  await db.pool.query(`vacuum analyze identity`);
}

/** The mapping hash of a run of this list. */
async function mappingHash(db: Db): Promise<string> {
  return rolledBack(db, async (tx) => {
    const runId = await begin(tx, READS[2]);
    await planWithin(tx, runId);
    const { rows } = await tx.query<{ hash: string }>(
      `select mapping_hash as hash from run where id = $1`,
      [runId],
    );
    return rows[0]?.hash ?? '';
  });
}

type Read = (typeof READS)[number];

async function begin(tx: Tx, { source, complete }: Read): Promise<string> {
  const { runId } = await createRun(tx, {
    kind: 'import',
    sourceId: source,
    actorId: OWNER_ID,
    options: { missing: complete ? 'deactivate' : 'ignore', create: true, update: 'all' },
    dryRun: false,
    fileId: FILE,
  });
  await moveRun(tx, { runId, to: 'running' });
  return runId;
}

/** Rows of the first people, as their last read left them. */
async function stageKnown(tx: Tx, runId: string, rows: number): Promise<void> {
  await tx.query(
    `insert into staged_row (run_id, line, external_id, code, code_key, first_name, last_name)
     select $1, n + 1, ${NUMBER}, ${NUMBER}, ${NUMBER}, ${NAMES} from generate_series(1, $2::int) n`,
    [runId, rows],
  );
}

interface Timed {
  readonly search: number;
  readonly computed: number;
  readonly total: number;
  readonly pairs: number;
}

/** Stages a read, plans it and forgets it again. */
async function planOf(db: Db, read: Read, { rows, changed }: Options): Promise<Timed> {
  return rolledBack(db, async (tx) => {
    const runId = await begin(tx, read);
    const stay = read.new ? rows - changed : rows;
    if (read.known) await stageKnown(tx, runId, stay);
    if (read.new) {
      await tx.query(
        `insert into staged_row (run_id, line, external_id, code, code_key, first_name, last_name)
         select $1, n + 1, c, c, lower(c), ${NAMES}
         from generate_series($2::int + 1, $3::int) n,
           lateral (select case when n % 2 = 0 then n::text else 'N' || n end as c) number`,
        [runId, rows - changed, rows],
      );
    }
    await analyzeRows(tx, runId);
    await tx.query(
      `update run set staged_at = now(),
         rows = (select count(*) from staged_row where run_id = $1) where id = $1`,
      [runId],
    );
    const timed = timedTx(tx, await backendPid(tx));
    const start = process.hrtime.bigint();
    const { held } = await planWithin(timed.tx, runId);
    const total = Number(process.hrtime.bigint() - start) / 1e9;
    const pairs = held.find(({ gate }) => gate === 'renumbered')?.count ?? 0;
    return { ...timed.spent, total, pairs };
  });
}

/** A transaction that adds up the time of the search's statements. */
function timedTx(tx: Tx, pid: number) {
  const spent = { search: 0, computed: 0 };
  const timed = new Proxy(tx, {
    get(target, name, self): unknown {
      if (name !== 'query') return Reflect.get(target, name, self);
      return async (text: string, values?: unknown[]) => {
        const [start, before] = [process.hrtime.bigint(), processorSeconds(pid)];
        const answer = await target.query(text, values);
        if (/unseen|missing_name|from renumbered|into renumbered|table renumbered/.test(text)) {
          spent.search += Number(process.hrtime.bigint() - start) / 1e9;
          spent.computed += processorSeconds(pid) - before;
        }
        return answer;
      };
    },
  });
  return { tx: timed, spent };
}

async function backendPid(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

async function rolledBack<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await db.pool.connect();
  try {
    await client.query('begin');
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '1000000' },
      changed: { type: 'string', default: '10000' },
      repeat: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [rows, changed, repeat] = [values.rows, values.changed, values.repeat].map(Number);
  return { rows: rows ?? 0, changed: changed ?? 0, repeat: repeat ?? 1 };
}
