import { Follower, type BoundStore } from '../../faults/sync/follow';
import { companyOf } from '../../faults/sync/people';
import { contextOf } from '../../faults/sync/stores';
import { declarationOf, secretsOf } from '../../faults/sync/vendors';
import { startFake } from '../../connectors/fake/server';
import { addSource } from '../../operations/sources/addSource';
import { recordSync } from '../../operations/sources/recordSync';
import { runDocument } from '../support/runs/documents';
import { testDatabase } from '../support/postgres';

const database = testDatabase();

test('a sync that stands still because its source wants no calls says until when, and no longer', async () => {
  const fake = await startFake({ vendor: 'hibob', people: companyOf(35) });
  const context = contextOf(database.url);
  await addSource(context, {
    name: 'hr',
    declaration: declarationOf('hibob', 10),
    config: fake.config,
    secrets: secretsOf('hibob'),
    baseUrl: fake.baseUrl,
  });
  fake.behave([{ kind: 'throttle_vendor', from: 1 }]);
  const { runId } = await recordSync(context, { name: 'hr', full: true });
  const clock = { ms: Date.parse('2026-03-01T12:00:00Z') };
  const told: unknown[] = [];
  const around = (store: BoundStore): BoundStore => ({
    ...store,
    tellTrouble: async (id, trouble) => {
      await store.tellTrouble(id, trouble);
      told.push((await runDocument(database.db, runId)).reason?.text);
    },
  });

  const end = await new Follower({ context, clock, readMs: 60_000, around }).goOn(runId);

  await context.db.close();
  await fake.stop();
  expect(end.state).toBe('done');
  expect(told).toEqual([
    expect.stringMatching(/^The source is not to be asked before 2026-03-01 12:00:2\d UTC; /),
  ]);
  expect((await runDocument(database.db, runId)).reason).toBeNull();
});
