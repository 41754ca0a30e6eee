import { runFilesCampaign } from '../../faults/files/campaign';
import { filesTable } from '../../faults/files/table';
import type { WorldResult } from '../../faults/files/result';
import { contextOf } from '../../faults/sync/stores';
import { createDatabase, type Created } from '../support/postgres';

// The complete campaign: npm run faults -- files.
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

const WORLDS = 10;

test('files that are written wrongly harm nobody, or are held with the reason', async () => {
  const worlds = Array.from({ length: WORLDS }, (_, i) => i + 1);

  const results = await runFilesCampaign({
    seed: 9,
    worlds,
    stores: open.contexts,
    tell: () => undefined,
  });

  expect(results).toHaveLength(WORLDS);
  expect(wrongOf(results)).toEqual([]);
  // Zeros are worth something only where there were trials.
  const reads = results.flatMap((result) => result.reads);
  expect(reads.filter(({ end }) => end === 'held').length).toBeGreaterThan(WORLDS / 4);
  expect(reads.filter(({ mischiefs }) => mischiefs.length > 0).length).toBeGreaterThan(WORLDS);
  expect(filesTable(results)).toContain('| all | ');
}, 120_000);

function wrongOf(results: readonly WorldResult[]): string[] {
  return results.flatMap(({ world, wrong }) => wrong.map((line) => `${String(world)}: ${line}`));
}
