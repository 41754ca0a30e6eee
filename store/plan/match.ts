import type { Queryable } from '../db';
import { dropFromWork, findDuplicates } from './duplicates';

export interface MatchInput {
  readonly runId: string;
  readonly sourceId: string;
  readonly mappingHash: bigint;
  /** Sets existing fields: `all`, only empty ones: `fill`, none: `off`. */
  readonly update: 'all' | 'fill' | 'off';
  /** First 24 hex digits of the ids of the users that the run creates. */
  readonly idPrefix: string;
}

/**
 * Decides who every row is (DESIGN 4). Leaves
 * - `dup` (see duplicates.ts);
 * - `work(line, …, user_id, matched_by, problem, candidates, alias)`: every good row that is not
 *   proved unchanged by its hash; `user_id` null: nobody, a new user; `problem`: why not.
 *   Rows proved unchanged are in no table at all: a million of them cost one hash join.
 * - `give(line, k, user_id)`: rows whose user gives up the key `k`.
 */
export async function matchRows(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(WORK(o));
  await findDuplicates(tx, o.runId);
  await tx.query(`create temp table claim (line int, k text, holder uuid, survivor uuid) on commit drop`);
  for (const claim of CLAIMS) await tx.query(claim);
  await tx.query(`analyze work; analyze claim`);
  await tx.query(`create temp table give (line int, k text, user_id uuid) on commit drop`);
  const { rows } = await tx.query<{ some: boolean }>(`select exists (select from claim) as some`);
  if (rows[0]?.some === true) {
    const shared = await tx.query(SHARED_WITH_UNCHANGED(o));
    if ((shared.rowCount ?? 0) > 0) await dropFromWork(tx);
    await tx.query(gives(o, true));
    await tx.query(LINK(o));
    await tx.query(`delete from give`);
  }
  await tx.query(MERGED_ALIAS(o));
  await tx.query(TWO_ROWS);
  if (rows[0]?.some === true) {
    await tx.query(gives(o, false));
    await tx.query(BLOCKED(o));
  }
  const mixed = await tx.query<{ mixed: boolean }>(LOGINS_ARE_MIXED);
  if (mixed.rows[0]?.mixed === true) await tx.query(LOGIN_TWICE);
}

const WORK = (o: MatchInput): string => `
  create temp table work on commit drop as
  select s.line, s.external_id, s.code, s.login_key, s.email_key, s.code_key, s.record_hash,
    s.manager_ref, coalesce(u.merged_into_id, u.id) as user_id,
    case when u.id is not null then 'identity' else 'none' end::matched_by as matched_by,
    u.status = 'merged' as alias, null::text as problem, null::uuid[] as candidates
  from staged_row s
  left join identity i on i.source_id = '${o.sourceId}' and i.external_id = s.external_id
  left join "user" u on u.id = i.user_id
  where s.run_id = '${o.runId}' and s.faults is null
    and not coalesce(i.record_hash = s.record_hash and i.mapping_hash = ${String(o.mappingHash)}
      and i.user_version = u.version and u.status <> 'merged', false)`;

/**
 * A row that shares a key with a row proved unchanged: two rows that say different things about one
 * person, like any other (duplicates.ts did not look at those).
 */
const SHARED_WITH_UNCHANGED = (o: MatchInput): string => `
  with shared as (
    select w.line, s.line as unchanged
    from claim c
    join work w on w.line = c.line
    join identity i on i.source_id = '${o.sourceId}' and i.user_id = c.holder
    join staged_row s on s.run_id = '${o.runId}' and s.external_id = i.external_id
      and s.faults is null
      and case c.k when 'code' then s.code = w.code when 'email' then s.email_key = w.email_key
        when 'login' then s.login_key = w.login_key else false end
    where not exists (select from work x where x.line = s.line)
      and not exists (select from dup d where d.line = s.line)
  )
  insert into dup
  select line, true, min(first_line) from (
    select line, least(line, unchanged) as first_line from shared
    union all select unchanged, least(line, unchanged) from shared
  ) both_rows group by line`;

/** Users, other than the row's own, who hold a key that the row has. */
const CLAIMS = (
  [
    ['code', 'w.code', 'u.code', ''],
    ['login', 'w.login_key', 'u.login_key', ''],
    ['email', 'w.email_key', 'u.email_key', ''],
    // A new user's login is its e-mail, else its code: not looked up, but it must be free.
    [
      'login_default',
      'coalesce(w.email_key, w.code_key)',
      'u.login_key',
      'and w.login_key is null and w.user_id is null',
    ],
  ] as const
).map(
  ([k, given, held, only]) => `
  insert into claim select w.line, '${k}', u.id, coalesce(u.merged_into_id, u.id)
  from work w join "user" u on ${held} = ${given}
  where u.id is distinct from w.user_id ${only}`,
);

/**
 * Rows whose user gives up a key that another row wants. `identityOnly`: the ones sure before any
 * row is matched by its keys.
 */
