import { momentOf } from '../../../store/database/partitions';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { beginDue, dueNext } from '../../../store/lifecycle/due';
import type { Due } from '../../../store/reads/pages';
import { emptyStore, editPerson, readWorld, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { dueAt, planDueRun } from '../../support/runs/dueRun';
import { applyPlan, decide, undoRun } from '../../support/runs/storeRun';
import { addPolledSource, POLLED, syncRows, type DueRow } from '../../support/runs/syncRun';

const store = testDatabase();

beforeAll(async () => {
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
  await store.db.pool.query(
    `update connection set cursor = null, full_read_at = null, polling = 'ready', schedule = null`,
  );
});

const leaves = (on: string, zone: string | null = null): Due => ({
  on,
  zone,
  status: 'inactive',
  then: null,
});
const joins = (on: string, then: string | null = null): Due => ({
  on,
  zone: null,
  status: 'active',
  then,
});

function person(code: string, status: 'active' | 'inactive', due?: Due): DueRow {
  return { ...row(2, { code, status }), ...(due === undefined ? {} : { due }) };
}

const sync = (...people: readonly DueRow[]) => syncRows(store.db, { pages: [people] });

async function statuses(): Promise<Record<string, string | null>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map((p) => [p.fields['code'] ?? p.id, p.fields['status'] ?? null]),
  );
}

async function idOf(code: string): Promise<string> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find((p) => p.fields['code'] === code)?.id ?? '';
}

async function due(): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ text: string }>(
    `select external_id || ' ' || due_status || ' on ' || due_on || coalesce(' until ' || due_then, '')
       as text from identity where due_on is not null order by 1`,
  );
  return rows.map(({ text }) => text);
}

const NOON = (day: string): string => `${day}T12:00:00Z`;

