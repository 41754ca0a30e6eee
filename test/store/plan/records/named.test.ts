import { userKey } from '../../../../domain/keys';
import { transaction } from '../../../../store/database/db';
import { ensurePartitions } from '../../../../store/database/partitions';
import { nameUsers } from '../../../../store/plan/records/named';
import { addPerson } from '../../../support/builders';
import { testDatabase } from '../../../support/postgres';
import { recordImport } from '../../../support/runs/storeRun';

interface Named {
  readonly ref: string;
  readonly user_id: string | null;
  readonly via_id: string | null;
  readonly problem: string | null;
}

const store = testDatabase();

test('rows name people by id, code, login and e-mail; absorbed accounts lead to the survivor', async () => {
  const { pool } = store.db;
  const ada = await addPerson(pool, { fields: { code: 'A1', email: 'Ada@x.org' } });
  const old = await addPerson(pool, { fields: { code: 'A0', login: 'ada.old' }, mergedInto: ada });
  const bob = await addPerson(pool, { fields: { code: 'B1', login: 'bob' } });
  await addPerson(pool, { fields: { code: 'C1', login: 'A1' } });
  const refs = [ada, 'ada@X.org', 'A0', 'ADA.OLD', 'B1', 'BOB', 'A1', 'a1', 'x'];

  const runId = await recordImport(store.db, {});
  await ensurePartitions(pool, runId);

  const found = await transaction(store.db, async (tx) => {
    for (const [i, ref] of refs.entries()) {
      await tx.query(
        `insert into staged_row (run_id, line, user_ref, record) values ($1, $2, $3, $4)`,
        [runId, i + 1, ref, JSON.stringify({ userKey: userKey(ref) })],
      );
    }
    await nameUsers(tx, { runId, which: 'user' });
    return (await tx.query<Named>(`select * from named`)).rows;
  });

  const of = (ref: string): unknown => found.find((row) => row.ref === ref);
  expect(of(ada)).toEqual({ ref: ada, user_id: ada, via_id: null, problem: null });
  expect(of('ada@X.org')).toMatchObject({ user_id: ada, via_id: null });
  expect(of('A0')).toMatchObject({ user_id: ada, via_id: old });
  expect(of('ADA.OLD')).toMatchObject({ user_id: ada, via_id: old });
  expect(of('B1')).toMatchObject({ user_id: bob });
  expect(of('BOB')).toMatchObject({ user_id: bob });
  expect(of('A1')).toMatchObject({ user_id: null, problem: 'several' });
  expect(of('a1')).toMatchObject({ problem: null });
  expect(of('x')).toMatchObject({ user_id: null, problem: 'nobody' });
  expect(found).toHaveLength(refs.length);
});
