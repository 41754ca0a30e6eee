import { numberForm } from '../../../../domain/runs/numberForm';
import { numberForm as numberFormSql } from '../../../../store/plan/matching/numberForm';
import { diffEntries } from '../../../../store/report/diff';
import type { DiffEntry } from '../../../../domain/runs/runDocument';
import fc from 'fast-check';
import { addIdentity, addPerson, emptyStore, rows, row } from '../../../support/builders';
import type { ReadRow } from '../../../support/oracle';
import { testDatabase } from '../../../support/postgres';
import { applyPlan, importRows, planImport } from '../../../support/runs/storeRun';
import { runDocument } from '../../../support/runs/documents';
import { addReferences, LISTS } from '../../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const NAMES = ['Ada North', 'Bo South', 'Cy East', 'Di West'] as const;

/** The people of a list without addresses, numbered by `number`. */
const people = (number: (i: number) => string, names: readonly string[] = NAMES): ReadRow[] =>
  rows(
    ...names.map((name, i) => {
      const [firstName = '', lastName = ''] = name.split(' ');
      return { code: number(i), firstName, lastName };
    }),
  );

const good = people((i) => `001004${String(i)}`);
const whole = { sourceId: LIST, missing: 'deactivate' } as const;

async function pairsOf(runId: string): Promise<DiffEntry[]> {
  const found: DiffEntry[] = [];
  for await (const entry of diffEntries(store.db, { runId, gate: 'renumbered' })) found.push(entry);
  return found;
}

const numbers = (entries: readonly DiffEntry[]) =>
  entries.map(({ changes }) => changes['identity']);

test('numbers that lost their zeros hold, however few, and the pairs are named', async () => {
  await importRows(store.db, { rows: good, ...whole });

  const run = await planImport(store.db, { rows: people((i) => `1004${String(i)}`), ...whole });
  const pairs = await pairsOf(run.runId);
  const document = await runDocument(store.db, run.runId);

  expect(run.held).toEqual([{ gate: 'renumbered', count: 4, limit: 0 }]);
  expect(numbers(pairs)[0]).toEqual(['0010040', '10040']);
  expect(pairs.map(({ knownAs }) => knownAs?.[0]?.name)).toEqual(NAMES);
  expect(document.renumbered).toBe(4);
  expect(document.messages[0]?.message).toMatch(
    /^4 people would be created, .*"0010040" → "10040" \(Ada North\).* rollcall runs resolve \S+ --renumbered\./,
  );
});

test.each([
  ['zeros in front', '10040'],
  ['a trailing .0', '10040.0'],
  ['an apostrophe in front', "'0010040"],
  ['more zeros', '000010040'],
])('a number that differs by %s is held in any read, unnamed files included', async (_, code) => {
  await importRows(store.db, { rows: good });

  const run = await planImport(store.db, {
    rows: rows({ code, firstName: 'Any', lastName: 'One' }),
  });

  expect(run.held).toEqual([{ gate: 'renumbered', count: 1, limit: 0 }]);
});

test('a number that differs by case is held where nothing else tells', async () => {
  await importRows(store.db, { rows: rows({ code: 'AB12', login: 'one' }) });

  const run = await planImport(store.db, { rows: rows({ code: 'ab12', login: 'two' }) });

  expect(run.held).toEqual([{ gate: 'renumbered', count: 1, limit: 0 }]);
});

test('a number that the read has, too, is another person', async () => {
  await importRows(store.db, { rows: rows({ code: '007', firstName: 'A', lastName: 'B' }) });

  const both = await planImport(store.db, { rows: rows({ code: '007' }, { code: '7' }) });

  expect(both.held).toEqual([]);
});

