import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate, migrationStatus, NO_FILTER, prismaFolder } from '../../../store/database/migrate';
import { withSchemaEngine } from '../../../store/database/schemaEngine';
import { createDatabase, testDatabase } from '../../support/postgres';

const migrated = testDatabase();
const empty = testDatabase({ empty: true });
const fresh = testDatabase({ empty: true });

/** The database catalog, as lines; partitioned tables and their indexes as plain ones. */
const CATALOG = `
  with own as (
    select c.oid, c.relname, c.relkind from pg_class c
    where c.relnamespace = 'public'::regnamespace and not c.relispartition
      and c.relname not like '\\_prisma%'
  )
  select format('column %s.%s %s%s default %s', o.relname, a.attname,
    format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end,
    case when a.attgenerated = '' then coalesce(pg_get_expr(d.adbin, d.adrelid), 'none')
      else 'none' end) as line
  from own o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
  where o.relkind in ('r', 'p')
  union all
  select replace(pg_get_indexdef(o.oid), ' ON ONLY ', ' ON ') from own o where o.relkind in ('i', 'I')
  union all
  select format('constraint %s.%s %s', o.relname, k.conname, pg_get_constraintdef(k.oid))
  from own o join pg_constraint k on k.conrelid = o.oid
  where o.relkind in ('r', 'p') and k.contype in ('p', 'u', 'f')
  union all
  select format('enum %s: %s', t.typname, string_agg(e.enumlabel, ', ' order by e.enumsortorder))
  from pg_type t join pg_enum e on e.enumtypid = t.oid
  where t.typnamespace = 'public'::regnamespace group by t.typname
  order by 1`;

async function catalog(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ line: string }>(CATALOG);
  await client.end();
  return rows.map((row) => row.line);
}

/** The SQL by which Prisma would make schema.prisma from an empty database. */
async function scriptOfSchema(url: string): Promise<string> {
  const configDir = prismaFolder();
  const path = join(configDir, 'schema.prisma');
  // The engine asks for the folder, though its types leave it out.
  const schema = { files: [{ path, content: await readFile(path, 'utf8') }], configDir };
  return withSchemaEngine(url, async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    return stdout ?? '';
  });
}

test('no table that a plan reads as a whole has columns that Postgres fills in', async () => {
  const { rows } = await migrated.db.pool.query<{ name: string }>(
    `select format('%s.%s', a.attrelid::regclass, a.attname) as name from pg_attribute a
     where a.attrelid in ('"user"'::regclass, 'identity'::regclass, 'staged_row'::regclass,
         'plan_entry'::regclass) and (a.atthasmissing or a.attisdropped)`,
  );

  expect(rows).toEqual([]);
});

/**
 * Relations of schema.prisma that are no foreign keys in the database: constraint → the triggers that look at them
 * once for each statement.
 */
const BY_STATEMENT: Readonly<Record<string, readonly string[]>> = {
  'user.user_organization_id_fkey': ['user_references_new', 'user_references_changed'],
  'user.user_manager_id_fkey': ['user_references_new', 'user_references_changed'],
  'user.user_merged_into_id_fkey': ['user_references_new', 'user_references_changed'],
  'identity.identity_source_id_fkey': ['identity_references_new', 'identity_references_changed'],
  'identity.identity_user_id_fkey': ['identity_references_new', 'identity_references_changed'],
};

const isByStatement = (line: string): boolean =>
  Object.keys(BY_STATEMENT).some((name) => line.startsWith(`constraint ${name} FOREIGN KEY `));

test('schema.prisma and the migrations agree', async () => {
  const script = await scriptOfSchema(empty.url);
  await empty.db.pool.query(script);

  const [ofSchema, ofMigrations] = [await catalog(empty.url), await catalog(migrated.url)];

  expect(ofSchema.length).toBeGreaterThan(100);
  expect(ofSchema.filter(isByStatement)).toHaveLength(Object.keys(BY_STATEMENT).length);
  expect(ofMigrations).toEqual(ofSchema.filter((line) => !isByStatement(line)));
});

