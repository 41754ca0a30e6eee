import type { Queryable } from './db';

/** Calls that a credential may make, as its connector declares them. */
export interface Budget {
  readonly limits: {
    readonly budget?: readonly { readonly calls: number; readonly perMs: number }[] | undefined;
  };
}

/**
 * Takes the next place in the queue of a credential, whichever worker asks: calls are spaced evenly, so
 * that no window holds more of them than it may. Null: call now; else epoch ms, to ask again then.
 */
export async function takeTurn(
  db: Queryable,
  o: { readonly key: string; readonly connector: Budget },
): Promise<number | null> {
  const gaps = (o.connector.limits.budget ?? []).map(({ calls, perMs }) => perMs / calls);
  if (gaps.length === 0) return null;
  const { rows } = await db.query<{ wait: string | null }>(
    `insert into call_budget as b (key, next_call_at) values ($1, now() + $2 * interval '1 ms')
     on conflict (key) do update set next_call_at = case when b.next_call_at <= now()
       then now() + $2 * interval '1 ms' else b.next_call_at end
     returning case when next_call_at > now() + $2 * interval '1 ms' - interval '1 us'
       then null else extract(epoch from next_call_at) * 1000 end as wait`,
    [o.key, Math.max(...gaps)],
  );
  const wait = rows[0]?.wait ?? null;
  return wait === null ? null : Math.ceil(Number(wait));
}
