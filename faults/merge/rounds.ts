import { Fault } from '../../domain/faults';
import { createMerge } from '../../operations/merges/merge';
import { createUnmerge } from '../../operations/merges/unmerge';
import type { SourceContext } from '../../operations/sources/polledSource';
import { chanceOf } from '../chance';
import { Runs, type Ended } from './runs';
import { halfMergedIn } from './state';

/** People of a round; the last two are absorbed by the first two before it. */
const PEOPLE = 7;
const ABSORBED = [
  [0, 5],
  [1, 6],
] as const;
const AT_ONCE = 8;

type Step =
  | { readonly do: 'merge'; readonly survivor: number; readonly redundant: number }
  | { readonly do: 'unmerge'; readonly absorbed: number };

/** What became of a step. */
interface StepEnd {
  readonly step: Step;
  /** `done`, or the code of its refusal. */
  readonly end: string;
  /** When its run ended, by the clock of the database; 0: it was refused before. */
  readonly at: number;
}

const DONE = 'done';

/** `queued`: eight commands at once, as admins give them. `planned`: all are planned first, then applied at once. */
export type RoundKind = 'queued' | 'planned';

export interface RoundResult {
  readonly kind: RoundKind;
  /** Of each step: `done`, or the code of its refusal. */
  readonly ends: readonly string[];
  readonly wrong: readonly string[];
}

/**
 * Eight merges and unmerges of a few people at once. Each is done, or refused with a code. The people are in the
 * end as if the steps that are done had been done one after the other, in some order.
 */
export async function playRound(
  contexts: readonly SourceContext[],
  o: { readonly seed: number; readonly round: number },
): Promise<RoundResult> {
  const [first] = contexts;
  if (first === undefined) throw new Error('a store was opened');
  const { round } = o;
  const kind: RoundKind = round % 2 === 1 ? 'queued' : 'planned';
  const steps = Array.from({ length: AT_ONCE }, (_, n) => stepOf(o, n));
  const name = `q${String(o.seed)}x${String(round)}`;
  await addPeople(first, name);
  const world = { name, contexts };
  const ends = kind === 'queued' ? await allAtOnce(world, steps) : await plannedFirst(world, steps);
  const wrong = [
    ...ends.flatMap((one) => (isClear(one.end) ? [] : [`a step ended as ${one.end}`])),
    ...(await halfMergedIn(first.db.pool)),
  ];
  const done = ends.filter((one) => one.end === DONE).sort((a, b) => a.at - b.at);
  if (done.length === 0) wrong.push('nothing was done');
  const end = await peopleOf(first, name);
  if (wrong.length === 0 && !(await someOrderGives(first, { name, done, end }))) {
    wrong.push(`no order gives the end of ${JSON.stringify(done)}`);
  }
  return { kind, ends: ends.map((one) => one.end), wrong };
}

function stepOf(
  { seed, round }: { readonly seed: number; readonly round: number },
  n: number,
): Step {
  const pick = (what: string, of: number): number =>
    Math.floor(chanceOf(seed, 'round', round, n, what) * of);
  if (n < ABSORBED.length) return { do: 'unmerge', absorbed: ABSORBED[n]?.[1] ?? 5 };
  const survivor = pick('survivor', PEOPLE - 2);
  return {
    do: 'merge',
    survivor,
    redundant: (survivor + 1 + pick('redundant', PEOPLE - 3)) % (PEOPLE - 2),
  };
}

interface World {
  readonly name: string;
  readonly contexts: readonly SourceContext[];
}

const codeOf = (name: string, person: number): string => `${name}p${String(person)}`;

/** Records the run of a step. Returns its id, or the refusal. */
async function record(context: SourceContext, name: string, step: Step): Promise<string | Fault> {
  try {
    if (step.do === 'merge') {
      const [survivor, redundant] = [codeOf(name, step.survivor), codeOf(name, step.redundant)];
      return (await createMerge(context, { survivor, redundant, expect: 1 })).runId;
    }
    const { rows } = await context.db.pool.query<{ id: string }>(
      `select m.id from merge m join "user" u on u.id = m.absorbed_id where u.code = $1`,
      [codeOf(name, step.absorbed)],
    );
    return (await createUnmerge(context, { merge: rows[0]?.id ?? '' })).runId;
  } catch (error) {
    if (error instanceof Fault) return error;
    return new Fault('bug', { code: 'bug', message: String(error), next: { do: 'listRuns' } });
  }
}

async function allAtOnce({ name, contexts }: World, steps: readonly Step[]): Promise<StepEnd[]> {
  return Promise.all(
    steps.map(async (step, n) => {
      const context = contexts[n % contexts.length];
      if (context === undefined) throw new Error('a store was opened');
      const run = await record(context, name, step);
      const end = typeof run === 'string' ? endBy(await new Runs(context).toEnd(run)) : said(run);
      return { step, end, at: await endOf(context, run) };
    }),
  );
}

/** Without the slot of merges, which lets one run go on at a time: only locks keep them apart. */
async function plannedFirst({ name, contexts }: World, steps: readonly Step[]): Promise<StepEnd[]> {
  const [first] = contexts;
  if (first === undefined) throw new Error('a store was opened');
  const ready: { step: Step; n: number; run: string | Fault }[] = [];
  for (const [n, step] of steps.entries()) {
    const run = await record(first, name, step);
    if (typeof run === 'string') {
      await first.db.pool.query(
        `with slot as (
           insert into source (id, name, kind) values (gen_random_uuid(), $2, 'list') returning id
         )
         update run set source_id = slot.id from slot where run.id = $1`,
        [run, `slot ${name} ${String(n)}`],
      );
      await new Runs(first).plan(run);
    }
    ready.push({ step, n, run });
  }
  return Promise.all(
    ready.map(async ({ step, n, run }) => {
      const context = contexts[n % contexts.length] ?? first;
      const end = typeof run === 'string' ? endBy(await new Runs(context).apply(run)) : said(run);
      return { step, end, at: await endOf(context, run) };
    }),
  );
}

