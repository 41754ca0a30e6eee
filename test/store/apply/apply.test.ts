import { Client } from 'pg';
import { applyBatch } from '../../../store/apply';
import { newId, openDatabase } from '../../../store/database/db';
import { hold, takeDecision } from '../../../store/lifecycle/decisions';
import { fail } from '../../../store/lifecycle/fail';
import { finish } from '../../../store/lifecycle/finish';
import { failedLines, runDocument } from '../../support/runs/documents';
import { moveRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import {
  addIdentity,
  addPerson,
  editPerson,
  emptyStore,
  readWorld,
  row,
  rows,
  described,
} from '../../support/builders';
import { storedOutcomes } from '../../support/outcomes';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  applyBatches,
  decide,
  importRows,
  makeDryRunReal,
  planImport,
  start,
  undoRun,
} from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase({ maxConnections: 8 });
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

async function personOf(code: string) {
  const { people } = await readWorld(store.db.pool);
  const person = [...people.values()].find((p) => p.fields['code'] === code);
  if (person === undefined) throw new Error(`nobody has the code ${code}`);
  return person;
}

async function becameOf(runId: string): Promise<Record<number, string>> {
  return Object.fromEntries((await storedOutcomes(store.db, runId)).outcomes.rows);
}

describe('what happened since the plan', () => {
  test('a field that was changed since stays, the others are written', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann', department: 'IT' }) });
    const run = await planImport(store.db, {
      rows: rows({ code: 'a', firstName: 'Eve', department: 'Sales' }),
    });
    await editPerson(
      store.db.pool,
      (await personOf('a')).id,
      { firstName: 'Zoe' },
      { sticky: false },
    );

    await applyPlan(store.db, run);

    expect((await personOf('a')).fields).toMatchObject({ firstName: 'Zoe', department: 'Sales' });
    expect((await runDocument(store.db, run.runId)).counts.updated).toBe(1);
  });

  test('an entry of which nothing stands is a skip, and the next read compares in full', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann' }) });
    const next = rows({ code: 'a', firstName: 'Eve' });
    const run = await planImport(store.db, { rows: next });
    await editPerson(
      store.db.pool,
      (await personOf('a')).id,
      { firstName: 'Zoe' },
      { sticky: false },
    );

    await applyPlan(store.db, run);
    const { counts } = await runDocument(store.db, run.runId);
    const again = await importRows(store.db, { rows: next });

    expect(counts).toMatchObject({ updated: 0, skipped: 1 });
    expect(again.counts.updated).toBe(1);
  });

  test('a field that became sticky is kept, and a protected person is not deactivated', async () => {
    await importRows(store.db, {
      rows: rows({ code: 'a', firstName: 'Ann', status: 'active' }),
    });
    const run = await planImport(store.db, {
      rows: rows({ code: 'a', firstName: 'Eve', status: 'inactive', department: 'IT' }),
    });
    await store.db.pool.query(
      `update "user" set sticky = '{firstName}', protected = true, version = version + 1`,
    );

    await applyPlan(store.db, run);

    expect((await personOf('a')).fields).toMatchObject({
      firstName: 'Ann',
      status: 'active',
      department: 'IT',
    });
    expect(await becameOf(run.runId)).toEqual({ 2: 'update' });
  });

  test('where a key was taken, those of its batch keep managers who were created, and only these', async () => {
    const run = await planImport(store.db, {
      rows: rows(
        { code: 'boss' },
        { code: 'led', manager: 'boss' },
        { code: 'lost', email: 'new@x.org' },
        { code: 'orphan', manager: 'lost' },
      ),
    });
    await importRows(store.db, {
      rows: rows({ code: 'y', email: 'new@x.org' }),
      sourceId: LIST,
    });

    await applyPlan(store.db, run);

    expect(await becameOf(run.runId)).toMatchObject({ 3: 'create', 4: 'conflict', 5: 'create' });
    expect((await personOf('led')).fields).toMatchObject({ manager: (await personOf('boss')).id });
    expect((await personOf('orphan')).fields).toMatchObject({ manager: null });
  });

  test('a key that another source took makes a new user a conflict and a changed one keep theirs', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org', login: 'a' }) });
    const run = await planImport(store.db, {
      rows: rows(
        { code: 'a', email: 'free@x.org', firstName: 'Ann' },
        { code: 'new', email: 'new@x.org' },
      ),
    });
    await importRows(store.db, {
      rows: rows({ code: 'x', email: 'free@x.org' }, { code: 'y', email: 'new@x.org' }),
      sourceId: LIST,
    });

    await applyPlan(store.db, run);

    const { messages } = await runDocument(store.db, run.runId);
    expect(await becameOf(run.runId)).toEqual({ 2: 'update', 3: 'conflict' });
    expect(messages).toMatchObject([
      {
        line: 3,
        code: 'key_taken_since',
        message: `Another user was given a key of this row after the plan was made. Write the row to a file, to import it again with --retry-of: rollcall runs report ${run.runId} --failed-rows failed-${run.runId.slice(0, 13)}.csv`,
      },
    ]);
    expect([...(await failedLines(store.db, run.runId)).keys()]).toEqual([3]);
    expect((await personOf('a')).fields).toMatchObject({ email: 'a@x.org', firstName: 'Ann' });
  });

  test.each([
    ['with a number', (i: number) => ({ code: `p${String(i)}`, email: `p${String(i)}@x.org` })],
    ['by e-mail alone', (i: number) => ({ email: `p${String(i)}@x.org` })],
  ])(
    'people whom another run of the source created since are left alone, without a message for each (%s)',
    async (_name, values) => {
      const file = rows(values(1), values(2), values(3));
      const first = await planImport(store.db, { rows: file, dryRun: true });
      await importRows(store.db, { rows: file.slice(0, 2) });

      await applyPlan(store.db, await makeDryRunReal(store.db, first));

      const document = await runDocument(store.db, first.runId);
      expect(document).toMatchObject({
        counts: { rows: 3, created: 1, skipped: 2, conflict: 0 },
        skippedFor: { changed_since: 2 },
        messages: [],
      });
      expect((await readWorld(store.db.pool)).people.size).toBe(3);
    },
  );

  test('a row without a number whose e-mail an earlier user got since is a conflict', async () => {
    await importRows(store.db, { rows: rows({ code: 'old', email: 'old@x.org' }) });
    const run = await planImport(store.db, { rows: rows({ email: 'new@x.org' }) });
    await editPerson(
      store.db.pool,
      (await personOf('old')).id,
      { email: 'new@x.org' },
      { sticky: false },
    );

    await applyPlan(store.db, run);

    expect(await becameOf(run.runId)).toEqual({ 2: 'conflict' });
  });

  test('an id that was linked by hand to the same user is no obstacle', async () => {
    const id = await addPerson(store.db.pool, { fields: { email: 'a@x.org' } });
    const run = await planImport(store.db, { rows: rows({ code: 'a', email: 'a@x.org' }) });
    await addIdentity(store.db.pool, { sourceId: CSV_SOURCE_ID, externalId: 'a', userId: id });

    await applyPlan(store.db, run);

    expect((await personOf('a')).id).toBe(id);
  });

  test('links that another run made since are left alone, and an undo leaves them', async () => {
    const id = await addPerson(store.db.pool, { fields: { email: 'a@x.org' } });
    const dry = { rows: rows({ code: 'a', email: 'a@x.org' }) };
    const linksOf = async (): Promise<unknown[]> =>
      (
        await store.db.pool.query<object>(
          `select external_id from identity where user_id = $1 and source_id = $2`,
          [id, CSV_SOURCE_ID],
        )
      ).rows;
    // Not the code, so that the link is all that is left of the plan.
    await editPerson(store.db.pool, id, { code: 'a' }, { sticky: false });
    const first = await planImport(store.db, { ...dry, dryRun: true });
    await importRows(store.db, dry);

    const real = await makeDryRunReal(store.db, first);
    const { rows: held } = await store.db.pool.query('select held from run where id = $1', [
      first.runId,
    ]);
    await applyPlan(store.db, { ...real, held: [] });
    const document = await runDocument(store.db, first.runId);
    await undoRun(store.db, first.runId);

    expect(first.held).toMatchObject([{ gate: 'first_link' }]);
    expect(held).toEqual([{ held: [] }]);
    expect(document).toMatchObject({
      counts: { updated: 0, skipped: 1 },
      skippedFor: { changed_since: 1 },
    });
    expect(await linksOf()).toEqual([{ external_id: 'a' }]);
  });

  test('an id that was linked by hand to another user leaves the planned user alone', async () => {
    const planned = await addPerson(store.db.pool, { fields: { email: 'a@x.org' } });
    const other = await addPerson(store.db.pool, { fields: { login: 'other' } });
    const run = await planImport(store.db, {
      rows: rows({ code: 'a', email: 'a@x.org', firstName: 'Ann' }),
    });
    await addIdentity(store.db.pool, { sourceId: CSV_SOURCE_ID, externalId: 'a', userId: other });

    await applyPlan(store.db, run);

    const { people } = await readWorld(store.db.pool);
    expect(people.get(planned)?.fields).toMatchObject({ code: null, firstName: null });
    expect(await becameOf(run.runId)).toEqual({ 2: 'skip' });
  });

  test('a known id that was moved by hand leaves its former user alone', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann' }) });
    const { id } = await personOf('a');
    const other = await addPerson(store.db.pool, { fields: { login: 'other' } });
    const run = await planImport(store.db, { rows: rows({ code: 'a', firstName: 'Eve' }) });
    await store.db.pool.query(`update identity set user_id = $1`, [other]);
    await store.db.pool.query(`update "user" set version = version + 1`);

    await applyPlan(store.db, run);

    expect((await readWorld(store.db.pool)).people.get(id)?.fields['firstName']).toBe('Ann');
  });

  test('a manager whom another source set since is not overwritten, late or not', async () => {
    await importRows(store.db, {
      rows: rows({ code: 'a', login: 'a' }, { code: 'b', login: 'b' }, { code: 'm' }),
    });
    const manager = await personOf('m');
    // a takes b's login, so that it is in the first batch, and its new manager comes after.
    const run = await planImport(store.db, {
      rows: rows(
        { code: 'a', login: 'b', manager: 'boss' },
        { code: 'b', login: 'a' },
        { code: 'boss' },
      ),
    });
    await editPerson(
      store.db.pool,
      (await personOf('a')).id,
      { manager: manager.id },
      { sticky: false },
    );

    await applyPlan(store.db, run, { maxEntries: 1 });

    expect((await personOf('a')).fields).toMatchObject({ login: 'b', manager: manager.id });
  });
});

