import { resolveAll } from '../../../operations/runs/resolveAll';
import { emptyStore, row, rows } from '../../support/builders';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import {
  WHOLE,
  carryOut,
  holdImport,
  known,
  people,
  userCount,
} from '../../support/runs/resolving';
import { importRows, undoRun } from '../../support/runs/storeRun';
import { addReferences } from '../../support/oracle/worlds';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

describe('conflicts that an e-mail decides', () => {
  const mailed = (number: (i: number) => string): ReadRow[] =>
    people(5, (i) => ({ code: number(i), email: `p${String(i)}@x.org` }));

  test('are linked by one run; others stay and are counted', async () => {
    await importRows(store.db, { rows: mailed((i) => `a${String(i)}`), ...WHOLE });
    const changed = mailed((i) => `b${String(i)}`).map((one, i) =>
      i === 0
        ? row(one.line, { ...one.values, lastName: 'Smith' })
        : i === 1
          ? row(one.line, { code: 'b1', email: 'p1@x.org' })
          : one,
    );
    const main = await importRows(store.db, { rows: changed, ...WHOLE });

    const resolved = await resolveAll(ownerOf(store), { run: main.runId, by: 'email', expect: 4 });
    await carryOut(store.db, resolved);
    const after_ = await runDocument(store.db, main.runId);
    const followUp = await runDocument(store.db, resolved.followUp.runId);

    expect(main.counts).toMatchObject({ conflict: 5, deactivated: 0 });
    expect(resolved).toMatchObject({ people: 4, left: 1, approval: null });
    expect(after_).toMatchObject({ settled: 4, state: 'done' });
    expect(followUp.counts).toMatchObject({ rows: 4, updated: 4, linked: 4 });
    expect(followUp.matchedBy).toMatchObject({ email: 4 });
    expect(await known(store.db)).toMatchObject({
      a1: 'b1 active',
      b1: 'b1 active',
      a0: 'a0 active',
    });
    expect(await userCount(store.db)).toBe(5);
  });

  test('are not linked twice, and go back with an undo', async () => {
    await importRows(store.db, { rows: mailed((i) => `a${String(i)}`), ...WHOLE });
    const untouched = await known(store.db);
    const main = await importRows(store.db, { rows: mailed((i) => `b${String(i)}`), ...WHOLE });
    const resolved = await resolveAll(ownerOf(store), { run: main.runId, by: 'email' });

    const early = await faultOf(resolveAll(ownerOf(store), { run: main.runId, by: 'email' }));
    await carryOut(store.db, resolved);
    const late = await faultOf(resolveAll(ownerOf(store), { run: main.runId, by: 'email' }));
    await undoRun(store.db, resolved.followUp.runId);
    const world = await known(store.db);
    const { messages, settled } = await runDocument(store.db, main.runId);
    const again = await resolveAll(ownerOf(store), { run: main.runId, by: 'email' });
    await carryOut(store.db, again);

    expect([early, late]).toMatchObject([
      { code: 'nothing_to_resolve' },
      { code: 'nothing_to_resolve' },
    ]);
    expect(world).toEqual(untouched);
    expect([settled, messages.at(0)?.message]).toEqual([
      0,
      expect.stringContaining('that run was undone. To link them again: rollcall runs resolve'),
    ]);
    expect(again).toMatchObject({ people: 5, left: 0 });
    expect((await runDocument(store.db, main.runId)).messages[0]?.message).toBe(
      `5 people were linked to the new number by run ${again.followUp.runId}.`,
    );
  });

  test('of a held run are linked at once, while the run stays held', async () => {
    const mails = mailed((i) => `a${String(i)}`);
    const more = people(12, (i) => ({ code: `z${String(i)}`, lastName: `Z${String(i)}` })).map(
      (one) => ({ ...one, line: one.line + 50 }),
    );
    await importRows(store.db, { rows: [...mails, ...more], ...WHOLE });
    const { runId } = await holdImport(
      store.db,
      mailed((i) => `b${String(i)}`),
    );

    const resolved = await resolveAll(ownerOf(store), { run: runId, by: 'email' });
    await carryOut(store.db, resolved);

    expect(resolved).toMatchObject({ people: 5, left: 0, approval: null });
    expect(await runDocument(store.db, runId)).toMatchObject({ state: 'held', settled: 5 });
    expect(await known(store.db)).toMatchObject({ b0: 'b0 active', z0: 'z0 active' });
  });

  test('of a user whose own number is in the file stay conflicts', async () => {
    await importRows(store.db, { rows: mailed((i) => `a${String(i)}`), ...WHOLE });
    const main = await importRows(store.db, {
      rows: [
        row(2, { code: 'a0' }),
        ...rows({ code: 'b0', email: 'p0@x.org' }).map((one) => ({ ...one, line: 9 })),
        ...mailed((i) => `a${String(i)}`).slice(1),
      ],
      ...WHOLE,
    });

    const fault = await faultOf(resolveAll(ownerOf(store), { run: main.runId, by: 'email' }));

    expect(main.counts).toMatchObject({ conflict: 1 });
    expect(fault).toMatchObject({ code: 'nothing_to_resolve' });
  });
});
