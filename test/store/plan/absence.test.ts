import { addIdentity, editPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { diffEntries } from '../../../store/report/diff';
import { runDocument } from '../../support/runs/documents';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import { askedOf, three } from '../../support/runs/reads';
import { applyPlan, importRows, planImport, undoRun } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const { fieldOf } = askedOf(store);
const [LIST, OTHER_LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

describe('absence', () => {
  const missing = { sourceId: LIST, missing: 'deactivate' } as const;

  test('who is missing is deactivated and stays, protected people and a status by hand are kept', async () => {
    await importRows(store.db, {
      rows: rows({ code: 'a' }, { code: 'b' }, { code: 'c' }, { code: 'd' }),
      sourceId: LIST,
    });
    const ids = [...(await readWorld(store.db.pool)).people.keys()];
    await store.db.pool.query(`update "user" set protected = true where code = 'b'`);
    await editPerson(store.db.pool, ids[2] ?? '', { status: 'active' });

    const { runId, counts } = await importRows(store.db, {
      rows: rows({ code: 'd' }),
      ...missing,
    });
    const { messages } = await runDocument(store.db, runId);

    expect(counts).toMatchObject({
      absent: 3,
      deactivated: 1,
      skipped: 2,
      keptByHand: 2,
      unchanged: 1,
    });
    expect(messages.map(({ code, message }) => [code, message])).toEqual([
      [
        'kept_by_hand',
        expect.stringMatching(
          /^1 field of 1 person was set by hand earlier and is not overwritten/,
        ),
      ],
      ['protected', expect.stringMatching(/^1 person is protected and stays active/)],
    ]);
    expect(await fieldOf('status')).toEqual({
      a: 'inactive',
      b: 'active',
      c: 'active',
      d: 'active',
    });
  });

  test('rows in error, conflict or duplicate prove presence, by any of their keys', async () => {
    await importRows(store.db, { rows: three(), sourceId: LIST });

    const { counts } = await importRows(store.db, {
      rows: [
        row(2, { code: 'a' }, { fault: true }),
        row(3, { email: 'b@x.org', firstName: 'B' }),
        row(4, { code: 'x', email: 'c@x.org' }),
        row(5, { code: 'x', email: 'c@x.org', firstName: 'C' }),
      ],
      ...missing,
    });

    expect(counts).toMatchObject({ error: 1, updated: 1, conflict: 2, absent: 0 });
  });

  test('such rows prove it under another writing of the number, too', async () => {
    const known = rows({ code: '0041' }, { code: '0042' }, { code: '0043' });
    await importRows(store.db, { rows: known, sourceId: LIST });

    const { counts } = await importRows(store.db, {
      rows: [
        row(2, { code: '41' }, { fault: true }),
        row(3, { code: "'0042" }),
        row(4, { code: "'0042", firstName: 'Bo' }),
      ],
      ...missing,
    });

    expect(counts).toMatchObject({ error: 1, conflict: 2, absent: 1, deactivated: 1 });
  });

  test('a retry computes no absence', async () => {
    const first = await importRows(store.db, { rows: three(), sourceId: LIST });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'a', firstName: 'Ann' }),
      ...missing,
      retryOf: first.runId,
    });

    expect(counts).toMatchObject({ updated: 1, absent: 0 });
  });
});

