import { userKey } from '../../../domain/keys';
import { GAVE_WAY } from '../../../domain/runs/run';
import type { TwoRows } from '../../../domain/runs/runOptions';
import type { Queryable } from '../../database/db';
import { some } from '../../database/some';
import { sqlList } from '../../database/sqlList';
import { numberName } from './duplicates';
import type { MatchInput } from '../input';
import { fixed } from '../mastering';

/**
 * Judges the rows of `member`: which row of a person counts. Of rows that share a number, a
 * login or an e-mail, where exactly one is active, the inactive ones give way to it; otherwise the rule of
 * the list decides, and without one all of them are conflicts. Leaves
 * - `dup(line, reason, conflict, k, other)`: rows that do not go through, the key that they share and the
 *   row that counts, or the first other row. Of identical rows, the later ones are duplicates. Their rows
 *   stay in `work` until {@link dropFromWork};
 * - `yields(line, k, value, winner, added)`: rows of another number that go through without a key, because
 *   the active row `winner` has it. `added`: their user gives that key up.
 */
export async function judgeMembers(tx: Queryable, o: MatchInput): Promise<void> {
  for (const name of ['email', 'login'] as const) {
    const claimed = `select from member where kind = 'key' and name = '${name}'`;
    if (await some(tx, claimed)) await tx.query(ALSO_CLAIM(o, name));
  }
  await tx.query(SHARER(o));
  await tx.query(
    `create temp table verdict (line int, reason text, k text, other int) on commit drop`,
  );
  await tx.query(`create temp table yields (line int, k text, value text, winner int, added bool)
    on commit drop`);
  if (await some(tx, `select from sharer`)) {
    await tx.query(`analyze sharer; create index on verdict (line)`);
    await tx.query(`${groups(NUMBER_GROUPS(o))} ${SAME_NUMBER}`);
    // A row that is out leaves fewer rows that share its keys; a conflict takes all of them along.
    for (;;) {
      const { rowCount } = await tx.query(`${groups(KEY_GROUPS(o))} ${SAME_KEY(o)}`);
      if ((rowCount ?? 0) === 0) break;
    }
    await tx.query(`${groups(KEY_GROUPS(o))} ${YIELDS(o)}`);
  }
  await tx.query(`
    create temp table dup on commit drop as
    select distinct on (line) line, reason, reason = 'same_person_twice' as conflict, k, other
    from verdict
    -- Only the number of the source is compared with rows that were proved unchanged.
    order by line, reason = 'same_person_twice' desc, k = '${numberName(o)}' desc,
      reason = 'duplicate_row' desc, array_position(array['key', 'code', 'email', 'login'], k)`);
  // A row that does not go through for another reason has nothing to give up.
  await tx.query(`delete from yields y using dup d where d.line = y.line`);
}

/**
 * Takes the keys that rows yield out of them; their users give these up by {@link giveUp}. Such a row that
 * was proved unchanged joins `work`.
 */
export async function yieldKeys(tx: Queryable, o: MatchInput): Promise<boolean> {
  const { rows } = await tx.query<{ code: string | null }>(
    `select distinct s.code from yields y join staged_row s on s.run_id = '${o.runId}' and s.line = y.line`,
  );
  if (rows.length === 0) return false;
  await tx.query(UNCHANGED_JOINS(o));
  const codes = rows.flatMap(({ code }) => (code === null ? [] : [code]));
  await tx.query(WITHOUT_KEYS(o), [codes, codes.map(userKey)]);
  await tx.query(
    `delete from claim c using yields y where c.line = y.line and c.k in (y.k, 'login_default')`,
  );
  await tx.query(`
    update work w set email_key = s.email_key, login_key = s.login_key, code_key = s.code_key
    from staged_row s
    where s.run_id = '${o.runId}' and s.line = w.line and w.line in (select line from yields)`);
  return true;
}

