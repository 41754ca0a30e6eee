import { GAVE_WAY } from '../../../domain/runs/run';
import type { Queryable } from '../../database/db';
import { indexed } from '../../database/indexed';
import { some } from '../../database/some';
import { sqlList } from '../../database/sqlList';
import { matchAliases } from './aliases';
import { collectMembers } from './duplicates';
import type { MatchInput } from '../input';
import { stopChains } from './keyChains';
import { fixed } from '../mastering';
import {
  claimLogins,
  dropSharedLogins,
  dropUnfreeLogins,
  forgetFollowers,
  markLateFollowers,
  mayFollow,
} from './logins';
import { dropFromWork, giveUp, judgeMembers, keepUntaken, yieldKeys } from './twoRows';

/**
 * Decides which person every row is about. Leaves
 * - `dup` (see duplicates.ts);
 * - `work(line, …, user_id, matched_by, problem, candidates, alias, follows, login_stays)`: every good row
 * that is not proved unchanged by its hash; `user_id` null: a new user; `problem`: why the row does not go
 * through; `follows`: `login_key` is the new e-mail; `login_stays`: it cannot be that (logins.ts).
 * Rows proved unchanged are in no table at all: a million of them cost one hash join.
 * - `give(line, k, user_id)`: rows whose user gives up the key `k`.
 */
export async function matchRows(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(KNOWN_TWICE(o));
  await tx.query(WORK(o));
  if (o.matchedIn !== null) {
    await tx.query(BY_HAND(o, o.matchedIn));
    await indexed(tx, 'by_hand', ['line']);
    await tx.query(MATCHED_BY_HAND);
  }
  await matchAliases(tx, o);
  await collectMembers(tx, o);
  await tx.query(
    `create temp table claim (line int, k text, holder uuid, survivor uuid) on commit drop`,
  );
  for (const claim of CLAIMS) await tx.query(claim(''));
  await tx.query(`analyze work; analyze claim`);
  await tx.query(`create temp table give (line int, k text, user_id uuid) on commit drop`);
  const claimed = await some(tx, `select from claim`);
  if (claimed) await tx.query(SHARED_WITH_UNCHANGED(o));
  await judgeMembers(tx, o);
  await dropFromWork(tx);
  const yielded = await yieldKeys(tx, o);
  await markLateFollowers(tx, o);
  let follows = await claimLogins(tx);
  if (yielded) {
    await giveUp(tx, o);
    await tx.query(LOGIN_DEFAULT(` and w.line in (select line from yields)`));
  }
  const claims = claimed || yielded || follows;
  await tx.query(MERGED_ALIAS(o));
  await tx.query(TWO_ROWS);
  if (claims) {
    await tx.query(gives(o, true));
    await tx.query(LINK(o));
    await tx.query(`delete from give`);
    await tx.query(UNCHANGED_TWIN(o));
    await tx.query(TWO_ROWS);
  }
  await markLateFollowers(tx, o);
  follows = (await claimLogins(tx)) || follows;
  if (yielded) await giveUp(tx, o);
  await judgeKeys(tx, o, { claims: claims || follows, follows });
  while (yielded && (await keepUntaken(tx, o))) await settle(tx, o, follows);
  if (follows) await forgetFollowers(tx);
}

/** A key that is taken must be free, and taken only once, in the plan's final state. */
async function judgeKeys(
  tx: Queryable,
  o: MatchInput,
  { claims, follows }: { readonly claims: boolean; readonly follows: boolean },
): Promise<void> {
  if (o.create) await tx.query(KEYLESS_NEW);
  if (o.update === 'all' && (await some(tx, `select from work where clears_key`))) {
    await tx.query(KEYLESS(o));
  }
  if (claims) {
    await tx.query(gives(o, false));
    if (follows) await tx.query(`analyze give`);
    await settle(tx, o, follows);
  }
  if (follows && (await dropSharedLogins(tx, o))) await settle(tx, o, follows);
  if (!o.create || !(await some(tx, LOGINS_ARE_MIXED))) return;
  const twice = await tx.query(LOGIN_TWICE(o));
  if (!claims || (twice.rowCount ?? 0) === 0) return;
  await tx.query(GIVES_NOTHING);
  await settle(tx, o, follows);
}

