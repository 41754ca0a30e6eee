import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { MigrationList, SchemaFilter } from '@prisma/schema-engine-wasm';
import { Fault } from '../../domain/faults';
import { databaseFault, sqlStateOf } from '../../domain/passing';
import type { Db } from './db';
import { withMigrationLock, type LockOptions } from './migrationLock';
import { grantRights } from './rights';
import { withSchemaEngine } from './schemaEngine';

/** The migrations of this program against those of a database. */
export interface MigrationStatus {
  /** Names of this program's migrations, in order. */
  readonly known: readonly string[];
  readonly applied: readonly string[];
  /** Known, not applied: `rollcall db migrate`. */
  readonly pending: readonly string[];
  /** Applied, not known: the database is newer than this program. */
  readonly unknown: readonly string[];
}

export const NO_FILTER: SchemaFilter = { externalTables: [], externalEnums: [] };

/** The folder `prisma/`, from the sources and from `dist/` alike. */
export function prismaFolder(): string {
  for (let dir = __dirname; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'prisma', 'schema.prisma'))) return join(dir, 'prisma');
    if (dirname(dir) === dir) {
      throw new Fault('missing_tool', {
        code: 'migrations_missing',
        message: 'The folder prisma/ with the migrations is not beside the program.',
        next: 'Install Rollcall whole: prisma/ belongs to it.',
      });
    }
  }
}

/**
 * Brings the database to this program's schema; a second call applies nothing. A migration that was killed
 * is resolved first: its script ran completely or not at all, and the engine refuses to guess which. At
 * the end, the roles of docs/database.md have their rights.
 */
export async function migrate(
  db: Pick<Db, 'url'>,
  options: LockOptions = {},
): Promise<{ applied: readonly string[] }> {
  const migrationsList = await readMigrations();
  try {
    return await withMigrationLock(db.url, options, async () => {
      await settleInterrupted(db.url, migrationsList);
      const applied = await withSchemaEngine(db.url, async (engine) => {
        const done = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
        return done.appliedMigrationNames;
      });
      await grantRights(db.url);
      return { applied };
    });
  } catch (cause) {
    const fault = cause instanceof Fault ? cause : databaseFault(cause);
    if (fault !== undefined) throw fault;
    throw new Fault('schema', {
      code: 'migration_failed',
      message: `The database could not be migrated: ${cause instanceof Error ? cause.message : String(cause)}`,
      next: { do: 'showDatabase' },
      cause,
    });
  }
}

/**
 * What a script adds first, which shows whether it was committed: a table, a column, a function; of one that
 * adds none of these, an index.
 */
const ADDS =
  /create table "(\w+)"|alter table "(\w+)"\s+add column "(\w+)"|create function "(\w+)"/i;
const ADDS_INDEX = /create (?:unique )?index "(\w+)"/i;

/** A migration that was begun and has no end: the program or the server was killed. */
async function settleInterrupted(url: string, list: MigrationList): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const { path, migrationFile } of list.migrationDirectories) {
      const script = migrationFile.content.tag === 'ok' ? migrationFile.content.value : '';
      const [, table, altered, column, called] = ADDS.exec(script) ?? [];
      const added = table ?? altered ?? called;
      const [, index] = added === undefined ? (ADDS_INDEX.exec(script) ?? []) : [];
      await client.query(
        `with judged as (
           select exists (select from information_schema.columns
             where table_schema = 'public' and table_name = $2
               and ($3::text is null or column_name = $3))
             or exists (select from information_schema.routines
               where routine_schema = 'public' and routine_name = $4)
             or exists (select from pg_indexes where schemaname = 'public' and indexname = $5) as committed
         )
         update _prisma_migrations set
           finished_at = case when committed then now() end,
           applied_steps_count = case when committed then 1 else 0 end,
           rolled_back_at = case when not committed then now() end
         from judged
         where migration_name = $1 and finished_at is null and rolled_back_at is null`,
        [path, table ?? altered, column, called, index],
      );
    }
  } catch (error) {
    // No migration was ever applied here.
    if (sqlStateOf(error) !== '42P01') throw error;
  } finally {
    await client.end();
  }
}

/** Compares by name; reads only, works on an empty database. */
export async function migrationStatus(db: Pick<Db, 'pool'>): Promise<MigrationStatus> {
  const known = (await readMigrations()).migrationDirectories.map((d) => d.path);
  const applied = await appliedMigrations(db);
  return {
    known,
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function appliedMigrations(db: Pick<Db, 'pool'>): Promise<string[]> {
  try {
    const { rows } = await db.pool.query<{ migration_name: string }>(
      `select migration_name from _prisma_migrations
       where finished_at is not null and rolled_back_at is null order by migration_name`,
    );
    return rows.map((row) => row.migration_name);
  } catch (error) {
    if (sqlStateOf(error) === '42P01') return [];
    throw error;
  }
}

async function readMigrations(): Promise<MigrationList> {
  const baseDir = join(prismaFolder(), 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((e) => e.isDirectory()).map((e) => e.name);
  names.sort();
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  };
}