describe('approval', () => {
  const gates = { creations: 0, updates: 0 };

  test('a part is approved by action, the rest is rejected and comes back in the next plan', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', firstName: 'Ann' }) });
    const next = rows({ code: 'a', firstName: 'Eve' }, { code: 'b' });
    const run = await planImport(store.db, { rows: next, gates });

    await applyPlan(store.db, run, { approve: { only: ['create'] } });
    const { counts, state } = await runDocument(store.db, run.runId);
    const again = await importRows(store.db, { rows: next });

    expect({ state, ...counts }).toMatchObject({
      state: 'done',
      created: 1,
      updated: 0,
      skipped: 1,
    });
    expect(again.counts).toMatchObject({ updated: 1, unchanged: 1 });
  });

  test('what is kept held waits, and is approved later', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }, { code: 'b' }), gates });

    const first = await applyPlan(store.db, run, { approve: { entries: [2], keepHeld: true } });
    const between = (await readWorld(store.db.pool)).people.size;
    const told = await runDocument(store.db, run.runId);
    const second = await applyPlan(store.db, run);
    const end = await runDocument(store.db, run.runId);

    expect([first, between, second]).toEqual(['held', 1, 'done']);
    expect(told).toMatchObject({
      state: 'held',
      partly: { applied: { created: 1, updated: 0 }, held: { created: 1, updated: 0 } },
      next: { do: 'diff', run: run.runId, gate: 'creations' },
    });
    expect(told.reason).toEqual({
      text: null,
      next: { do: 'decideAfterLook', run: run.runId, rest: true },
    });
    expect(end).toMatchObject({ counts: { created: 2 }, partly: null });
  });

  test('what is kept held can be rejected: the run is done with what was applied', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }, { code: 'b' }), gates });
    await applyPlan(store.db, run, { approve: { entries: [2], keepHeld: true } });

    const taken = await decide(store.db, { ...run, kind: 'reject' });
    const { state, counts } = await finish(store.db, { ...run, state: 'rejected', undoDays: 90 });

    expect([taken, state]).toEqual(['rejected', 'done']);
    expect(counts).toMatchObject({ created: 1, skipped: 1 });
  });

  test('a rejected run changed nothing', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }), gates });
    await hold(store.db, run);

    const taken = await decide(store.db, { ...run, kind: 'reject' });
    const { state, counts } = await finish(store.db, { ...run, state: 'rejected', undoDays: 90 });

    expect([taken, state, counts.created, counts.skipped]).toEqual(['rejected', 'rejected', 0, 1]);
    expect((await readWorld(store.db.pool)).people.size).toBe(0);
  });

  test('a decision about another run, or one that does not fit, is ignored', async () => {
    const held = await planImport(store.db, { rows: rows({ code: 'a' }), gates });
    await hold(store.db, held);
    const running = await planImport(store.db, { rows: rows({ code: 'b' }), sourceId: LIST });

    expect(await decide(store.db, { ...running, kind: 'approve' })).toBe('ignored');
    const foreign = await store.db.pool.query<{ id: string }>(`select id from decision limit 1`);
    const decisionId = foreign.rows[0]?.id ?? newId();
    expect(await takeDecision(store.db, { ...held, decisionId })).toBe('ignored');
  });

  test('of an approval and a rejection recorded at once the later one is ignored', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }), gates });
    await hold(store.db, run);

    const first = await decide(store.db, { ...run, kind: 'approve' });
    const late = [
      await decide(store.db, { ...run, kind: 'reject' }),
      await decide(store.db, { ...run, kind: 'approve' }),
    ];

    expect([first, ...late]).toEqual(['apply', 'ignored', 'ignored']);
    const { decisions } = await runDocument(store.db, run.runId);
    expect(decisions.map(({ taken, late: isLate }) => [taken, isLate])).toEqual([
      [true, undefined],
      [false, true],
      [false, true],
    ]);
  });

  test('a cancellation after the last entry was applied comes too late', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }) });
    await applyBatch(store.db, { ...run, maxEntries: 10, undoDays: 90 });

    const taken = await decide(store.db, { ...run, kind: 'cancel' });
    while (!(await applyBatch(store.db, { ...run, maxEntries: 10, undoDays: 90 })).done);
    const { state, counts } = await finish(store.db, { ...run, state: 'cancelled', undoDays: 90 });

    expect([taken, state]).toEqual(['ignored', 'done']);
    expect(counts).toMatchObject({ created: 1, skipped: 0 });
  });

  test('a cancellation before the last entry spares the rest', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }, { code: 'b' }) });
    await applyBatch(store.db, { ...run, maxEntries: 1, undoDays: 90 });
    const { progress } = await runDocument(store.db, run.runId);

    const taken = await decide(store.db, { ...run, kind: 'cancel' });
    const { state, counts } = await finish(store.db, { ...run, state: 'cancelled', undoDays: 90 });

    expect(progress).toEqual({ phase: 'applying', done: 1, total: 2 });
    expect([taken, state]).toEqual(['cancelled', 'cancelled']);
    expect(counts).toMatchObject({ created: 1, skipped: 1 });
    expect((await runDocument(store.db, run.runId)).progress).toBeNull();
  });

  test('a held run is not applied', async () => {
    const run = await planImport(store.db, { rows: rows({ code: 'a' }), gates });
    await hold(store.db, run);

    await expect(
      applyBatch(store.db, { ...run, maxEntries: 10, undoDays: 90 }),
    ).rejects.toMatchObject({
      code: 'run_not_ready',
    });
  });

  test('a person whose manager was rejected is created without one, who comes with the next read', async () => {
    const both = rows({ code: 'a', manager: 'boss' }, { code: 'boss' });
    const run = await planImport(store.db, { rows: both, gates });
    // The manager is entry 1.
    await applyPlan(store.db, run, { approve: { entries: [2] } });

    expect((await personOf('a')).fields['manager']).toBeNull();
    const again = await importRows(store.db, { rows: both });
    expect(again.counts).toMatchObject({ created: 1, updated: 1 });
    expect((await personOf('a')).fields['manager']).toBe((await personOf('boss')).id);
  });
});

