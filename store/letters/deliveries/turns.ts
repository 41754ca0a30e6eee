import type { Queryable } from '../../database/db';

/** A budget that several workers share. */
export interface TurnBudget {
  /** `smtp:<host>`, `campaign:<id>`. */
  readonly key: string;
  readonly perSecond: number;
}

export interface Turns {
  /** How many may go out now. */
  readonly granted: number;
  /** Milliseconds until there is a turn again, when fewer were granted than asked for; else 0. */
  readonly waitMs: number;
}

/**
 * Turns that were not taken are kept for so long: what comes out in one second is a rate and no more than
 * this much of it. A longer time would let more letters out at once after a pause.
 */
const KEPT_SECONDS = 0.06;

/**
 * Takes up to `k` turns of every budget, for any worker: only as many as may go out at this moment, so that
 * nothing that is claimed afterwards waits. One update; the rows are locked in the order of their keys.
 */
export async function takeTurns(
  db: Queryable,
  { budgets, k }: { readonly budgets: readonly TurnBudget[]; readonly k: number },
): Promise<Turns> {
  if (budgets.length === 0 || k === 0) return { granted: k, waitMs: 0 };
  const values = [budgets.map(({ key }) => key), budgets.map(({ perSecond }) => 1 / perSecond), k];
  const taken = await take(db, values);
  if (taken.rows === budgets.length) return taken.turns;
  await db.query(
    `insert into call_budget (key, next_call_at) select key, clock_timestamp() - interval '1 day' from unnest($1::text[]) key
     on conflict (key) do nothing`,
    [values[0]],
  );
  return (await take(db, values)).turns;
}

async function take(
  db: Queryable,
  values: readonly unknown[],
): Promise<{ readonly rows: number; readonly turns: Turns }> {
  const { rows } = await db.query<{ rows: number; granted: number; wait: number }>(
    `with asked as (
       select * from unnest($1::text[], $2::float8[]) as a(key, gap)
     ),
     locked as (
       select b.key, a.gap, b.next_call_at from call_budget b join asked a using (key)
       order by b.key for update of b
     ),
     -- Read after the locks, which may have been waited for.
     stood as (
       select key, gap, greatest(next_call_at, at - greatest(gap, ${String(KEPT_SECONDS)}) * interval '1 s') as next, at
       from locked, lateral (select clock_timestamp() as at) t
     ),
     free as (
       select count(*)::int as rows,
         coalesce(least($3, min(floor(extract(epoch from at - next) / gap + 1e-6))), 0)::int as n,
         max(extract(epoch from next - at) + gap) as wait
       from stood
     ),
     granted as (
       select rows, case when rows = cardinality($1::text[]) then greatest(n, 0) else 0 end as n, wait
       from free
     ),
     moved as (
       update call_budget b set next_call_at = s.next + g.n * s.gap * interval '1 s'
       from stood s, granted g where b.key = s.key and g.n > 0
     )
     select rows, n as granted, ceil(1000 * greatest(wait, 0.001))::int as wait from granted`,
    [...values],
  );
  const [row = { rows: 0, granted: 0, wait: 0 }] = rows;
  const short = row.granted < Number(values[2]);
  return { rows: row.rows, turns: { granted: row.granted, waitMs: short ? row.wait : 0 } };
}
