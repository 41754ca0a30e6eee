import { userKey } from '../../domain/keys';
import type { Take } from '../../domain/merges/take';
import type { Queryable } from '../database/db';

/**
 * Stages the one pair of a run: line 1 of its rows. The users are named by their ids; the run is staged then.
 */
export async function stagePair(
  tx: Queryable,
  o: {
    readonly runId: string;
    readonly survivor: string;
    readonly redundant: string;
    readonly take: Take;
    readonly reason: string | null;
  },
): Promise<void> {
  const { survivor, redundant, take, reason } = o;
  const record = { userKey: userKey(survivor), otherKey: userKey(redundant), take, reason };
  await tx.query(
    `insert into staged_row (run_id, line, user_ref, other_ref, record) values ($1, 1, $2, $3, $4)`,
    [o.runId, survivor, redundant, JSON.stringify(record)],
  );
  await tx.query(`update run set rows = 1, staged_at = now() where id = $1`, [o.runId]);
}

/** The codes of the courses with these keys, by key. */
export async function courseCodes(
  db: Queryable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ key: string; code: string }>(
    `select code_key as key, code from course where code_key = any ($1::text[])`,
    [keys],
  );
  return new Map(rows.map(({ key, code }) => [key, code]));
}

/** Keys of all courses: what a file of pairs may name. */
export async function courseKeys(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ key: string }>(`select code_key as key from course`);
  return new Set(rows.map(({ key }) => key));
}