test('relations that are no foreign keys have their triggers', async () => {
  const { rows } = await migrated.db.pool.query<{ trigger: string }>(
    `select pg_get_triggerdef(oid) as trigger from pg_trigger where not tgisinternal and tgenabled = 'O'`,
  );
  const triggers = rows.map(({ trigger }) => trigger);

  for (const [name, wanted] of Object.entries(BY_STATEMENT)) {
    const [table = ''] = name.split('.');
    for (const [i, trigger] of wanted.entries()) {
      const event = i === 0 ? 'INSERT' : 'UPDATE';
      expect(triggers).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `^CREATE TRIGGER ${trigger} AFTER ${event} ON public\\."?${table}"? REFERENCING .* FOR EACH STATEMENT ` +
              `EXECUTE FUNCTION ${table}_references_stand\\(\\)$`,
          ),
        ),
      );
    }
  }
});

test('migrating an empty database applies all, a second time nothing', async () => {
  const before = await migrationStatus(fresh.db);
  const first = await migrate(fresh.db);
  const second = await migrate(fresh.db);
  const after = await migrationStatus(fresh.db);

  expect(before).toMatchObject({ applied: [], pending: before.known, unknown: [] });
  expect(first.applied).toEqual(before.known);
  expect(second.applied).toEqual([]);
  expect(after).toEqual({ known: before.known, applied: before.known, pending: [], unknown: [] });
});

test('a database that is newer than the program is recognised', async () => {
  const newer = await createDatabase({ oneRole: true });
  try {
    await newer.db.pool.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ('x', 'x', '29990101000000_later', now(), now(), 1)`,
    );

    const status = await migrationStatus(newer.db);

    expect(status).toMatchObject({ pending: [], unknown: ['29990101000000_later'] });
  } finally {
    await newer.drop();
  }
});

test('a migration that fails is reported with the next step, and leaves nothing', async () => {
  const broken = await createDatabase({ empty: true });
  try {
    // The last statements of the first migration fail, because this table was made by hand.
    await broken.db.pool.query(`create function "user_refuse_delete"() returns trigger
      language plpgsql as $$ begin return old; end $$`);

    await expect(migrate(broken.db)).rejects.toMatchObject({
      kind: 'schema',
      code: 'migration_failed',
      next: { do: 'showDatabase' },
    });
    const { rows } = await broken.db.pool.query<{ n: number }>(
      `select count(*)::int as n from information_schema.tables
       where table_schema = 'public' and table_name <> '_prisma_migrations'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  } finally {
    await broken.drop();
  }
});

test('a migration whose end was not written down is settled, whether it was committed or not', async () => {
  const killed = await createDatabase({ oneRole: true });
  try {
    const { rows } = await killed.db.pool.query<{ name: string }>(
      `update _prisma_migrations set finished_at = null, applied_steps_count = 0
       returning migration_name as name`,
    );
    const before = await catalog(killed.url);
    await migrate(killed);
    const committed = await migrationStatus(killed.db);

    await killed.db.pool.query(`drop schema public cascade; create schema public`);
    await migrate(killed);
    await killed.db.pool.query(
      `do $$ declare t text; begin
         for t in select tablename from pg_tables where schemaname = 'public' and tablename not like '\\_prisma%'
         loop execute format('drop table public.%I cascade', t); end loop;
         for t in select typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
         loop execute format('drop type public.%I cascade', t); end loop;
         for t in select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace
         loop execute format('drop function %s cascade', t); end loop;
       end $$`,
    );
    await killed.db.pool.query(`update _prisma_migrations set finished_at = null`);
    const again = await migrate(killed);

    expect(rows.map(({ name }) => name).sort()).toEqual(committed.known);
    expect(committed.pending).toEqual([]);
    expect(again.applied).toEqual(committed.known);
    expect(await catalog(killed.url)).toEqual(before);
  } finally {
    await killed.drop();
  }
});
