import fc from 'fast-check';
import type { Db, Queryable } from '../../../store/database/db';
import { runDocument } from '../../support/runs/documents';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { readPlan } from '../../support/oracle/apply';
import { emptyStore, everything, readWorld, described } from '../../support/builders';
import { keyOf, type World } from '../../support/oracle';
import { PROPERTY_TIMEOUT_MS, runsOf } from '../../support/outcomes';
import { testDatabase } from '../../support/postgres';
import { applyPlan, importRows, planUndoOf } from '../../support/runs/storeRun';
import {
  addReferences,
  changeRows,
  editByHand,
  handEdits,
  LISTS,
  seedPeople,
  story,
  withoutLeavers,
  type Story,
} from '../../support/oracle/worlds';

const store = testDatabase();
const KEYS = ['code', 'email', 'login'] as const;

beforeAll(async () => {
  await addReferences(store.db.pool);
});

/**
 * A world, and a run over it whose undo is asked for. Nobody is merged, because an undo merges
 * nobody back.
 */
async function begin(db: Db, s: Story): Promise<{ before: World; dates: string; runId: string }> {
  await emptyStore(db);
  const sourceId = LISTS[s.source % 2] ?? CSV_SOURCE_ID;
  await seedPeople(
    db.pool,
    s.people.map((p) => ({ ...p, mergedInto: 99 })),
    sourceId,
  );
  await importRows(db, { sourceId, rows: s.first });
  if (sourceId !== CSV_SOURCE_ID) await importRows(db, { sourceId, ...withoutLeavers(s) });
  await editByHand(db.pool, s.edits);
  const before = await readWorld(db.pool);
  const dates = await deactivations(db.pool);
  const { runId } = await importRows(db, {
    sourceId,
    rows: changeRows(s.first, s.changes),
    update: s.update,
    create: s.create,
    missing: s.missing ? 'deactivate' : 'ignore',
    maxEntries: s.slice,
  });
  return { before, dates, runId };
}

/** When and why people were deactivated. */
async function deactivations(db: Queryable): Promise<string> {
  const { rows } = await db.query(
    `select id, deactivated_at, deactivated_reason from "user" where status = 'inactive' order by id`,
  );
  return JSON.stringify(rows);
}

/**
 * Undoes a run: first as a dry run, which changes nothing and predicts everything that then
 * happens.
 */
async function undo(db: Db, runId: string, maxEntries: number): Promise<string> {
  const was = await everything(db.pool);
  const dry = await planUndoOf(db, { runId, dryRun: true });
  const predicted = await runDocument(db, dry.runId);
  expect(await everything(db.pool)).toBe(was);

  const run = await planUndoOf(db, { runId });
  const [shown, planned] = [await readPlan(db, dry.runId), await readPlan(db, run.runId)];
  expect(planned).toEqual(shown);
  await applyPlan(db, run, { maxEntries });
  const done = await runDocument(db, run.runId);
  expect({ state: done.state, counts: done.counts }).toEqual({
    state: 'done',
    counts: predicted.counts,
  });
  const { rows: exceptions } = await db.pool.query(
    `select * from entry_outcome where run_id = $1`,
    [run.runId],
  );
  expect(exceptions).toEqual([]);
  return run.runId;
}

/** A world without the people who were created since, as lines. */
function without(world: World, before: World): string[] {
  const created = new Set([...world.people.keys()].filter((id) => !before.people.has(id)));
  return described({
    people: new Map([...world.people].filter(([id]) => !created.has(id))),
    identities: new Map([...world.identities].filter(([, id]) => !created.has(id))),
  });
}