describe('who is due', () => {
  test('becomes what the source named on the day, and not before', async () => {
    await sync(
      person('stays', 'active'),
      person('leaver', 'active', leaves('2026-12-01')),
      person('joiner', 'inactive', joins('2026-12-01')),
      person('later', 'active', leaves('2027-01-01')),
    );

    const early = await dueAt(store.db, NOON('2026-11-30'));
    const [run, ...more] = await dueAt(store.db, NOON('2026-12-01'));

    expect(early).toEqual([]);
    expect(more).toEqual([]);
    expect(run).toMatchObject({
      kind: 'due',
      state: 'done',
      counts: { rows: 2, deactivated: 1, reactivated: 1, unchanged: 0 },
      matchedBy: { identity: 2 },
    });
    expect(await statuses()).toEqual({
      stays: 'active',
      leaver: 'inactive',
      joiner: 'active',
      later: 'active',
    });
    expect(await due()).toEqual(['later inactive on 2027-01-01']);
    expect(await dueAt(store.db, NOON('2026-12-01'))).toEqual([]);
  });

  test('is due by the clock where they are, one run for each zone', async () => {
    await sync(
      person('nz', 'active', leaves('2026-12-01', 'Pacific/Auckland')),
      person('us', 'active', leaves('2026-12-01', 'America/Los_Angeles')),
      person('here', 'active', leaves('2026-12-01')),
    );
    await store.db.pool.query(`update source set settings = '{"timeZone": "Europe/Vienna"}'`);
    const inactive = async () =>
      Object.entries(await statuses()).flatMap(([code, status]) =>
        status === 'inactive' ? [code] : [],
      );

    await dueAt(store.db, '2026-11-30T12:00:00Z');
    const first = await inactive();
    await dueAt(store.db, '2026-11-30T23:30:00Z');
    const second = await inactive();
    const none = await dueAt(store.db, '2026-12-01T07:30:00Z');
    await dueAt(store.db, '2026-12-01T08:30:00Z');

    expect(first).toEqual(['nz']);
    expect(second.sort()).toEqual(['here', 'nz']);
    expect(none).toEqual([]);
    expect((await inactive()).sort()).toEqual(['here', 'nz', 'us']);
  });

  test('is not, once the source took it back; and is on the other day that it named since', async () => {
    await sync(
      person('leaver', 'active', leaves('2026-12-01')),
      person('joiner', 'inactive', joins('2026-12-01')),
    );
    await sync(person('leaver', 'active'), person('joiner', 'inactive', joins('2026-12-15')));

    const first = await dueAt(store.db, NOON('2026-12-01'));
    const then = await dueAt(store.db, NOON('2026-12-15'));

    expect(first).toEqual([]);
    expect(then).toHaveLength(1);
    expect(await statuses()).toEqual({ leaver: 'active', joiner: 'active' });
  });

  test('comes and leaves again, each on its day; with both behind nobody comes', async () => {
    await sync(
      person('season', 'inactive', joins('2026-12-01', '2027-01-01')),
      person('over', 'inactive', joins('2026-11-01', '2026-11-15')),
    );

    const [run] = await dueAt(store.db, NOON('2026-12-01'));
    const there = await statuses();
    const left = await due();
    await dueAt(store.db, NOON('2027-01-01'));

    expect(run?.counts).toMatchObject({ rows: 2, reactivated: 1, unchanged: 1 });
    expect(there).toEqual({ season: 'active', over: 'inactive' });
    expect(left).toEqual(['season inactive on 2027-01-01']);
    expect(await statuses()).toEqual({ season: 'inactive', over: 'inactive' });
  });

  test('stays as a hand set it, or as one who is protected, and is not asked about again', async () => {
    await sync(
      person('byHand', 'active', leaves('2026-12-01')),
      person('safe', 'active', leaves('2026-12-01')),
      person('gone', 'active', leaves('2026-12-01')),
    );
    await editPerson(store.db.pool, await idOf('byHand'), { status: 'active' });
    await editPerson(store.db.pool, await idOf('gone'), { status: 'inactive' });
    await store.db.pool.query(`update "user" set protected = true where code = 'safe'`);

    const [run] = await dueAt(store.db, NOON('2026-12-01'));

    expect(run?.counts).toMatchObject({ rows: 3, skipped: 2, keptByHand: 2, unchanged: 1 });
    expect(run?.skippedFor).toEqual({ kept_by_hand: 1, protected: 1 });
    expect(await statuses()).toEqual({ byHand: 'active', safe: 'active', gone: 'inactive' });
    expect(await due()).toEqual([]);
  });

  test('who was merged leads to the survivor, unless the source knows that one', async () => {
    await sync(
      person('absorbed', 'active', leaves('2026-12-01')),
      person('known', 'active'),
      person('other', 'active', leaves('2026-12-01')),
    );
    const { rows } = await store.db.pool.query<{ id: string }>(
      `insert into "user" (id, code) values (gen_random_uuid(), 'survivor') returning id`,
    );
    const merge = async (code: string, into: string) =>
      store.db.pool.query(
        `with merged as (
           insert into merge (id, survivor_id, absorbed_id, images_removed_at)
           select gen_random_uuid(), $2, id, now() from "user" where code = $1
         )
         update "user" set status = 'merged', merged_into_id = $2 where code = $1`,
        [code, into],
      );
    await merge('absorbed', rows[0]?.id ?? '');
    await merge('other', await idOf('known'));

    const [run] = await dueAt(store.db, NOON('2026-12-01'));

    expect(run?.counts).toMatchObject({ rows: 2, deactivated: 1, skipped: 1 });
    expect(run?.skippedFor).toEqual({ merged_alias: 1 });
    expect(await statuses()).toMatchObject({ survivor: 'inactive', known: 'active' });
  });

  test('is shown with the source: how many on the next day, and in all', async () => {
    const none = await dueNext(store.db.pool, POLLED);
    await sync(
      person('a', 'active', leaves('2026-12-01')),
      person('b', 'inactive', joins('2026-12-01')),
      person('c', 'active', leaves('2027-01-01')),
    );

    expect(none).toBeNull();
    expect(await dueNext(store.db.pool, POLLED)).toEqual({ on: '2026-12-01', people: 2, inAll: 3 });
  });

  test('is in a run that is kept with the rows of the day on which it began', async () => {
    await sync(person('leaver', 'active', leaves('2026-12-01')), person('stays', 'active'));
    const now = new Date(NOON('2026-12-01'));

    const { runIds } = await beginDue(store.db, { now });

    expect(runIds.map(momentOf)).toEqual([now.getTime()]);
  });
});

