import { takeTurn } from '../../../store/sources/budgets';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();
const connector = { limits: { budget: [{ calls: 1, perMs: 3_600_000 }] } };
const turn = (key: string): Promise<number | null> => takeTurn(store.db.pool, { key, connector });

test('the first call with a credential never waits', async () => {
  const turns = await Promise.all(Array.from({ length: 30 }, (_, i) => turn(`first-${String(i)}`)));

  expect(turns.filter((until) => until !== null)).toEqual([]);
});

test('of several that ask at once one gets its turn, and the others learn when the next one is', async () => {
  const turns = await Promise.all(Array.from({ length: 30 }, () => turn('shared')));

  const waits = turns.flatMap((until) => until ?? []);
  expect(waits).toHaveLength(29);
  expect(Math.min(...waits)).toBeGreaterThan(Date.now() + 3_000_000);
});

test('the turn is free again when its time has come', async () => {
  await turn('again');
  await store.db.pool.query(
    `update call_budget set next_call_at = now() - interval '1 ms' where key = 'again'`,
  );

  expect(await turn('again')).toBeNull();
  expect(await turn('again')).not.toBeNull();
});

test('a connector without a budget never waits', async () => {
  const free = { limits: {} };

  expect(await takeTurn(store.db.pool, { key: 'free', connector: free })).toBeNull();
  expect(await takeTurn(store.db.pool, { key: 'free', connector: free })).toBeNull();
});
