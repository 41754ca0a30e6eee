import { Follower, type SyncEnd } from '../../bench/faults/sync/follow';
import { companyOf } from '../../bench/faults/sync/people';
import { contextOf } from '../../bench/faults/sync/stores';
import { declarationOf, secretsOf } from '../../bench/faults/sync/vendors';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { addSource } from '../../operations/addSource';
import { recordSync } from '../../operations/recordSync';
import { emptyStore } from '../support/builders';
import { createDatabase, type Created } from '../support/postgres';

const PEOPLE = 35;
interface Up {
  readonly database: Created;
  readonly fake: FakeVendor;
  readonly context: ReturnType<typeof contextOf>;
}
const state: { up: Up | undefined } = { up: undefined };

beforeAll(async () => {
  const fake = await startFake({ vendor: 'merge', people: companyOf(PEOPLE), maxPage: 10 });
  const database = await createDatabase();
  const context = contextOf(database.url);
  state.up = { database, fake, context };
  await addSource(context, {
    name: 'hr',
    declaration: declarationOf('merge', 10),
    config: fake.config,
    secrets: secretsOf('merge'),
    baseUrl: fake.baseUrl,
  });
});
afterAll(async () => {
  await state.up?.context.db.close();
  await state.up?.fake.stop();
  await state.up?.database.drop();
});
beforeEach(async () => {
  await emptyStore(up().context.db);
});

function up(): Up {
  if (state.up === undefined) throw new Error('the fake vendor is not up');
  return state.up;
}

/** A whole read, tried as often as it may be. */
async function sync(): Promise<SyncEnd> {
  const { context } = up();
  const { runId } = await recordSync(context, { name: 'hr', full: true });
  return goOn(runId);
}

async function goOn(runId: string): Promise<SyncEnd> {
  const clock = { ms: Date.now() };
  const o = { context: up().context, clock, readMs: 60_000, tries: 100, cancels: false };
  return new Follower(o).goOn(runId);
}

async function left(): Promise<unknown> {
  const { rows } = await up().context.db.pool.query(
    `select c.polling, r.failure ->> 'code' as code, r.failure ->> 'next' as next,
       (select count(*)::int from "user") as users
     from connection c join run r on r.source_id = c.source_id order by r.id desc limit 1`,
  );
  return rows[0];
}

test('a list that gives a place again and again fails the run after some whole reads; the next sync goes on', async () => {
  up().fake.behave([{ kind: 'repeated_cursor' }]);
  const failed = await sync();
  const after = await left();
  const calls = up().fake.world.listCalls;
  up().fake.behave();
  const next = await sync();

  expect(failed).toMatchObject({ state: 'failed', code: 'listing_unstable' });
  expect(after).toEqual({
    polling: 'ready',
    code: 'listing_unstable',
    next: `rollcall runs resume ${failed.runId}`,
    users: 0,
  });
  expect(calls).toBeLessThan(15 * 10);
  expect(next.state).toBe('done');
  expect(await left()).toMatchObject({ users: PEOPLE });
});

test('a list that comes to its end in one of these reads is read whole', async () => {
  up().fake.behave([{ kind: 'repeated_cursor', times: 8 }]);

  const end = await sync();

  expect(end).toMatchObject({ state: 'done' });
  expect(await left()).toMatchObject({ users: PEOPLE });
});
