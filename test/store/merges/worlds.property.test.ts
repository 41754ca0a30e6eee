import fc from 'fast-check';
import { compareOutcomes, type Outcome } from '../../../domain/records/enrollment';
import type { EnrollmentStatus } from '../../../domain/records/statuses';
import { editPerson, emptyStore } from '../../support/builders';
import {
  beginWorld,
  courseOf,
  rowsOf,
  story,
  type MergeStep,
} from '../../support/merges/mergeWorld';
import { credit, enroll, mergeUsers, outcomesOf } from '../../support/merges/pairs';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { entriesOf, unmerge } from '../../support/merges/unmerging';
import { PROPERTY_TIMEOUT_MS, runsOf } from '../../support/outcomes';
import { testDatabase } from '../../support/postgres';
import { dueAt } from '../../support/runs/dueRun';
import { planRecords } from '../../support/runs/recordRun';
import { applyPlan, importRows, undoRun } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});

/** A world as it is played. */
interface Played {
  readonly ids: readonly string[];
  /** Runs that can be undone, the newest last; of merges, and of files. */
  readonly runs: { readonly runId: string; readonly merges: boolean }[];
}

interface UserRow {
  readonly id: string;
  readonly status: string;
  readonly into: string | null;
  readonly keys: readonly string[];
}

async function users(): Promise<ReadonlyMap<string, UserRow>> {
  const { rows } = await store.db.pool.query<UserRow>(
    `select id, status::text, merged_into_id as into,
       array_remove(array['code ' || code, 'login ' || login_key, 'email ' || email_key], null) as keys
     from "user" order by id`,
  );
  return new Map(rows.map((one) => [one.id, one]));
}

/** The person whom a user is now. */
async function rootOf(id: string): Promise<string> {
  return (await users()).get(id)?.into ?? id;
}

/** Course → outcome of the current enrollment. */
async function outcomes(userId: string): Promise<ReadonlyMap<string, Outcome>> {
  const { rows } = await store.db.pool.query<
    Outcome & { course: string; status: EnrollmentStatus }
  >(
    `select c.code as course, e.status::text, e.progress, e.score::text, e.completed_at::text as "completedAt"
     from enrollment e join course c on c.id = e.course_id
     where e.user_id = $1 and e.tombstoned_by is null order by 1`,
    [userId],
  );
  return new Map(rows.map(({ course, ...outcome }) => [course, outcome]));
}

async function column(sql: string, ...values: readonly unknown[]): Promise<readonly string[]> {
  const { rows } = await store.db.pool.query<{ value: string }>(sql, [...values]);
  return rows.map(({ value }) => value);
}

const PRINTS = `select print::text as value from external_credit
  where user_id = $1 and tombstoned_by is null order by 1`;
const SOURCES = `select distinct source_id::text as value from identity where user_id = any ($1::uuid[]) order by 1`;

/** Merges one pair, and says whether it was merged. */
async function mergePair(
  world: Played,
  { survivor: s, redundant: a, take, back }: Extract<MergeStep, { do: 'merge' }>,
): Promise<void> {
  const { pool } = store.db;
  const [survivor, absorbed] = [await rootOf(world.ids[s] ?? ''), await rootOf(world.ids[a] ?? '')];
  const before = await tablesOfUsers(pool);
  const [ofSurvivor, ofAbsorbed] = [await outcomes(survivor), await outcomes(absorbed)];
  const prints = [...(await column(PRINTS, survivor)), ...(await column(PRINTS, absorbed))];
  const sources = await column(SOURCES, [survivor, absorbed]);

  const { runId } = await mergeUsers(store.db, {
    pairs: [
      {
        survivor: world.ids[s] ?? '',
        redundant: world.ids[a] ?? '',
        take: take ? { status: 'redundant', jobTitle: 'redundant', email: 'redundant' } : {},
      },
    ],
  });

  if ((await outcomesOf(pool, runId))[1] !== 'merge') {
    expect(await tablesOfUsers(pool)).toEqual(before);
    return;
  }
  const after = await outcomes(survivor);
  const courses = [...new Set([...ofSurvivor.keys(), ...ofAbsorbed.keys()])].sort();
  expect([...after.keys()].sort()).toEqual(courses);
  for (const course of courses) {
    expect([course, after.get(course)]).toEqual([
      course,
      better(ofSurvivor.get(course), ofAbsorbed.get(course)),
    ]);
  }
  expect(await column(PRINTS, survivor)).toEqual([...new Set(prints)].sort());
  // In each source the person speaks by an identity of the survivor's own.
  expect(await column(SOURCES, [survivor])).toEqual(sources);
  if (!back) {
    world.runs.push({ runId, merges: true });
    return;
  }
  const [merge = ''] = await column(`select id as value from merge where run_id = $1`, runId);
  await unmerge(store.db, { merge });
  expect(await tablesOfUsers(pool)).toEqual(before);
}

function better(survivor?: Outcome, absorbed?: Outcome): Outcome | undefined {
  if (survivor === undefined || absorbed === undefined) return survivor ?? absorbed;
  return compareOutcomes(survivor, absorbed) <= 0 ? survivor : absorbed;
}

async function enrollPerson(world: Played, o: Extract<MergeStep, { do: 'enroll' }>): Promise<void> {
  const { pool } = store.db;
  const userId = await rootOf(world.ids[o.person] ?? '');
  const course = courseOf(o.course);
  const completed = o.status === 'completed' ? '2026-02-03' : null;
  const { rowCount } = await pool.query(
    `update enrollment e set status = $3, score = $4, completed_at = $5, version = version + 1
     from course c where c.id = e.course_id and c.code = $2 and e.user_id = $1 and e.tombstoned_by is null`,
    [userId, course, o.status, o.score, completed],
  );
  if (rowCount === 0) {
    await enroll(pool, { userId, course, status: o.status, score: o.score, completed });
  }
}

