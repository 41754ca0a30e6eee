import { runSyncCampaign } from '../../faults/sync/campaign';
import type { RunResult } from '../../faults/sync/oneRun';
import { contextOf } from '../../faults/sync/stores';
import { TROUBLES, type Trouble } from '../../faults/sync/vendors';
import { createDatabase, type Created } from '../support/postgres';

// The complete campaign: npm run faults -- sync.
const databases: Created[] = [];
const open: { contexts: ReturnType<typeof contextOf>[] } = { contexts: [] };

beforeAll(async () => {
  for (let lane = 0; lane < 2; lane++) databases.push(await createDatabase({ oneRole: true }));
  open.contexts = databases.map(({ url }) => contextOf(url));
}, 60_000);
afterAll(async () => {
  for (const { db } of open.contexts) await db.close();
  for (const database of databases) await database.drop();
});

function play(o: { runs: number; seed: number; only?: readonly string[] }): Promise<RunResult[]> {
  return runSyncCampaign({ only: [], ...o, stores: open.contexts, tell: () => undefined });
}

const wrongOf = (results: readonly RunResult[]): string[] => results.flatMap(({ wrong }) => wrong);

test('no present person is deactivated, whatever a vendor does, and in the end the store is right', async () => {
  const quick: readonly Trouble[] = TROUBLES.filter((trouble) => trouble !== 'slow_drip');

  const results = await play({ runs: 10, seed: 7, only: quick });

  expect(wrongOf(results)).toEqual([]);
  expect(results.map(({ wronglyDeactivated }) => wronglyDeactivated)).toEqual(results.map(() => 0));
  expect(new Set(results.map(({ end }) => end))).toContain('equal');
}, 120_000);

test('a list without a total that leaves people out twice in a row deactivates none of them', async () => {
  // Before missing people were asked for by id, six of seed 3 were deactivated.
  const results = await runSyncCampaign({
    runs: 120,
    seed: 3,
    only: ['truncated_page', 'empty', 'rippling', 'merge', 'entra', 'hubspot'],
    choose: [82, 85],
    stores: open.contexts,
    tell: () => undefined,
  });

  expect(results).toHaveLength(2);
  expect(wrongOf(results)).toEqual([]);
}, 60_000);