describe('who comes back', () => {
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  const both = (values: Record<string, string> = {}): ReadRow[] =>
    rows({ code: 'a' }, { code: 'b', ...values });

  /** `b` was in the list, and is not in it any more. */
  async function bLeft(): Promise<string> {
    await importRows(store.db, { rows: both(), ...absence });
    const { runId } = await importRows(store.db, { rows: rows({ code: 'a' }), ...absence });
    return runId;
  }

  /** External ids of a list that are marked as missing. */
  async function missing(sourceId: string = LIST): Promise<string[]> {
    const { rows: marked } = await store.db.pool.query<{ id: string }>(
      `select external_id as id from identity
       where source_id = $1 and missing_since_run_id is not null order by 1`,
      [sourceId],
    );
    return marked.map(({ id }) => id);
  }

  const statusOfB = async (): Promise<string | null | undefined> => (await fieldOf('status'))['b'];
  const idOfB = async (): Promise<string> => {
    const { people } = await readWorld(store.db.pool);
    return [...people.values()].find((p) => p.fields['code'] === 'b')?.id ?? '';
  };

  test('is active again, by a file that says nothing of the status, with or without --missing', async () => {
    await bLeft();
    expect([await statusOfB(), await missing()]).toEqual(['inactive', ['b']]);

    const { counts } = await importRows(store.db, {
      rows: both({ firstName: 'Bea' }),
      sourceId: LIST,
    });

    expect(counts).toMatchObject({ reactivated: 1, updated: 0, unchanged: 1, absent: 0 });
    expect([await statusOfB(), (await fieldOf('firstName'))['b']]).toEqual(['active', 'Bea']);
    expect(await missing()).toEqual([]);
    const again = await importRows(store.db, { rows: both({ firstName: 'Bea' }), ...absence });
    expect(again.counts).toMatchObject({ reactivated: 0, updated: 0, unchanged: 2 });
  });

  test('is shown as a reactivation with its reason by a dry run, which changes nothing', async () => {
    await bLeft();

    const { runId } = await importRows(store.db, { rows: both(), ...absence, dryRun: true });

    const entries = [];
    for await (const entry of diffEntries(store.db, { runId })) entries.push(entry);
    expect(entries).toEqual([
      expect.objectContaining({
        line: 3,
        code: 'b',
        action: 'reactivate',
        reason: 'returned',
        matchedBy: 'identity',
        changes: { status: ['inactive', 'active'] },
      }),
    ]);
    expect([await statusOfB(), await missing()]).toEqual(['inactive', ['b']]);
  });

  test('is counted by the gate reactivations', async () => {
    const many = rows(...Array.from({ length: 20 }, (_, i) => ({ code: `p${String(i)}` })));
    await importRows(store.db, { rows: many, ...absence });
    await importRows(store.db, { rows: many.slice(0, 14), ...absence });

    const { held } = await planImport(store.db, { rows: many, ...absence });

    expect(held).toEqual([{ gate: 'reactivations', count: 6, limit: 5 }]);
  });

  test('stays inactive where the row says so, and by later files that say nothing', async () => {
    await bLeft();

    const said = await importRows(store.db, { rows: both({ status: 'inactive' }), ...absence });
    const later = await importRows(store.db, { rows: both(), ...absence });

    expect([said.counts.unchanged, later.counts.unchanged]).toEqual([2, 2]);
    expect([await statusOfB(), await missing()]).toEqual(['inactive', []]);
  });

  test('stays as a hand set the status since', async () => {
    await bLeft();
    await editPerson(store.db.pool, await idOfB(), { status: 'inactive' }, { sticky: false });

    const { counts } = await importRows(store.db, { rows: both(), ...absence });

    expect(counts).toMatchObject({ reactivated: 0, unchanged: 2 });
    expect([await statusOfB(), await missing()]).toEqual(['inactive', []]);
  });

  test('stays inactive where the status is sticky, which is counted', async () => {
    await bLeft();
    await store.db.pool.query(`update "user" set sticky = '{status}' where code = 'b'`);

    const { counts } = await importRows(store.db, { rows: both(), ...absence });

    expect(counts).toMatchObject({ reactivated: 0, unchanged: 2, keptByHand: 1 });
  });

  test('stays inactive where another source deactivated them', async () => {
    await importRows(store.db, { rows: both(), sourceId: OTHER_LIST });
    await bLeft();
    const b = await idOfB();
    await editPerson(store.db.pool, b, { status: 'active' }, { sticky: false });
    await importRows(store.db, {
      rows: rows({ code: 'a' }),
      ...absence,
      sourceId: OTHER_LIST,
    });

    const own = await importRows(store.db, { rows: both(), ...absence });
    const other = await importRows(store.db, { rows: both(), ...absence, sourceId: OTHER_LIST });

    expect([own.counts.reactivated, other.counts.reactivated]).toEqual([0, 1]);
    expect(await statusOfB()).toBe('active');
  });

  test('is left alone by an update that does not touch what is filled, and comes with the next one', async () => {
    await bLeft();

    const fill = await importRows(store.db, { rows: both(), ...absence, update: 'fill' });
    const off = await importRows(store.db, { rows: both(), ...absence, update: 'off' });
    const all = await importRows(store.db, { rows: both(), ...absence });

    expect(fill.counts).toMatchObject({ reactivated: 0, unchanged: 2 });
    expect(off.counts).toMatchObject({ reactivated: 0, skipped: 1 });
    expect(all.counts).toMatchObject({ reactivated: 1 });
  });

  test('who was not approved comes back with the next plan', async () => {
    await bLeft();
    const run = await planImport(store.db, {
      rows: [...both(), row(4, { code: 'c' })],
      ...absence,
      gates: { creations: 0 },
    });
    await applyPlan(store.db, run, { approve: { only: ['create'] } });
    expect(await statusOfB()).toBe('inactive');

    const { counts } = await importRows(store.db, { rows: both(), ...absence });

    expect(counts).toMatchObject({ reactivated: 1 });
  });

  test('a person who is deactivated again between plan and approval stays inactive', async () => {
    await bLeft();
    const run = await planImport(store.db, { rows: both(), ...absence });
    await editPerson(store.db.pool, await idOfB(), { status: 'inactive' }, { sticky: false });

    await applyPlan(store.db, run);

    const { counts } = await runDocument(store.db, run.runId);
    expect(counts).toMatchObject({ reactivated: 0, skipped: 1 });
    expect(await statusOfB()).toBe('inactive');
  });

  test('an undo of the return restores status and mark, and the next file brings them back again', async () => {
    const left = await bLeft();
    const back = await importRows(store.db, { rows: both(), ...absence });

    await undoRun(store.db, back.runId);

    expect([await statusOfB(), await missing()]).toEqual(['inactive', ['b']]);
    const { rows: marked } = await store.db.pool.query(
      `select missing_since_run_id as since from identity where external_id = 'b'`,
    );
    expect(marked).toEqual([{ since: left }]);
    const { counts } = await importRows(store.db, { rows: both(), ...absence });
    expect(counts).toMatchObject({ reactivated: 1 });
  });

  test('an undo of the absence restores status and mark', async () => {
    const left = await bLeft();

    await undoRun(store.db, left);

    expect([await statusOfB(), await missing()]).toEqual(['active', []]);
  });

  test('is back by any of the ids under which the source knows them, and by a key', async () => {
    await bLeft();
    await addIdentity(store.db.pool, { sourceId: LIST, externalId: 'b2', userId: await idOfB() });

    const { counts } = await importRows(store.db, {
      rows: [row(2, { code: 'a' }), row(3, {}, { externalId: 'b2' })],
      ...absence,
    });

    expect(counts).toMatchObject({ reactivated: 1 });
    expect(await missing()).toEqual([]);
  });
});
