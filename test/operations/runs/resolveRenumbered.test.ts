import { countResolvable, resolveAll } from '../../../operations/runs/resolveAll';
import { takeFence } from '../../../store/database/fence';
import { claim } from '../../../store/lifecycle/claim';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { emptyStore, everything, readWorld, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import {
  WHOLE,
  applyRun,
  carryOut,
  holdImport,
  known,
  people,
  userCount,
} from '../../support/runs/resolving';
import {
  applyPlan,
  decide,
  importRows,
  makeDryRunReal,
  planImport,
  recordImport,
  rejectPlan,
  undoRun,
} from '../../support/runs/storeRun';
import { stepWords } from '../../support/words';
import { addReferences } from '../../support/oracle/worlds';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const before = people(10, (i) => ({ code: `00${String(i + 10)}`, department: 'Sales' }));
const after = people(10, (i) => ({ code: String(i + 10), department: 'Sales' }));

describe('renumbered people', () => {
  test('are linked and updated by one run, and nothing of the held run is left', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const moved = after.map((one, i) =>
      i < 3 ? row(one.line, { ...one.values, department: 'Ops' }) : one,
    );
    const { runId, held } = await holdImport(store.db, moved);
    const shown = await runDocument(store.db, runId);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered', expect: 10 });
    await carryOut(store.db, resolved);
    const main = await runDocument(store.db, runId);
    const followUp = await runDocument(store.db, resolved.followUp.runId);

    expect(held.map(({ gate }) => gate)).toEqual(['deactivations', 'renumbered']);
    expect(stepWords(shown.next)).toBe(`rollcall runs resolve ${runId} --renumbered`);
    expect(resolved).toMatchObject({ people: 10, left: 0 });
    expect(main).toMatchObject({
      state: 'done',
      held: [],
      renumbered: 10,
      counts: { created: 0, deactivated: 0, skipped: 20, conflict: 0 },
      skippedFor: { rejected: 20 },
    });
    expect(main.decisions.map(({ kind, resolvedAll }) => [kind, resolvedAll?.by])).toEqual([
      ['resolve', 'renumbered'],
      ['approve', undefined],
    ]);
    expect(main.messages[0]?.message).toMatch(
      new RegExp(`10 people were linked to the new number by run ${resolved.followUp.runId}`),
    );
    expect(followUp).toMatchObject({
      state: 'done',
      retryOf: runId,
      counts: { rows: 10, updated: 10, linked: 10 },
      matchedBy: { identity: 10 },
    });
    expect(await userCount(store.db)).toBe(10);
    expect(await known(store.db)).toMatchObject({ '0010': '10 active', '10': '10 active' });
  });

  test('are found by both numbers afterwards, and no file is held', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const { runId } = await holdImport(store.db, after);
    await carryOut(store.db, await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }));

    const same = await importRows(store.db, { rows: after, ...WHOLE });
    const old = await importRows(store.db, { rows: before, ...WHOLE });
    const new_ = await importRows(store.db, { rows: after, ...WHOLE });

    expect(same).toMatchObject({ held: [], counts: { unchanged: 10, absent: 0, updated: 0 } });
    expect(old).toMatchObject({ held: [], counts: { updated: 10, absent: 0, created: 0 } });
    expect(new_).toMatchObject({ held: [], counts: { updated: 10, absent: 0, created: 0 } });
    expect(await userCount(store.db)).toBe(10);
  });

  test('are two rows about one person when a file has both numbers', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const { runId } = await holdImport(store.db, after);
    await carryOut(store.db, await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }));
    await importRows(store.db, { rows: after, ...WHOLE });

    const [first = row(2, {})] = before;
    const both = await importRows(store.db, { rows: [...after, { ...first, line: 50 }], ...WHOLE });

    expect(both.counts).toMatchObject({ conflict: 2, updated: 0, unchanged: 9 });
  });

  test('get their old numbers and values back when the follow-up is undone', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const untouched = await known(store.db);
    const { runId } = await holdImport(store.db, after);
    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(store.db, resolved);

    const undone = await undoRun(store.db, resolved.followUp.runId);
    const world = await known(store.db);
    const again = await planImport(store.db, { rows: after, ...WHOLE, dryRun: true });
    const relinked = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(store.db, relinked);
    const late = await faultOf(resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }));

    expect(undone.counts).toMatchObject({ updated: 10 });
    expect(world).toEqual(untouched);
    expect(again.held.map(({ gate }) => gate)).toContain('renumbered');
    expect(relinked).toMatchObject({ people: 10, left: 0, approval: null });
    expect(await known(store.db)).toMatchObject({ '0010': '10 active', '10': '10 active' });
    expect(late).toMatchObject({ code: 'run_is_done' });
  });

  test('are held again as rejected leavers when the follow-up is undone, and leave anew once a read has them', async () => {
    const there = before.map((one) => row(one.line, { ...one.values, status: 'active' }));
    const moved = after.map((one) => row(one.line, { ...one.values, status: 'active' }));
    const rejected = async (): Promise<number> => {
      const { rowCount } = await store.db.pool.query(
        `select from rejection where reason = 'absent'`,
      );
      return rowCount ?? 0;
    };
    await importRows(store.db, { rows: there, ...WHOLE });
    await rejectPlan(store.db, await planImport(store.db, { rows: there.slice(6), ...WHOLE }));
    const { runId } = await holdImport(store.db, moved);
    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(store.db, resolved);
    const linked = await rejected();

    await undoRun(store.db, resolved.followUp.runId);
    const { held } = await planImport(store.db, { rows: there.slice(6), ...WHOLE, dryRun: true });
    await importRows(store.db, { rows: there, ...WHOLE });

    expect([linked, await rejected()]).toEqual([6, 0]);
    expect(held).toContainEqual(expect.objectContaining({ gate: 'rejected_before', count: 6 }));
  });

  test('leave the rest of the run, which goes on by itself where no gate holds it', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const [gone, ...others] = after;
    const rest = others.map((one, i) => (i < 5 ? one : (before[i + 1] ?? one)));
    const news = row(90, { code: 'new', firstName: 'Nina', lastName: 'New', manager: '11' });
    const { runId, held } = await holdImport(store.db, [...rest, news]);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(store.db, resolved);
    const main = await runDocument(store.db, runId);

    expect(gone).toBeDefined();
    expect(held.map(({ gate }) => gate)).toEqual(['deactivations', 'renumbered']);
    expect(resolved.people).toBe(5);
    expect(main).toMatchObject({ state: 'done', counts: { created: 1, deactivated: 1 } });
    const { people: users } = await readWorld(store.db.pool);
    const nina = [...users.values()].find(({ fields }) => fields['code'] === 'new');
    expect(users.get(nina?.fields['manager'] ?? '')?.fields['code']).toBe('11');
  });

  test('are linked while another gate goes on holding the rest', async () => {
    const many = [
      ...before,
      ...people(10, (i) => ({ code: `z${String(i)}`, lastName: `Z${String(i)}` })),
    ].map((one, i) => ({ ...one, line: i + 2 }));
    await importRows(store.db, { rows: many, ...WHOLE });
    const [...short] = after;
    const { runId, held } = await holdImport(store.db, short);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(store.db, resolved);
    const main = await runDocument(store.db, runId);

    expect(resolved.stillHeld).toMatchObject({ runId });
    expect(held.map(({ gate, count }) => [gate, count])).toEqual([
      ['deactivations', 20],
      ['renumbered', 10],
      ['short_file', 10],
    ]);
    expect(resolved.approval).toBeNull();
    expect(main).toMatchObject({
      state: 'held',
      held: [
        { gate: 'deactivations', count: 10, limit: 5 },
        { gate: 'short_file', count: 10 },
      ],
      counts: { deactivated: 10, created: 0 },
    });
    expect(stepWords(main.next)).toBe(`rollcall runs diff ${runId}`);
    expect(await known(store.db)).toMatchObject({ '10': '10 active', z1: 'z1 active' });
  });

  test('that two rows mean are left, and still hold the run', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const twin = row(80, { code: '010', firstName: 'Other', lastName: 'Person' });
    const { runId } = await holdImport(store.db, [...after, twin]);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(store.db, resolved);
    const main = await runDocument(store.db, runId);

    expect(resolved).toMatchObject({ people: 9, left: 2, approval: null });
    expect(main).toMatchObject({
      state: 'held',
      held: [{ gate: 'renumbered', count: 2, limit: 0 }],
    });
  });

  test('that a row in conflict may mean, too, are left', async () => {
    const mail = { email: 'ann@x.example' };
    await importRows(store.db, { rows: [row(2, { code: '0010', ...mail })], ...WHOLE });
    const { runId } = await holdImport(store.db, [
      row(2, { code: '10', status: 'inactive' }),
      row(3, { code: '77', ...mail, status: 'active' }),
    ]);

    const fault = await faultOf(resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }));

    expect(fault).toMatchObject({ code: 'nothing_to_resolve' });
  });

  test('that a part of an approval kept held are linked, and the run ends', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const news = row(90, { code: 'new', firstName: 'Nina', lastName: 'New' });
    const run = await planImport(store.db, { rows: [...after, news], ...WHOLE });
    const [entry] = (
      await store.db.pool.query<{ entry: number }>(
        `select entry from plan_entry where run_id = $1 and line = 90`,
        [run.runId],
      )
    ).rows;
    const state = await applyPlan(store.db, run, {
      approve: { entries: [entry?.entry ?? 0], keepHeld: true },
    });

    const resolved = await resolveAll(ownerOf(store), { run: run.runId, by: 'renumbered' });
    await carryOut(store.db, resolved);

    expect(state).toBe('held');
    expect(resolved).toMatchObject({ people: 10, left: 0 });
    expect(await runDocument(store.db, run.runId)).toMatchObject({
      state: 'done',
      counts: { created: 1, deactivated: 0 },
    });
    expect(await known(store.db)).toMatchObject({ '10': '10 active', new: 'new active' });
  });

  test('are not linked twice, and a wrong number changes nothing', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const { runId } = await holdImport(store.db, after);
    const untouched = await everything(store.db.pool);

    const wrong = await faultOf(
      resolveAll(ownerOf(store), { run: runId, by: 'renumbered', expect: 9 }),
    );
    const count = await countResolvable(ownerOf(store), { run: runId, by: 'renumbered' });
    const [one, two] = await Promise.allSettled([
      resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }),
      resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }),
    ]);

    expect(wrong).toMatchObject({ kind: 'state', code: 'count_differs' });
    expect(count).toEqual({ runId, people: 10, left: 0 });
    expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect([one, two].find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'nothing_to_resolve' },
    });
    expect(await everything(store.db.pool)).toBe(untouched);
  });

  test('of a dry run are linked once it is applied, and then held', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const dry = await planImport(store.db, { rows: after, ...WHOLE, dryRun: true });

    const early = await faultOf(resolveAll(ownerOf(store), { run: dry.runId, by: 'renumbered' }));
    const real = await makeDryRunReal(store.db, dry);
    await hold(store.db, real);
    const resolved = await resolveAll(ownerOf(store), { run: dry.runId, by: 'renumbered' });

    expect(early).toMatchObject({ code: 'run_is_planned', next: { do: 'apply', run: dry.runId } });
    expect(resolved.people).toBe(10);
  });

  test('come before a later file that waits behind the held run', async () => {
    await importRows(store.db, { rows: before, ...WHOLE });
    const { runId } = await holdImport(store.db, after);
    const later = await recordImport(store.db, { sourceId: WHOLE.sourceId });

    const blocked = await claim(store.db, {
      runId: later,
      fence: await takeFence(store.db, later),
    });
    const { followUp, approval } = await resolveAll(ownerOf(store), {
      run: runId,
      by: 'renumbered',
    });
    await decide(store.db, { runId, fence: await takeFence(store.db, runId), kind: 'cancel' });
    await finish(store.db, {
      runId,
      fence: await takeFence(store.db, runId),
      state: 'cancelled',
      undoDays: 90,
    });
    await store.db.pool.query(`update run set asked_at = now() where id = $1`, [followUp.runId]);
    const behind = await claim(store.db, { runId: later, fence: await takeFence(store.db, later) });
    await applyRun(store.db, followUp.runId);

    expect(approval).not.toBeNull();
    expect([blocked, behind]).toEqual(['blocked', 'waiting']);
    expect(await userCount(store.db)).toBe(10);
  });
});
