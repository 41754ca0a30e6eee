import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { SourceContext } from '../../operations/sources/polledSource';
import { markdownTable, whole } from '../printed';
import { contextOf, openStores } from '../sync/stores';
import { notOnSurvivors } from './found';
import { playRound, type RoundResult } from './rounds';
import { mergeUnderWriters, WRITER_NAMES, type WritersResult } from './writers';

const HELP = `npm run faults -- merge-writers [options]

First merges pairs while eight writers write to both accounts of the pairs around: edits, files of people and
of enrollments, enrollments and credits, links by hand, and rows inserted without a lock. What was written is
the survivor's, or was refused with a reason. Then rounds of eight merges and unmerges of a few people at
once: each is done or refused by a code, and some order of those that were done gives the same end.

  --merges N     pairs under writers (200)
  --rounds N     rounds of eight at once (50)
  --seed S       other writes and rounds (1)
  --without-triggers   a control, which must fail: the database lets rows onto absorbed accounts
`;

const OPEN = 9;

/** Plays both; returns the exit code. */
export async function mergeWriterFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      merges: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      'without-triggers': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const startedAt = new Date();
  const pairs = whole(values.merges, '--merges');
  const rounds = whole(values.rounds, '--rounds');
  const seed = whole(values.seed, '--seed');
  const stores = await openStores(1);
  const contexts: SourceContext[] = [];
  try {
    const [first] = stores.contexts;
    if (first === undefined) throw new Error('a store was opened');
    for (let n = 0; n < OPEN; n++) contexts.push(contextOf(first.db.url));
    await fillWriters(first, pairs);
    if (values['without-triggers']) await first.db.pool.query(WITHOUT_TRIGGERS);
    const result = await mergeUnderWriters({ contexts, pairs, seed });
    const wrong = [...result.wrong, ...(await notOnSurvivors(first.db, result.writes))];
    process.stdout.write(`${writersTable(result)}\n`);
    const played: RoundResult[] = [];
    for (let round = 1; round <= rounds; round++) {
      const one = await playRound(contexts, { seed, round });
      played.push(one);
      wrong.push(...one.wrong.map((line) => `round ${String(round)}: ${line}`));
    }
    const { rows } = await first.db.pool.query<{ deadlocks: string }>(
      `select deadlocks::text from pg_stat_database where datname = current_database()`,
    );
    process.stdout.write(`\n${roundsTable(played)}\n`);
    for (const line of wrong.slice(0, 30)) process.stdout.write(`WRONG ${line}\n`);
    const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
    process.stdout.write(
      `${String(pairs)} merges, ${String(result.again)} given again; ${String(rounds)} rounds; wrong ${String(wrong.length)}; deadlocks that Postgres ended ${rows[0]?.deadlocks ?? '?'}\n` +
        `${startedAt.toISOString().slice(0, 10)} · seed ${String(seed)} · ${String(cpus().length)} cores, Node ${process.versions.node} · ${minutes} min\n`,
    );
    return wrong.length === 0 ? 0 : 1;
  } finally {
    for (const { db } of contexts) await db.close();
    await stores.close();
  }
}

const WITHOUT_TRIGGERS = `
  alter table enrollment disable trigger enrollment_refuse_merged;
  alter table external_credit disable trigger external_credit_refuse_merged`;

/** Puts the pairs, the courses and the lists of the writers into an empty store. */
export async function fillWriters({ db }: SourceContext, pairs: number): Promise<void> {
  await db.pool.query(
    `insert into source (id, name, kind) values (gen_random_uuid(), 'hr', 'list'), (gen_random_uuid(), 'crm', 'list')`,
  );
  await db.pool.query(
    `insert into course (id, code, code_key, name)
     select gen_random_uuid(), code, lower(code), code
     from unnest(array['E1', 'E2', 'E3', 'F1', 'F2', 'R1', 'R2']) code`,
  );
  await db.pool.query(
    `insert into "user" (id, code, last_name)
     select gen_random_uuid(), side || n, 'Last ' || n from generate_series(1, $1::int) n, unnest(array['s', 'a']) side`,
    [pairs],
  );
}

function writersTable({ writes }: WritersResult): string {
  const rows = WRITER_NAMES.map((name) => {
    const all = writes.filter(({ writer }) => writer === name);
    const refused = new Map<string, number>();
    for (const { refused: code } of all) {
      if (code !== null) refused.set(code, (refused.get(code) ?? 0) + 1);
    }
    const codes = [...refused].map(([code, n]) => `${code} ${String(n)}`).join(', ');
    const after = all.filter((one) => one.after).length;
    return [name, String(all.length), String(after), codes === '' ? '0' : codes];
  });
  return markdownTable(
    { writer: '---', writes: '---', 'of these after the merge': '---', refused: '---' },
    rows,
  );
}

function roundsTable(results: readonly RoundResult[]): string {
  const rows = (['queued', 'planned'] as const).map((kind) => {
    const all = results.filter((one) => one.kind === kind);
    const ends = new Map<string, number>();
    for (const end of all.flatMap((one) => one.ends)) ends.set(end, (ends.get(end) ?? 0) + 1);
    const wrong = all.filter((one) => one.wrong.length > 0).length;
    const words = [...ends].map(([end, n]) => `${end} ${String(n)}`).join(', ');
    return [
      kind === 'queued' ? 'eight commands at once' : 'eight plans applied at once',
      String(all.length),
      words,
      String(wrong),
    ];
  });
  return markdownTable(
    { rounds: '---', played: '---', 'how the eight ended': '---', wrong: '---' },
    rows,
  );
}