/** Has the users of yielding rows give up the keys that the active row claims. Safe to repeat. */
export async function giveUp(tx: Queryable, o: MatchInput): Promise<void> {
  if (o.update !== 'all') return;
  await tx.query(ALSO_HELD(o));
  await tx.query(`
    with held as (
      select y.line, y.k from yields y
      join work w on w.line = y.line and w.problem is null
      join "user" u on u.id = w.user_id and y.value = case y.k when 'email' then u.email_key else u.login_key end
      where not y.added and exists (select from claim c where c.line = y.winner and c.holder = u.id
        and (c.k = y.k or c.k = 'login_default' and y.k = 'login'))
    ), marked as (
      update yields y set added = true from held h where h.line = y.line and h.k = y.k
    ), listed as (
      update staged_row s set clears = s.clears || h.ks
      from (select line, array_agg(distinct k) as ks from held group by line) h
      where s.run_id = '${o.runId}' and s.line = h.line
    )
    update work w set clears_key = true from held h where h.line = w.line`);
}

/**
 * A key that the active row does not take after all stays with its user. True when there was one: another
 * row may have counted on it.
 */
export async function keepUntaken(tx: Queryable, o: MatchInput): Promise<boolean> {
  const { rowCount } = await tx.query(`
    with untaken as (
      delete from yields y where y.added and (
        exists (select from dup d where d.line = y.winner)
        or exists (select from work w left join "user" u on u.id = w.user_id
          where w.line = y.winner and (w.problem is not null
            or u.id is null and not ${String(o.create)} or y.k = any(${fixed(o)})
            -- A user who exists gets no login from the e-mail, unless the login follows it.
            or u.id is not null and case y.k when 'login' then w.login_key else w.email_key end is null)))
      returning line, k
    ), given as (
      delete from give g using untaken n where g.line = n.line and g.k = n.k
    )
    update staged_row s set clears = array(select c from unnest(s.clears) c where c <> all(n.ks))
    from (select line, array_agg(distinct k) as ks from untaken group by line) n
    where s.run_id = '${o.runId}' and s.line = n.line`);
  return (rowCount ?? 0) > 0;
}

/** Rows that are duplicates, in conflict or out are not matched. */
export async function dropFromWork(tx: Queryable): Promise<void> {
  await tx.query(`delete from work w using dup d where d.line = w.line`);
  await tx.query(`delete from claim c using dup d where d.line = c.line`);
}

/**
 * Rows that were proved unchanged although they name a key that another person has: they yielded it before.
 * Found by one look through the read, which is made only where rows share keys.
 */
const ALSO_CLAIM = (o: MatchInput, name: 'email' | 'login'): string => `
  insert into member
  select s.line, 'key', '${name}', s.${name}_key, s.record_hash, false
  from staged_row s
  where s.run_id = '${o.runId}' and s.faults is null
    and s.${name}_key in (select value from member where kind = 'key' and name = '${name}')
    and not exists (select from work w where w.line = s.line)
    and not exists (select from member x where x.line = s.line and x.name = '${name}')`;

/**
 * `holds`: the row's person has that key today. `spare`: the row has a key that no other row of the read
 * claims, so that its person can do without the others.
 */
const SHARER = (o: MatchInput): string => `
  create temp table sharer on commit drop as
  select m.*, s.status, ${o.twoRows !== null && typeof o.twoRows === 'object' ? 'coalesce(s.preferred, false)' : 'false'} as preferred,
    s.code is not null
      or s.login_key is not null and not exists (select from member x where x.line = m.line and x.name = 'login')
      or s.email_key is not null and not exists (select from member x where x.line = m.line and x.name = 'email')
      as spare,
    m.kind = 'key' and exists (select from identity i join "user" u on u.id = i.user_id
      where i.source_id = '${o.sourceId}' and i.external_id = s.external_id
        and m.value = case m.name when 'email' then u.email_key else u.login_key end) as holds
  from (select distinct * from member) m
  join staged_row s on s.run_id = '${o.runId}' and s.line = m.line`;