/** Stops the rows whose keys are not free, until what is left fits. */
async function settle(tx: Queryable, o: MatchInput, follows: boolean): Promise<void> {
  do {
    await stopChains(tx, WISHES(o), BLOCKED);
    if (follows) await tx.query(GIVES_NOTHING);
  } while (follows && (await dropUnfreeLogins(tx)));
}

/** Rows that do not go through give up no keys. */
const GIVES_NOTHING = `
  delete from give g using work w where w.line = g.line and w.problem is not null`;

const WORK = (o: MatchInput): string => `
  create temp table work on commit drop as
  select s.line, s.external_id, s.code, s.login_key, s.email_key, s.code_key, s.record_hash,
    s.manager_ref, coalesce(u.merged_into_id, u.id) as user_id,
    case when u.id is not null then 'identity' else 'none' end::matched_by as matched_by,
    u.status = 'merged' as alias, null::text as problem, null::uuid[] as candidates,
    coalesce(s.clears && array['code', 'login', 'email'], false) as clears_key, false as by_alias,
    coalesce('login' = any(s.clears), false) as clears_login,
    coalesce(u.status <> 'merged' and ${mayFollow(o)}, false) as follows, false as login_stays
  from staged_row s
  left join identity i on i.source_id = '${o.sourceId}' and i.external_id = s.external_id
  left join "user" u on u.id = i.user_id
  where s.run_id = '${o.runId}' and s.faults is null
    ${o.update === 'off' ? '' : `and not ${SAME_AS_LAST_TIME(o)}`}`;

/**
 * The source says the same as last time, and the user is as that left them. Skipped by a run that
 * updates nobody: the values that it stored for a linked person were never written.
 */
const SAME_AS_LAST_TIME = (o: MatchInput): string => `
    coalesce(i.record_hash = s.record_hash and i.mapping_hash = ${String(o.mappingHash)}
      and i.user_version = u.version and u.status <> 'merged'
      ${NO_NEWS_OF_DAYS(o)}
      and i.user_id not in (select user_id from known_twice), false)`;

/**
 * The hash of a row does not tell a day that it knows to be open from one that it does not know. Such a
 * row is compared when it may give back what the days took, or replace a day ahead.
 */
const NO_NEWS_OF_DAYS = (o: MatchInput): string => `${
  o.daysEnded
    ? `
      and (s.days_known is null or s.status is not null or i.ended_at is null
        or i.ended_at <> u.deactivated_at)`
    : ''
}
      ${
        o.keepsDays
          ? `and (s.days_known is null or (i.due_on, i.due_zone, i.due_status, i.due_then)
        is not distinct from (s.due_on, s.due_zone, s.due_status, s.due_then))`
          : ''
      }`;

/**
 * People that this source knows under two ids: linked by an admin, or by a row that counts for another
 * (`twoRows.ts`). Such a link has no `linked_run_id`. Both rows are compared, changed or not, because
 * two rows about one person need a decision.
 */
const KNOWN_TWICE = (o: MatchInput): string => `
  create temp table known_twice on commit drop as
  select distinct one.user_id from identity one
  where one.source_id = '${o.sourceId}' and one.linked_run_id is null
    and exists (select from identity two where two.source_id = one.source_id
      and two.user_id = one.user_id and two.external_id <> one.external_id)`;

/**
 * Rows that an admin matched: one by one, pairs of numbers, or conflicts that an e-mail decides. They
 * are certain, as if the source itself had said that both numbers are one person.
 */
const MATCHED_BY_HAND = `
  update work w set user_id = h.user_id, by_alias = true, matched_by = h.matched_by
  from by_hand h where h.line = w.line and w.user_id is null`;

const BY_HAND = (o: MatchInput, runId: string): string => `
  create temp table by_hand on commit drop as
  select p.line, coalesce(u.merged_into_id, u.id) as user_id,
    case d.detail ->> 'by' when 'email' then 'email' else 'identity' end::matched_by as matched_by
  from decision d
  cross join lateral (
    select entry::int from jsonb_array_elements(d.detail -> 'entries') n(entry)
    union all
    select (d.detail ->> 'entry')::int where d.detail ->> 'userId' is not null
  ) n
  join plan_entry p on p.run_id = d.run_id and p.entry = n.entry
  join "user" u on u.id = coalesce((d.detail ->> 'userId')::uuid, p.candidates[1])
  where d.run_id = '${runId}' and d.kind = 'resolve'
    and d.detail ->> 'followUp' = '${o.runId}'`;

/**
 * A row that shares a key with a row proved unchanged: two rows that may be about one person, like any
 * others (`duplicates.ts` did not compare those).
 */
