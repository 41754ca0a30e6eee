import type { Queryable } from '../database/db';

/** Calls that a credential may make, as its connector declares them. */
export interface Budget {
  readonly limits: {
    readonly budget?: readonly { readonly calls: number; readonly perMs: number }[] | undefined;
  };
}

/**
 * Takes the next place in the queue of a credential, for any worker: calls are spaced evenly, so that
 * no window holds more of them than it may. Null: call now; else epoch ms, to ask again then.
 */
export async function takeTurn(
  db: Queryable,
  o: { readonly key: string; readonly connector: Budget },
): Promise<number | null> {
  const gaps = (o.connector.limits.budget ?? []).map(({ calls, perMs }) => perMs / calls);
  if (gaps.length === 0) return null;
  // Taking the turn changes the row: the time in it afterwards, rounded as it is stored, says nothing.
  const { rows } = await db.query<{ wait: string | null }>(
    `with taken as (
       insert into call_budget as b (key, next_call_at) values ($1, now() + $2 * interval '1 ms')
       on conflict (key) do update set next_call_at = excluded.next_call_at
         where b.next_call_at <= now()
       returning key
     ),
     told as (select next_call_at from call_budget where key = $1 and next_call_at > now())
     select case when exists (select from taken) then null
       -- Another worker has taken it since this statement began.
       else extract(epoch from coalesce((select next_call_at from told),
         now() + $2 * interval '1 ms')) * 1000 end as wait`,
    [o.key, Math.max(...gaps)],
  );
  const wait = rows[0]?.wait ?? null;
  return wait === null ? null : Math.ceil(Number(wait));
}
