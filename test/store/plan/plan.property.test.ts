import fc from 'fast-check';
import { rememberRejected } from '../../../store/lifecycle/rejections';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { runDocument } from '../../support/runs/documents';
import type { Db } from '../../../store/database/db';
import { emptyStore, everything, readWorld, rowVersions, described } from '../../support/builders';
import {
  expectRead,
  rejectable,
  type Expected,
  type ReadRow,
  type World,
} from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import {
  expectedCounts,
  PROPERTY_TIMEOUT_MS,
  runsOf,
  storedOutcomes,
} from '../../support/outcomes';
import {
  applyPlan,
  makeDryRunReal,
  planImport,
  type ImportInput,
} from '../../support/runs/storeRun';
import {
  addReferences,
  changeRows,
  editByHand,
  keyedBy,
  LISTS,
  seedPeople,
  story,
  withoutLeavers,
} from '../../support/oracle/worlds';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});

const SOURCES = [CSV_SOURCE_ID, ...LISTS];
const sourceOf = (n: number): string => SOURCES[n % SOURCES.length] ?? CSV_SOURCE_ID;

interface Step {
  readonly input: ImportInput & { readonly sourceId: string; readonly rows: readonly ReadRow[] };
  readonly slice: number;
  /** What only the oracle remembers of the steps before. */
  readonly known: Known;
  /** The day of the read; absent: its days are ignored. */
  readonly today: string | undefined;
  /** A person rejects the read first; then the same one comes again. */
  readonly rejected?: boolean;
}

type Known = Pick<World, 'gone' | 'ended' | 'awaited' | 'listed'>;

/**
 * Plans as a dry run, checks that nothing changed, applies that plan, and compares with the oracle.
 */
async function stepThrough(db: Db, step: Step): Promise<Expected> {
  const { input: given, slice, known, today } = step;
  const before = await everything(db.pool);
  const world = { ...(await readWorld(db.pool)), ...known, due: await storedDue(db) };
  const input = {
    ...given,
    days: today === undefined ? ('ignore' as const) : { now: `${today}T12:00:00Z` },
  };

  if (step.rejected === true) {
    // As `runs reject` does with a dry run; a real plan that no gate holds is not rejected.
    const { runId } = await planImport(db, { ...input, dryRun: true });
    await rememberRejected(db.pool, runId);
  }
  const dry = await planImport(db, { ...input, dryRun: true });
  const predicted = await runDocument(db, dry.runId);
  const { outcomes, newIds } = await storedOutcomes(db, dry.runId);
  const expected = expectRead(world, {
    sourceId: input.sourceId,
    rows: input.rows,
    update: input.update ?? 'all',
    create: input.create ?? true,
    absence: input.missing === 'deactivate',
    key: input.key === 'email' || input.key === 'login' ? input.key : undefined,
    named: input.sourceId !== CSV_SOURCE_ID,
    twoRows: input.twoRows ?? null,
    today,
    newId: (line) => newIds.get(line) ?? `created by line ${String(line)}`,
  });

  expect(await everything(db.pool)).toBe(before);
  if (step.rejected === true) {
    const again = dry.held.find(({ gate }) => gate === 'rejected_before')?.count ?? 0;
    expect(again).toBe(rejectable(world, expected.after).size);
  }
  expect(outcomes).toEqual({ rows: expected.rows, absent: expected.absent });
  expect(predicted.counts).toEqual(expectedCounts(expected));
  expect(predicted.counts.rows).toBe(input.rows.length);
  expect(predicted.messages.filter((m) => m.code === 'manager_cycle').map((m) => m.line)).toEqual(
    expected.cycles,
  );

  const logins = (code: string): number => predicted.messages.filter((m) => m.code === code).length;
  expect([logins('login_follows'), logins('login_stays')]).toEqual([
    Math.min(1, expected.loginFollows),
    Math.min(1, expected.loginStays),
  ]);
  if (input.create !== false) {
    expect(
      predicted.messages.filter((m) => m.code === 'manager_unknown').map((m) => m.line),
    ).toEqual(firstOfEach(input.rows, expected.unknownManagers));
  }

  const xmin = await rowVersions(db.pool);
  await applyPlan(db, await makeDryRunReal(db, dry), { maxEntries: slice });
  const done = await runDocument(db, dry.runId);

  expect(described(await readWorld(db.pool))).toEqual(described(expected.after));
  expect(await storedDue(db)).toEqual(expected.after.due);
  expect({ state: done.state, counts: done.counts }).toEqual({
    state: 'done',
    counts: predicted.counts,
  });
  const written = [...(await rowVersions(db.pool))].filter(([id, x]) => (xmin.get(id) ?? x) !== x);
  const changed = [...expected.after.people.values()].filter(
    (p) => world.people.has(p.id) && JSON.stringify(world.people.get(p.id)) !== JSON.stringify(p),
  );
  expect(written.map(([id]) => id).sort()).toEqual(changed.map((p) => p.id).sort());
  return expected;
}

