import { stagedAt } from '../../../domain/files/staged';
import { read, refusalOf } from './support';

const FILE =
  'Badge,code,email,login,firstName\n' +
  '007,a,Ada@X.org,Ada,Ada\n' +
  ',b,bo@x.org,bo,Bo\n' +
  '1.00E+05,c,cy@x.org,cy,Cy\n';
const ids = async (...given: Parameters<typeof read>) =>
  (await read(...given)).staged.map((row) => row[stagedAt('external_id')]);

test('the code is the number, unless another key is named', async () => {
  const options = { columns: { Badge: '-' as const } };

  expect(await ids(FILE, { options })).toEqual(['a', 'b', 'c']);
  expect(await ids(FILE, { options: { ...options, key: 'email' } })).toEqual([
    'ada@x.org',
    'bo@x.org',
    'cy@x.org',
  ]);
  expect(await ids(FILE, { options: { ...options, key: 'login' } })).toEqual(['ada', 'bo', 'cy']);
});

test('a column that fills no field is the number, with its zeros, and is not read otherwise', async () => {
  const { staged, summary } = await read(FILE, { options: { key: { column: 'badge' } } });

  expect(staged.map((row) => row[stagedAt('external_id')])).toEqual(['007', null, null]);
  expect(staged.map((row) => row[stagedAt('key_readable')])).toEqual(['t', 't', 'f']);
  expect(staged[2]?.[stagedAt('faults')]).toContain('rounded_key');
  expect(summary.findings).toMatchObject({ unnumbered: true });
  expect(Object.keys(summary.coverage)).toEqual(['code', 'email', 'login', 'firstName']);
});

test('a file in which nothing but the column of the list says who a row is, is read', async () => {
  expect(await ids('No,firstName\n1,Ada\n', { options: { key: { column: 'No' } } })).toEqual(['1']);
});

test.each([
  [{ column: 'Bagde' }, 'rollcall import FILE --key Badge.'],
  ['login', '--map HEADER=login'],
] as const)('a file without the key %j is refused', async (key, next) => {
  const text = FILE.replace(',login', ',jobTitle');

  expect(await refusalOf(text, { options: { key, columns: { Badge: '-' } } })).toMatchObject({
    code: 'no_key_column',
    next: { do: 'say', text: expect.stringContaining(next) },
  });
});