const SHARED_WITH_UNCHANGED = (o: MatchInput): string => `
  with shared as (
    select w.line, w.record_hash, s.line as unchanged, s.record_hash as unchanged_hash, c.k,
      case c.k when 'code' then w.code when 'email' then w.email_key else w.login_key end as value
    from claim c
    join work w on w.line = c.line
    join identity i on i.source_id = '${o.sourceId}' and i.user_id = c.holder
    join staged_row s on s.run_id = '${o.runId}' and s.external_id = i.external_id
      and s.faults is null
      and case c.k when 'code' then s.code = w.code when 'email' then s.email_key = w.email_key
        when 'login' then s.login_key = w.login_key else false end
    where not exists (select from work x where x.line = s.line)
  )
  insert into member
  select line, case k when 'code' then 'number' else 'key' end, k, value, record_hash, false from shared
  union
  select unchanged, case k when 'code' then 'number' else 'key' end, k, value, unchanged_hash, false
  from shared`;

/** Users, other than the row's own, who hold a key that the row has. `only`: SQL that ends the condition. */
const CLAIM =
  (k: string, given: string, held: string, when = '') =>
  (only: string): string => `
  insert into claim select w.line, '${k}', u.id, coalesce(u.merged_into_id, u.id)
  from work w join "user" u on ${held} = ${given}
  where u.id is distinct from w.user_id and w.problem is null ${when}${only}`;

/** SQL: an absorbed account holds the claimed key (alias: none, of `claim`). */
export const OF_ALIAS = 'holder <> survivor';

/** A new user's login is its e-mail, else its code: it is not looked up, but must be free. */
const LOGIN_DEFAULT = CLAIM(
  'login_default',
  'coalesce(w.email_key, w.code_key)',
  'u.login_key',
  'and w.login_key is null and w.user_id is null and not w.clears_login',
);

const CLAIMS = [
  CLAIM('code', 'w.code', 'u.code'),
  CLAIM('login', 'w.login_key', 'u.login_key'),
  CLAIM('email', 'w.email_key', 'u.email_key'),
  LOGIN_DEFAULT,
];

/**
 * Rows whose user gives up a key that another row wants. `identityOnly`: those that are certain before any
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
  where (w.line, c.k) not in (select line, k from claim where ${OF_ALIAS}) and ${
    o.update === 'all'
      ? `case c.k
      when 'code' then w.code is distinct from u.code
        and (w.code is not null or 'code' = any(s.clears)) and not 'code' = any(${fixed(o)})
      when 'email' then w.email_key is distinct from u.email_key
        and (w.email_key is not null or 'email' = any(s.clears)) and not 'email' = any(${fixed(o)})
      else w.login_key is distinct from u.login_key
        and (w.login_key is not null or 'login' = any(s.clears)) and not 'login' = any(${fixed(o)})
      end`
      : 'false'
  }`;

/**
 * Rows without an identity: all matching keys must name one user, who must not already have another
 * external id of this source, other than those of rows that leave the matter to this one. A key that its
 * holder gives up in this same read does not match, nor one that a row about the holder yields to this one.
 */