test('a failed run goes on where it stood', async () => {
  const run = await planImport(store.db, {
    rows: rows({ code: 'a' }, { code: 'b' }, { code: 'c' }),
  });
  await applyBatch(store.db, { ...run, maxEntries: 1, undoDays: 90 });
  await fail(store.db, { ...run, failure: { code: 'bug', message: 'broken' } });
  const failed = await runDocument(store.db, run.runId);
  await moveRun(store.db.pool, { runId: run.runId, to: 'waiting' });

  const fence = await start(store.db, run.runId);
  await applyBatches(store.db, { runId: run.runId, fence, maxEntries: 1 });
  await finish(store.db, { runId: run.runId, fence, state: 'done', undoDays: 90 });

  expect(failed).toMatchObject({ state: 'failed', counts: { created: 1, skipped: 2 } });
  expect((await runDocument(store.db, run.runId)).counts).toMatchObject({ created: 3, skipped: 0 });
});

test('a client that dies while it applies leaves complete batches, and the end is the same', async () => {
  const said = Array.from({ length: 30 }, (_, i) =>
    row(i + 2, { code: `p${String(i)}`, manager: `p${String((i + 7) % 30)}` }),
  );
  const run = await planImport(store.db, { rows: said });
  const client = new Client({ connectionString: store.url });
  await client.connect();
  const before = new Set<number>();
  // Ending a session takes effect a moment later, so the reader has sessions of its own.
  const dying = openDatabase({ url: store.url, applicationName: 'dying', maxConnections: 2 });
  for (let n = 0; n < 12; n++) {
    const slice = applyBatch(dying, { ...run, maxEntries: 4, undoDays: 90 }).catch(() => undefined);
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1`,
      [`rollcall run ${run.runId}`],
    );
    await slice;
    before.add((await readWorld(store.db.pool)).people.size % 4);
  }
  await client.end();
  await dying.close();

  await applyPlan(store.db, run);

  const { people } = await readWorld(store.db.pool);
  expect(people.size).toBe(30);
  expect([...before].every((n) => n === 0 || n === 2)).toBe(true);
  expect([...people.values()].filter((p) => p.fields['manager'] === null)).toEqual([]);
  expect(described({ people, identities: new Map() })).toHaveLength(30);
});
