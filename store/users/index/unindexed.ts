import type { Queryable } from '../../database/db';

/** The most users without a current row in the index among which a list still looks one by one. */
export const MAX_UNINDEXED = 200_000;

/** How many writes of users the index does not have yet, counted by their notes. */
export async function unindexedUsers(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ users: string | null }>(
    'select sum(users) as users from user_unindexed',
  );
  return Number(rows[0]?.users ?? 0);
}
