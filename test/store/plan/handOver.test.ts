import { claim } from '../../../store/lifecycle/claim';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { runDocument } from '../../support/runs/documents';
import { editPerson, emptyStore, readWorld, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  applyBatches,
  decide,
  importRows,
  planImport,
  type PlannedRun,
} from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

describe('half of a key swap', () => {
  /** Three people of a list, whose addresses move in a circle. */
  async function planRing(more: Readonly<Record<string, string>>[] = []): Promise<PlannedRun> {
    const email = (n: number): string => `e${String(n % 3)}@x.org`;
    const people = (by: number) =>
      [0, 1, 2].map((n) => ({ code: `p${String(n)}`, email: email(n + by) }));
    await importRows(store.db, { rows: rows(...people(0)), sourceId: LIST });
    return planImport(store.db, {
      rows: rows(...people(1), ...more),
      sourceId: LIST,
      gates: { key_changes: 0, creations: 0 },
    });
  }

  /** code → e-mail. */
  async function emails(): Promise<Record<string, string | null>> {
    const { people } = await readWorld(store.db.pool);
    return Object.fromEntries(
      [...people.values()].map((p) => [p.fields['code'] ?? '', p.fields['email'] ?? null]),
    );
  }

  /** What the run says of keys that are not free. */
  const notFree = async ({ runId }: PlannedRun) =>
    (await runDocument(store.db, runId)).messages.filter(({ code }) => code === 'key_not_free');

  const BEFORE = { p0: 'e0@x.org', p1: 'e1@x.org', p2: 'e2@x.org' };
  const AFTER = { p0: 'e1@x.org', p1: 'e2@x.org', p2: 'e0@x.org' };

  test('approved without the other half is not done, says which column and whose entry, and comes again', async () => {
    const run = await planRing();

    await applyPlan(store.db, run, { approve: { entries: [1, 2] } });

    expect(await emails()).toEqual(BEFORE);
    const done = await runDocument(store.db, run.runId);
    const words = (line: number, holder: string) => ({
      line,
      column: 'email',
      code: 'key_not_free',
      message: `${holder} still has the email of this row: entry 3 (line 4), which gives it up, was not approved together with this row (entry ${String(line - 1)}). Read both again and approve them together: rollcall import FILE --source list0`,
    });
    expect(await notFree(run)).toEqual([words(2, 'p2'), words(3, 'p2')]);
    expect(done.skippedFor).toEqual({ key_not_free: 2, rejected: 1 });
    const again = await importRows(store.db, {
      rows: rows(...Object.entries(AFTER).map(([code, email]) => ({ code, email }))),
      sourceId: LIST,
    });
    expect(again.counts).toMatchObject({ updated: 3 });
    expect(await emails()).toEqual(AFTER);
  });

  test('whose other half stays held is not done either', async () => {
    const run = await planRing();

    await applyPlan(store.db, run, { approve: { entries: [3], keepHeld: true } });

    const messages = await notFree(run);
    expect(messages.map(({ line, code }) => ({ line, code }))).toEqual([
      { line: 4, code: 'key_not_free' },
    ]);
    expect(await emails()).toEqual(BEFORE);
  });

  test('is reported for a new person who was to get the key, too', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', email: 'a@x.org' }), sourceId: LIST });
    const run = await planImport(store.db, {
      rows: rows({ code: 'a', email: 'a2@x.org' }, { code: 'b', email: 'a@x.org', login: 'b' }),
      sourceId: LIST,
      gates: { creations: 0 },
    });

    await applyPlan(store.db, run, { approve: { only: ['create'] } });

    const { counts } = await runDocument(store.db, run.runId);
    expect(counts).toMatchObject({ created: 0, conflict: 1 });
    expect(await notFree(run)).toEqual([
      expect.objectContaining({ line: 3, column: 'email', code: 'key_not_free' }),
    ]);
  });

  test('whose key was given away by hand since is still reported as changed since', async () => {
    const run = await planRing();
    await hold(store.db, run);
    const { people } = await readWorld(store.db.pool);
    const p1 = [...people.values()].find((p) => p.fields['code'] === 'p1');
    await editPerson(store.db.pool, p1?.id ?? '', { email: 'e1@x.org' });

    await decide(store.db, { ...run, kind: 'approve' });
    await claim(store.db, run);
    await applyBatches(store.db, { ...run, maxEntries: 10 });
    await finish(store.db, { ...run, state: 'done', undoDays: 90 });

    const done = await runDocument(store.db, run.runId);
    expect(done.skippedFor).toEqual({ changed_since: 3 });
    expect(await notFree(run)).toEqual([]);
  });
});