/** Key of an identity → its days ahead, as the oracle writes them. */
async function storedDue(db: Db): Promise<Map<string, string>> {
  const { rows } = await db.pool.query<{ key: string; due: string }>(
    `select source_id || ' ' || external_id as key,
       case when due_status = 'inactive' then ' – ' || due_on
         else due_on || ' – ' || coalesce(due_then::text, '') end as due
     from identity where due_on is not null`,
  );
  return new Map(rows.map(({ key, due }) => [key, due]));
}

/** The first line of each manager that some lines name. */
function firstOfEach(rows: readonly ReadRow[], lines: readonly number[]): number[] {
  const named = rows.filter(({ line }) => lines.includes(line));
  const seen = new Set<string | undefined>();
  return named.flatMap(({ line, values }) => {
    if (seen.has(values['manager'])) return [];
    seen.add(values['manager']);
    return [line];
  });
}

test(
  'plan and apply come to what the rules say, and a dry run says it before',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async (s) => {
        const { db } = store;
        await emptyStore(db);
        const sourceId = sourceOf(s.source);
        await seedPeople(db.pool, s.people, sourceId);
        let known: Known = { gone: new Map(), ended: new Map(), awaited: new Map() };
        let steps = 0;
        const key = sourceId === CSV_SOURCE_ID ? undefined : s.key;
        if (key !== undefined) {
          await db.pool.query(`update source set settings = $1 where id = $2`, [{ key }, sourceId]);
        }
        const step = async (
          given: Step['input'],
          { day = '2026-06-15', rejected = false } = {},
        ): Promise<void> => {
          const own = given.sourceId === sourceId ? key : undefined;
          const input = {
            ...given,
            rows: keyedBy(own, given.rows),
            ...(own === undefined ? {} : { key: own }),
          };
          // The days of runs that only fill fields, or update nobody: days.test.ts.
          const decides = s.days[steps++] === true && s.update === 'all';
          const today = decides ? day : undefined;
          known = (await stepThrough(db, { input, slice: s.slice, known, today, rejected })).after;
        };
        const forget = async (edited: ReadonlySet<string>): Promise<void> => {
          const { identities } = await readWorld(db.pool);
          const left = <T>(of: ReadonlyMap<string, T> | undefined, user: (key: string) => string) =>
            new Map([...(of ?? [])].filter(([key]) => !edited.has(user(key))));
          known = {
            gone: left(known.gone, (id) => id),
            ended: left(known.ended, (key) => identities.get(key) ?? ''),
            awaited: left(known.awaited, (id) => id),
            listed: known.listed,
          };
        };
        await step({ sourceId, rows: s.first });
        if (sourceId !== CSV_SOURCE_ID) await step({ sourceId, ...withoutLeavers(s) });
        await forget(await editByHand(db.pool, s.edits));
        const next = {
          sourceId: s.otherSource === 0 ? sourceOf(s.source + 1) : sourceId,
          rows: changeRows(s.first, s.changes),
          update: s.update,
          create: s.create,
          ...(s.twoRows === undefined ? {} : { twoRows: s.twoRows }),
          missing:
            s.missing && sourceId !== CSV_SOURCE_ID ? ('deactivate' as const) : ('ignore' as const),
        };
        await step(next);
        await step(next);
        await forget(await editByHand(db.pool, s.backEdits));
        await step(
          { ...next, sourceId, rows: changeRows(s.first, s.back) },
          { day: '2027-03-01', rejected: true },
        );
      }),
      runsOf(35),
    );
  },
  PROPERTY_TIMEOUT_MS,
);
