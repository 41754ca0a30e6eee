import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { compare, type EndState } from '../endState';
import { DATABASE } from '../rig';
import { walk, type Walked } from './play';
import { startPgBouncer, startPostgres, versionOf, type PoolMode, type Served } from './servers';

const HELP = `npm run faults -- pooler [options]

Migrates, imports, kills the worker, approves, undoes and edits through PgBouncer in transaction and in
session mode, and compares what comes out with the same directly. The sessions of the database begin in
New York. Needs PgBouncer (Debian: apt-get install pgbouncer).

  --pgbouncer PATH  the program (pgbouncer)
  --mode A,B        of transaction, session (both)
  --rows N          people in the first file (20000)
  --seed S          another company (1)
  --keep            keeps the folders, with their logs and databases
`;

const MODES: readonly PoolMode[] = ['transaction', 'session'];

/** Rehearses Rollcall behind PgBouncer; returns the exit code: 1 when it does not end as directly. */
export async function poolerFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pgbouncer: { type: 'string', default: 'pgbouncer' },
      mode: { type: 'string', default: MODES.join(',') },
      rows: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { pgbouncer: program, keep } = values;
  const version = versionOf(program);
  if (version === undefined) throw new Error(`there is no PgBouncer at "${program}"`);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-pooler-'));
  // Postgres may have to run as another user, who must be able to enter.
  chmodSync(folder, 0o711);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const postgres = await startPostgres(folder);
  const rows: string[] = [];
  try {
    const through = async (name: string, server: Served): Promise<Walked> => {
      tell(name);
      await freshDatabase(postgres);
      const databaseUrl = server.url(DATABASE);
      return walk({
        databaseUrl,
        rows: Number(values.rows),
        seed: Number(values.seed),
        keep,
        tell,
      });
    };
    const direct = await through('directly', postgres);
    rows.push(rowOf('directly', direct, direct.state));
    for (const mode of MODES.filter((one) => values.mode.split(',').includes(one))) {
      const server = await startPgBouncer({ program, folder, mode, postgresPort: postgres.port });
      try {
        const name = `PgBouncer ${version}, ${mode} mode`;
        rows.push(rowOf(name, await through(name, server), direct.state));
      } finally {
        await server.stop();
      }
    }
  } finally {
    await postgres.stop();
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(
    ['', '| way | seconds | outcome |', '| --- | ---: | --- |', ...rows, ''].join('\n'),
  );
  return rows.every((row) => row.includes(' as directly ')) ? 0 : 1;
}

function rowOf(name: string, { state, wrong, seconds }: Walked, direct: EndState): string {
  const { lost, doubled, other, examples } = compare(state, direct);
  const all = lost + doubled + other;
  for (const line of [...wrong, ...examples]) process.stderr.write(`${line}\n`);
  const outcome =
    wrong.length + all === 0
      ? 'as directly'
      : `${String(wrong.length)} steps wrong, ${String(all)} rows differ`;
  return `| ${name} | ${seconds.toFixed(0)} | ${outcome} |`;
}

async function freshDatabase(postgres: Served): Promise<void> {
  const admin = new Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  try {
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
    await admin.query(`create database ${DATABASE}`);
  } finally {
    await admin.end();
  }
}
