import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { from as copyFrom } from 'pg-copy-streams';
import type { Client } from 'pg';
import { COLUMNS } from '../company/people';

/*
 * The floor: what the same work costs by hand, in three bare parts. The tables are the real ones in
 * a schema of their own, made from them with the same columns, indexes, checks and foreign keys.
 * The rows that each statement leaves are compared with those of Rollcall, so that the floor does
 * the same work.
 */

/** Seconds of the three parts. */
export interface Floor {
  readonly parse: number;
  readonly copy: number;
  readonly sql: number;
}

export type Scenario = 'create' | 'unchanged' | 'changed';

const SOURCE = '00000000-0000-7000-8000-000000000001';
const RUN = '00000000-0000-7000-8000-0000000000f1';
const BATCH_ROWS = 20_000;
const REFERENCES = 'on update restrict on delete restrict';

const TABLES = `
  drop schema if exists floor cascade;
  create schema floor;
  create table floor."user" (like public."user" including all) with (autovacuum_enabled = off);
  create table floor.identity (like public.identity including all) with (autovacuum_enabled = off);
  alter table floor."user"
    add foreign key (organization_id) references public.organization (id) ${REFERENCES},
    add foreign key (manager_id) references floor."user" (id) ${REFERENCES},
    add foreign key (merged_into_id) references floor."user" (id) ${REFERENCES};
  alter table floor.identity
    add foreign key (source_id) references public.source (id) ${REFERENCES},
    add foreign key (user_id) references floor."user" (id) ${REFERENCES};
  create table floor.file (${COLUMNS.map((column) => `${column} text`).join(', ')})
    with (autovacuum_enabled = off)`;

/** Makes the floor's tables again, empty. */
export async function prepareFloor(db: Client): Promise<void> {
  await db.query(TABLES);
}

/** Does after a load what autovacuum does on an idle machine. */
export async function settleFloor(db: Client): Promise<void> {
  await db.query('vacuum analyze floor."user"');
  await db.query('vacuum analyze floor.identity');
}

/** Measures the floor of one scenario. The state that it leaves is the start of the next one. */
export async function measureFloor(
  db: Client,
  o: { readonly path: string; readonly scenario: Scenario },
): Promise<Floor> {
  const parsed = await seconds(() => bareParse(o.path));
  await db.query('truncate floor.file');
  await db.query('checkpoint');
  const copied = await seconds(() => bareCopy(db, o.path));
  const applied = await seconds(() => apply(db, o.scenario));
  return { parse: parsed, copy: copied, sql: applied };
}

/** Seconds that a piece of work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** A COPY of the file into `floor.file`. */
export function bareCopy(db: Client, path: string): Promise<void> {
  return pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    db.query(copyFrom('copy floor.file from stdin (format csv, header)')),
  );
}

/** csv-parse reading the file and doing nothing. A `data` listener was the fastest way to read. */
export function bareParse(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    createReadStream(path, { highWaterMark: 1 << 20 })
      .on('error', reject)
      .pipe(parse())
      .on('data', () => undefined)
      .on('end', resolve)
      .on('error', reject);
  });
}

async function apply(db: Client, scenario: Scenario): Promise<void> {
  await db.query('begin');
  switch (scenario) {
    case 'create':
      await create(db);
      break;
    case 'unchanged':
      await compare(db);
      break;
    case 'changed':
      await db.query(CHANGED);
      await db.query('analyze changed');
      await db.query(UPDATE_USERS);
      await db.query(UPDATE_IDENTITIES);
      break;
  }
  await db.query('commit');
}

/**
 * All managers in one statement, so that every person finds theirs; then batches. `order by own.id` numbers the
 * managers first, because nulls come last. This took a tenth
 * less than one statement for everything (200,000 rows), because the foreign keys' triggers look up
 * rows that are still in the cache.
 */