const gives = (o: MatchInput, identityOnly: boolean): string => `
  insert into give
  select distinct w.line, case c.k when 'login_default' then 'login' else c.k end, w.user_id
  from claim c
  join work w on w.user_id = c.holder and w.problem is null
    ${identityOnly ? `and w.matched_by = 'identity'` : ''}
  join "user" u on u.id = w.user_id
  join staged_row s on s.run_id = '${o.runId}' and s.line = w.line
  where ${
    o.update === 'all'
      ? `case c.k
      when 'code' then w.code is distinct from u.code
        and (w.code is not null or 'code' = any(s.clears)) and not 'code' = any(u.sticky)
      when 'email' then w.email_key is distinct from u.email_key
        and (w.email_key is not null or 'email' = any(s.clears)) and not 'email' = any(u.sticky)
      else w.login_key is distinct from u.login_key
        and (w.login_key is not null or 'login' = any(s.clears)) and not 'login' = any(u.sticky)
      end`
      : 'false'
  }`;

/**
 * Rows without an identity: all keys that hit must name one user, who must not already hold another
 * external id of this source. A key that its holder gives up in this very read is no hit.
 */
const LINK = (o: MatchInput): string => `
  with hit as (
    select c.line, c.k, c.survivor
    from claim c join work w on w.line = c.line
    where w.matched_by = 'none' and c.k <> 'login_default'
      and not exists (select from give g where g.user_id = c.holder and g.k = c.k)
  ), named as (
    select line, array_agg(distinct survivor) as users,
      (array_agg(k order by array_position(array['code', 'email', 'login'], k)))[1] as k
    from hit group by line
  ), judged as (
    select n.line, n.users, n.k,
      case when cardinality(n.users) > 1 then 'ambiguous'
        when exists (
          select from identity i
          where i.source_id = '${o.sourceId}' and i.user_id = n.users[1]
            and (w.external_id is not null or exists (
              select from staged_row s
              where s.run_id = '${o.runId}' and s.external_id = i.external_id))
        ) then 'other_identity' end as problem
    from named n join work w on w.line = n.line
  )
  update work w set
    user_id = case when j.problem is null then j.users[1] end,
    matched_by = case when j.problem is null then j.k else 'none' end::matched_by,
    problem = j.problem,
    candidates = case when j.problem is not null then j.users end
  from judged j where j.line = w.line`;

/** A row under an absorbed identity, when the survivor's own row is in the same read. */
const MERGED_ALIAS = (o: MatchInput): string => `
  update work w set problem = 'merged_alias', candidates = array[w.user_id]
  where w.alias and exists (
    select from identity i join staged_row s on s.run_id = '${o.runId}' and s.external_id = i.external_id
    where i.source_id = '${o.sourceId}' and i.user_id = w.user_id)`;

/** Different rows that lead to one user: nobody is changed. */
const TWO_ROWS = `
  with twice as (
    select user_id from work where user_id is not null and problem is null
    group by user_id having count(*) > 1
  )
  update work w set problem = 'two_rows', candidates = array[w.user_id]
  from twice t where t.user_id = w.user_id and w.problem is null`;

/**
 * Rows that set a key which somebody else holds and keeps, judged on the plan's final state: a row
 * that is blocked does not give up its own keys either, so whoever waits for them is blocked too.
 */
const BLOCKED = (o: MatchInput): string => `
  with recursive wish as (
    select c.line, c.k, c.holder
    from claim c
    join work w on w.line = c.line and w.problem is null
    left join "user" u on u.id = w.user_id
    where c.survivor is distinct from w.user_id
      and (u.id is null
        or ${o.update === 'all' ? 'true' : o.update === 'fill' ? KEY_IS_EMPTY : 'false'}
        and c.k <> 'login_default' and not c.k = any(u.sticky))
  ), edge as (
    select w.line, w.holder, g.line as giver
    from wish w left join give g on g.user_id = w.holder
      and g.k = case w.k when 'login_default' then 'login' else w.k end
  ), blocked as (
    select line from edge where giver is null
    union
    select e.line from edge e join blocked b on b.line = e.giver
  )
  update work w set problem = 'key_taken',
    candidates = (select array_agg(distinct e.holder) from edge e where e.line = w.line)
  from blocked b where b.line = w.line`;

const KEY_IS_EMPTY = `(case c.k when 'code' then u.code when 'email' then u.email_key
  else u.login_key end is null)`;

/** Where every new user has an e-mail and none a login, logins differ because e-mails do. */
const LOGINS_ARE_MIXED = `
  select exists (select from work where user_id is null and (login_key is not null or email_key is null))
    as mixed`;

/** New users whose login (given, or by default the e-mail or code) would be the same. */
const LOGIN_TWICE = `
  with login as (
    select line, coalesce(login_key, email_key, code_key) as key,
      login_key is null as by_default
    from work where user_id is null and problem is null
  ), twice as (
    select key from login where key is not null group by key having count(*) > 1
  )
  update work w set problem = 'key_twice'
  from login l join twice t on t.key = l.key where l.line = w.line`;
