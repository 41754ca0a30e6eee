import { PageWriter, type Page } from '../../activities/pageWriter';
import type { ReadPlace, SyncStore } from '../../activities/runStore';
import type { PolledRow } from '../../store/reads/pages';

const PLACE: ReadPlace = { mode: 'full', step: 4, state: null, listing: null, rows: 10, begun: 1 };

/** A store that records how many rows came at once; its writes end when the test releases them. */
function storeOf(o: { readonly fails?: number } = {}) {
  const stored: { after: number; rows: number }[] = [];
  const stagePage: SyncStore['stagePage'] = async ({ after, rows, state, listing }) => {
    stored.push({ after: after.step, rows: rows.count });
    await Promise.resolve();
    if (stored.length === o.fails) throw new Error('the database is away');
    const { mode, begun } = after;
    return { mode, begun, state, listing, step: after.step + 1, rows: after.rows + rows.count };
  };
  return { stored, store: { stagePage } };
}

function writerOf(o: Pick<SyncStoreLike, 'store'>, clock = { ms: 0 }): PageWriter {
  const attempt = { runId: 'r', fence: 1n };
  return new PageWriter({ ...o, attempt, place: PLACE, now: () => clock.ms, atOnce: 100 });
}
type SyncStoreLike = ReturnType<typeof storeOf>;

const ROW: PolledRow = {
  row: [],
  sourceStatus: null,
  deleted: false,
  due: null,
  aliases: [],
  mergedInto: null,
};

function pageOf(rows: number): Page {
  return { rows: Array.from({ length: rows }, () => ROW), state: null, listing: null };
}

test('small pages are stored together, each after what was stored before', async () => {
  const { stored, store } = storeOf();
  const writer = writerOf({ store });

  for (let i = 0; i < 10; i++) await writer.add(pageOf(25));
  const place = await writer.settle();

  expect(stored).toEqual([
    { after: 4, rows: 100 },
    { after: 5, rows: 100 },
    { after: 6, rows: 50 },
  ]);
  expect(place).toMatchObject({ step: 7, rows: 260 });
  expect(writer.read).toBe(260);
});

test('what came a second ago is stored, however little it is', async () => {
  const { stored, store } = storeOf();
  const clock = { ms: 5_000 };
  const writer = writerOf({ store }, clock);

  await writer.add(pageOf(1));
  clock.ms += 1_000;
  await writer.add(pageOf(1));

  expect(stored).toEqual([{ after: 4, rows: 2 }]);
});

test('nothing is written when nothing came', async () => {
  const { stored, store } = storeOf();

  const place = await writerOf({ store }).settle();

  expect(place).toBe(PLACE);
  expect(stored).toEqual([]);
});

test('a page that could not be stored is reported, and no later one is stored over the gap', async () => {
  const { stored, store } = storeOf({ fails: 1 });
  const writer = writerOf({ store });

  await writer.add(pageOf(100));
  await writer.idle();

  await expect(writer.add(pageOf(100))).rejects.toThrow('the database is away');
  await expect(writer.settle()).rejects.toThrow('the database is away');
  expect(stored).toHaveLength(1);
});