async function create(db: Client): Promise<void> {
  await db.query(`
    create temp table leader on commit drop as
    select code, uuidv7() as id from floor.file
    where code in (select manager from floor.file)`);
  await db.query('analyze leader');
  await db.query(`
    create temp table fresh on commit drop as
    select f.*, coalesce(own.id, uuidv7()) as id, m.id as manager_id,
      hash_record_extended(f, 0) as hash, row_number() over (order by own.id) as n
    from floor.file f
    left join leader own using (code)
    left join leader m on m.code = f.manager`);
  const { rows } = await db.query<{ all: number; leaders: number }>(
    `select (select count(*)::int from fresh) as all, (select count(*)::int from leader) as leaders`,
  );
  const { all, leaders } = rows[0] ?? { all: 0, leaders: 0 };
  await db.query('create index on fresh (n)');
  await db.query('analyze fresh');
  for (let from = 0; from < all;) {
    const to = from === 0 ? Math.max(leaders, BATCH_ROWS) : from + BATCH_ROWS;
    await db.query(insertUsers(from, to));
    await db.query(insertIdentities(from, to));
    from = to;
  }
}

const batch = (from: number, to: number): string =>
  `from fresh where n > ${String(from)} and n <= ${String(to)}`;

const insertUsers = (from: number, to: number): string => `
  insert into floor."user" (id, code, login, login_key, email, email_key, first_name, last_name,
    status, job_title, department, location, manager_id, hire_date, leave_date, deactivated_at,
    deactivated_reason, created_run_id)
  select id, code, email, lower(email), email, lower(email), first_name, last_name,
    status::user_status, job_title, department, location, manager_id, hire_date::date,
    leave_date::date, case when status = 'inactive' then now() end,
    case when status = 'inactive' then 'created_inactive' end, '${RUN}'
  ${batch(from, to)}`;

const insertIdentities = (from: number, to: number): string => `
  insert into floor.identity (source_id, external_id, user_id, record_hash, mapping_hash,
    user_version, linked_run_id)
  select '${SOURCE}', code, id, hash, 1, 1, '${RUN}'
  ${batch(from, to)}`;

/**
 * Rows that differ from what the source said last time, or whose user was changed from elsewhere.
 */
const DIFFERENT = `
  from floor.file f
  join floor.identity i on i.source_id = '${SOURCE}' and i.external_id = f.code
  join floor."user" u on u.id = i.user_id
  left join floor."user" m on m.code = f.manager
  where i.record_hash is distinct from hash_record_extended(f, 0)
    or u.version is distinct from i.user_version`;

/** Compares by the hash: half the time of comparing every column. */
async function compare(db: Client): Promise<void> {
  const { rows } = await db.query<{ found: string }>(`
    select count(*) as found from floor.file f
    left join floor.identity i on i.source_id = '${SOURCE}' and i.external_id = f.code
    left join floor."user" u on u.id = i.user_id
    where i.record_hash is distinct from hash_record_extended(f, 0)
      or u.version is distinct from i.user_version`);
  if (rows[0]?.found !== '0') throw new Error('the floor found changes where there are none');
}

const CHANGED = `
  create temp table changed on commit drop as
  select f.*, u.id, m.id as manager_id, hash_record_extended(f, 0) as hash
  ${DIFFERENT}`;

const UPDATE_USERS = `
  update floor."user" u set email = c.email, email_key = lower(c.email), first_name = c.first_name,
    last_name = c.last_name, job_title = c.job_title, department = c.department,
    location = c.location, manager_id = c.manager_id, hire_date = c.hire_date::date,
    leave_date = c.leave_date::date, status = c.status::user_status, version = u.version + 1,
    updated_at = now()
  from changed c where u.id = c.id`;

const UPDATE_IDENTITIES = `
  update floor.identity i set record_hash = c.hash, user_version = i.user_version + 1
  from changed c where i.source_id = '${SOURCE}' and i.external_id = c.code`;

/**
 * How many people differ between the floor's tables and the real ones; 0 when both did the same.
 */
export async function differences(db: Client): Promise<number> {
  const people = (schema: string): string => `
    select u.code, u.login_key, u.email, u.email_key, u.first_name, u.last_name, u.status,
      u.job_title, u.department, u.location, m.code, u.hire_date, u.leave_date, u.version,
      u.deactivated_at is null, i.external_id, i.user_version
    from ${schema}."user" u
    left join ${schema}."user" m on m.id = u.manager_id
    left join ${schema}.identity i on i.user_id = u.id`;
  const { rows } = await db.query<{ n: string }>(`
    select (select count(*) from (${people('public')} except all ${people('floor')}) a)
      + (select count(*) from (${people('floor')} except all ${people('public')}) b) as n`);
  return Number(rows[0]?.n);
}