describe('the gates of a due run', () => {
  const six = () =>
    Array.from({ length: 6 }, (_, i) => person(`p${String(i)}`, 'active', leaves('2026-12-01')));

  test('hold more leavers than the source may have; approved in part, the others stay due', async () => {
    await sync(...six(), person('stays', 'active'));
    const { runIds } = await beginDue(store.db, { now: new Date(NOON('2026-12-01')) });
    const run = await planDueRun(store.db, runIds[0] ?? '');

    const end = await applyPlan(store.db, run, { approve: { entries: [1, 2] } });

    expect(run.held).toEqual([{ gate: 'deactivations', count: 6, limit: 5 }]);
    expect(end).toBe('done');
    expect(Object.values(await statuses()).filter((status) => status === 'inactive')).toHaveLength(
      2,
    );
    expect(await due()).toHaveLength(4);
  });

  test('that held keep others from starting; turned down, it comes again on the next day', async () => {
    await sync(...six());
    const begin = async (now: string) =>
      (await beginDue(store.db, { now: new Date(now) })).runIds.length;
    const { runIds } = await beginDue(store.db, { now: new Date(NOON('2026-12-01')) });
    const run = await planDueRun(store.db, runIds[0] ?? '');
    await hold(store.db, run);

    const whileHeld = await begin('2026-12-02T12:00:00Z');
    await decide(store.db, { ...run, kind: 'reject' });
    await finish(store.db, { ...run, state: 'rejected', undoDays: 90 });
    const sameDay = await begin('2026-12-01T13:00:00Z');
    const nextDay = await begin('2026-12-02T00:10:00Z');

    expect([whileHeld, sameDay, nextDay]).toEqual([0, 0, 1]);
    expect(Object.values(await statuses())).toEqual(Array(6).fill('active'));
  });
});

describe('a due run', () => {
  test('is recorded once, however often it is asked for, and for no source that is paused', async () => {
    await sync(person('leaver', 'active', leaves('2026-12-01')));
    const now = new Date(NOON('2026-12-01'));
    await store.db.pool.query(`update connection set polling = 'paused'`);
    const paused = await beginDue(store.db, { now });
    await store.db.pool.query(`update connection set polling = 'ready'`);

    const both = await Promise.all([beginDue(store.db, { now }), beginDue(store.db, { now })]);

    expect(paused.runIds).toEqual([]);
    expect(both[0].runIds).toHaveLength(1);
    expect(both[1]).toEqual(both[0]);
  });

  test('leaves people alone who were changed by hand since the plan: they are still due', async () => {
    await sync(
      person('a', 'active', leaves('2026-12-01')),
      person('b', 'active', leaves('2026-12-01')),
    );
    const { runIds } = await beginDue(store.db, { now: new Date(NOON('2026-12-01')) });
    const run = await planDueRun(store.db, runIds[0] ?? '');
    await editPerson(store.db.pool, await idOf('a'), { status: 'active' });

    await applyPlan(store.db, run);

    expect(await statuses()).toEqual({ a: 'active', b: 'inactive' });
    expect(await due()).toEqual(['a inactive on 2026-12-01']);
  });

  test('undone, puts back status and day, and the source is paused; that undone, both are done', async () => {
    await sync(
      person('leaver', 'active', leaves('2026-12-01', 'Europe/Vienna')),
      person('season', 'inactive', joins('2026-12-01', '2027-01-01')),
    );
    const before = await due();
    const runs = await dueAt(store.db, NOON('2026-12-01'));
    for (const { runId } of runs) await undoRun(store.db, runId);
    const put = { due: await due(), statuses: await statuses() };
    const again = await dueAt(store.db, NOON('2026-12-02'));
    const { rows } = await store.db.pool.query<{ id: string }>(
      `select id from run where kind = 'undo' order by id`,
    );
    for (const { id } of rows) await undoRun(store.db, id);

    expect(runs).toHaveLength(2);
    expect(put).toEqual({ due: before, statuses: { leaver: 'active', season: 'inactive' } });
    expect(again).toEqual([]);
    expect(await statuses()).toEqual({ leaver: 'inactive', season: 'active' });
    expect(await due()).toEqual(['season inactive on 2027-01-01']);
  });

  test('undone after the source named another day, leaves that day alone', async () => {
    await sync(person('season', 'inactive', joins('2026-12-01', '2027-01-01')));
    const [run] = await dueAt(store.db, NOON('2026-12-01'));
    await sync(person('season', 'active', leaves('2027-02-01')));

    await undoRun(store.db, run?.runId ?? '');

    expect(await statuses()).toEqual({ season: 'inactive' });
    expect(await due()).toEqual(['season inactive on 2027-02-01']);
  });

  test('undone, leaves people alone who were set by hand since: they are not due again', async () => {
    await sync(person('leaver', 'active', leaves('2026-12-01')));
    const [run] = await dueAt(store.db, NOON('2026-12-01'));
    await editPerson(store.db.pool, await idOf('leaver'), { status: 'active' });

    await undoRun(store.db, run?.runId ?? '');

    expect(await due()).toEqual([]);
  });

  test('is followed by a sync that says the same, and changes nobody', async () => {
    await sync(person('leaver', 'active', leaves('2026-12-01')));
    await dueAt(store.db, NOON('2026-12-01'));

    const { counts } = await sync(person('leaver', 'inactive'));

    expect(counts).toMatchObject({ rows: 1, unchanged: 1 });
  });
});
