import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import { readRecords, type ReadRecordsInput } from '../../../connectors/records/read';
import type { RecordRow } from '../../../domain/files/recordRows';

async function read(
  text: string,
  o: Partial<Pick<ReadRecordsInput, 'subject' | 'options'>> = {},
): Promise<{ readonly rows: RecordRow[]; readonly messages: readonly unknown[] }> {
  const found = await readRecords({
    chunks: chunks(text),
    name: 'records.csv',
    subject: o.subject ?? 'enrollments',
    options: o.options ?? {},
    limits: DEFAULT_CSV_LIMITS,
  });
  const rows: RecordRow[] = [];
  for await (const batch of found.batches) rows.push(...batch);
  return { rows, messages: found.summary().messages };
}

async function* chunks(text: string): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from(text);
}

test('columns are found by their names and aliases, values in their stored form', async () => {
  const { rows } = await read(
    'Employee ID;Course Code;Completion Status;Progress %;Grade;Completed on\n' +
      '007;Safety;In Progress;50 %;82,50;\n' +
      ' 8 ;"Fire; drill";;;<clear>;01.02.2026\n',
    { options: { dateFormat: 'DD.MM.YYYY' } },
  );

  expect(rows).toEqual([
    {
      line: 2,
      userRef: '007',
      otherRef: 'Safety',
      record: {
        status: 'in_progress',
        progress: '50',
        score: '82.5',
        userKey: '007',
        otherKey: 'safety',
      },
      faults: null,
    },
    {
      line: 3,
      userRef: '8',
      otherRef: 'Fire; drill',
      record: { score: null, completedAt: '2026-02-01', userKey: '8', otherKey: 'fire; drill' },
      faults: null,
    },
  ]);
});

test('a row with faults has all of them; a blank row is passed over and counted', async () => {
  const { rows, messages } = await read(
    'user,course,status,score\nA1,safety,<clear>,-1\n,,,\nA2,safety,enrolled,1,surplus\n',
  );

  expect(
    rows.map(({ line, faults }) => [line, faults?.map(([column, code]) => [column, code])]),
  ).toEqual([
    [
      2,
      [
        ['status', 'cannot_clear'],
        ['score', 'bad_record_value'],
      ],
    ],
    [4, [[null, 'too_many_cells']]],
  ]);
  expect(messages).toEqual([{ line: 3, column: null, code: 'blank_rows', facts: { rows: 1 } }]);
});

test('a day of completion beside another status is refused', async () => {
  const { rows } = await read('user,course,status,completed\nA1,safety,enrolled,2026-01-02\n');

  expect(rows[0]?.faults?.map(([column, code]) => [column, code])).toEqual([
    ['completed', 'bad_record_value'],
  ]);
});

test('a credit has the print of what it says, in whatever letters', async () => {
  const { rows } = await read(
    'user,title,provider,credits,date\nA1,First Aid,Red Cross,1.50,2026-01-02\nA2,FIRST  aid,red cross,1.5,2026-01-02\n',
    { subject: 'credits' },
  );

  expect(rows[0]?.record?.['print']).toMatch(/^\d+$/);
  expect(rows[1]?.record?.['print']).toBe(rows[0]?.record?.['print']);
});

test.each([
  ['unknown_column', 'user,course,notes\n', {}],
  ['missing_column', 'user,status\n', {}],
  ['repeated_column', 'code,email,course\n', {}],
  ['mapped_column_absent', 'user,course\n', { recordColumns: { kurs: 'course' } }],
])('a header with %s is refused', async (code, text, options) => {
  await expect(read(`${text}A1,safety,x\n`, { options })).rejects.toMatchObject({ code });
});

test('a map and --ignore-unknown say what columns are', async () => {
  const { rows, messages } = await read('Emp,Kurs,Notiz,E-Mail\nA1,safety,x,y\n', {
    options: { recordColumns: { emp: 'user', KURS: 'course', 'E-Mail': '-' }, ignoreUnknown: true },
  });

  expect(rows).toMatchObject([{ userRef: 'A1', otherRef: 'safety', faults: null }]);
  expect(messages).toMatchObject([{ code: 'ignored_column', column: 'Notiz' }]);
});

test('the fault of a cell names the character that may not be in it', async () => {
  const { rows } = await read('user,course\nA1\u0000,safety\nA1,safe\u0007ty\n');

  expect(rows.map(({ faults }) => faults?.map(([, code, , facts]) => [code, facts]))).toEqual([
    [['nul_byte', {}]],
    [['control_character', { char: 'U+0007' }]],
  ]);
});
