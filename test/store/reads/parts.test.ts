import fc from 'fast-check';
import { rowFault } from '../../../domain/files/rowFaults';
import { layOver } from '../../../domain/sources/parts';
import type { SourceRecord, SourceRowRules } from '../../../domain/sources/sourceRow';
import type { RecordStatus } from '../../../domain/users/days';
import type { FieldName } from '../../../domain/users/fields';
import { daysAt } from '../../../domain/zones';
import { polledRow } from '../../../operations/sources/sourcePerson';
import { LAID_OVER } from '../../../store/reads/parts';
import { closeRead, encodeRows, readPlace, stagePage } from '../../../store/reads/pages';
import { emptyStore, readWorld } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { addPolledSource, beginSyncRun, LISTING, POLLED } from '../../support/runs/syncRun';
import { applyPlan } from '../../support/runs/storeRun';
import { buildPlan } from '../../../store/plan';

const store = testDatabase({ maxConnections: 4 });
const REQUIRED = ['lastName', 'jobTitle'] as const;
const rules: SourceRowRules = {
  organizations: new Map(),
  properties: [{ key: 'team', name: 'Team', type: 'text' }],
  days: daysAt(new Date('2026-11-30T12:00:00Z'), 'UTC'),
};

beforeAll(async () => {
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const part = (externalId: string, given: Partial<SourceRecord> = {}): SourceRecord => ({
  externalId,
  fields: {},
  status: null,
  sourceStatus: null,
  start: null,
  end: null,
  zone: null,
  deleted: null,
  mergedInto: null,
  aliases: [],
  withheld: [],
  faults: [],
  ...given,
});
const enabled = { status: 'active', sourceStatus: 'true' } as const;
const disabled = { status: 'inactive', sourceStatus: 'false' } as const;
const removed = (id: string): SourceRecord => part(id, { deleted: 'soft' });

interface Read {
  readonly pages: readonly (readonly SourceRecord[])[];
  readonly mode?: 'full' | 'changes';
  readonly required?: readonly FieldName[];
  /** Without them each record counts whole. */
  readonly inParts?: boolean;
}

/** Stages pages as a sync does, and ends the read. */
async function read(o: Read): Promise<{ runId: string; fence: bigint }> {
  const { mode = 'changes', required = [], inParts = true } = o;
  const run = await beginSyncRun(store.db, { mode });
  for (const [i, records] of o.pages.entries()) {
    const after = await readPlace(store.db, run.runId);
    const last = i === o.pages.length - 1;
    const rows = records.map((record, n) => polledRow(record, after.rows + n + 1, rules).row);
    await stagePage(store.db, {
      ...run,
      after,
      rows: encodeRows(run.runId, rows),
      state: last ? null : { page: i + 1 },
      listing: last ? {} : null,
    });
  }
  const parts = inParts ? { required } : null;
  await closeRead(store.db, { ...run, listing: LISTING, parts, coverage: {}, messages: [] });
  return run;
}

async function sync(o: Read): Promise<void> {
  const run = await read(o);
  await applyPlan(store.db, { ...run, ...(await buildPlan(store.db, run)) });
}

async function person(code: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find(({ fields }) => fields['code'] === code)?.fields;
}

/** What is staged of each person, without the place in the read. */
async function staged(runId: string): Promise<unknown[]> {
  const { rows } = await store.db.pool.query<{ row: unknown }>(
    `select to_jsonb(s) - array['run_id', 'line', 'record_hash', 'clears', 'faults', 'aliases']
       || jsonb_build_object(
         'clears', (select coalesce(jsonb_agg(c order by c), '[]') from unnest(clears) c),
         'aliases', (select coalesce(jsonb_agg(a order by a), '[]') from unnest(aliases) a),
         'faults', (select coalesce(jsonb_agg(f order by f), '[]') from jsonb_array_elements(faults) f)) as row
     from staged_row s where run_id = $1 order by external_id`,
    [runId],
  );
  return rows.map(({ row }) => row);
}

const ADA = part('1', {
  fields: { code: 'A1', email: 'ada@x.example', lastName: 'North', jobTitle: 'Clerk' },
  ...enabled,
});

describe('a person who comes in parts', () => {
  test('is all parts together, over pages, the last opinion of each field counting', async () => {
    await sync({
      pages: [
        [ADA, part('2', { fields: { code: 'B2', lastName: 'Low' }, ...enabled })],
        [part('1', { fields: { jobTitle: 'Chief' } }), part('1', disabled)],
        [part('1', { fields: { department: 'Sales', jobTitle: null } })],
      ],
    });

    expect(await person('A1')).toMatchObject({
      email: 'ada@x.example',
      lastName: 'North',
      jobTitle: null,
      department: 'Sales',
      status: 'inactive',
    });
    expect(await person('B2')).toMatchObject({ lastName: 'Low', status: 'active' });
  });

  test('and is known already has an opinion of the fields of the parts alone', async () => {
    await sync({ mode: 'full', pages: [[ADA]] });

    await sync({
      pages: [[part('1', { fields: { email: 'new@x.example' } })], [part('1', disabled)]],
    });
    await sync({ pages: [[part('1', { fields: { jobTitle: 'Chief' } })]] });

    expect(await person('A1')).toMatchObject({
      email: 'new@x.example',
      lastName: 'North',
      jobTitle: 'Chief',
      status: 'inactive',
    });
    const { rows } = await store.db.pool.query(`select source_status from identity`);
    expect(rows).toEqual([{ source_status: 'false' }]);
  });

  test('is judged once all parts are known: what is required, and whether there is a key', async () => {
    const run = await read({
      required: REQUIRED,
      pages: [
        [part('1', { fields: { lastName: 'North' }, ...enabled }), part('2', { ...enabled })],
        [part('1', { fields: { jobTitle: 'Clerk', code: 'A1' } })],
      ],
    });

    const { rows } = await store.db.pool.query<{ id: string; columns: string[] | null }>(
      `select external_id as id, (select array_agg(f ->> 0 order by f ->> 0)
         from jsonb_array_elements(faults) f) as columns
       from staged_row where run_id = $1 order by 1`,
      [run.runId],
    );
    expect(rows).toEqual([
      { id: '1', columns: null },
      { id: '2', columns: ['jobTitle', 'lastName'] },
    ]);
  });

  test('and has a required value since an earlier read does not need it in every part', async () => {
    await sync({ mode: 'full', required: REQUIRED, pages: [[ADA]] });

    await sync({ required: REQUIRED, pages: [[part('1', disabled)]] });

    expect(await person('A1')).toMatchObject({ lastName: 'North', status: 'inactive' });
  });

  test('whose bad value a later part corrects is no error', async () => {
    await sync({
      pages: [
        [{ ...ADA, fields: { ...ADA.fields, hireDate: '31.12.' } }],
        [part('1', { fields: { hireDate: '2020-12-31' } })],
      ],
    });

    expect(await person('A1')).toMatchObject({ hireDate: '2020-12-31' });
  });

  test('a removal is the last word, whatever was said before it; what comes after it counts', async () => {
    await sync({ mode: 'full', pages: [[ADA, part('2', { fields: { code: 'B2' }, ...enabled })]] });

    await sync({
      pages: [
        [part('1', { fields: { jobTitle: 'Chief' } }), removed('2')],
        [removed('1'), part('2', { fields: { jobTitle: 'Back' }, ...enabled })],
        [part('3', { fields: { code: 'C3', email: 'c@x.example' }, ...enabled }), removed('3')],
      ],
    });

    expect(await person('A1')).toMatchObject({ status: 'inactive', jobTitle: 'Clerk' });
    expect(await person('B2')).toMatchObject({ status: 'active', jobTitle: 'Back' });
    // Came and went within one read, and was never known here.
    expect(await person('C3')).toBeUndefined();
  });
});

test('every column of a staged row is laid over, but those that name the row', async () => {
  const { rows } = await store.db.pool.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = current_schema() and table_name = 'staged_row' and column_name <> all ($1)
     order by 1`,
    // `preferred` is of rows of files, which are never laid over each other; the last three are of subjects
    // that no system is read for.
    [
      ['run_id', 'line', 'external_id', 'key_readable', 'record_hash', 'preferred'].concat([
        'user_ref',
        'other_ref',
        'record',
      ]),
    ],
  );

  expect([...LAID_OVER].sort()).toEqual(rows.map(({ name }) => name));
});

test('where a source gives people whole, the last record counts alone', async () => {
  await sync({
    inParts: false,
    pages: [[ADA], [part('1', { fields: { code: 'A1' }, ...enabled })]],
  });

  expect(await person('A1')).toMatchObject({ code: 'A1', lastName: null, jobTitle: null });
});

test('a field that a part does not name stays with the source that decides it', async () => {
  await store.db.pool.query(
    `insert into mastering (field, position, source_id) values ('jobTitle', 1, $1)`,
    [POLLED],
  );
  await sync({ mode: 'full', pages: [[ADA]] });

  await sync({ pages: [[part('1', disabled)]] });

  const { rows } = await store.db.pool.query(`select opinions from identity`);
  await store.db.pool.query(`delete from mastering`);
  expect(rows).toEqual([{ opinions: ['jobTitle'] }]);
});

const TEXTS = {
  code: ['A', 'B'],
  login: ['ada', 'bo'],
  email: ['a@x.example', 'nobody', 'b@x.example'],
  lastName: ['North', 'South'],
  jobTitle: ['Clerk', 'Chief'],
  hireDate: ['2020-01-01', '1.1.'],
  'properties.team': ['Red', 'Blue'],
} as const;

const fields = fc
  .record(
    Object.fromEntries(
      Object.entries(TEXTS).map(([field, texts]) => [
        field,
        field === 'code'
          ? fc.constantFrom(...texts)
          : fc.constantFrom<string | null>(...texts, null),
      ]),
    ),
    { requiredKeys: [] },
  )
  .map((given): SourceRecord['fields'] => given);

const status = fc.constantFrom<RecordStatus | null>(null, null, 'active', 'inactive', 'unknown');

/** Records of three people; a required field may be given as nothing. */
const records = fc.array(
  fc
    .tuple(fc.constantFrom('1', '2', '3'), fields, status, fc.integer({ min: 0, max: 9 }))
    .map(([id, given, word, dice]) => {
      if (dice === 0) return removed(id);
      const isNothing = dice < 3 && (given['lastName'] ?? null) === null;
      return part(id, {
        fields: given,
        status: word,
        sourceStatus: word,
        aliases: dice === 4 ? ['old'] : [],
        mergedInto: dice === 5 ? '9' : null,
        faults: isNothing ? [rowFault('lastName', ['missing_value', {}])] : [],
      });
    }),
  { minLength: 1, maxLength: 9 },
);

test('the store lays rows over each other as records are laid over each other', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 3 }), async (all, perPage) => {
      await emptyStore(store.db);
      const pages = Array.from({ length: Math.ceil(all.length / perPage) }, (_, i) =>
        all.slice(i * perPage, (i + 1) * perPage),
      );
      const parts = await read({ pages, required: REQUIRED });
      const found = await staged(parts.runId);
      await emptyStore(store.db);
      const whole = await read({ pages: [layOver(all, REQUIRED)], inParts: false });

      expect(found).toEqual(await staged(whole.runId));
    }),
    { numRuns: 40 },
  );
}, 60_000);
