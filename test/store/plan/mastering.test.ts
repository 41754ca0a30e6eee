import { explainUser } from '../../../operations/users/userHistory';
import { transaction } from '../../../store/database/db';
import { replaceMastering } from '../../../store/lifecycle/mastering';
import { bumpEpoch } from '../../../store/sources/sources';
import { ownerOf } from '../../operations/support';
import { emptyStore, readWorld, row } from '../../support/builders';
import { dueAt } from '../../support/runs/dueRun';
import { testDatabase } from '../../support/postgres';
import { importRows } from '../../support/runs/storeRun';
import { addPolledSource, POLLED, syncRows, type DueRow } from '../../support/runs/syncRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [CRM] = LISTS;
const CSV = '00000000-0000-7000-8000-000000000001';

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await store.db.pool.query(`delete from mastering`);
  await emptyStore(store.db);
});

const master = (field: string, ...sourceIds: readonly string[]): Promise<void> =>
  transaction(store.db, async (tx) => {
    await replaceMastering(tx, { field, sourceIds });
    await bumpEpoch(tx);
  });

type Values = Readonly<Record<string, string>>;
const hr = (values: Values, rest: Partial<DueRow> = {}) =>
  syncRows(store.db, { pages: [[row(2, { code: 'a', ...values }, rest)]] });
const list = (sourceId: string, values: Values) =>
  importRows(store.db, { rows: [row(2, { code: 'a', ...values })], sourceId });

async function fieldsOf(code = 'a'): Promise<Readonly<Record<string, string | null>>> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find(({ fields }) => fields['code'] === code)?.fields ?? {};
}

test('the first source with an opinion decides, whichever was read last; other fields follow the last', async () => {
  await master('department', POLLED, CRM);
  await hr({ department: 'Sales', location: 'Graz' });

  const later = await list(CRM, { department: 'Works', location: 'Wels' });
  const other = await list(CSV, { department: 'Nowhere' });

  expect(await fieldsOf()).toMatchObject({ department: 'Sales', location: 'Wels' });
  expect(later.counts).toMatchObject({ updated: 1, keptByHand: 0 });
  expect(other.counts).toMatchObject({ rows: 1, updated: 1, linked: 1 });
});

test('the deciding source of a field is shown with where its value comes from', async () => {
  await master('department', POLLED, CRM);
  await hr({ department: 'Sales', location: 'Graz' });
  await list(CRM, { department: 'Works', location: 'Wels' });

  const { explain } = await explainUser(ownerOf(store), 'a');

  expect(explain.map(({ field, source, decidedBy }) => [field, source, decidedBy])).toEqual(
    expect.arrayContaining([
      ['department', 'hr', 'hr'],
      ['location', 'list0', null],
    ]),
  );
});

test('a source that comes first overwrites what a later one set', async () => {
  await master('department', POLLED, CRM);
  await list(CRM, { department: 'Works' });
  const before = await fieldsOf();

  await hr({ department: 'Sales' });

  expect(before).toMatchObject({ department: 'Works' });
  expect(await fieldsOf()).toMatchObject({ department: 'Sales' });
});

test('once the first source has no opinion the next one decides, though its opinion is unchanged', async () => {
  await master('department', POLLED, CRM);
  await hr({ department: 'Sales' });
  await list(CRM, { department: 'Works' });
  const again = await list(CRM, { department: 'Works' });
  await hr({});

  const { counts } = await list(CRM, { department: 'Works' });

  expect(again.counts).toMatchObject({ rows: 1, unchanged: 1 });
  expect(counts).toMatchObject({ updated: 1 });
  expect(await fieldsOf()).toMatchObject({ department: 'Works' });
});

test('a clear is an opinion', async () => {
  await master('department', POLLED, CRM);
  await hr({}, { clears: ['department'] });

  await list(CRM, { department: 'Works' });

  expect(await fieldsOf()).toMatchObject({ department: null });
});

test('a list that is set later counts at once, by what was said last', async () => {
  await hr({ department: 'Sales' });
  await list(CRM, { department: 'Works' });
  await master('department', POLLED, CRM);
  const { counts } = await hr({ department: 'Sales' });
  await list(CRM, { department: 'Works' });

  expect(counts).toMatchObject({ updated: 1 });
  expect(await fieldsOf()).toMatchObject({ department: 'Sales' });
});

test('properties and keys have a source precedence, too; a key must be free to be taken', async () => {
  await store.db.pool.query(
    `insert into property_definition (key, name, type) values ('badge', 'Badge', 'text')
     on conflict do nothing`,
  );
  await master('email', POLLED);
  await master('properties.badge', POLLED);
  await hr({ email: 'a@x.org', 'properties.badge': '"one"' });

  await importRows(store.db, {
    sourceId: CRM,
    rows: [
      row(2, { code: 'a', email: 'other@x.org', 'properties.badge': '"two"' }),
      row(3, { code: 'b', email: 'a@x.org' }),
    ],
  });

  expect(await fieldsOf()).toMatchObject({
    email: 'a@x.org',
    login: 'a@x.org',
    'properties.badge': '"one"',
  });
  expect(await fieldsOf('b')).toEqual({});
});

test('the status is one of these fields: by absence and on its day only its deciding source ends it', async () => {
  await master('status', POLLED, CRM);
  await hr({ status: 'active' });
  await list(CRM, { status: 'active' });
  await list(CRM, { status: 'inactive' });
  const said = await fieldsOf();
  const { counts } = await importRows(store.db, {
    rows: [row(2, { code: 'b' })],
    sourceId: CRM,
    missing: 'deactivate',
  });
  await master('status', CSV, POLLED);
  await list(CSV, { status: 'active' });
  await hr(
    { status: 'active' },
    { due: { on: '2026-12-01', zone: null, status: 'inactive', then: null } },
  );
  const [due] = await dueAt(store.db, '2026-12-01T12:00:00Z');

  expect(said).toMatchObject({ status: 'active' });
  expect(counts).toMatchObject({ absent: 1, deactivated: 0, skipped: 1, keptByHand: 0 });
  expect(due).toMatchObject({ counts: { skipped: 1 }, skippedFor: { other_source: 1 } });
  expect(await fieldsOf()).toMatchObject({ status: 'active' });
});

test('a person who is gone from the first source belongs to the next one', async () => {
  await master('status', POLLED, CRM);
  await hr({ status: 'active' });
  await list(CRM, { status: 'active' });
  const without = () => syncRows(store.db, { pages: [[row(2, { code: 'b' })]] });
  await without();
  await without();
  const gone = await fieldsOf();

  await list(CRM, { status: 'active' });

  expect(gone).toMatchObject({ status: 'inactive' });
  expect(await fieldsOf()).toMatchObject({ status: 'active' });
});
