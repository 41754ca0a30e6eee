import type { Queryable, Tx } from '../database/db';

/** What is remembered of two users. */
export interface RememberedPair {
  readonly state: 'proposed' | 'different' | 'merged';
  readonly at: Date;
}

/** Two ids in the order of the table. */
function ordered(one: string, other: string): readonly [string, string] {
  return one < other ? [one, other] : [other, one];
}

/** The users that the two were merged into; `null` for one that is not merged. Holds both until commit. */
export async function holdPair(
  tx: Tx,
  ids: readonly [string, string],
): Promise<readonly [string | null, string | null]> {
  const { rows } = await tx.query<{ id: string; into: string | null }>(
    `select id, merged_into_id as into from "user" where id = any ($1) order by id for key share`,
    [ids],
  );
  const into = new Map(rows.map((row) => [row.id, row.into]));
  return [into.get(ids[0]) ?? null, into.get(ids[1]) ?? null];
}

export async function rememberedPair(
  db: Queryable,
  ids: readonly [string, string],
): Promise<RememberedPair | null> {
  const { rows } = await db.query<RememberedPair>(
    `select state, at from user_pair where user_a = $1 and user_b = $2`,
    [...ordered(...ids)],
  );
  return rows[0] ?? null;
}

/** Remembers two users as different people; returns when. */
export async function writeDifferent(
  tx: Tx,
  o: { readonly ids: readonly [string, string]; readonly actorId: string },
): Promise<Date> {
  const { rows } = await tx.query<{ at: Date }>(
    `insert into user_pair (user_a, user_b, state, actor_id) values ($1, $2, 'different', $3)
     on conflict (user_a, user_b) do update
     set state = 'different', actor_id = excluded.actor_id, at = now()
     returning at`,
    [...ordered(...o.ids), o.actorId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a statement without its row');
  return row.at;
}
