import { readPairs } from '../../../connectors/merges/read';
import type { RecordRow } from '../../../domain/files/recordRows';
import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';

async function* chunks(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function read(text: string) {
  const opened = await readPairs({
    chunks: chunks(text),
    name: 'pairs.csv',
    options: {},
    properties: [{ key: 'badge', name: 'Badge', type: 'text' }],
    courses: new Set(['safety']),
    limits: DEFAULT_CSV_LIMITS,
  });
  const rows: RecordRow[] = [];
  for await (const batch of opened.batches) rows.push(...batch);
  return { rows, summary: opened.summary() };
}

test('pairs are read with their choices; other columns are named and passed over', async () => {
  const { rows, summary } = await read(
    'Score;Keep;Duplicate;Take;Reason\n' +
      '90;S-1; R-1 ;"e-mail=redundant; course:SAFETY=survivor, badge=redundant";twice\n' +
      ';;;;\n' +
      '80;anna@x.org;R-2;;\n',
  );

  expect(rows).toEqual([
    {
      line: 2,
      userRef: 'S-1',
      otherRef: 'R-1',
      record: {
        userKey: 's-1',
        otherKey: 'r-1',
        take: { email: 'redundant', 'course:safety': 'survivor', 'properties.badge': 'redundant' },
        reason: 'twice',
      },
      faults: null,
    },
    {
      line: 4,
      userRef: 'anna@x.org',
      otherRef: 'R-2',
      record: { userKey: 'anna@x.org', otherKey: 'r-2', take: {}, reason: null },
      faults: null,
    },
  ]);
  expect(summary).toMatchObject({
    rows: 2,
    messages: [
      { line: 1, column: 'Score', code: 'ignored_column' },
      { line: 3, code: 'blank_rows', facts: { rows: 1 } },
    ],
  });
});

test('a row says all that is wrong with it, by line and column', async () => {
  const { rows } = await read(
    'survivor,redundant,take\n,R-1,email=me\nS-1,R-1,course:NONE=redundant\nS-1,R-1,,x\n',
  );

  expect(
    rows.map(({ line, faults }) => [line, faults?.map(([column, code]) => [column, code])]),
  ).toEqual([
    [
      2,
      [
        ['survivor', 'missing_cell'],
        ['take', 'bad_record_value'],
      ],
    ],
    [3, [['take', 'unknown_course']]],
    [4, [[null, 'too_many_cells']]],
  ]);
});

test('a file without one of the two columns is refused', async () => {
  await expect(read('survivor,other\nS-1,R-1\n')).rejects.toMatchObject({
    code: 'missing_column',
    message: expect.stringContaining('redundant'),
  });
});

test('the fault of a cell names the character that may not be in it', async () => {
  const { rows } = await read('survivor,redundant\nS-1,R\u0007-1\n');

  expect(rows[0]?.faults).toEqual([['redundant', 'control_character', null, { char: 'U+0007' }]]);
});
