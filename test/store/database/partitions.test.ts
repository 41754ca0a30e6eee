import { newId } from '../../../store/database/db';
import {
  dropPartitions,
  ensurePartitions,
  momentOf,
  partitionedDays,
  partitionOf,
  uuidAt,
} from '../../../store/database/partitions';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();

/** A run id of an instant. */
function idAt(iso: string): string {
  return uuidAt(Date.parse(iso)).slice(0, 14) + '7' + newId().slice(15);
}

async function partitions(table: string): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass order by 1`,
    [table],
  );
  return rows.map((row) => row.name);
}

test('the moment in an id comes back', () => {
  const now = Date.now();

  expect(momentOf(uuidAt(now))).toBe(now);
  expect(Math.abs(momentOf(newId()) - now)).toBeLessThan(60_000);
});

test('both partitions of a run are made once, by however many at once', async () => {
  const runId = idAt('2001-02-03T04:05:06Z');

  await Promise.all([1, 2, 3, 4].map(() => ensurePartitions(store.db.pool, runId)));
  await ensurePartitions(store.db.pool, runId);

  expect(await partitions('staged_row')).toEqual([partitionOf('staged_row', runId)]);
  expect(await partitions('plan_entry')).toEqual([partitionOf('plan_entry', runId)]);
});

test('rows of a run go to its partition, and what partitions inherit is there', async () => {
  const runId = idAt('2001-02-03T23:59:59.999Z');
  await ensurePartitions(store.db.pool, runId);

  await store.db.pool.query(`insert into staged_row (run_id, line, code) values ($1, 2, 'a')`, [
    runId,
  ]);

  const { rows } = await store.db.pool.query(
    `select line, record_hash is not null as hashed from ${partitionOf('staged_row', runId)}
     where run_id = $1`,
    [runId],
  );
  expect(rows).toEqual([{ line: 2, hashed: true }]);
  await expect(
    store.db.pool.query(`insert into staged_row (run_id, line) values ($1, 2)`, [runId]),
  ).rejects.toMatchObject({ code: '23505' });
});

test('the first and the last moment of neighbouring partitions do not overlap', async () => {
  const days = ['2003-05-05T00:00:00.000Z', '2003-05-05T23:59:59.999Z', '2003-05-06T00:00:00.000Z'];
  const ids = days.map(idAt);

  for (const id of ids) {
    await ensurePartitions(store.db.pool, id);
    await store.db.pool.query(`insert into staged_row (run_id, line) values ($1, 2)`, [id]);
  }

  const { rows } = await store.db.pool.query<{ id: string; name: string }>(
    `select run_id as id, tableoid::regclass::text as name from staged_row
     where run_id = any ($1) order by run_id`,
    [ids],
  );
  expect(rows).toEqual(ids.map((id) => ({ id, name: partitionOf('staged_row', id) })));
});

test('the days that have partitions are known, and dropped by day', async () => {
  const [old, young] = [idAt('1999-01-01T12:00:00Z'), idAt('2030-01-01T12:00:00Z')];
  await ensurePartitions(store.db.pool, old);
  await ensurePartitions(store.db.pool, young);
  const [first] = await partitionedDays(store.db.pool);

  await dropPartitions(store.db.pool, first ?? { start: 0, end: 0 });

  expect(first).toEqual({
    start: Date.parse('1999-01-01T00:00:00Z'),
    end: Date.parse('1999-01-02T00:00:00Z'),
  });
  expect(await partitions('plan_entry')).not.toContain(partitionOf('plan_entry', old));
  expect(await partitions('staged_row')).not.toContain(partitionOf('staged_row', old));
  expect(await partitions('staged_row')).toContain(partitionOf('staged_row', young));
});