test(
  'undo restores every field and link, undoing the undo brings all of it back, and what was changed since stays',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, handEdits, async (s, edits) => {
        const { db } = store;
        const { before, dates, runId } = await begin(db, s);
        const after = await readWorld(db.pool);
        const datesAfter = await deactivations(db.pool);

        const undoId = await undo(db, runId, s.slice);

        const undone = await readWorld(db.pool);
        if (keepsLogin(before, after)) expectRestored({ before, after, edited: after, undone });
        else expect(without(undone, before)).toEqual(described(before));
        expect(
          [...undone.people.values()].filter(
            (p) => !before.people.has(p.id) && p.fields['status'] !== 'inactive',
          ),
        ).toEqual([]);
        expect(await deactivationsOf(db.pool, before)).toBe(dates);

        await undo(db, undoId, s.slice);

        expect(described(await readWorld(db.pool))).toEqual(described(after));
        expect(await deactivations(db.pool)).toBe(datesAfter);

        // The store is as the run left it, so the run can be undone as if for the first time.
        await editByHand(db.pool, edits);
        const edited = await readWorld(db.pool);

        await undo(db, runId, s.slice);

        expectRestored({ before, after, edited, undone: await readWorld(db.pool) });
      }),
      runsOf(35),
    );
  },
  PROPERTY_TIMEOUT_MS,
);

/**
 * Did the run create a user without a number of whom others had every key before? That user keeps the
 * login, to be found by, which therefore does not come back to its holder of before.
 */
function keepsLogin(before: World, after: World): boolean {
  const hadBefore = (kind: (typeof KEYS)[number], value: string): boolean =>
    [...before.people.values()].some((p) => {
      const had = p.fields[kind] ?? null;
      return had !== null && keyOf(kind, had) === keyOf(kind, value);
    });
  return [...after.people.values()].some(
    ({ id, fields }) =>
      !before.people.has(id) &&
      KEYS.every((kind) => {
        const value = fields[kind] ?? null;
        return value === null || hadBefore(kind, value);
      }),
  );
}

async function deactivationsOf(db: Queryable, world: World): Promise<string> {
  const { rows } = await db.query(
    `select id, deactivated_at, deactivated_reason from "user"
     where status = 'inactive' and id = any ($1) order by id`,
    [[...world.people.keys()]],
  );
  return JSON.stringify(rows);
}

/** Fields that nobody changed since the run have the value from before the run. */
function expectRestored({
  before,
  after,
  edited,
  undone,
}: Readonly<Record<'before' | 'after' | 'edited' | 'undone', World>>): void {
  for (const [id, person] of undone.people) {
    const [was, wrote, since] = [before, after, edited].map((w) => w.people.get(id)?.fields);
    if (was === undefined) {
      expect(person.fields['status']).toBe('inactive');
      continue;
    }
    for (const field of new Set([...Object.keys(person.fields), ...Object.keys(was)])) {
      const [old, written, found] = [was, wrote, since].map((fields) => fields?.[field] ?? null);
      const now = person.fields[field] ?? null;
      const expected = written === old || found !== written ? found : old;
      if (now === expected) continue;
      // A key stays when another user has, and keeps, the key to come back; or when no key is left.
      const kind = KEYS.find((k) => k === field);
      expect([id, field, now]).toEqual([id, field, found]);
      expect(kind).toBeDefined();
      if (kind !== undefined && old !== undefined)
        expect(blocked(undone, { id, kind, key: old, was })).toBe(true);
    }
  }
}

type Fields = Readonly<Record<string, string | null>>;

/**
 * True when another user has the key in the end, or when it was to be cleared and no other was
 * left.
 */
function blocked(
  world: World,
  o: {
    readonly id: string;
    readonly kind: (typeof KEYS)[number];
    readonly key: string | null;
    readonly was: Fields;
  },
): boolean {
  const { key, kind } = o;
  const now = world.people.get(o.id)?.fields;
  if (key === null) {
    return KEYS.every(
      (k) => k === kind || (o.was[k] ?? null) === null || (now?.[k] ?? null) === null,
    );
  }
  return [...world.people.values()].some((p) => {
    const held = p.fields[kind] ?? null;
    return p.id !== o.id && held !== null && keyOf(kind, held) === keyOf(kind, key);
  });
}
