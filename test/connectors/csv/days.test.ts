import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import { readCsv } from '../../../connectors/csv/read';
import { DAYS_COLUMNS } from '../../../domain/files/fileDays';
import { STAGED_COLUMNS, stagedAt } from '../../../domain/files/staged';
import type { ImportOptions } from '../../../domain/runs/runOptions';
import { daysAt } from '../../../domain/zones';
import { chunksOf } from './support';

const OPTIONS: ImportOptions = {
  dryRun: false,
  missing: 'ignore',
  blank: 'keep',
  create: true,
  update: 'all',
  ignoreUnknown: false,
};

/** Status of each row, then its columns of days that have a value. */
async function read(text: string, options: Partial<ImportOptions> = {}) {
  const csv = await readCsv({
    chunks: chunksOf(text),
    reread: () => chunksOf(text),
    name: 'people.csv',
    options: { ...OPTIONS, ...options },
    organizations: new Map(),
    properties: [],
    limits: DEFAULT_CSV_LIMITS,
    days: daysAt(new Date('2026-06-15T23:00:00Z'), 'Europe/Vienna'),
  });
  const rows: unknown[] = [];
  for await (const batch of csv.batches) {
    for (const row of batch) {
      const tail = row.slice(STAGED_COLUMNS.length);
      expect(tail).toHaveLength(csv.tail.length);
      const days = DAYS_COLUMNS.flatMap((column, i) =>
        (tail[i] ?? null) === null ? [] : [[column, tail[i]]],
      );
      rows.push([row[stagedAt('status')], Object.fromEntries(days)]);
    }
  }
  return { rows, messages: csv.summary().messages, tail: csv.tail };
}

test('a file with columns of days says when access ends and begins, by the clock of each person', async () => {
  const { rows } = await read(
    'code,hire date,leave date,time zone\n' +
      '1,2019-01-01,2022-06-30,\n' +
      '2,2031-01-01,,\n' +
      '3,2020-01-01,2031-12-31,Asia/Tokyo\n' +
      '4,,2026-06-15,\n' +
      '5,,2026-06-15,America/New_York\n' +
      '6,,,\n' +
      '7,,9999-12-31,Mars/Base\n',
  );

  expect(rows).toEqual([
    ['inactive', { status_by: 'after_last_day', days_known: 'both' }],
    ['inactive', { due_on: '2031-01-01', status_by: 'before_first_day', days_known: 'both' }],
    [
      null,
      { due_on: '2032-01-01', due_zone: 'Asia/Tokyo', due_status: 'inactive', days_known: 'both' },
    ],
    // It is the 16th in Vienna, and the 15th in New York.
    ['inactive', { status_by: 'after_last_day', days_known: 'both' }],
    [
      null,
      {
        due_on: '2026-06-16',
        due_zone: 'America/New_York',
        due_status: 'inactive',
        days_known: 'both',
      },
    ],
    [null, { days_known: 'both' }],
    [null, { days_known: 'both' }],
  ]);
});

test('a status wins, and rows that contradict their days are counted with their lines', async () => {
  const { rows, messages } = await read(
    'code,status,hire date,leave date\n' +
      '1,Active,2019-01-01,2022-06-30\n2,Active,2031-01-01,\n3,Inactive,,2022-06-30\n4,,,2022-06-30\n',
  );

  expect(rows).toEqual([
    ['active', { days_known: 'both' }],
    ['active', { days_known: 'both' }],
    ['inactive', { days_known: 'both' }],
    ['inactive', { status_by: 'after_last_day', days_known: 'both' }],
  ]);
  expect(messages).toEqual([
    {
      line: null,
      column: 'leave date',
      code: 'active_after_last_day',
      facts: { rows: 1, lines: [2] },
    },
    {
      line: null,
      column: 'hire date',
      code: 'active_before_first_day',
      facts: { rows: 1, lines: [3] },
    },
  ]);
});

