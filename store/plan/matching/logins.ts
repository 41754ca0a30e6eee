import { messageCode, nextNumber } from '../../runs/lines';
import type { Queryable } from '../../database/db';
import { some } from '../../database/some';
import { usersAsMeant } from '../../users/meant';
import type { MatchInput } from '../input';
import { stopChains } from './keyChains';
import { fixed } from '../mastering';

/**
 * SQL: the row (alias s of `staged_row`) changes the e-mail of its user (alias u), whose login is the e-mail
 * and follows it. A user without both gets both, and without an e-mail the code, as a new user
 * does. Not where a source gave the login as a value of its own, nor where a hand or another source set one
 * of the two.
 */
export const mayFollow = (o: MatchInput): string =>
  o.update === 'off'
    ? 'false'
    : `(s.login_key is null and not u.login_own and u.login_key is not distinct from u.email_key
      and case when s.email_key is not null then s.email is distinct from u.email
        else u.login_key is null and s.code_key is not null and s.status is distinct from 'inactive' end
      and not coalesce(s.clears && array['login', 'email'], false) ${o.update === 'fill' ? 'and u.login_key is null' : ''}
      and not array['login', 'email'] && (${fixed(o)}))`;

/**
 * Gives the rows of `work` that follow (`follows`) the new login, and makes it a claim like any other. Not
 * where the row yields a key. True when there are some.
 */
export async function claimLogins(tx: Queryable): Promise<boolean> {
  if (!(await some(tx, `select from work where follows`))) return false;
  await tx.query(STAYS_WITH_ALIAS('email'));
  const { rowCount } = await tx.query(FOLLOW);
  await tx.query(`update work set follows = false where follows and login_key is null`);
  if ((rowCount ?? 0) === 0) return false;
  // When a company changes its domain, every row follows: without statistics of that, each of them
  // was looked for in all claims (20,000 rows: minutes).
  await tx.query(`analyze work; analyze claim`);
  await tx.query(CLAIMED);
  await tx.query(`analyze claim`);
  await tx.query(STAYS_WITH_ALIAS('login'));
  return true;
}

/** Marks the rows whose user was found by a key, by an admin or through a merge. */
export async function markLateFollowers(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(`
    update work w set follows = true
    from "user" u, staged_row s
    where (w.matched_by <> 'identity' or w.by_alias or w.alias) and w.problem is null and not w.follows
      and u.id = w.user_id and s.run_id = '${o.runId}' and s.line = w.line and ${mayFollow(o)}`);
}

/** Where an absorbed account of the person has the new key, the survivor keeps its own. */
const STAYS_WITH_ALIAS = (k: 'email' | 'login'): string => `
  update work w set follows = false, login_key = null
  from claim c
  where w.follows and c.line = w.line and c.k = '${k}' and c.survivor = w.user_id
    and c.holder <> c.survivor`;

const FOLLOW = `
  update work w set login_key = coalesce(w.email_key, w.code_key)
  where w.follows and w.login_key is null and w.problem is null
    and not exists (select from yields y where y.line = w.line)`;

const CLAIMED = `
  insert into claim
  select w.line, 'login', u.id, coalesce(u.merged_into_id, u.id)
  from work w join "user" u on u.login_key = w.login_key
  where w.follows and u.id <> w.user_id
    and not exists (select from claim c where c.line = w.line and c.k = 'login')`;

/**
 * Leaves logins as they are that cannot follow, because another user has the new one and keeps it: that
 * stops no row. True when there were some: other rows may have counted on the present login.
 */
export async function dropUnfreeLogins(tx: Queryable): Promise<boolean> {
  const wishes = `
    select w.line as node, g.line as giver
    from work w
    join claim c on c.line = w.line and c.k = 'login'
    left join give g on g.user_id = c.holder and g.k = 'login'
    where w.follows and w.problem is null and c.survivor is distinct from w.user_id`;
  return (await stopChains(tx, wishes, `, ${dropped('stopped')}`)) > 0;
}

/** Leaves logins as they are that cannot follow, because another row of the read sets the same login. */
export async function dropSharedLogins(tx: Queryable, o: MatchInput): Promise<boolean> {
  const { rowCount } = await tx.query(`
    with taker as (
      select w.line, w.follows, coalesce(w.login_key,
        case when w.user_id is null then coalesce(w.email_key, w.code_key) end) as key
      from work w left join "user" u on u.id = w.user_id
      where w.problem is null and case when w.user_id is null then ${String(o.create)} and not w.clears_login
        else w.follows or ${o.update === 'all' ? 'true' : o.update === 'fill' ? 'u.login_key is null' : 'false'}
          and u.login_key is distinct from w.login_key and not 'login' = any(${fixed(o)}) end
    ), shared as (
      select t.line as node from taker t
      where t.follows and exists (select from taker x where x.key = t.key and x.line <> t.line)
    ), ${dropped('shared')}`);
  return (rowCount ?? 0) > 0;
}

/** SQL: the rows of a table (`node`: a line) do not follow, and neither claim nor give up a login. */
const dropped = (stuck: string): string => `
    dropped as (
      update work w set follows = false, login_stays = true, login_key = null
      from ${stuck} s where s.node = w.line returning w.line
    ), unclaimed as (
      delete from claim c using dropped d where d.line = c.line and c.k = 'login'
    ), kept as (
      delete from give g using dropped d where d.line = g.line and g.k = 'login'
    )
    select line from dropped`;

/** Rows that do not go through take no login along. */
export async function forgetFollowers(tx: Queryable): Promise<void> {
  await tx.query(`
    delete from claim c using work w
    where w.follows and w.problem is not null and c.line = w.line and c.k = 'login'`);
  await tx.query(
    `update work set follows = false, login_key = null where follows and problem is not null`,
  );
}

/** At most so many people are named. */
const MAX_NAMED = 5;

/** One message for the logins that follow, one for those that cannot. */
export async function reportLogins(tx: Queryable, runId: string): Promise<void> {
  if (!(await some(tx, `select from work where follows or login_stays`))) return;
  await tx.query(`
    with told as (
      select w.user_id, w.follows, row_number() over (partition by w.follows order by w.line) as n
      from work w join "user" u on u.id = w.user_id
      where w.problem is null and (w.login_stays
        or w.follows and u.login_key is distinct from w.login_key)
    ), total as (
      select follows, count(*)::int as people,
        array_agg(user_id order by n) filter (where n <= ${String(MAX_NAMED)}) as named
      from told group by follows
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by follows desc), null, null,
      case when follows then ${messageCode('login_follows')} else ${messageCode('login_stays')} end,
      jsonb_build_object('run', '${runId}', 'people', people)
        || case when follows then '{}' else jsonb_build_object('users', ${usersAsMeant('named')}) end
    from total`);
}
