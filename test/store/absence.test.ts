import { editPerson, emptyStore, readWorld, row, rows } from '../support/builders';
import type { ReadRow } from '../support/oracle';
import { testDatabase } from '../support/postgres';
import { importRows } from '../support/storeRun';
import { addReferences, LISTS } from '../support/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

/** A field of the people who have one of these codes. */
async function fieldOf(field: string): Promise<Record<string, string | null>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map((p) => [p.fields['code'] ?? p.id, p.fields[field] ?? null]),
  );
}

const three = (): ReadRow[] =>
  rows(
    { code: 'a', email: 'a@x.org', login: 'a' },
    { code: 'b', email: 'b@x.org', login: 'b' },
    { code: 'c', email: 'c@x.org', login: 'c' },
  );

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

    const { counts } = await importRows(store.db, { rows: rows({ code: 'd' }), ...missing });

    expect(counts).toMatchObject({
      absent: 3,
      deactivated: 1,
      skipped: 2,
      keptByHand: 2,
      unchanged: 1,
    });
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