test.each([
  ['0000-00-00', '00.00.0000', '00000000', '1900-01-00', '1/0/1900 12:00:00 AM'],
  ['0001-01-01T00:00:00', '1753-01-01', '1899-12-30', '1900-01-01', '01.01.1900'],
  // A number, such as a year, that a spreadsheet shows as a day.
  ['1900-05-03', '1905-07-16', '16.07.1905', '1899-05-05', '1909-12-31'],
])('days by which programs mean none say nothing, and are counted', async (...days) => {
  const text = (day: string): string => `1,2020-01-01,${day}\n2,${day},2031-12-31\n`;

  const { rows, messages } = await read(`code,hire date,leave date\n${days.map(text).join('')}`);

  const none = [null, { days_known: 'both' }];
  const ahead = [null, expect.objectContaining({ due_on: '2032-01-01' })];
  expect(rows).toEqual(days.flatMap(() => [none, ahead]));
  const facts = expect.objectContaining({ cells: days.length });
  expect(messages.filter(({ code }) => code === 'no_day')).toEqual([
    { line: null, column: 'leave date', code: 'no_day', facts },
    { line: null, column: 'hire date', code: 'no_day', facts },
  ]);
});

test('the last day of the calendar is no first day, and as a last day says that there is no end', async () => {
  const { rows, messages } = await read(
    'code,hire date,leave date\n1,31.12.9999,\n2,14.01.2020,31.12.9999\n',
  );

  expect(rows).toEqual([
    [null, { days_known: 'both' }],
    [null, { days_known: 'both' }],
  ]);
  expect(messages.filter(({ code }) => code === 'no_day')).toHaveLength(2);
});

test('a last day before a first day that has come is an error, where no status says what it means', async () => {
  const { rows, messages } = await read(
    'code,status,hire date,leave date\n' +
      '1,,2024-01-01,2022-06-30\n2,active,2024-01-01,2022-06-30\n3,,2031-01-01,2022-06-30\n',
  );

  expect(rows).toEqual([
    [null, {}],
    ['active', { days_known: 'both' }],
    ['inactive', { due_on: '2031-01-01', status_by: 'before_first_day', days_known: 'both' }],
  ]);
  expect(messages).toMatchObject([{ code: 'active_after_last_day', facts: { lines: [3] } }]);
});

test('an empty cell of a partial file says nothing of that day, unless empty cells clear', async () => {
  const text = 'code,hire date,leave date\n1,,\n2,2020-01-01,\n3,,9999-12-31\n';

  const partial = await read(text, { partial: true });
  const clearing = await read(text, { partial: true, blank: 'clear' });

  expect(partial.rows).toEqual([
    [null, {}],
    [null, { days_known: 'first' }],
    [null, { days_known: 'last' }],
  ]);
  expect(clearing.rows).toEqual(Array(3).fill([null, { days_known: 'both' }]));
});

describe('days that are not ISO 8601, without a named format', () => {
  const file = (...days: readonly string[]): string =>
    `code,hire date\n${days.map((day, i) => `${String(i)},${day}\n`).join('')}`;

  test.each([
    ['DD.MM.YYYY', ['01.02.2019', '5.3.2020', '2019-02-01']],
    ['DD/MM/YYYY', ['01/02/2019', '31/12/2020', '-', '31/02/2020']],
    ['MM/DD/YYYY', ['1/2/2019 12:00:00 AM', '3/14/2020 12:00:00 AM']],
    ['YYYYMMDD', ['20190201', '20201231', '00000000']],
    ['DD-MMM-YYYY', ['01-Feb-2019']],
  ])('are read as %s where they fit nothing else, and it is said', async (format, days) => {
    const { messages } = await read(file(...days));

    expect(messages).toContainEqual({
      line: null,
      column: 'hire date',
      code: 'date_format_found',
      facts: expect.objectContaining({ format, value: days[0] }),
    });
  });

  test.each([
    ['two formats', ['01/02/2019', '03/04/2020']],
    ['no common one', ['1/14/2019', '14/1/2019']],
    ['two forms', ['01.02.2019', '02-Feb-2019']],
    ['numbers of a spreadsheet', ['45321', '45322']],
  ])('are errors where they fit %s', async (_, days) => {
    const { rows, messages } = await read(file(...days));

    expect(rows).toEqual(days.map(() => [null, {}]));
    expect(messages).toEqual([]);
  });
});

test('a day that cannot be read decides nothing: its row is an error', async () => {
  const { rows } = await read('code,leave date\n1,30.6.22\n');

  expect(rows).toEqual([[null, {}]]);
});

test('days that are ignored, and a file without them, cost no column', async () => {
  const ignored = await read('code,leave date\n1,2022-06-30\n', { days: 'ignore' });
  const none = await read('code,first name\n1,Ada\n');

  expect([ignored.tail, ignored.rows, none.tail]).toEqual([[], [[null, {}]], []]);
});
