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

test('a day that cannot be read decides nothing: its row is an error', async () => {
  const { rows } = await read('code,leave date\n1,30.6.2022\n');

  expect(rows).toEqual([[null, {}]]);
});

test('days that are ignored, and a file without them, cost no column', async () => {
  const ignored = await read('code,leave date\n1,2022-06-30\n', { days: 'ignore' });
  const none = await read('code,first name\n1,Ada\n');

  expect([ignored.tail, ignored.rows, none.tail]).toEqual([[], [[null, {}]], []]);
});
