import { Follower, type SyncEnd } from '../../../faults/sync/follow';
import { companyOf } from '../../../faults/sync/people';
import { contextOf } from '../../../faults/sync/stores';
import { declarationOf, secretsOf } from '../../../faults/sync/vendors';
import type { DialectName } from '../../../connectors/fake/dialects';
import { startFake, type FakeVendor } from '../../../connectors/fake/server';
import { addSource } from '../../../operations/sources/addSource';
import { recordSync } from '../../../operations/sources/recordSync';
import type { Queryable } from '../../../store/database/db';
import { emptyStore } from '../builders';
import { createDatabase, type Created } from '../postgres';

interface Up {
  readonly database: Created;
  readonly fake: FakeVendor;
  readonly context: ReturnType<typeof contextOf>;
}

export interface PolledFake {
  readonly up: () => Up;
  readonly fake: () => FakeVendor;
  readonly db: () => Queryable;
  /** A full read, tried as often as allowed, by the activities that its workflow calls. */
  sync(): Promise<SyncEnd>;
}

/** A source `hr` with this many people on pages of ten, in a store of the test file's own. */
export function polledFake(vendor: DialectName, people: number): PolledFake {
  const state: { up: Up | undefined } = { up: undefined };
  const up = (): Up => {
    if (state.up === undefined) throw new Error('the fake vendor is not up');
    return state.up;
  };
  beforeAll(async () => {
    const fake = await startFake({ vendor, people: companyOf(people), maxPage: 10 });
    const database = await createDatabase();
    const context = contextOf(database.url);
    state.up = { database, fake, context };
    await addSource(context, {
      name: 'hr',
      declaration: declarationOf(vendor, 10),
      config: fake.config,
      secrets: secretsOf(vendor),
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
    up().fake.behave();
  });
  return {
    up,
    fake: () => up().fake,
    db: () => up().context.db.pool,
    sync: async () => {
      const { context } = up();
      const { runId } = await recordSync(context, { name: 'hr', full: true });
      const clock = { ms: Date.now() };
      const o = { context, clock, readMs: 60_000, tries: 100, cancels: false };
      return new Follower(o).goOn(runId);
    },
  };
}
