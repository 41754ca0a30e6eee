import fc from 'fast-check';
import type { RunCounts } from '../../../domain/runs/runDocument';
import { claim } from '../../../store/lifecycle/claim';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { runDocument } from '../../support/runs/documents';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { addIdentity, emptyStore, readWorld, described } from '../../support/builders';
import type { ReadRow } from '../../support/oracle';
import { Application, readPlan } from '../../support/oracle/apply';
import { PROPERTY_TIMEOUT_MS, runsOf, storedOutcomes } from '../../support/outcomes';
import { testDatabase } from '../../support/postgres';
import { applyInAnyOrder } from '../../support/runs/anyOrder';
import { applyBatches, decide, importRows, planImport } from '../../support/runs/storeRun';
import {
  addReferences,
  changeRows,
  editByHand,
  handEdits,
  LISTS,
  seedPeople,
  story,
  withoutLeavers,
} from '../../support/oracle/worlds';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});

const approval = fc.record({
  edits: fc.oneof(fc.constant([]), handEdits),
  only: fc.option(fc.subarray(['create', 'update', 'deactivate', 'reactivate'], { minLength: 1 }), {
    freq: 3,
  }),
  /** Every n-th entry. */
  every: fc.integer({ min: 1, max: 3 }),
  keepHeld: fc.boolean(),
  /** How many transactions write at once, or in which order the entries come where it does not matter. */
  way: fc.oneof(
    fc.record({ lanes: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ keys: fc.array(fc.nat(9), { minLength: 3, maxLength: 7 }) }),
  ),
  link: fc.option(fc.record({ user: fc.nat(9), code: fc.nat(9) }), { freq: 2 }),
});

test(
  'only what was approved and still stands is applied, whatever happened since the plan',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, approval, async (s, a) => {
        const { db } = store;
        await emptyStore(db);
        const sourceId = LISTS[s.source % 2] ?? CSV_SOURCE_ID;
        await seedPeople(db.pool, s.people, sourceId);
        await importRows(db, { sourceId, rows: s.first, maxEntries: s.slice });
        if (sourceId !== CSV_SOURCE_ID) await importRows(db, { sourceId, ...withoutLeavers(s) });
        await editByHand(db.pool, s.edits);
        const rows = changeRows(s.first, s.changes);

        const run = await planImport(db, {
          sourceId,
          rows,
          update: s.update,
          create: s.create,
          missing: s.missing ? 'deactivate' : 'ignore',
          gates: { creations: 0, updates: 0 },
        });
        const { runId, fence } = run;
        const plan = await readPlan(db, runId);
        const keys = await keysOf(runId);
        const predicted = await runDocument(db, runId);
        if (run.held.length > 0) await hold(db, { runId, fence });

        // Other changes happen in the meantime.
        const restated = await editByHand(db.pool, a.edits);
        if (a.link !== null) await linkByHand(sourceId, a.link);

        const application = new Application(
          await readWorld(db.pool),
          sourceId,
          new Map(rows.map((row) => [row.line, withKeys(row, keys.get(row.line))])),
          restated,
        );
        const writing = plan.filter(({ entry }) => entry <= run.entries);
        const chosen = writing.filter(
          ({ entry, action }) =>
            (a.only?.some((name) => name === action) ?? true) && entry % a.every === 0,
        );
        if (run.held.length === 0) {
          application.apply(writing);
          await applyBy(a.way, { runId, fence, maxEntries: s.slice });
          await finish(db, { runId, fence, state: 'done', undoDays: 90 });
        } else {
          const detail = { entries: chosen.map(({ entry }) => entry), keepHeld: a.keepHeld };
          await pass(run, detail, { maxEntries: s.slice, way: a.way });
          application.apply(chosen);
          const rest = writing.filter((e) => !chosen.includes(e));
          const { state } = await runDocument(db, runId);
          expect(state).toBe(a.keepHeld && rest.length > 0 ? 'held' : 'done');
          if (state === 'held') {
            await pass(run, {}, { maxEntries: s.slice, way: a.way });
            application.apply(rest);
          } else {
            for (const { entry } of rest) application.outcomes.set(entry, 'skip');
          }
        }

        const done = await runDocument(db, runId);
        const { outcomes } = await storedOutcomes(db, runId);
        const became = new Map(
          writing.map(({ entry, line, userId }) => [
            entry,
            line === null ? outcomes.absent.get(userId ?? '') : outcomes.rows.get(line),
          ]),
        );
        expect(described(await readWorld(db.pool))).toEqual(described(application.world()));
        expect([...became]).toEqual(
          writing.map(({ entry }) => [entry, application.outcomes.get(entry)]),
        );
        expect(done.state).toBe('done');
        expect(sum(done.counts)).toBe(done.counts.rows + done.counts.absent);
        expect(done.counts).toMatchObject({
          rows: predicted.counts.rows,
          absent: predicted.counts.absent,
          error: predicted.counts.error,
          unchanged: predicted.counts.unchanged,
        });
      }),
      runsOf(35),
    );
  },
  PROPERTY_TIMEOUT_MS,
);

type StagedKeys = Readonly<Record<'email' | 'login', string | null>>;

/** The e-mail and the login that the plan leaves to each row. */
async function keysOf(runId: string): Promise<Map<number, StagedKeys>> {
  const { rows } = await store.db.pool.query<StagedKeys & { line: number }>(
    `select line, email, login from staged_row where run_id = $1`,
    [runId],
  );
  return new Map(rows.map((row) => [row.line, row]));
}

function withKeys(row: ReadRow, keys: StagedKeys | undefined): ReadRow {
  const values = { ...row.values };
  for (const kind of ['email', 'login'] as const)
    if (keys?.[kind] == null) values[kind] = undefined;
  return { ...row, values };
}

type Way = { readonly lanes: number } | { readonly keys: readonly number[] };

async function applyBy(
  way: Way,
  o: { readonly runId: string; readonly fence: bigint; readonly maxEntries: number },
): Promise<void> {
  if ('keys' in way) await applyInAnyOrder(store.db, { ...o, keys: way.keys });
  else await applyBatches(store.db, { ...o, lanes: way.lanes });
}

async function pass(
  run: { readonly runId: string; readonly fence: bigint },
  detail: { readonly entries?: readonly number[]; readonly keepHeld?: boolean },
  o: { readonly maxEntries: number; readonly way: Way },
): Promise<void> {
  const { runId, fence } = run;
  expect(await decide(store.db, { runId, fence, kind: 'approve', detail })).toBe('apply');
  expect(await claim(store.db, { runId, fence })).toBe('claimed');
  await applyBy(o.way, { runId, fence, maxEntries: o.maxEntries });
  await finish(store.db, { runId, fence, state: 'done', undoDays: 90 });
}

/** Does `users link` while the plan waits. */
async function linkByHand(
  sourceId: string,
  link: { readonly user: number; readonly code: number },
): Promise<void> {
  const { pool } = store.db;
  const world = await readWorld(pool);
  const person = [...world.people.values()][link.user];
  const externalId = `c${String(link.code)}`;
  if (person?.mergedInto !== null || world.identities.has(`${sourceId} ${externalId}`)) return;
  await addIdentity(pool, { sourceId, externalId, userId: person.id });
  await pool.query(`update "user" set version = version + 1 where id = $1`, [person.id]);
}

function sum(counts: RunCounts): number {
  const names = [
    'created',
    'updated',
    'unchanged',
    'deactivated',
    'reactivated',
    'skipped',
    'conflict',
    'duplicate',
    'error',
  ] as const;
  return names.reduce((total, name) => total + counts[name], 0);
}
