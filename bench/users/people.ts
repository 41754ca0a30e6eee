import type { Client } from 'pg';
import { CHINESE, DEPARTMENTS, FIRST_NAMES, JOB_TITLES, LAST_NAMES, LOCATIONS } from './names';

/** A number from 0 up to 1 that depends on the person and the topic only. */
const chance = (topic: number): string =>
  `((hashint8extended(n, ${String(topic)}) & 16777215) / 16777216.0)`;
/** The number of one of so many; the first ones more often. */
const drawn = (list: readonly string[], topic: number, skew = 2): string =>
  `1 + floor(power(${chance(topic)}, ${String(skew)}) * ${String(list.length)})::int`;

const TEXTS = 10;
const NUMBERS = 5;
const BOOLEANS = 3;
const DAYS = 2;

const DEFINITIONS = `
  insert into property_definition (key, name, type)
  select 'text' || n, 'Text ' || n, 'text'::property_type from generate_series(1, ${String(TEXTS)}) n
  union all select 'number' || n, 'Number ' || n, 'number' from generate_series(1, ${String(NUMBERS)}) n
  union all select 'flag' || n, 'Flag ' || n, 'boolean' from generate_series(1, ${String(BOOLEANS)}) n
  union all select 'day' || n, 'Day ' || n, 'date' from generate_series(1, ${String(DAYS)}) n`;

function properties(): string {
  const each = (count: number, name: string, value: (at: number) => string): string[] =>
    Array.from({ length: count }, (_, at) => `'${name}${String(at + 1)}', ${value(at)}`);
  return `jsonb_build_object(${[
    ...each(
      TEXTS,
      'text',
      (at) => `'v' || floor(${chance(20 + at)} * ${String(10 ** (1 + (at % 4)))})`,
    ),
    ...each(NUMBERS, 'number', (at) => `floor(${chance(30 + at)} * 1000)`),
    ...each(BOOLEANS, 'flag', (at) => `${chance(40 + at)} < 0.3`),
    ...each(
      DAYS,
      'day',
      (at) => `(date '2020-01-01' + floor(${chance(50 + at)} * 2000)::int)::text`,
    ),
  ].join(', ')})`;
}

const ORGANIZATIONS = 50;
const LISTS = {
  first_name: FIRST_NAMES,
  last_name: LAST_NAMES,
  family: CHINESE.family,
  given: CHINESE.given,
  department: DEPARTMENTS,
  location: LOCATIONS,
  job_title: JOB_TITLES,
};

/** Fills an empty store with people in 50 organizations, with 20 properties each. */
export async function addPeople(db: Client, people: number): Promise<void> {
  await db.query(DEFINITIONS);
  await db.query(
    `insert into organization (id, code, code_key, name)
     select md5('org' || n)::uuid, 'ORG' || n, 'org' || n, 'Organization ' || n
     from generate_series(1, ${String(ORGANIZATIONS)}) n`,
  );
  await db.query('create temp table word (list text, at int, word text)');
  for (const [list, words] of Object.entries(LISTS)) {
    await db.query(
      'insert into word select $1, at, word from unnest($2::text[]) with ordinality w(word, at)',
      [list, words],
    );
  }
  await db.query('create index on word (list, at); analyze word');
  const step = 50_000;
  for (let from = 0; from < people; from += step) {
    const to = Math.min(from + step, people);
    await db.query(INSERT, [from, to]);
    process.stderr.write(`\r${String(to)} people`);
  }
  process.stderr.write('\n');
}

const ID = (n: string): string =>
  `('01990000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** One person in so many has a Chinese name. */
const CHINESE_SHARE = 0.05;
/** One person in so many is inactive. */
const INACTIVE_SHARE = 0.1;

const INSERT = `
  with numbered as (
    select n, ${chance(1)} < ${String(CHINESE_SHARE)} as chinese, ${chance(5)} < ${String(INACTIVE_SHARE)} as inactive,
      ${drawn(FIRST_NAMES, 2)} as first_name, ${drawn(LAST_NAMES, 3)} as last_name,
      ${drawn(CHINESE.family, 2)} as family, ${drawn(CHINESE.given, 3)} as given, ${drawn(CHINESE.given, 13, 1)} as given_too,
      ${drawn(DEPARTMENTS, 9)} as department, ${drawn(LOCATIONS, 10)} as location, ${drawn(JOB_TITLES, 8)} as job_title
    from generate_series($1::bigint + 1, $2::bigint) n
  ), made as materialized (
    select d.n, d.inactive, case when chinese then g.word || h.word else f.word end as first_name,
      case when chinese then c.word else l.word end as last_name,
      e.word as department, p.word as location, j.word as job_title
    from numbered d
    join word f on f.list = 'first_name' and f.at = d.first_name
    join word l on l.list = 'last_name' and l.at = d.last_name
    join word c on c.list = 'family' and c.at = d.family
    join word g on g.list = 'given' and g.at = d.given
    join word h on h.list = 'given' and h.at = d.given_too
    join word e on e.list = 'department' and e.at = d.department
    join word p on p.list = 'location' and p.at = d.location
    join word j on j.list = 'job_title' and j.at = d.job_title
    order by d.n
  ), keyed as materialized (
    select *, ${ID('n')} as id,
      lower(regexp_replace(last_name, '[^A-Za-z]', '', 'g')) || n || '@example.com' as email
    from made
  ), people as (
    insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name, display_name,
      status, organization_id, job_title, department, location, manager_id, hire_date, deactivated_at,
      properties, created_at)
    select id, 'E-' || n, email, email, email, email, first_name, last_name,
      case when ${chance(4)} < 0.5 then first_name || ' ' || last_name end,
      (case when inactive then 'inactive' else 'active' end)::user_status,
      case when ${chance(6)} < 0.95 then
        md5('org' || (1 + floor(${chance(7)} * ${String(ORGANIZATIONS)})))::uuid end,
      job_title, department, location, case when n > 20 then ${ID('n / 20')} end,
      case when ${chance(11)} < 0.97 then date '2005-01-01' + floor(${chance(12)} * 7000)::int end,
      case when inactive then timestamptz '2025-01-01' + n * interval '1 second' end,
      ${properties()}, timestamptz '2024-01-01' + n * interval '1 second'
    from keyed order by n
  )
  insert into identity (source_id, external_id, user_id)
  select s.id, 'E-' || k.n, k.id from keyed k, source s where s.name = 'csv'`;
