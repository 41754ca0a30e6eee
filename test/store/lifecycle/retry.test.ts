import { editPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { importRows, planImport, undoRun } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST, OTHER] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

/** code → the manager's code. */
async function managers(): Promise<Record<string, string | null>> {
  const { people } = await readWorld(store.db.pool);
  const codes = new Map([...people.values()].map((p) => [p.id, p.fields['code'] ?? p.id]));
  return Object.fromEntries(
    [...people.values()].map((p) => [
      p.fields['code'] ?? p.id,
      codes.get(p.fields['manager'] ?? '') ?? null,
    ]),
  );
}

async function idOf(code: string): Promise<string> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find((p) => p.fields['code'] === code)?.id ?? '';
}

/** Three people, of whom two wait for a manager whose own row is in error. */
async function importWithoutBoss(sourceId: string = LIST) {
  return importRows(store.db, {
    sourceId,
    rows: [
      row(2, { code: 'a', manager: 'boss' }),
      row(3, { code: 'b', manager: 'boss' }),
      row(4, { code: 'c' }),
      row(5, { code: 'boss' }, { fault: true }),
    ],
  });
}

const mended = rows({ code: 'boss', firstName: 'Bo' });

test('a retry leaves people alone whom a newer file missed, and names them; an import brings them back', async () => {
  const absence = { sourceId: LIST, missing: 'deactivate' } as const;
  const first = await importRows(store.db, {
    ...absence,
    rows: [row(2, { code: 'a' }), row(3, { code: 'b' }, { fault: true }), row(4, { code: 'c' })],
  });
  const retry = { sourceId: LIST, rows: rows({ code: 'b', firstName: 'Bo' }, { code: 'd' }) };
  const mending = await importRows(store.db, { ...retry, retryOf: first.runId });
  await importRows(store.db, {
    ...absence,
    rows: rows({ code: 'a' }, { code: 'c' }, { code: 'd' }),
    gates: { deactivations: 10 },
  });

  const again = await importRows(store.db, { ...retry, retryOf: mending.runId });
  const whole = await importRows(store.db, retry);

  expect(mending.counts).toMatchObject({ created: 2 });
  expect(again.counts).toMatchObject({ rows: 2, reactivated: 0, skipped: 1, unchanged: 1 });
  expect(again.messages).toMatchObject([
    { code: 'left_since', message: expect.stringMatching(/^1 person .* Bo .*--retry-of/) },
  ]);
  expect(whole.counts).toMatchObject({ reactivated: 1 });
});

describe('a retry that brings a manager', () => {
  test('sets it for those who named that manager, and counts them as rows', async () => {
    const first = await importWithoutBoss();

    const { counts, messages } = await importRows(store.db, {
      sourceId: LIST,
      rows: mended,
      retryOf: first.runId,
    });

    expect(await managers()).toEqual({ a: 'boss', b: 'boss', c: null, boss: null });
    expect(counts).toMatchObject({ rows: 3, created: 1, updated: 2, unchanged: 0 });
    expect(messages).toMatchObject([{ line: null, code: 'managers_came' }]);
  });

  test('as a dry run predicts that and changes nobody', async () => {
    const first = await importWithoutBoss();

    const dry = await planImport(store.db, {
      sourceId: LIST,
      rows: mended,
      retryOf: first.runId,
      dryRun: true,
    });

    expect(dry.entries).toBe(3);
    expect(await managers()).toEqual({ a: null, b: null, c: null });
  });

  test('leaves people alone to whom a later file or a hand gave another manager, or none', async () => {
    const first = await importWithoutBoss();
    await importRows(store.db, {
      sourceId: LIST,
      rows: rows({ code: 'a', manager: 'c' }, { code: 'b', manager: 'boss' }, { code: 'c' }),
    });
    await editPerson(store.db.pool, await idOf('b'), { manager: null });

    await importRows(store.db, { sourceId: LIST, rows: mended, retryOf: first.runId });

    expect(await managers()).toEqual({ a: 'c', b: null, c: null, boss: null });
  });

  test('finds them however many retries it took', async () => {
    const first = await importWithoutBoss();
    const second = await importRows(store.db, {
      sourceId: LIST,
      rows: [row(2, { code: 'boss' }, { fault: true }), row(3, { code: 'd', manager: 'boss' })],
      retryOf: first.runId,
    });

    await importRows(store.db, { sourceId: LIST, rows: mended, retryOf: second.runId });

    expect(await managers()).toEqual({ a: 'boss', b: 'boss', c: null, d: 'boss', boss: null });
  });

  test('asks nothing of other sources', async () => {
    await importWithoutBoss(OTHER);
    const first = await importRows(store.db, { sourceId: LIST, rows: rows({ code: 'z' }) });

    await importRows(store.db, { sourceId: LIST, rows: mended, retryOf: first.runId });

    expect(await managers()).toMatchObject({ a: null, b: null });
  });

  test('is undone with them, and the complete file again changes nobody', async () => {
    const first = await importWithoutBoss();
    const retry = await importRows(store.db, {
      sourceId: LIST,
      rows: mended,
      retryOf: first.runId,
    });
    const whole = rows(
      { code: 'a', manager: 'boss' },
      { code: 'b', manager: 'boss' },
      { code: 'c' },
      { code: 'boss', firstName: 'Bo' },
    );

    const again = await importRows(store.db, { sourceId: LIST, rows: whole });
    await undoRun(store.db, retry.runId);

    expect(again.counts).toMatchObject({ rows: 4, unchanged: 4 });
    expect(await managers()).toMatchObject({ a: null, b: null });
  });
});
