import { read, refusalOf } from './support';

const FILE = 'code,firstName,Main Job,department\n1,Ada,Yes,Sales\n1,Ada, no ,IT\n2,Bo,,\n';
const by = (column: string, value: string) => ({ options: { twoRows: { column, value } } });
const marks = async (...given: Parameters<typeof read>) =>
  (await read(...given)).staged.map((row) => row[row.length - 1]);

test('a column that is not imported says which row counts, in any case', async () => {
  expect(await marks(FILE, by('main job', 'YES'))).toEqual(['t', 'f', 'f']);
});

test('a column that is imported can say it, too', async () => {
  const given = by('department', 'it');

  expect(await marks(FILE.replace('Main Job', 'jobTitle'), given)).toEqual(['f', 't', 'f']);
});

test('a file without the column is refused', async () => {
  expect(await refusalOf(FILE, by('Primary', 'yes'))).toMatchObject({
    code: 'mapped_column_absent',
  });
});
