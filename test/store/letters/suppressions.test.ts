import { randomBytes } from 'node:crypto';
import { holdsBack } from '../../../domain/letters/suppressions';
import type { SuppressionReason } from '../../../domain/letters/suppressions';
import { addressHashes, suppressedAmong } from '../../../store/letters/suppressions';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();
const [key, older] = [randomBytes(32), randomBytes(32)];

beforeEach(() => store.db.pool.query('delete from suppression'));

async function suppressed(address: string, reason: SuppressionReason, by = key): Promise<void> {
  const [hash] = addressHashes({ keys: [by] }, address);
  await store.db.pool.query(
    `insert into suppression (address_hash, address, reason) values ($1, $2, $3)`,
    [hash, address, reason],
  );
}

test('an address is suppressed however its letters are written, and another one is not', async () => {
  await suppressed('Ann.Lee@Example.org', 'by_hand');

  const found = await suppressedAmong(store.db.pool, {
    keys: [key],
    addresses: ['ann.lee@example.org', 'ANN.LEE@EXAMPLE.ORG', 'ann@example.org'],
  });

  expect([...found]).toEqual([
    ['ann.lee@example.org', 'by_hand'],
    ['ANN.LEE@EXAMPLE.ORG', 'by_hand'],
  ]);
});

test('the strongest of several reasons counts', async () => {
  await suppressed('ann@example.org', 'unsubscribed');
  await suppressed('ann@example.org', 'hard_bounce');

  const found = await suppressedAmong(store.db.pool, {
    keys: [key],
    addresses: ['ann@example.org'],
  });

  expect(found.get('ann@example.org')).toBe('hard_bounce');
});

test('an address that was suppressed by the key before stays suppressed, while that key is known', async () => {
  await suppressed('ann@example.org', 'by_hand', older);
  const addresses = ['ann@example.org'];

  const [both, one] = await Promise.all([
    suppressedAmong(store.db.pool, { keys: [key, older], addresses }),
    suppressedAmong(store.db.pool, { keys: [key], addresses }),
  ]);

  expect([both.size, one.size]).toEqual([1, 0]);
});

test('without a key nobody is taken for deliverable', async () => {
  const work = suppressedAmong(store.db.pool, { keys: [], addresses: ['ann@example.org'] });

  await expect(work).rejects.toMatchObject({ code: 'no_secret_key' });
});

test('who unsubscribed still gets administrative letters', () => {
  expect(holdsBack('unsubscribed', 'administrative')).toBe(false);
  expect(holdsBack('unsubscribed', 'optional')).toBe(true);
  expect(holdsBack('hard_bounce', 'administrative')).toBe(true);
});
