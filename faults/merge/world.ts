import type { Rig } from '../rig';

/** The lists that know the people of a world. */
const LISTS = ['00000000-0000-7000-8000-00000000fa01', '00000000-0000-7000-8000-00000000fa02'];

/** A pair that a command or a file names by codes. */
export interface NamedPair {
  readonly survivor: string;
  readonly redundant: string;
  readonly take: readonly string[];
}

/** How many single merges one trial gives, one after the other. */
export const SINGLES = 6;

/** SQL: an id made from a text. Its version is that of a random id, unlike the ids that a run makes. */
const idOf = (text: string): string => `overlay(md5(${text}) placing '4' from 13)::uuid`;

/** Codes and rows of two people, their courses, credits and numbers; ids are made from the codes. */
const PEOPLE = `
  with pair as (
    select p.prefix || n as name, n from (values ('k', $1::int), ('b', $2::int)) p(prefix, many),
      generate_series(1, p.many) n
  ), person as (
    select s.side || p.name as code, p.name, p.n, s.side = 'r' as redundant
    from pair p, (values ('s'), ('r')) s(side)
  ), people as (
    insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name, phone, department,
      status, deactivated_at)
    select ${idOf('code')}, code,
      -- Some survivors have no login: it goes over with the merge.
      case when redundant or n % 3 > 0 then 'L' || code end,
      case when redundant or n % 3 > 0 then 'l' || code end,
      code || '@x.org', code || '@x.org', 'First', 'Last ' || n,
      case when redundant then n::text end, case when n % 2 = 0 then 'Sales' end,
      -- Some pairs differ in the status: merged only where the row says whose counts.
      case when redundant and n % 11 = 7 then 'inactive' else 'active' end::user_status,
      case when redundant and n % 11 = 7 then timestamptz '2026-01-01' end
    from person
  ), numbers as (
    insert into identity (source_id, external_id, user_id, record_hash, mapping_hash, user_version)
    select l.id, code, ${idOf('code')}, n, 1, 1
    from person, unnest($3::uuid[]) with ordinality l(id, k)
    -- In the first list both are known, in the second one of them.
    where k = 1 or redundant = (n % 2 = 0)
  ), enrollments as (
    insert into enrollment (id, user_id, course_id, status, score, completed_at)
    select ${idOf('code || c')}, ${idOf('code')}, ${idOf("'course' || c")},
      case when (n + c) % 2 = 0 then 'completed' else 'enrolled' end::enrollment_status, (n * 7 + c) % 100,
      case when (n + c) % 2 = 0 then date '2026-01-01' + c end
    -- The second of three courses is that of both.
    from person, generate_series(case when redundant then 1 else 0 end, case when redundant then 2 else 1 end) c
  )
  insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
  select ${idOf("'credit' || code")}, ${idOf('code')}, 'First aid', 'Red Cross', 2.5, '2026-02-03',
    case when n % 2 = 0 or redundant then 1 else 2 end
  from person where n % 4 > 0`;

/** Puts pairs into the empty store of the rig: some for single merges, and `pairs` for files. */
export async function fillPairs(rig: Rig, pairs: number): Promise<void> {
  await rig.sql(
    `insert into source (id, name, kind)
     select l.id, 'list ' || k, 'list' from unnest($1::uuid[]) with ordinality l(id, k)`,
    { values: [LISTS] },
  );
  await rig.sql(
    `insert into course (id, code, code_key, name)
     select ${idOf("'course' || c")}, 'C' || c, 'c' || c, 'Course ' || c from generate_series(0, 2) c`,
  );
  await rig.sql(PEOPLE, { values: [SINGLES, pairs, LISTS] });
  await rig.sql('vacuum analyze');
}

/** The pairs that are merged one by one: two of them are a chain. */
export function singlePairs(): NamedPair[] {
  return Array.from({ length: SINGLES }, (_, i) => ({
    // The last one absorbs the survivor of the first one.
    survivor: `sk${String(i + 1)}`,
    redundant: i === SINGLES - 1 ? 'sk1' : `rk${String(i + 1)}`,
    // A code that changes hands: the merge takes one lock more, at its end.
    take: i % 2 === 1 ? ['code=redundant'] : [],
  }));
}

/** A file of pairs: chains and several into one are among them, and rows that are conflicts. */
export function fileOf(pairs: number): { readonly content: string; readonly merges: number } {
  const lines = ['survivor,redundant,take'];
  let conflicts = 0;
  for (let n = 1; n <= pairs; n++) {
    const name = String(n);
    // Of the pairs whose statuses differ, every other one says whose counts.
    const take = n % 22 === 7 ? 'status=survivor' : '';
    conflicts += n % 22 === 18 ? 1 : 0;
    lines.push(`sb${name},rb${name},${take}`);
    if (n % 50 === 0) lines.push(`sb${name},sb${String(n - 1)},`);
  }
  return { content: `${lines.join('\n')}\n`, merges: lines.length - 1 - conflicts };
}
