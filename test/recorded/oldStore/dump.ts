import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { Client, escapeIdentifier } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { prismaFolder } from '../../../store/database/migrate';

const dump = z.object({
  /** Those that were applied, in their order: the schema is theirs. */
  migrations: z.array(z.string()),
  partitions: z.array(z.object({ parent: z.string(), name: z.string(), bound: z.string() })),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.string() })),
});

/** A database as text: the migrations that made its tables, and the rows in Postgres's COPY format. */
export type Dump = z.infer<typeof dump>;

export function parseDump(text: string): Dump {
  return dump.parse(JSON.parse(text));
}

const MIGRATIONS = '_prisma_migrations';

/** Reads a database whose worker is stopped. */
export async function dumpDatabase(url: string): Promise<Dump> {
  return withClient(url, async (client) => {
    const migrations = await client.query<{ name: string }>(
      `select migration_name as name from ${MIGRATIONS} order by 1`,
    );
    const partitions = await client.query<Dump['partitions'][number]>(
      `select inhparent::regclass::text as parent, c.relname as name,
         pg_get_expr(c.relpartbound, c.oid) as bound
       from pg_inherits join pg_class c on c.oid = inhrelid
       where c.relkind = 'r' order by c.relname`,
    );
    const tables = await client.query<{ name: string; columns: string[] }>(
      `select c.relname as name, array_agg(attname::text order by attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         and attnum > 0 and not attisdropped and attgenerated = ''
       group by c.relname order by c.relname`,
    );
    const read: Dump['tables'] = [];
    for (const { name, columns } of tables.rows) {
      const rows = await textOf(client, `copy ${target({ name, columns })} to stdout`);
      if (rows !== '') read.push({ name, columns, rows });
    }
    return {
      migrations: migrations.rows.map(({ name }) => name),
      partitions: partitions.rows,
      tables: read,
    };
  });
}

/** Fills an empty database with a dump; the user must be a superuser, as triggers are passed over. */
export async function restoreDatabase(url: string, from: Dump): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(MIGRATIONS_TABLE);
    for (const name of from.migrations) {
      const file = join(prismaFolder(), 'migrations', name, 'migration.sql');
      await client.query(readFileSync(file, 'utf8'));
    }
    for (const { parent, name, bound } of from.partitions) {
      await client.query(
        `create table if not exists ${escapeIdentifier(name)} (like ${parent} including all)`,
      );
      const attached = await client.query(
        `select from pg_inherits where inhrelid = to_regclass($1)`,
        [name],
      );
      if (attached.rowCount === 0) {
        await client.query(
          `alter table ${parent} attach partition ${escapeIdentifier(name)} ${bound}`,
        );
      }
    }
    await client.query('set session_replication_role = replica');
    for (const table of from.tables) {
      // Some migrations add rows of their own.
      await client.query(`delete from ${escapeIdentifier(table.name)}`);
      await pipeline(
        Readable.from([Buffer.from(table.rows)]),
        client.query(copyFrom(`copy ${target(table)} from stdin`)),
      );
    }
    await advanceSequences(client);
  });
}

/** Numbers that the database gives itself go on behind those of the rows. */
async function advanceSequences(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; table: string; column: string }>(
    `select s.relname as name, t.relname as table, a.attname as column
     from pg_class s join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i')
       join pg_class t on t.oid = d.refobjid
       join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
     where s.relkind = 'S'`,
  );
  for (const { name, table, column } of rows) {
    await client.query(
      `select setval($1::regclass, coalesce(max(${escapeIdentifier(column)}), 0) + 1, false)
       from ${escapeIdentifier(table)}`,
      [escapeIdentifier(name)],
    );
  }
}

/** As Prisma's engine makes it; the rows say what was applied. */
const MIGRATIONS_TABLE = `create table ${MIGRATIONS} (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

function target({ name, columns }: { readonly name: string; readonly columns: readonly string[] }) {
  return `${escapeIdentifier(name)} (${columns.map(escapeIdentifier).join(', ')})`;
}

async function textOf(client: Client, statement: string): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of client.query(copyTo(statement))) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Keeps what a stopped stack of an older build has: its database, and the file of its Temporal server. */
export async function keepStack(o: {
  readonly databaseUrl: string;
  /** The stack's folder. */
  readonly data: string;
  readonly files: { readonly database: string; readonly temporal: string };
}): Promise<void> {
  const dumped = JSON.stringify(await dumpDatabase(o.databaseUrl));
  writeFileSync(o.files.database, gzipSync(dumped, { level: 9 }));
  const temporal = readFileSync(join(o.data, 'temporal.db'));
  writeFileSync(o.files.temporal, gzipSync(temporal, { level: 9 }));
}
