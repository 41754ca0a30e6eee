import { confirmMissing } from '../../activities/confirm';
import { REAL_TIME } from '../../activities/time';
import type { Asked, ReadPlace, SyncStore, WholeRead } from '../../activities/runStore';
import type { OneResult } from '../../connectors/engine/one';
import { Fault } from '../../domain/faults';
import { transaction } from '../../store/database/db';
import { replaceMastering } from '../../store/lifecycle/mastering';
import { missingIds } from '../../store/lifecycle/missing';
import { closeRead, encodeRows, readPlace, stagePage } from '../../store/reads/pages';
import { buildPlan } from '../../store/plan';
import { rowRules } from '../../operations/sources/sourcePerson';
import { runDocument } from '../support/runs/documents';
import { emptyStore, readWorld, rows } from '../support/builders';
import { testDatabase } from '../support/postgres';
import { applyPlan, importRows } from '../support/runs/storeRun';
import {
  addPolledSource,
  beginSyncRun,
  LISTING,
  page,
  POLLED,
  syncRows,
} from '../support/runs/syncRun';

const store = testDatabase();

beforeAll(() => addPolledSource(store.db));
beforeEach(async () => {
  await store.db.pool.query('delete from mastering');
  await emptyStore(store.db);
});

const CSV = '00000000-0000-7000-8000-000000000001';

const WHOLE: WholeRead = {
  mode: 'full',
  pages: 1,
  rows: 1,
  totalClaimed: null,
  stableTotal: true,
  complete: true,
  why: 'proved',
  expectDistinct: null,
  minRatioOfLast: null,
  cursorNext: null,
  coverage: {},
  withheld: {},
  belowFloor: [],
  startedAt: 0,
};

const found = (externalId: string): OneResult => ({
  kind: 'found',
  record: {
    externalId,
    fields: { code: externalId },
    status: 'active',
    sourceStatus: 'Active',
    start: null,
    end: null,
    zone: null,
    deleted: null,
    mergedInto: null,
    aliases: [],
    withheld: [],
    faults: [],
  },
});

/** A second complete read from which b, c, d and e are missing, up to its last page. */
async function secondRead(): Promise<{ runId: string; fence: bigint }> {
  const everybody = rows({ code: 'a' }, { code: 'b' }, { code: 'c' }, { code: 'd' }, { code: 'e' });
  await syncRows(store.db, { pages: [everybody] });
  await syncRows(store.db, { pages: [rows({ code: 'a' })] });
  const run = await beginSyncRun(store.db);
  await stagePage(store.db, {
    ...run,
    after: await readPlace(store.db, run.runId),
    rows: encodeRows(run.runId, page(rows({ code: 'a' }), 0)),
    state: null,
    listing: WHOLE,
  });
  return run;
}

type One = (id: string) => Promise<OneResult>;

async function confirm(
  run: { runId: string; fence: bigint },
  o: { readonly one: One; readonly end?: number },
): Promise<{ done: boolean; waitUntil: number | null; asked: Asked | undefined }> {
  const place: ReadPlace = await readPlace(store.db, run.runId);
  const real: Pick<SyncStore, 'missingIds' | 'stagePage' | 'rowRules'> = {
    missingIds: (q) => missingIds(store.db, q),
    stagePage: (q) => stagePage(store.db, q),
    rowRules: () => rowRules(store.db.pool, { timeZone: 'UTC', now: new Date() }),
  };
  const {
    done,
    waitUntil,
    place: after,
  } = await confirmMissing(
    {
      store: real,
      attempt: run,
      source: { reader: { one: o.one, can: { one: true } }, absenceTimes: 2 },
      signal: new AbortController().signal,
      end: o.end ?? Infinity,
      time: REAL_TIME,
      shortWaitMs: 1_000,
    },
    place,
  );
  return { done, waitUntil, asked: after.listing?.asked };
}

async function statuses(): Promise<Record<string, unknown>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map(({ fields }) => [fields['code'], fields['status']]),
  );
}

test('only people whom the source calls gone by id are deactivated; people whom it has, or does not mention, stay', async () => {
  const run = await secondRead();
  const answers: Record<string, OneResult> = {
    b: { kind: 'gone' },
    c: found('c'),
    d: { kind: 'cannot', why: 'no_record' },
    e: { kind: 'gone' },
  };

  const { asked } = await confirm(run, {
    one: async (id) => answers[id] ?? { kind: 'cannot', why: id },
  });
  await closeRead(store.db, {
    ...run,
    listing: LISTING,
    parts: null,
    coverage: {},
    messages: [],
  });
  const plan = await buildPlan(store.db, run);
  await applyPlan(store.db, { ...run, ...plan });

  const { counts, messages } = await runDocument(store.db, run.runId);
  expect(asked).toEqual({ gone: ['b', 'e'], found: 1, unclear: 1 });
  expect(counts).toMatchObject({ rows: 3, absent: 2, deactivated: 2, error: 1 });
  expect(messages.map(({ code }) => code)).toContain('not_confirmed');
  expect(await statuses()).toEqual({
    a: 'active',
    b: 'inactive',
    c: 'active',
    d: 'active',
    e: 'inactive',
  });
});

test('people whose status another source decides are not asked for', async () => {
  const run = await secondRead();
  await transaction(store.db, (tx) =>
    replaceMastering(tx, { field: 'status', sourceIds: [CSV, POLLED] }),
  );
  await importRows(store.db, { rows: rows({ code: 'c', status: 'active' }), sourceId: CSV });
  const asked: string[] = [];

  await confirm(run, {
    one: async (id) => {
      asked.push(id);
      return { kind: 'gone' };
    },
  });

  expect(asked).toEqual(['b', 'd', 'e']);
});

test('answers are kept: the next attempt asks only for the others', async () => {
  const run = await secondRead();
  const asked: string[] = [];
  const one: One = async (id) => {
    asked.push(id);
    return id === 'c' && asked.length < 3
      ? { kind: 'wait', until: Date.now() + 60_000, reason: 'budget', throttled: false }
      : { kind: 'gone' };
  };

  const first = await confirm(run, { one });
  const second = await confirm(run, { one });

  expect(first).toMatchObject({ done: false, waitUntil: expect.any(Number) });
  expect(second).toMatchObject({ done: true, asked: { gone: ['b', 'c', 'd', 'e'] } });
  expect(asked).toEqual(['b', 'c', 'c', 'd', 'e']);
});

test('a credential that may not ask for one person deactivates nobody', async () => {
  const run = await secondRead();

  const { asked } = await confirm(run, {
    one: () =>
      Promise.reject(new Fault('forbidden', { code: 'access_refused', message: 'no', next: 'x' })),
  });

  expect(asked).toEqual({ gone: [], found: 0, unclear: 4 });
});

test('a source that does not answer ends the attempt, not the proof', async () => {
  const run = await secondRead();
  const down: One = () =>
    Promise.reject(new Fault('unavailable', { code: 'source_unreachable', message: 'down' }));

  await expect(confirm(run, { one: down })).rejects.toMatchObject({ code: 'source_unreachable' });
});