interface Groups {
  /** SQL: the rows of `sharer` (alias s) that are grouped. */
  readonly of: string;
  /** SQL: conditions under which the row that counts is known, and its hash, in order. */
  readonly winners: readonly (readonly [when: string, hash: string])[];
}

/** The group of each shared value, and the line of the row that counts in it; `null`: nobody knows. */
const groups = (g: Groups): string => `
  with grouped as (
    select s.name, s.value, count(*) as n, count(distinct record_hash) as kinds, bool_or(bad) as bad,
      min(line) as first_line, (array_agg(line order by line))[2] as second_line,
      bool_or(status is null) as unknown,
      count(distinct record_hash) filter (where status = 'active') as actives,
      min(record_hash) filter (where status = 'active') as active_hash,
      count(distinct record_hash) filter (where holds) as holders,
      min(record_hash) filter (where holds) as holder_hash,
      bool_and(spare or status is distinct from 'inactive') as spare,
      bool_or(exists (select from verdict v where v.line = s.line and v.reason = 'same_person_twice'))
        as stuck,
      array_agg(record_hash order by line) as hashes,
      array_agg(record_hash order by line) filter (where status = 'active') as active_hashes,
      array_agg(distinct record_hash) filter (where preferred) as preferred,
      array_agg(distinct record_hash) filter (where preferred and status = 'active') as active_preferred,
      min(record_hash) as any_hash
    from sharer s where ${g.of} group by s.name, s.value having count(*) > 1
  ), judged as (
    select *, not unknown and actives > 0 as some_active,
      case ${g.winners.map(([when, hash]) => `when ${when} then ${hash}`).join('\n        ')} end as hash
    from grouped
  ), counts as (
    -- Identical rows: the first of them.
    select j.name, j.value, min(s.line) as winner
    from judged j join sharer s on s.name = j.name and s.value = j.value and s.record_hash = j.hash
    group by 1, 2
  ), seen as (
    select s.*, j.kinds, j.some_active, j.hash, c.winner,
      case when s.line = j.first_line then j.second_line else j.first_line end as beside
    from judged j join sharer s on s.name = j.name and s.value = j.value
    left join counts c on c.name = j.name and c.value = j.value
    where ${g.of}
  )`;

/** SQL: the hash of the row that the rule chooses; an active row goes before the inactive ones. */
function chosen(rule: TwoRows): string {
  const of = (all: string, active: string): string =>
    `case when not unknown and actives > 0 then ${active} else ${all} end`;
  switch (rule) {
    case 'first':
      return of('hashes[1]', 'active_hashes[1]');
    case 'last':
      return of('hashes[cardinality(hashes)]', 'active_hashes[cardinality(active_hashes)]');
    default:
      return `(select p[1] from (select ${of('preferred', 'active_preferred')}) x(p)
        where cardinality(p) = 1)`;
  }
}

const ruled = (o: MatchInput): Groups['winners'] =>
  o.twoRows === null ? [] : [['true', chosen(o.twoRows)]];

const NUMBER_GROUPS = (o: MatchInput): Groups => ({
  of: `s.kind in ('number', 'user')`,
  winners: [
    ['bad', 'null'],
    ['kinds = 1', 'any_hash'],
    ['not unknown and actives = 1', 'active_hash'],
    ...ruled(o),
  ],
});

const IS_OUT = `(exists (select from verdict v where v.line = s.line and v.reason in ${sqlList(GAVE_WAY)})
  and not exists (select from verdict v where v.line = s.line and v.reason = 'same_person_twice'))`;

const KEY_GROUPS = (o: MatchInput): Groups => ({
  of: `s.kind = 'key' and not ${IS_OUT}`,
  winners: [
    ['kinds = 1', 'any_hash'],
    ['stuck or bad', 'null'],
    [`not unknown and actives = 1${o.twoRows === null ? ' and spare' : ''}`, 'active_hash'],
    ...ruled(o),
    // All have left: the one who has the key keeps it.
    ['not unknown and actives = 0 and holders = 1 and spare', 'holder_hash'],
  ],
});

