import { notOnSurvivors } from '../../faults/merge/found';
import { playRound } from '../../faults/merge/rounds';
import { WRITER_NAMES, mergeUnderWriters } from '../../faults/merge/writers';
import { fillWriters } from '../../faults/merge/writersCommand';
import type { SourceContext } from '../../operations/sources/polledSource';
import { OWNER_ID } from '../../store/sources/sources';
import { testDatabase } from '../support/postgres';

// The complete campaign, with 200 merges and 50 rounds: npm run faults -- merge-writers.
const PAIRS = 2;
const store = testDatabase({ maxConnections: 12 });

const context = (): SourceContext => ({
  db: store.db,
  actorId: OWNER_ID,
  level: 'owner',
  door: 'library',
  tokenId: null,
  keys: [],
  allowPrivateHosts: [],
});

beforeAll(() => fillWriters(context(), PAIRS));

test('what eight writers write while accounts are merged is found on the survivors', async () => {
  const contexts = Array.from({ length: 1 + WRITER_NAMES.length }, context);
  const { writes, wrong } = await mergeUnderWriters({ contexts, pairs: PAIRS, seed: 1 });

  expect(wrong).toEqual([]);
  expect(await notOnSurvivors(store.db, writes)).toEqual([]);
  expect(writes.some(({ after }) => after) && writes.some(({ after }) => !after)).toBe(true);
}, 120_000);

test.each([1, 2])(
  'of eight merges and unmerges at once, some order gives the end (round %i)',
  async (round) => {
    const contexts = Array.from({ length: 8 }, context);
    const { ends, wrong } = await playRound(contexts, { seed: 1, round });

    expect(wrong).toEqual([]);
    expect(ends).toContain('done');
  },
  120_000,
);
