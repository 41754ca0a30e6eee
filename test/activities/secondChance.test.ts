import { randomBytes } from 'node:crypto';
import { Follower } from '../../faults/sync/follow';
import { companyOf } from '../../faults/sync/people';
import { declarationOf, secretsOf } from '../../faults/sync/vendors';
import type { Mischief } from '../../connectors/fake/misbehaviours';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { addSource } from '../../operations/sources/addSource';
import { ownerOf } from '../operations/support';
import { emptyStore } from '../support/builders';
import { testDatabase } from '../support/postgres';

const store = testDatabase();
const up: { fake: FakeVendor | undefined } = { fake: undefined };

beforeEach(() => emptyStore(store.db));

afterEach(async () => {
  await up.fake?.stop();
  up.fake = undefined;
});

/**
 * A source of 25 people, on pages of 10, whose key is sent itself: no token exists that could be
 * renewed.
 */
async function source(name: string): Promise<{
  readonly sync: (
    mischief?: Mischief,
  ) => Promise<{ state: string; code: string | null; ms: number }>;
  readonly polling: () => Promise<string>;
}> {
  const clock = { ms: Date.now() };
  const fake = await startFake({
    vendor: 'bamboohr',
    people: companyOf(25),
    maxPage: 10,
    clock: () => clock.ms,
  });
  up.fake = fake;
  const context = { ...ownerOf(store), keys: [randomBytes(32)], allowPrivateHosts: ['127.0.0.1'] };
  await addSource(context, {
    name,
    declaration: declarationOf('bamboohr', 10),
    config: fake.config,
    secrets: secretsOf('bamboohr'),
    baseUrl: fake.baseUrl,
  });
  const follower = new Follower({ context, clock, readMs: 600_000 });
  return {
    sync: async (mischief) => {
      fake.behave(mischief === undefined ? [] : [mischief]);
      const before = clock.ms;
      const { state, code } = await follower.sync(name, true);
      return { state, code, ms: clock.ms - before };
    },
    polling: async () => {
      const { rows } = await store.db.pool.query<{ polling: string }>(
        `select c.polling from connection c join source s on s.id = c.source_id where s.name = $1`,
        [name],
      );
      return rows[0]?.polling ?? '';
    },
  };
}

test('a key that is refused once in the middle of a read is tried again after a minute', async () => {
  const hr = await source('hiccup');

  const read = await hr.sync({ kind: 'unauthorized_401', from: 2 });

  expect(read).toMatchObject({ state: 'done', ms: 60_000 });
  expect(await hr.polling()).toBe('ready');
});

test('a key that was taken yesterday is tried again; refused twice, it sets the source aside', async () => {
  const hr = await source('revoked');

  const good = await hr.sync();
  const bad = await hr.sync({ kind: 'revoked_401', from: 1 });
  // The source is already stopped.
  const next = await hr.sync({ kind: 'revoked_401', from: 1 });

  expect(good).toMatchObject({ state: 'done', ms: 0 });
  expect(bad).toEqual({ state: 'failed', code: 'credentials_refused', ms: 60_000 });
  expect(next).toEqual({ state: 'failed', code: 'credentials_refused', ms: 0 });
  expect(await hr.polling()).toBe('quarantined');
});

test('a key that was never taken is refused at once', async () => {
  const hr = await source('mistyped');

  const read = await hr.sync({ kind: 'revoked_401', from: 1 });

  expect(read).toEqual({ state: 'failed', code: 'credentials_refused', ms: 0 });
  expect(await hr.polling()).toBe('quarantined');
});
