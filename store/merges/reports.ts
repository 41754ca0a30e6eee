import { MAX_PAIR_ENROLLMENTS, type PairProblem } from '../../domain/merges/rules';
import type { MessageCode } from '../../domain/runs/messages';
import type { Queryable } from '../database/db';
import { lineOfFile, messageCode, nextNumber } from '../runs/lines';
import { usersAsMeant } from '../users/meant';

/** The message of each problem; null: none is needed. */
export const PROBLEM_MESSAGES = {
  nobody: 'merge_user_unknown',
  several: 'merge_user_unclear',
  same_person: 'same_person',
  merged_already: null,
  merged_elsewhere: 'merged_elsewhere',
  cycle: 'merge_cycle',
  two_survivors: 'two_survivors',
  status_differs: 'status_differs',
  too_many_enrollments: 'too_many_enrollments',
  linked_admin: 'linked_admin',
  changed_since_shown: 'changed_since_shown',
  changed_since: 'merge_changed_since',
  last_owner: 'merge_last_owner',
} as const satisfies Record<PairProblem, MessageCode | null>;

const PROBLEMS = Object.entries(PROBLEM_MESSAGES).flatMap(([problem, code]) =>
  code === null ? [] : [`('${problem}', ${messageCode(code)})`],
);
/** SQL: problem → code of its message. */
const CODES = `(values ${PROBLEMS.join(', ')}) c(problem, code)`;

const MAX_SHOWN = 60;
const cut = (text: string): string =>
  `case when length(${text}) > ${String(MAX_SHOWN)} then left(${text}, ${String(MAX_SHOWN - 1)}) || '…' else ${text} end`;

/** A message for each pair of `pair` that does not go on. */
export async function reportPairs(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`
    with told as (
      select p.*, c.code from pair p join ${CODES} on c.problem = p.problem
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by line), line, null, code,
      case problem
        when 'nobody' then jsonb_build_object('ref', ${cut(REF)}, 'side', ${SIDE})
        when 'several' then jsonb_build_object('ref', ${cut(REF)}, 'side', ${SIDE})
        when 'cycle' then jsonb_build_object('other', ${lineOfFile('other')})
        when 'two_survivors' then jsonb_build_object('other', ${lineOfFile('other')}, 'users',
          ${usersAsMeant('array[absorbed]')})
        when 'too_many_enrollments' then jsonb_build_object('enrollments', enrollments,
          'most', ${String(MAX_PAIR_ENROLLMENTS)})
        when 'linked_admin' then jsonb_build_object('users', ${usersAsMeant('array[survivor, absorbed]')},
          'admin', (select name from admin where user_id = absorbed))
        when 'same_person' then jsonb_build_object('users', ${usersAsMeant('array[survivor]')})
        when 'merged_elsewhere' then jsonb_build_object('users', ${usersAsMeant('array[survivor]')})
        when 'changed_since_shown' then jsonb_build_object('users', ${usersAsMeant('array[survivor, absorbed]')},
          'take', (select coalesce(jsonb_agg(key || '=' || value order by key), '[]') from jsonb_each_text(take)))
        else jsonb_build_object('users', ${usersAsMeant('array[survivor, absorbed]')}) end
    from told`);
}

/** A message for each pair of `pair` that goes on, though its two users were recorded as different people. */
export async function reportDifferent(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by p.line), p.line, null,
      ${messageCode('merge_of_different')}, jsonb_build_object(
        'users', ${usersAsMeant('array[p.survivor, p.absorbed]')},
        'by', a.name, 'on', to_char(d.at at time zone 'UTC', 'YYYY-MM-DD'))
    from pair p join ${DIFFERENT}
    left join admin a on a.id = d.actor_id
    where p.problem is null`);
}

/** SQL: what remembers the pair `p` as different people, as alias d. */
export const DIFFERENT = `user_pair d on d.state = 'different'
  and d.user_a = least(p.survivor, p.absorbed) and d.user_b = greatest(p.survivor, p.absorbed)`;

const SIDE = `case when of_survivor then 'survivor' else 'redundant' end`;
const REF = `case when of_survivor then user_ref else other_ref end`;

/** A message for each pair of `merge_batch` that was not merged. */
export async function reportChanged(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`
    with told as (
      select b.*, c.code from merge_batch b join ${CODES} on c.problem = b.problem
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by line), line, null, code,
      jsonb_build_object('users', case problem
        when 'merged_elsewhere' then ${usersAsMeant('array[absorbed]')}
        else ${usersAsMeant('array[survivor, absorbed]')} end)
    from told`);
}