async function play(world: Played, step: MergeStep): Promise<void> {
  const { pool } = store.db;
  switch (step.do) {
    case 'merge':
      await mergePair(world, step);
      return;
    case 'unmerge': {
      const open = await column(
        `select id as value from merge where unmerged_at is null order by merged_at desc, id desc`,
      );
      const merge = open[step.which % Math.max(open.length, 1)];
      if (merge !== undefined) await unmerge(store.db, { merge });
      return;
    }
    case 'edit': {
      const id = await rootOf(world.ids[step.person] ?? '');
      const value = {
        jobTitle: `By hand ${String(step.value)}`,
        email: `new${String(step.person)}-${String(step.value)}@x.org`,
        status: step.value % 2 === 0 ? 'active' : 'inactive',
      }[step.field];
      const free =
        step.field !== 'email' ||
        (await column(`select id as value from "user" where email_key = $1`, value)).length === 0;
      if (free) await editPerson(pool, id, { [step.field]: value });
      return;
    }
    case 'enroll':
      await enrollPerson(world, step);
      return;
    case 'credit': {
      const userId = await rootOf(world.ids[step.person] ?? '');
      if (!(await column(PRINTS, userId)).includes(String(step.print))) {
        await credit(pool, { userId, print: step.print });
      }
      return;
    }
    case 'import': {
      const rows = rowsOf(step);
      if (rows.length === 0) return;
      const { runId, state } = await importRows(store.db, {
        rows,
        sourceId: LISTS[step.list],
        missing: 'deactivate',
        days: { now: '2026-12-01T12:00:00Z' },
      });
      expect(state).toBe('done');
      world.runs.push({ runId, merges: false });
      return;
    }
    case 'records': {
      const csv = [
        'user,course,status',
        ...step.people.map((at) => `p${String(at)},${courseOf(step.course)},completed`),
      ];
      const run = await planRecords(store.db, { subject: 'enrollments', csv: csv.join('\n') });
      expect(await applyPlan(store.db, run)).toBe('done');
      world.runs.push({ runId: run.runId, merges: false });
      return;
    }
    case 'undo': {
      const at = world.runs.length - 1 - step.which;
      const [run] = at < 0 ? [] : world.runs.splice(at, 1);
      if (run === undefined) return;
      const { state } = run.merges
        ? await unmerge(store.db, { run: run.runId })
        : await undoRun(store.db, run.runId);
      expect(state).toBe('done');
      return;
    }
    case 'due':
      await dueAt(store.db, '2027-01-02T12:00:00Z');
  }
}

/** What holds after every step, whatever it was. */
async function expectWhole(o: {
  readonly ids: readonly string[];
  readonly was: ReadonlyMap<string, UserRow>;
  readonly mayUnmerge: boolean;
}): Promise<ReadonlyMap<string, UserRow>> {
  const { pool } = store.db;
  const now = await users();
  // Nobody was made twice, and nobody is gone.
  expect([...now.keys()]).toEqual([...o.ids].sort());
  for (const { id, status } of o.was.values()) {
    if (status === 'merged' && !o.mayUnmerge) expect(now.get(id)).toMatchObject({ id, status });
  }
  // Every key that found a person finds one: no key of an absorbed account is lost by a merge.
  const { rows: wrong } = await pool.query(
    `select 'current row of an absorbed account' as what from enrollment e join "user" u on u.id = e.user_id
       where u.status = 'merged' and e.tombstoned_by is null
     union all select 'credit of an absorbed account' from external_credit c join "user" u on u.id = c.user_id
       where u.status = 'merged' and c.tombstoned_by is null
     union all select 'merged without a merge' from "user" u where (u.status = 'merged')
       <> exists (select from merge m where m.absorbed_id = u.id and m.unmerged_at is null)
     union all select 'points to another than the root' from merge m
       join "user" a on a.id = m.absorbed_id join "user" s on s.id = m.survivor_id
       where m.unmerged_at is null and a.merged_into_id <> coalesce(s.merged_into_id, s.id)
     union all select 'tombstone of a merge that is over' from enrollment e join merge m on m.id = e.tombstoned_by
       where m.unmerged_at is not null
     union all select 'without a key' from "user" where status <> 'merged'
       and num_nonnulls(code, login_key, email_key) = 0`,
  );
  expect(wrong).toEqual([]);
  return now;
}

const UNMERGES: ReadonlySet<MergeStep['do']> = new Set(['unmerge', 'undo', 'merge']);

test(
  'a merge keeps the best of both, no later run revives or doubles anybody, and what is merged and taken back at once is as before',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        await emptyStore(store.db);
        await store.db.pool.query('delete from course');
        const ids = await beginWorld(store.db.pool);
        const world: Played = { ids, runs: [] };
        let was = await users();
        for (const step of steps) {
          await play(world, step);
          was = await expectWhole({ ids, was, mayUnmerge: UNMERGES.has(step.do) });
        }
        // All merges can be taken back, newest first; then everybody is there again.
        for (;;) {
          const [merge] = await column(
            `select id as value from merge where unmerged_at is null order by merged_at desc, id desc limit 1`,
          );
          if (merge === undefined) break;
          const { runId } = await unmerge(store.db, { merge });
          expect(await entriesOf(store.db, runId)).toMatchObject([
            { action: 'update', reason: 'unmerge' },
          ]);
          was = await expectWhole({ ids, was, mayUnmerge: true });
        }
        expect([...was.values()].filter(({ status }) => status === 'merged')).toEqual([]);
      }),
      runsOf(12),
    );
  },
  PROPERTY_TIMEOUT_MS,
);
