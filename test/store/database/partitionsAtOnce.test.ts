import { newId, transaction } from '../../../store/database/db';
import { ensurePartitions, partitionOf } from '../../../store/database/partitions';
import { testDatabase } from '../../support/postgres';

const store = testDatabase({ maxConnections: 10 });

const attached = async (): Promise<string[]> => {
  const { rows } = await store.db.pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent in ('staged_row'::regclass, 'plan_entry'::regclass) order by 1`,
  );
  return rows.map(({ name }) => name);
};

test('the first runs of a day, recorded at once, go on in their transactions', async () => {
  const ids = Array.from({ length: 8 }, newId);

  // A statement that fails ends its transaction, even when its error is caught.
  const recorded = ids.map((id) =>
    transaction(store.db, async (tx) => {
      await ensurePartitions(tx, id);
      await tx.query('select 1');
    }),
  );
  await Promise.all(recorded);

  const [id = ''] = ids;
  expect(await attached()).toEqual([partitionOf('plan_entry', id), partitionOf('staged_row', id)]);
});
