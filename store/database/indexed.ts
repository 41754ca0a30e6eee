import type { Queryable } from './db';

/**
 * Gives a temporary table that was just filled its indexes and its statistics. A new table has neither: where
 * an estimate says that it holds one row, each row of the other side looks through all of them (thousands of
 * people: minutes).
 */
export async function indexed(
  tx: Queryable,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const indexes = columns.map((column) => `create index on ${table} (${column});`);
  await tx.query(`${indexes.join(' ')} analyze ${table}`);
}
