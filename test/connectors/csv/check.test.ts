import { checkCsv, type CheckedFile } from '../../../connectors/csv/check';
import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import type { Fault } from '../../../domain/faults';
import { faultOf } from '../../operations/support';
import { chunksOf, OPTIONS, read, type Given } from './support';

function check(content: string | Buffer, given: Given = {}): Promise<CheckedFile> {
  return checkCsv({
    chunks: chunksOf(content),
    name: 'people.csv',
    options: { ...OPTIONS, ...given.options },
    organizations: given.organizations ?? null,
    properties: given.properties ?? [],
    undeclared: given.organizations === undefined,
    limits: { ...DEFAULT_CSV_LIMITS, ...given.limits },
  });
}

test('the format and what fills the columns are found', async () => {
  const text = '\ufeffcode;Vorname;Shoe;hire date\n1;Ann;38;2020-01-01\n2;Bo;;soon\n3;;;\n';

  const found = await check(text, { options: { ignoreUnknown: true } });

  expect(found).toMatchObject({
    encoding: 'utf-8',
    delimiter: ';',
    quoting: 'doubled',
    headerLine: 1,
    rows: 3,
    columns: [
      { header: 'code', field: 'code', filled: 3 },
      { header: 'Vorname', field: 'firstName', filled: 2 },
      { header: 'Shoe', field: null, filled: 1 },
      // A value that is no date is a value, too.
      { header: 'hire date', field: 'hireDate', filled: 2 },
    ],
  });
  expect(found.messages.map(({ code }) => code)).toEqual(['ignored_column']);
});

test('equal faults are one, with their number and their first lines', async () => {
  const status = (n: number): string => (n % 3 === 0 ? 'on leave' : n === 4 ? 'gone' : 'active');
  const rows = Array.from({ length: 30 }, (_, n) => `${String(n)},${status(n)},x\n`).join('');

  const { faults } = await check(`code,status,email\n${rows}`);

  expect(faults.map(({ first: _, ...fault }) => fault)).toEqual([
    {
      code: 'bad_email',
      column: 'email',
      value: 'x',
      count: 30,
      lines: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    },
    {
      code: 'unknown_status',
      column: 'status',
      value: 'on leave',
      count: 10,
      lines: [2, 5, 8, 11, 14, 17, 20, 23, 26, 29],
    },
    { code: 'unknown_status', column: 'status', value: 'gone', count: 1, lines: [6] },
  ]);
});

test('beyond a thousand kinds, the values of a column are counted as one', async () => {
  const rows = Array.from({ length: 1_500 }, (_, n) => `${String(n)},no-${String(n)}\n`).join('');

  const { faults } = await check(`code,email\n${rows}`);

  expect(faults).toHaveLength(1_001);
  expect(faults[0]).toMatchObject({ code: 'bad_email', value: null, count: 500 });
});

test('numbers that come again are counted, however many rows there are', async () => {
  const numbers = Array.from({ length: 9_000 }, (_, n) => String(n * 7));
  const rows = [...numbers, '63', 'A', 'a', '63', 'A'].map((code) => `${code},x\n`);

  const unique = await check(`code,phone\n${numbers.map((code) => `${code},x\n`).join('')}`);
  const { repeatedNumbers } = await check(`code,phone\n${rows.join('')}`);

  expect(unique.repeatedNumbers).toEqual({ rows: 0, first: null });
  expect(repeatedNumbers).toEqual({ rows: 3, first: { value: '63', lines: [11, 9_002] } });
});

test('without a store every organization and every named property is taken', async () => {
  const text = 'code,organization,properties.shoe\n1,NOWHERE,38\n';

  const offline = await check(text);
  const fault = await faultOf(check(text, { organizations: new Map() }));
  const online = await check(text, {
    organizations: new Map(),
    properties: [{ key: 'shoe', name: 'Shoe', type: 'number' }],
  });

  expect(offline.faults).toEqual([]);
  expect(offline.columns.map(({ field }) => field)).toEqual([
    'code',
    'organization',
    'properties.shoe',
  ]);
  expect(fault).toMatchObject({ code: 'unknown_column' } satisfies Partial<Fault>);
  expect(online.faults).toMatchObject([{ code: 'unknown_organization', value: 'NOWHERE' }]);
});

test.each([
  ['no text', Buffer.from('code\n1\n\xff\n', 'latin1'), 'invalid_bytes'],
  ['broken quotes', 'code,first_name\n1,"Ann\n', 'broken_quotes'],
  ['no key', 'first_name\nAnn\n', 'no_key_column'],
])('a file with %s is refused as an import refuses it', async (_, content, code) => {
  const fault = await faultOf(check(content));

  expect(fault).toMatchObject({ kind: 'refused_file', code });
  expect(fault).toEqual(await faultOf(read(content)));
});
