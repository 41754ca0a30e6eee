import fc from 'fast-check';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import { countResolvable, resolveAll } from '../../../operations/runs/resolveAll';
import type { ResolvedAll } from '../../../operations/runs/resolveAll';
import { claim } from '../../../store/lifecycle/claim';
import { hold, takeDecision } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { takeFence } from '../../../store/database/fence';
import { buildPlan } from '../../../store/plan';
import { emptyStore, everything, readWorld, row, rows } from '../../support/builders';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import {
  applyBatches,
  applyPlan,
  decide,
  importRows,
  makeDryRunReal,
  planImport,
  recordImport,
  start,
  undoRun,
  type PlannedRun,
} from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/worlds';
import { stepWords } from '../../support/words';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const whole: { readonly sourceId: string; readonly missing: ImportOptions['missing'] } = {
  sourceId: LIST,
  missing: 'deactivate',
};

/** People without addresses; `i` tells them apart. */
const people = (n: number, values: (i: number) => Record<string, string>): ReadRow[] =>
  Array.from({ length: n }, (_, i) =>
    row(i + 2, { firstName: `First${String(i)}`, lastName: `Last${String(i)}`, ...values(i) }),
  );
const before = people(10, (i) => ({ code: `00${String(i + 10)}`, department: 'Sales' }));
const after = people(10, (i) => ({ code: String(i + 10), department: 'Sales' }));

async function holdImport(all: readonly ReadRow[]): Promise<PlannedRun> {
  const run = await planImport(store.db, { rows: all, ...whole });
  await hold(store.db, run);
  return run;
}

/** What the workflows do after a resolution: the rest of the held run, then the follow-up. */
async function carryOut({ approval, followUp }: ResolvedAll): Promise<void> {
  if (approval !== null) {
    const { runId, decisionId } = approval;
    const fence = await takeFence(store.db, runId);
    expect(await takeDecision(store.db, { runId, fence, decisionId })).toBe('apply');
    expect(await claim(store.db, { runId, fence })).toBe('claimed');
    await applyBatches(store.db, { runId, fence, maxEntries: 3 });
    await finish(store.db, { runId, fence, state: 'done', undoDays: 90 });
  }
  await apply(followUp.runId);
}

async function apply(runId: string): Promise<void> {
  const fence = await start(store.db, runId);
  await applyPlan(store.db, { runId, fence, ...(await buildPlan(store.db, { runId, fence })) });
}

/** number → its person's code and status. */
async function known(): Promise<Record<string, string>> {
  const { people: users, identities } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...identities].map(([key, id]) => {
      const fields = users.get(id)?.fields;
      return [key.split(' ')[1] ?? '', `${fields?.['code'] ?? ''} ${fields?.['status'] ?? ''}`];
    }),
  );
}

const userCount = async (): Promise<number> => (await readWorld(store.db.pool)).people.size;

