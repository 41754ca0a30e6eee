import { addPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { transaction } from '../../../store/database/db';
import { finish } from '../../../store/lifecycle/finish';
import { runDocument } from '../../support/runs/documents';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import { importFile } from '../../support/runs/fileRun';
import { importRows, planImport } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;
const WHOLE = { sourceId: LIST, missing: 'deactivate' } as const;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

/** A row without a number. */
const unnumbered = (line: number, email: string): ReadRow => ({
  ...row(line, { email }),
  externalId: null,
});
const noted = async (runId: string): Promise<Record<string, string>> => {
  const { messages } = await runDocument(store.db, runId);
  return Object.fromEntries(messages.map(({ code, message }) => [code, message]));
};
const statuses = async (): Promise<Record<string, string | null>> => {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map((p) => [
      p.fields['email'] ?? p.fields['code'] ?? p.id,
      p.fields['status'] ?? null,
    ]),
  );
};

test('people without a number are named, and once they are missing, each run says that nobody can judge them', async () => {
  const first = await importRows(store.db, {
    rows: [row(2, { code: '1' }), unnumbered(3, 'ada@x.org'), unnumbered(4, 'bo@x.org')],
    ...WHOLE,
  });
  const second = await importRows(store.db, {
    rows: [row(2, { code: '1' }), unnumbered(3, 'ada@x.org')],
    ...WHOLE,
  });
  const third = await importRows(store.db, { rows: [row(2, { code: '1' })], ...WHOLE });

  expect((await noted(first.runId))['no_number']).toContain('2 rows (lines 3, 4)');
  expect(second.counts).toMatchObject({ absent: 1, skipped: 1, deactivated: 0 });
  expect((await noted(second.runId))['people_without_number']).toMatch(
    /^2 active people .* 1 of them is not in this file: "bo@x\.org"\./,
  );
  expect(third.counts).toMatchObject({ absent: 2, skipped: 2, deactivated: 0 });
  expect(await statuses()).toMatchObject({ 'ada@x.org': 'active', 'bo@x.org': 'active' });
});

test('rows of one person without a number, of which no key is known, hold what would deactivate the person', async () => {
  const twice = [
    { ...unnumbered(103, 'new@x.org'), values: { email: 'new@x.org', department: 'A' } },
    { ...unnumbered(104, 'new@x.org'), values: { email: 'new@x.org', department: 'B' } },
  ];
  const staff = rows(...Array.from({ length: 20 }, (_, i) => ({ code: String(i) })));
  await importRows(store.db, { rows: staff, ...WHOLE });

  const all = await planImport(store.db, { rows: [...staff, ...twice], ...WHOLE });
  await finish(store.db, { ...all, state: 'cancelled', undoDays: 90 });
  const run = await planImport(store.db, { rows: [...staff.slice(1), ...twice], ...WHOLE });

  expect(all.held).toEqual([]);
  expect(await noted(all.runId)).not.toHaveProperty('nobody_by_keys');
  expect(run.held).toEqual([{ gate: 'unreadable_keys', count: 2, limit: 0 }]);
  expect((await noted(run.runId))['nobody_by_keys']).toContain('2 rows (lines 103, 104)');
});

test('a person who was there before the list is known to it by the e-mail alone, too', async () => {
  await addPerson(store.db.pool, { fields: { code: 'x1', email: 'ada@x.org' } });
  await importRows(store.db, { rows: [unnumbered(2, 'ada@x.org')], ...WHOLE });

  const { runId } = await importRows(store.db, { rows: rows({ code: '1' }), ...WHOLE });

  expect((await noted(runId))['people_without_number']).toContain('"ada@x.org"');
});

test('with a number the person is missed like any other', async () => {
  await importRows(store.db, { rows: [unnumbered(2, 'ada@x.org')], ...WHOLE });
  const linked = await importRows(store.db, {
    rows: rows({ code: '1', email: 'ada@x.org' }, { code: '2' }),
    ...WHOLE,
  });
  const { counts } = await importRows(store.db, { rows: rows({ code: '2' }), ...WHOLE });

  expect(linked.counts).toMatchObject({ linked: 1, created: 1, absent: 0 });
  expect(await noted(linked.runId)).not.toHaveProperty('people_without_number');
  expect(counts).toMatchObject({ deactivated: 1 });
});

test('somebody whom a person deactivated is counted no more', async () => {
  await importRows(store.db, { rows: [unnumbered(2, 'ada@x.org')], ...WHOLE });
  await store.db.pool.query(`update "user" set status = 'inactive', deactivated_at = now()`);

  const { runId, counts } = await importRows(store.db, { rows: rows({ code: '2' }), ...WHOLE });

  expect(counts.absent).toBe(0);
  expect(await noted(runId)).not.toHaveProperty('people_without_number');
});

test('a list whose key is the e-mail misses people by it, in any case', async () => {
  const options = { key: 'email', missing: 'deactivate' } as const;
  const file = { sourceId: LIST, options };
  await importFile(store.db, { ...file, text: 'email,code\nADA@x.org,1\nbo@x.org,2\n' });
  const { counts } = await importFile(store.db, { ...file, text: 'email\nada@X.org\n' });

  expect(counts).toMatchObject({ updated: 1, deactivated: 1 });
  expect(await statuses()).toEqual({ 'ada@X.org': 'active', 'bo@x.org': 'inactive' });
});

test('a list whose key is a column finds people by its numbers alone, managers too', async () => {
  const options = { key: { column: 'Badge' }, missing: 'deactivate' } as const;
  const file = { sourceId: LIST, options };
  const head = 'Badge,email,manager\n';
  await importFile(store.db, { ...file, text: `${head}7,ada@x.org,\n8,bo@x.org,7\n` });
  const { counts, messages } = await importFile(store.db, {
    ...file,
    text: `${head}7,ada@new.org,\n`,
  });

  expect(counts).toMatchObject({ updated: 1, deactivated: 1, created: 0 });
  expect(messages.map(({ code }) => code)).not.toContain('manager_unknown');
  const { people } = await readWorld(store.db.pool);
  const [ada, bo] = [...people.values()];
  expect(bo?.fields['manager']).toBe(ada?.id);
});

test('a run with another key than that of the list never starts', async () => {
  await importRows(store.db, { rows: rows({ code: '1', email: 'ada@x.org' }), ...WHOLE });

  const other = planImport(store.db, {
    rows: [{ ...row(2, { code: '1', email: 'ada@x.org' }), externalId: 'ada@x.org' }],
    key: 'email',
    ...WHOLE,
  });

  await expect(other).rejects.toMatchObject({ code: 'other_key' });
});

test('the key is kept once a run begins to be applied, and a dry run keeps none', async () => {
  const keyed = { rows: [{ ...row(2, { email: 'ada@x.org' }), externalId: 'ada@x.org' }] };
  const kept = () =>
    transaction(store.db, async (tx) => {
      const { rows: found } = await tx.query<{ key: unknown }>(
        `select settings -> 'key' as key from source where id = $1`,
        [LIST],
      );
      return found[0]?.key;
    });

  await planImport(store.db, { ...keyed, sourceId: LIST, key: 'email', dryRun: true });
  const before = await kept();
  await importRows(store.db, { ...keyed, sourceId: LIST, key: 'email' });

  expect([before, await kept()]).toEqual([null, 'email']);
});