test('a number of the file that is corrected is another person, too', async () => {
  await importRows(store.db, { rows: rows({ code: '007' }, { code: '008' }) });
  const faulty = await importRows(store.db, {
    rows: [row(2, { code: '007', firstName: 'A' }), row(3, { code: '7' }, { fault: true })],
  });

  const retry = await planImport(store.db, {
    rows: rows({ code: '7' }, { code: '8' }),
    retryOf: faulty.runId,
  });

  expect(numbers(await pairsOf(retry.runId))).toEqual([['008', '8']]);
});

test('numbers of another source are not compared', async () => {
  await importRows(store.db, { rows: good });
  await importRows(store.db, { rows: rows({ code: 'x' }), sourceId: LIST });

  const run = await planImport(store.db, { rows: people((i) => `1004${String(i)}`), ...whole });

  expect(run.held.map(({ gate }) => gate)).not.toContain('renumbered');
});

describe('the same full name', () => {
  const others = (i: number): string => `n${String(i)}`;

  test('holds where the read says who is absent, and nowhere else', async () => {
    await importRows(store.db, { rows: good, ...whole });

    const part = await planImport(store.db, { rows: people(others), sourceId: LIST });
    await dropRun(part.runId);
    const run = await planImport(store.db, { rows: people(others), ...whole });

    expect(part.held).toEqual([]);
    expect(run.held).toEqual([{ gate: 'renumbered', count: 4, limit: 0 }]);
    expect(numbers(await pairsOf(run.runId))[3]).toEqual(['0010043', 'n3']);
  });

  test('is compared without case', async () => {
    await importRows(store.db, { rows: good, ...whole });
    const [, ...rest] = good;
    const shouting = row(9, { code: 'n0', firstName: 'ADA', lastName: 'NORTH' });

    const run = await planImport(store.db, { rows: [shouting, ...rest], ...whole });

    expect(run.held).toEqual([{ gate: 'renumbered', count: 1, limit: 0 }]);
  });

  test.each([
    ['among the new', ['Ada North'], ['Ada North', 'Ada North'], 0],
    ['among the missing', ['Ada North', 'Ada North'], ['Ada North'], 0],
    ['by first name only', ['Ada North'], ['Ada South'], 0],
    ['once each', ['Ada North'], ['Ada North'], 1],
  ])('must be unique: %s', async (_, before, after, count) => {
    const stay = good.slice(1);
    await importRows(store.db, {
      rows: [...people((i) => `a${String(i)}`, before), ...shift(stay)],
      ...whole,
    });

    const run = await planImport(store.db, {
      rows: [...people((i) => `n${String(i)}`, after), ...shift(stay)],
      ...whole,
    });

    expect(run.held.find(({ gate }) => gate === 'renumbered')?.count ?? 0).toBe(count);
  });

  test('of a person who left before counts, unless both have an address', async () => {
    const ada = { firstName: 'Ada', lastName: 'North' };
    const stay = shift(good.slice(1));
    await importRows(store.db, {
      rows: [row(2, { code: 'a0', email: 'a@x.org', ...ada }), ...stay],
      ...whole,
    });
    await importRows(store.db, { rows: stay, ...whole });

    const namesake = await planImport(store.db, {
      rows: [row(2, { code: 'n0', email: 'n@x.org', ...ada }), ...stay],
      ...whole,
    });
    await dropRun(namesake.runId);
    const back = await planImport(store.db, {
      rows: [row(2, { code: 'n0', ...ada }), ...stay],
      ...whole,
    });

    expect(namesake.held).toEqual([]);
    expect(back.held).toEqual([{ gate: 'renumbered', count: 1, limit: 0 }]);
    expect((await pairsOf(back.runId))[0]?.knownAs?.[0]?.inactive).toBe(true);
  });

  test('is nobody else’s while another number of the person is in the read', async () => {
    const userId = await addPerson(store.db.pool, {
      fields: { code: 'a1', firstName: 'Ada', lastName: 'North' },
    });
    await importRows(store.db, { rows: good.slice(1), ...whole });
    for (const externalId of ['a1', 'a2']) {
      await addIdentity(store.db.pool, { sourceId: LIST, externalId, userId });
    }

    const run = await planImport(store.db, {
      rows: [
        row(20, { code: 'a1' }),
        row(21, { code: 'n1', firstName: 'Ada', lastName: 'North' }),
        ...shift(good.slice(1)),
      ],
      ...whole,
    });

    expect(run.held.map(({ gate }) => gate)).not.toContain('renumbered');
  });
});