describe('renumbered people', () => {
  test('are linked and updated by one run, and nothing of the held run is left', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const moved = after.map((one, i) =>
      i < 3 ? row(one.line, { ...one.values, department: 'Ops' }) : one,
    );
    const { runId, held } = await holdImport(moved);
    const shown = await runDocument(store.db, runId);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered', expect: 10 });
    await carryOut(resolved);
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
    expect(await userCount()).toBe(10);
    expect(await known()).toMatchObject({ '0010': '10 active', '10': '10 active' });
  });

  test('are found by both numbers afterwards, and no file is held', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const { runId } = await holdImport(after);
    await carryOut(await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }));

    const same = await importRows(store.db, { rows: after, ...whole });
    const old = await importRows(store.db, { rows: before, ...whole });
    const new_ = await importRows(store.db, { rows: after, ...whole });

    expect(same).toMatchObject({ held: [], counts: { unchanged: 10, absent: 0, updated: 0 } });
    expect(old).toMatchObject({ held: [], counts: { updated: 10, absent: 0, created: 0 } });
    expect(new_).toMatchObject({ held: [], counts: { updated: 10, absent: 0, created: 0 } });
    expect(await userCount()).toBe(10);
  });

  test('are two rows about one person when a file has both numbers', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const { runId } = await holdImport(after);
    await carryOut(await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' }));
    await importRows(store.db, { rows: after, ...whole });

    const [first = row(2, {})] = before;
    const both = await importRows(store.db, { rows: [...after, { ...first, line: 50 }], ...whole });

    expect(both.counts).toMatchObject({ conflict: 2, updated: 0, unchanged: 9 });
  });

  test('get their old numbers and values back when the follow-up is undone', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const untouched = await known();
    const { runId } = await holdImport(after);
    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(resolved);

    const undone = await undoRun(store.db, resolved.followUp.runId);
    const world = await known();
    const again = await planImport(store.db, { rows: after, ...whole });

    expect(undone.counts).toMatchObject({ updated: 10 });
    expect(world).toEqual(untouched);
    expect(again.held.map(({ gate }) => gate)).toContain('renumbered');
  });

  test('leave the rest of the run, which goes on by itself where no gate holds it', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const [gone, ...others] = after;
    const rest = others.map((one, i) => (i < 5 ? one : (before[i + 1] ?? one)));
    const news = row(90, { code: 'new', firstName: 'Nina', lastName: 'New', manager: '11' });
    const { runId, held } = await holdImport([...rest, news]);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(resolved);
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
    await importRows(store.db, { rows: many, ...whole });
    const [...short] = after;
    const { runId, held } = await holdImport(short);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(resolved);
    const main = await runDocument(store.db, runId);

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
    expect(stepWords(main.next)).toBe(`rollcall runs approve ${runId}`);
    expect(await known()).toMatchObject({ '10': '10 active', z1: 'z1 active' });
  });

  test('that two rows mean are left, and still hold the run', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const twin = row(80, { code: '010', firstName: 'Other', lastName: 'Person' });
    const { runId } = await holdImport([...after, twin]);

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'renumbered' });
    await carryOut(resolved);
    const main = await runDocument(store.db, runId);

    expect(resolved).toMatchObject({ people: 9, left: 2, approval: null });
    expect(main).toMatchObject({
      state: 'held',
      held: [{ gate: 'renumbered', count: 2, limit: 0 }],
    });
  });

  test('that a part of an approval kept held are linked, and the run ends', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const news = row(90, { code: 'new', firstName: 'Nina', lastName: 'New' });
    const run = await planImport(store.db, { rows: [...after, news], ...whole });
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
    await carryOut(resolved);

    expect(state).toBe('held');
    expect(resolved).toMatchObject({ people: 10, left: 0 });
    expect(await runDocument(store.db, run.runId)).toMatchObject({
      state: 'done',
      counts: { created: 1, deactivated: 0 },
    });
    expect(await known()).toMatchObject({ '10': '10 active', new: 'new active' });
  });

  test('are not linked twice, and a wrong number changes nothing', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const { runId } = await holdImport(after);
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
    await importRows(store.db, { rows: before, ...whole });
    const dry = await planImport(store.db, { rows: after, ...whole, dryRun: true });

    const early = await faultOf(resolveAll(ownerOf(store), { run: dry.runId, by: 'renumbered' }));
    const real = await makeDryRunReal(store.db, dry);
    await hold(store.db, real);
    const resolved = await resolveAll(ownerOf(store), { run: dry.runId, by: 'renumbered' });

    expect(early).toMatchObject({ code: 'run_is_planned', next: { do: 'apply', run: dry.runId } });
    expect(resolved.people).toBe(10);
  });

  test('come before a later file that waits behind the held run', async () => {
    await importRows(store.db, { rows: before, ...whole });
    const { runId } = await holdImport(after);
    const later = await recordImport(store.db, { sourceId: LIST });

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
    await apply(followUp.runId);

    expect(approval).not.toBeNull();
    expect([blocked, behind]).toEqual(['blocked', 'waiting']);
    expect(await userCount()).toBe(10);
  });
});

