import { SyncRig } from '../../faults/sync/syncRig';
import { killRound } from '../../faults/sync/throughTemporal';
import { stoppedReader, twoClients } from '../../faults/sync/twoWorkers';

// More of it, at random pages: npm run faults -- sync --temporal.
const state: { sync: SyncRig | undefined } = { sync: undefined };
const LONG_MS = 300_000;

function sync(): SyncRig {
  if (state.sync === undefined) throw new Error('the stack is not up');
  return state.sync;
}

beforeAll(async () => {
  // Two dozen pages in five seconds; one transaction stores the pages of one second.
  state.sync = await SyncRig.start({ people: 240, pageMs: 200 });
}, 180_000);
afterAll(async () => {
  await state.sync?.stop({ keep: false });
}, 120_000);

test(
  'a worker that was stopped amid its read, and wakes when another one has ended the sync, writes nothing',
  async () => {
    expect(await stoppedReader(sync())).toEqual([]);
  },
  LONG_MS,
);

test(
  'of two syncs of one source that two clients start at once one reads, and the other is refused',
  async () => {
    expect(await twoClients(sync())).toEqual([]);
  },
  LONG_MS,
);

test(
  'with the worker and Postgres killed while pages are read, two reads bring what is true',
  async () => {
    const results = await killRound(sync(), { seed: 1, round: 1, kills: ['worker', 'postgres'] });

    expect(results.flatMap(({ wrong }) => wrong)).toEqual([]);
  },
  LONG_MS,
);
