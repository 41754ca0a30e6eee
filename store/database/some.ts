import type { Queryable } from './db';

/** True when a query has a row. */
export async function some(
  db: Queryable,
  query: string,
  values: readonly unknown[] = [],
): Promise<boolean> {
  const { rows } = await db.query<{ some: boolean }>(`select exists (${query}) as some`, [
    ...values,
  ]);
  return rows[0]?.some === true;
}