const SAME = `s.record_hash = s.hash`;

/** Two rows of a user that share nothing, and of which none is active alone, are left to `match.ts`. */
const SAME_NUMBER = `
  insert into verdict
  select s.line, case when s.winner is null then 'same_person_twice' when ${SAME} then 'duplicate_row'
      when s.some_active and s.status = 'inactive' then 'yields' else 'other_row' end,
    case when s.kind = 'number' then s.name else 'code' end, coalesce(s.winner, s.beside)
  from seen s
  where s.line is distinct from s.winner and (s.winner is not null or s.kind = 'number')`;

/**
 * Has left under another number, and can do without the key. Where no row is active alone, a rule puts all
 * other rows out instead.
 */
const LEFT = (o: MatchInput): string =>
  `s.status = 'inactive' and s.spare and not ${SAME}${o.twoRows === null ? '' : ' and s.some_active'}`;

const SAME_KEY = (o: MatchInput): string => `
  insert into verdict
  select * from (
    select s.line, case when s.winner is null then 'same_person_twice' when ${SAME} then 'duplicate_row'
        else 'other_row' end as reason, s.name, coalesce(s.winner, s.beside) as other
    from seen s
    where s.line is distinct from s.winner and (s.winner is null or ${SAME} or not (${LEFT(o)}))
  ) n
  where not exists (select from verdict v where v.line = n.line and v.reason = n.reason)`;

const YIELDS = (o: MatchInput): string => `
  insert into yields
  select s.line, s.name, s.value, s.winner, false from seen s
  where s.winner is not null and s.line <> s.winner and ${LEFT(o)}`;

/** The login that a user got from the e-mail goes with it, and the e-mail with the login. */
const ALSO_HELD = (o: MatchInput): string => `
  insert into yields
  select distinct y.line, case c.k when 'email' then 'email' else 'login' end,
    case c.k when 'email' then u.email_key else u.login_key end, y.winner, false
  from yields y
  join claim c on c.line = y.winner and c.k in ('email', 'login', 'login_default')
  join staged_row s on s.run_id = '${o.runId}' and s.line = y.line
  join work w on w.line = y.line and w.user_id = c.holder
  join "user" u on u.id = w.user_id
  where case c.k when 'email' then s.email_key else s.login_key end is null
    and not exists (select from yields x where x.line = y.line
      and x.k = case c.k when 'email' then 'email' else 'login' end)`;

const UNCHANGED_JOINS = (o: MatchInput): string => `
  insert into work (line, external_id, code, record_hash, manager_ref, user_id, matched_by, alias,
    clears_key, by_alias, clears_login, follows, login_stays)
  select distinct s.line, s.external_id, s.code, s.record_hash, s.manager_ref, i.user_id,
    'identity'::matched_by, false, false, false, false, false, false
  from yields y
  join staged_row s on s.run_id = '${o.runId}' and s.line = y.line
  join identity i on i.source_id = '${o.sourceId}' and i.external_id = s.external_id
  where not exists (select from work w where w.line = y.line)`;

/** `$1`, `$2`: codes and their keys, for the login of a new user who is left with a code alone. */
const WITHOUT_KEYS = (o: MatchInput): string => `
  with lost as (
    select line, bool_or(k = 'email') as email, bool_or(k = 'login') as login from yields group by line
  )
  update staged_row s set
    email = case when not l.email then s.email end, email_key = case when not l.email then s.email_key end,
    login = case when not l.login then s.login end, login_key = case when not l.login then s.login_key end,
    code_key = case when (l.email or s.email_key is null) and (l.login or s.login_key is null)
      then (select key from unnest($1::text[], $2::text[]) c(code, key) where c.code = s.code limit 1) end
  from lost l
  where s.run_id = '${o.runId}' and s.line = l.line`;