describe('conflicts that an e-mail decides', () => {
  const mailed = (number: (i: number) => string): ReadRow[] =>
    people(5, (i) => ({ code: number(i), email: `p${String(i)}@x.org` }));

  test('are linked by one run; others stay and are counted', async () => {
    await importRows(store.db, { rows: mailed((i) => `a${String(i)}`), ...whole });
    const changed = mailed((i) => `b${String(i)}`).map((one, i) =>
      i === 0
        ? row(one.line, { ...one.values, lastName: 'Smith' })
        : i === 1
          ? row(one.line, { code: 'b1', email: 'p1@x.org' })
          : one,
    );
    const main = await importRows(store.db, { rows: changed, ...whole });

    const resolved = await resolveAll(ownerOf(store), { run: main.runId, by: 'email', expect: 4 });
    await carryOut(resolved);
    const after_ = await runDocument(store.db, main.runId);
    const followUp = await runDocument(store.db, resolved.followUp.runId);

    expect(main.counts).toMatchObject({ conflict: 5, deactivated: 0 });
    expect(resolved).toMatchObject({ people: 4, left: 1, approval: null });
    expect(after_).toMatchObject({ settled: 4, state: 'done' });
    expect(followUp.counts).toMatchObject({ rows: 4, updated: 4, linked: 4 });
    expect(followUp.matchedBy).toMatchObject({ email: 4 });
    expect(await known()).toMatchObject({ a1: 'b1 active', b1: 'b1 active', a0: 'a0 active' });
    expect(await userCount()).toBe(5);
  });

  test('are not linked twice, and go back with an undo', async () => {
    await importRows(store.db, { rows: mailed((i) => `a${String(i)}`), ...whole });
    const untouched = await known();
    const main = await importRows(store.db, { rows: mailed((i) => `b${String(i)}`), ...whole });
    const resolved = await resolveAll(ownerOf(store), { run: main.runId, by: 'email' });

    const early = await faultOf(resolveAll(ownerOf(store), { run: main.runId, by: 'email' }));
    await carryOut(resolved);
    const late = await faultOf(resolveAll(ownerOf(store), { run: main.runId, by: 'email' }));
    await undoRun(store.db, resolved.followUp.runId);

    expect([early, late]).toMatchObject([
      { code: 'nothing_to_resolve' },
      { code: 'nothing_to_resolve' },
    ]);
    expect(await known()).toEqual(untouched);
  });

  test('of a held run are linked at once, while the run stays held', async () => {
    const mails = mailed((i) => `a${String(i)}`);
    const more = people(12, (i) => ({ code: `z${String(i)}`, lastName: `Z${String(i)}` })).map(
      (one) => ({ ...one, line: one.line + 50 }),
    );
    await importRows(store.db, { rows: [...mails, ...more], ...whole });
    const { runId } = await holdImport(mailed((i) => `b${String(i)}`));

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'email' });
    await carryOut(resolved);

    expect(resolved).toMatchObject({ people: 5, left: 0, approval: null });
    expect(await runDocument(store.db, runId)).toMatchObject({ state: 'held', settled: 5 });
    expect(await known()).toMatchObject({ b0: 'b0 active', z0: 'z0 active' });
  });

  test('of a user whose own number is in the file stay conflicts', async () => {
    await importRows(store.db, { rows: mailed((i) => `a${String(i)}`), ...whole });
    const main = await importRows(store.db, {
      rows: [
        row(2, { code: 'a0' }),
        ...rows({ code: 'b0', email: 'p0@x.org' }).map((one) => ({ ...one, line: 9 })),
        ...mailed((i) => `a${String(i)}`).slice(1),
      ],
      ...whole,
    });

    const fault = await faultOf(resolveAll(ownerOf(store), { run: main.runId, by: 'email' }));

    expect(main.counts).toMatchObject({ conflict: 1 });
    expect(fault).toMatchObject({ code: 'nothing_to_resolve' });
  });
});

/** What becomes of one person's number in the next file. */
const FATES = {
  same: (number: string) => number,
  stripped: (number: string) => number.replace(/^0+/, ''),
  decimal: (number: string) => `${number}.0`,
  quoted: (number: string) => `'${number}`,
  another: (number: string) => `X${number}`,
  gone: () => null,
} as const;

const FATE_NAMES = ['same', 'stripped', 'decimal', 'quoted', 'another', 'gone'] as const;

test('whatever becomes of the numbers, linking makes nobody twice and takes nobody’s access', async () => {
  const fate = fc.constantFrom<keyof typeof FATES>(...FATE_NAMES);
  const worlds = fc.record({
    fates: fc.array(fate, { minLength: 1, maxLength: 8 }),
    newcomers: fc.nat(2),
  });

  await fc.assert(
    fc.asyncProperty(worlds, async ({ fates, newcomers }) => {
      await emptyStore(store.db);
      const number = (i: number): string => `00${String(i + 10)}`;
      await importRows(store.db, {
        rows: people(fates.length, (i) => ({ code: number(i) })),
        ...whole,
      });
      const stay = people(fates.length, (i) => ({
        code: FATES[fates[i] ?? 'same'](number(i)) ?? '',
      })).filter((_, i) => fates[i] !== 'gone');
      const fresh = people(newcomers, (i) => ({
        code: `N${String(i)}`,
        lastName: `New${String(i)}`,
      }));

      const run = await planImport(store.db, {
        rows: [...stay, ...fresh.map((one) => ({ ...one, line: one.line + 100 }))],
        ...whole,
      });
      const changed = fates.filter((one) => one !== 'same' && one !== 'gone').length;
      const renumbered = run.held.find(({ gate }) => gate === 'renumbered')?.count ?? 0;
      if (renumbered === 0) await applyPlan(store.db, run);
      else {
        await hold(store.db, run);
        const resolved = await resolveAll(ownerOf(store), { run: run.runId, by: 'renumbered' });
        await carryOut(resolved);
        if (resolved.approval === null) {
          const fence = await takeFence(store.db, run.runId);
          await decide(store.db, { runId: run.runId, fence, kind: 'approve' });
          await claim(store.db, { runId: run.runId, fence });
          await applyBatches(store.db, { runId: run.runId, fence, maxEntries: 3 });
          await finish(store.db, { runId: run.runId, fence, state: 'done', undoDays: 90 });
        }
      }
      const { people: users } = await readWorld(store.db.pool);
      const active = [...users.values()].filter(({ fields }) => fields['status'] === 'active');

      expect(renumbered).toBe(changed);
      expect(users.size).toBe(fates.length + newcomers);
      expect(active).toHaveLength(stay.length + newcomers);
    }),
    { numRuns: 8 },
  );
});