test('with addresses in the file, conflicts stop every row, as ever', async () => {
  const mailed = (number: (i: number) => string): ReadRow[] =>
    people(number).map((one, i) => row(one.line, { ...one.values, email: `p${String(i)}@x.org` }));
  await importRows(store.db, { rows: mailed((i) => `00${String(i)}`), ...whole });

  const run = await planImport(store.db, { rows: mailed((i) => String(i)), ...whole });
  await applyPlan(store.db, run);
  const { counts } = await runDocument(store.db, run.runId);

  expect(run.held).toEqual([]);
  expect(counts).toMatchObject({ created: 0, deactivated: 0, conflict: 4 });
});

test('an approval creates them, and the same file is quiet afterwards', async () => {
  await importRows(store.db, { rows: good });
  const stripped = { rows: people((i) => `1004${String(i)}`) };

  const approved = await importRows(store.db, stripped);
  const again = await planImport(store.db, stripped);
  await dropRun(again.runId);
  const old = await planImport(store.db, { rows: good });

  expect(approved.counts.created).toBe(4);
  expect([again.held, old.held]).toEqual([[], []]);
});

test('a new person with the name of one who left in the same read is named, and not held', async () => {
  const ada = { firstName: 'Ada', lastName: 'North' };
  const left = { code: '1', ...ada, status: 'inactive' };
  await importRows(store.db, { rows: rows({ code: '1', ...ada, status: 'active' }), ...whole });

  const { held, messages } = await importRows(store.db, {
    rows: rows(left, { code: '9', ...ada, status: 'active' }),
    ...whole,
  });
  const { messages: namesake } = await importRows(store.db, {
    rows: rows(
      left,
      { code: '9', ...ada, status: 'active' },
      { code: '10', ...ada, status: 'active' },
      { code: '11', ...ada, status: 'active' },
    ),
    ...whole,
  });

  expect(held).toEqual([]);
  expect(messages.map(({ code, message }) => [code, message])).toEqual([
    ['namesake_left', expect.stringContaining('"1" → "9" (Ada North)')],
  ]);
  expect(namesake).toEqual([]);
});

test('a run that creates nobody is not held', async () => {
  await importRows(store.db, { rows: good });

  const run = await planImport(store.db, {
    rows: people((i) => `1004${String(i)}`),
    create: false,
  });

  expect(run.held).toEqual([]);
});

test('SQL and the domain take the same things off a number', async () => {
  const one = fc
    .array(fc.constantFrom('0', '.0', '.00', "'", '’', '1', 'A', 'b', '.', '-', '10'), {
      maxLength: 7,
    })
    .map((parts) => parts.join(''));

  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 50 }), async (all) => {
      const { rows: found } = await store.db.pool.query<{ form: string }>(
        `select ${numberFormSql('n')} as form from unnest($1::text[]) with ordinality t(n, at)
         order by at`,
        [all],
      );

      expect(found.map(({ form }) => form)).toEqual(all.map(numberForm));
    }),
    { numRuns: 40 },
  );
});

/** On other lines than those of `people`. */
function shift(all: readonly ReadRow[]): ReadRow[] {
  return all.map((one) => ({ ...one, line: one.line + 100 }));
}

/** Frees the source for the next plan. */
async function dropRun(runId: string): Promise<void> {
  await store.db.pool.query(
    `update run set state = 'rejected', active = false, blocking = false, finished_at = now() where id = $1`,
    [runId],
  );
}
