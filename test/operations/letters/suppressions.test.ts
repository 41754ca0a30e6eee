import { randomBytes } from 'node:crypto';
import {
  addSuppression,
  listSuppressions,
  removeSuppression,
  type SuppressionContext,
} from '../../../operations/letters/suppressions';
import { addressHashes, renewHashes, suppressedAmong } from '../../../store/letters/suppressions';
import { testDatabase } from '../../support/postgres';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();
const [key, older] = [randomBytes(32), randomBytes(32)];
const contextOf = (...keys: readonly Buffer[]): SuppressionContext => ({ ...ownerOf(store), keys });

beforeEach(() => store.db.pool.query('delete from suppression'));

test('an address is suppressed once for each reason, listed, and let go by reason or whole', async () => {
  const address = 'Ann@example.org';

  const added = await addSuppression(contextOf(key), { address, note: ' by phone ' });
  const again = await addSuppression(contextOf(key), { address: 'ann@EXAMPLE.org' });
  const noted = await addSuppression(contextOf(key), { address, note: 'by letter' });
  await addSuppression(contextOf(key), { address, reason: 'unsubscribed' });
  const listed = await listSuppressions(contextOf(key), { address: 'ANN@example.org' });
  const one = await removeSuppression(contextOf(key), { address, reason: 'by_hand' });
  const all = await removeSuppression(contextOf(key), { address });

  expect(added).toMatchObject({
    change: 'added',
    reason: 'by_hand',
    holdsBack: 'all',
    note: 'by phone',
  });
  expect(again).toMatchObject({ change: 'none', address, note: 'by phone' });
  expect(noted).toMatchObject({ change: 'noted', note: 'by letter' });
  expect(listed.suppressions.map(({ reason, holdsBack }) => [reason, holdsBack])).toEqual([
    ['by_hand', 'all'],
    ['unsubscribed', 'optional'],
  ]);
  expect([one.left, all.left]).toEqual([['unsubscribed'], []]);
  expect(await faultOf(removeSuppression(contextOf(key), { address }))).toMatchObject({
    kind: 'not_found',
    code: 'suppression_not_found',
  });
});

test('the audit names the address by its hash, and keeps its text where it can be erased', async () => {
  const address = 'canary@example.org';

  await addSuppression(contextOf(key), { address });

  const { rows } = await store.db.pool.query(
    `select e.action, e.subject_id as subject, e.fields, (e.*)::text as whole, v.after
     from audit_event e join audit_value v on v.event_id = e.id and v.field = 'address' and v.after = to_jsonb($1::text)`,
    [address],
  );
  const hash = addressHashes({ keys: [key] }, address)[0]?.toString('hex');
  expect(rows).toEqual([
    {
      action: 'suppression.add',
      subject: hash,
      fields: ['address', 'reason', 'note'],
      whole: expect.not.stringContaining('canary'),
      after: address,
    },
  ]);
});

test('pages go through all of them, the newest first', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await addSuppression(contextOf(key), { address: `${name}@example.org` });
  }
  // Of one moment, as an import writes them.
  await store.db.pool.query(`update suppression set since = '2026-11-30T10:00:00Z'
    where address in ('b@example.org', 'c@example.org', 'd@example.org')`);
  const seen: (string | null)[] = [];

  for (let cursor: string | undefined; ;) {
    const page = await listSuppressions(contextOf(key), {
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...page.suppressions.map(({ address }) => address));
    if (page.next === null) break;
    cursor = page.next;
  }

  expect([...seen].sort()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.org`));
  const { rows } = await store.db.pool.query<{ address: string }>(
    'select address from suppression order by since desc, address_hash desc',
  );
  expect(seen).toEqual(rows.map(({ address }) => address));
});

test('everything that is wrong is said at once, and a manager may read no addresses', async () => {
  const wrong = { address: 'ann', reason: 'hard_bounce', note: 'x'.repeat(501) };

  expect(await faultOf(addSuppression(contextOf(key), wrong))).toMatchObject({
    kind: 'usage',
    parts: [{ field: 'address' }, { field: 'note' }, { field: 'reason' }],
  });
  expect(await faultOf(listSuppressions({ ...contextOf(key), level: 'manager' }))).toMatchObject({
    kind: 'forbidden',
  });
});

test('a new key takes over the addresses, so that the key before can go', async () => {
  const before = contextOf(older);
  const addresses = Array.from({ length: 5 }, (_, n) => `p${String(n)}@example.org`);
  for (const address of addresses) await addSuppression(before, { address });
  await addSuppression(before, { address: 'p0@example.org', reason: 'complaint' });

  const renewed = await renewHashes(store.db.pool, { keys: [key, older] });
  const again = await renewHashes(store.db.pool, { keys: [key, older] });

  const found = await suppressedAmong(store.db.pool, { keys: [key], addresses });
  expect([renewed, again, found.size]).toEqual([6, 0, 5]);
});

test('while both keys are known, the same address is not suppressed twice', async () => {
  await addSuppression(contextOf(older), { address: 'ann@example.org' });

  const again = await addSuppression(contextOf(key, older), { address: 'ann@example.org' });

  expect(again.change).toBe('none');
});