const LINK = (o: MatchInput): string => `
  with hit as (
    select c.line, c.k, c.survivor
    from claim c join work w on w.line = c.line
    where w.matched_by = 'none' and c.k <> 'login_default'
      and not exists (select from give g where g.user_id = c.holder and g.k = c.k)
      and not exists (select from yields y join work about on about.line = y.line
        where y.winner = c.line and y.k = c.k and (about.user_id = c.holder
          or exists (select from claim own where own.line = y.line and own.holder = c.holder)))
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
            and not exists (select from dup d
              join staged_row s on s.run_id = '${o.runId}' and s.line = d.line
              where d.other = w.line and d.reason in ${sqlList(GAVE_WAY)}
                and s.external_id = i.external_id)
            and (w.external_id is not null or exists (
              select from staged_row s left join dup d on d.line = s.line
              where s.run_id = '${o.runId}' and s.external_id = i.external_id
                and (s.faults is not null or d.conflict)))
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

/** A row without an id, about a person whose own row was proved unchanged: that row counts too. */
const UNCHANGED_TWIN = (o: MatchInput): string => `
  insert into work (line, external_id, record_hash, user_id, matched_by, alias, clears_key, by_alias,
    clears_login, follows, login_stays)
  select distinct s.line, s.external_id, s.record_hash, w.user_id, 'identity'::matched_by, false, false,
    false, false, false, false
  from work w
  join identity i on i.source_id = '${o.sourceId}' and i.user_id = w.user_id
  join staged_row s on s.run_id = '${o.runId}' and s.external_id = i.external_id
  where w.external_id is null and w.problem is null and s.faults is null
    and not exists (select from work x where x.line = s.line)
    and not exists (select from dup d where d.line = s.line)`;

/** Different rows that lead to one user: nobody is changed. */
const TWO_ROWS = `
  with twice as (
    select user_id from work where user_id is not null and (problem is null or problem = 'two_rows')
    group by user_id having count(*) > 1
  )
  update work w set problem = 'two_rows', candidates = array[w.user_id]
  from twice t where t.user_id = w.user_id and w.problem is null`;

/** The keys that rows set while another user holds them; `giver`: the row by which that user gives it up. */
const WISHES = (o: MatchInput): string => `
  with wish as (
    select c.line, c.k, c.holder
    from claim c
    join work w on w.line = c.line and w.problem is null
    left join "user" u on u.id = w.user_id
    where c.survivor is distinct from w.user_id and not (w.follows and c.k = 'login')
      and (u.id is null
        or ${o.update === 'all' ? 'true' : o.update === 'fill' ? KEY_IS_EMPTY : 'false'}
        and c.k <> 'login_default' and not c.k = any(${fixed(o)}))
  )
  select w.line as node, w.holder, g.line as giver
  from wish w left join give g on g.user_id = w.holder
    and g.k = case w.k when 'login_default' then 'login' else w.k end`;

/**
 * Rows that set a key which another user holds and keeps, judged on the plan's final state. A blocked
 * row does not give up its keys, so the rows that need those keys are blocked, too.
 */
const BLOCKED = `
  update work w set problem = 'key_taken', candidates = e.holders
  from (select e.node, array_agg(distinct e.holder) as holders
    from edge e join stopped s on s.node = e.node group by e.node) e
  where e.node = w.line`;

const KEY_IS_EMPTY = `(case c.k when 'code' then u.code when 'email' then u.email_key
  else u.login_key end is null)`;

/** A source's id is not enough: the new user must be findable. */
const KEYLESS_NEW = `
  update work set problem = 'no_key'
  where user_id is null and problem is null
    and code is null and login_key is null and email_key is null`;

/** A row that clears the last key of its user. A key that is kept by hand stays. */
const KEYLESS = (o: MatchInput): string => `
  update work w set problem = 'no_key_left', candidates = array[u.id]
  from "user" u, staged_row s
  where w.clears_key and w.problem is null and u.id = w.user_id
    and s.run_id = '${o.runId}' and s.line = w.line
    and ${(
      [
        ['code', 'code'],
        ['login', 'login_key'],
        ['email', 'email_key'],
      ] as const
    )
      .map(
        ([name, column]) => `case when '${name}' = any(${fixed(o)}) then u.${column}
      when w.${column} is not null then w.${column}
      when '${name}' = any(s.clears) then null else u.${column} end is null`,
      )
      .join('\n    and ')}`;

/**
 * False where every new user has an e-mail, none has a login, and no other user gets one: logins
 * differ because e-mails do.
 */
const LOGINS_ARE_MIXED = `
  select from work n where n.user_id is null and (n.login_key is not null or n.email_key is null
    or exists (select from work w where w.user_id is not null and w.login_key is not null))`;

/**
 * New users whose login (given, or by default the e-mail or code) would be the same, or is given to
 * another user in the same plan.
 */
const LOGIN_TWICE = (o: MatchInput): string => `
  with login as (
    select line, coalesce(login_key, email_key, code_key) as key
    from work where user_id is null and problem is null and not clears_login
  ), given as (
    select w.line, w.login_key as key
    from work w join login l on l.key = w.login_key join "user" u on u.id = w.user_id
    where w.problem is null and u.login_key is distinct from w.login_key
      and ${o.update === 'all' ? 'true' : o.update === 'fill' ? 'u.login_key is null' : 'false'}
      and not 'login' = any(${fixed(o)})
  ), taker as (
    select line, key from login union select line, key from given
  ), twice as (
    select key from taker where key is not null group by key having count(*) > 1
  )
  update work w set problem = 'key_twice'
  from taker l join twice t on t.key = l.key where l.line = w.line`;