async function endOf({ db }: SourceContext, run: string | Fault): Promise<number> {
  if (typeof run !== 'string') return 0;
  const { rows } = await db.pool.query<{ at: number }>(
    `select extract(epoch from finished_at)::float8 as at from run where id = $1`,
    [run],
  );
  return rows[0]?.at ?? 0;
}

const said = (fault: Fault): string => (fault.kind === 'bug' ? fault.message : fault.code);

function endBy({ state, code, outcomes }: Ended): string {
  if (state !== 'done') return `${state} (${code ?? 'no code'})`;
  const [outcome = 'nothing'] = Object.keys(outcomes);
  return /^update/.test(outcome) ? DONE : outcome;
}

/** Done, refused by a code, or a conflict or a skip with a reason. */
const isClear = (end: string): boolean =>
  end === DONE || /^(conflict|skip) \([a-z_]+\)$/.test(end) || /^[a-z_]+$/.test(end);

/** How many orders are tried: those of five steps. */
const ORDERS = 120;

async function someOrderGives(
  context: SourceContext,
  o: { readonly name: string; readonly done: readonly StepEnd[]; readonly end: readonly string[] },
): Promise<boolean> {
  let tried = 0;
  // The order in which they ended is tried first.
  for (const order of ordersOf(o.done)) {
    if (++tried > ORDERS) return false;
    const name = `${o.name}o${String(tried)}`;
    await addPeople(context, name);
    const runs = new Runs(context);
    let all = true;
    for (const { step } of order) {
      const run = await record(context, name, step);
      all &&= typeof run === 'string' && endBy(await runs.toEnd(run)) === DONE;
    }
    if (all && JSON.stringify(await peopleOf(context, name)) === JSON.stringify(o.end)) return true;
  }
  return false;
}

function* ordersOf<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length === 0) yield [];
  for (const [i, one] of all.entries()) {
    for (const rest of ordersOf(all.filter((_, j) => j !== i))) yield [one, ...rest];
  }
}

const ADD = `
  with person as (
    select n, $1 || 'p' || n as code from generate_series(0, ${String(PEOPLE - 1)}) n
  ), people as (
    insert into "user" (id, code, email, email_key, first_name, phone, department)
    select gen_random_uuid(), code, code || '@x.org', code || '@x.org', 'First',
      case when n % 2 = 0 then n::text end, case when n % 3 = 0 then 'Sales' end
    from person returning id, code
  ), numbers as (
    insert into identity (source_id, external_id, user_id)
    select s.id, code, p.id from people p, source s where s.name = case when right(code, 1) in ('0', '2', '5', '6')
      then 'hr' else 'crm' end
  ), enrollments as (
    insert into enrollment (id, user_id, course_id, status, score)
    select gen_random_uuid(), p.id, c.id, case when right(p.code, 1)::int % 2 = 0 then 'in_progress' else 'enrolled'
      end::enrollment_status, right(p.code, 1)::int
    from people p join course c on c.code in ('E1', case when right(p.code, 1)::int % 2 = 0 then 'E2' else 'E3' end)
  )
  insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
  select gen_random_uuid(), id, 'First aid', 'Red Cross', 2.5, '2026-02-03', right(code, 1)::int % 3 from people`;

/** Adds the people of a round. Two of them absorb another one each. */
async function addPeople(context: SourceContext, name: string): Promise<void> {
  await context.db.pool.query(ADD, [name]);
  const runs = new Runs(context);
  for (const [survivor, redundant] of ABSORBED) {
    const run = await record(context, name, { do: 'merge', survivor, redundant });
    if (typeof run !== 'string' || endBy(await runs.toEnd(run)) !== DONE) {
      throw new Error(`the first merges of ${name} were not done`);
    }
  }
}

/** What there is of the people of a round, by their codes: users, numbers, enrollments, credits, open merges. */
async function peopleOf({ db }: SourceContext, name: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ line: string }>(
    `with person as (
       select u.*, substr(u.code, length($1) + 1) as own, substr(s.code, length($1) + 1) as into_own
       from "user" u left join "user" s on s.id = u.merged_into_id where u.code ~ ('^' || $1 || 'p\\d$')
     )
     select concat_ws(' ', 'user', own, status, into_own, first_name, phone, department,
       replace(email, $1, ''), sticky::text) as line from person
     union all select concat_ws(' ', 'number', replace(external_id, $1, ''), own)
       from identity i join person p on p.id = i.user_id
     union all select concat_ws(' ', 'enrollment', own, c.code, e.status, e.score, e.tombstoned_by is null)
       from enrollment e join person p on p.id = e.user_id join course c on c.id = e.course_id
     union all select concat_ws(' ', 'credit', own, print, tombstoned_by is null)
       from external_credit e join person p on p.id = e.user_id
     union all select concat_ws(' ', 'merge', s.own, a.own)
       from merge m join person s on s.id = m.survivor_id join person a on a.id = m.absorbed_id
       where m.unmerged_at is null
     order by 1`,
    [name],
  );
  return rows.map(({ line }) => line);
}
