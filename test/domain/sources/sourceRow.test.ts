import type { SourceRecord, SourceRowRules } from '../../../domain/sources/sourceRow';
import { toStagedRow } from '../../../domain/sources/sourceRow';
import { dayAfter, statusOn } from '../../../domain/users/days';
import type { StagedColumn } from '../../../domain/files/staged';
import { STAGED_COLUMNS } from '../../../domain/files/staged';

const TODAY = '2026-03-10';
const RULES: SourceRowRules = {
  organizations: new Map([['works', 'org-1']]),
  properties: [
    { key: 'badge', name: 'Badge', type: 'number' },
    { key: 'remote', name: 'Remote', type: 'boolean' },
  ],
  days: { today: () => TODAY, zoneOf: (zone) => zone },
};

const record = (given: Partial<SourceRecord> = {}): SourceRecord => ({
  externalId: '17',
  fields: {},
  status: 'active',
  sourceStatus: 'Active',
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

/** The columns of the staged row that have a value. */
function staged(given: Partial<SourceRecord>): Record<string, string> {
  const { row } = toStagedRow(record(given), 3, RULES);
  expect(row).toHaveLength(STAGED_COLUMNS.length);
  return Object.fromEntries(
    STAGED_COLUMNS.flatMap((column, i) => {
      const value = row[i] ?? null;
      return value === null ? [] : [[column, value] as [StagedColumn, string]];
    }),
  );
}

const faultCodes = (row: Record<string, string>): string[] =>
  (JSON.parse(row['faults'] ?? '[]') as string[][]).map(
    ([column, code]) => `${String(column)} ${String(code)}`,
  );

describe('a record of a source', () => {
  it('becomes a staged row under its own id, with keys, references and properties', () => {
    const row = staged({
      fields: {
        code: 'E17',
        login: 'Ann',
        email: 'Ann@X.example',
        manager: '4',
        organization: 'Works',
        hireDate: '2020-02-29',
        jobTitle: null,
        'properties.badge': '12',
        'properties.remote': 'yes',
      },
    });

    expect(row).toEqual({
      line: '3',
      external_id: '17',
      code: 'E17',
      login: 'Ann',
      login_key: 'ann',
      email: 'Ann@X.example',
      email_key: 'ann@x.example',
      manager_ref: '4',
      organization_id: 'org-1',
      hire_date: '2020-02-29',
      status: 'active',
      properties: '{"badge":12,"remote":true}',
      clears: '{"jobTitle"}',
      key_readable: 't',
    });
  });

  it('has no opinion on what it does not say, nor on a cleared code', () => {
    expect(staged({ status: null, fields: { code: null } })).toEqual({
      line: '3',
      external_id: '17',
      key_readable: 't',
    });
  });

  it.each([
    [{ email: 'nobody' }, 'email bad_email'],
    [{ hireDate: '2021-02-29' }, 'hireDate bad_date'],
    [{ login: 'a\tb' }, 'login bad_key'],
    [{ organization: 'Elsewhere' }, 'organization unknown_organization'],
    [{ 'properties.badge': 'many' }, 'properties.badge bad_number'],
    [{ 'properties.remote': 'perhaps' }, 'properties.remote bad_boolean'],
    [{ firstName: 'a\0b' }, 'firstName control_character'],
    [{ firstName: 'x'.repeat(32_769) }, 'firstName cell_too_long'],
  ] as const)('with %o is an error that still proves who is there', (fields, fault) => {
    const row = staged({ fields });

    expect(faultCodes(row)).toEqual([fault]);
    expect(row).toMatchObject({ external_id: '17', key_readable: 't' });
  });

  it.each([[null], ['x'.repeat(256)]])(
    'without an id that can be kept is unreadable',
    (externalId) => {
      const row = staged({ externalId });

      expect(faultCodes(row)).toEqual(['null missing_key']);
      expect(row).toMatchObject({ key_readable: 'f' });
      expect(row['external_id']).toBeUndefined();
    },
  );

  it('in an unknown status is an error, unless the record is gone anyway', () => {
    const unknown = { status: 'unknown', sourceStatus: 'Sabbatical' } as const;

    expect(faultCodes(staged(unknown))).toEqual(['status unknown_status']);
    expect(staged(unknown)['faults']).toContain('Sabbatical');
    expect(staged({ ...unknown, deleted: 'hard' })['faults']).toBeUndefined();
    expect(staged(unknown)['status']).toBeUndefined();
  });
});

describe('the status of a record on a day', () => {
  const on = (given: Partial<SourceRecord>): ReturnType<typeof statusOn> =>
    statusOn(record(given), TODAY);

  it.each([
    ['somebody who is there', {}, 'active', []],
    ['a hire of a later day', { start: '2026-03-11' }, 'inactive', ['2026-03-11']],
    ['a hire of today', { start: TODAY }, 'active', []],
    ['a leaver of a later day', { end: '2026-03-31' }, 'active', ['2026-04-01']],
    ['somebody on their last day', { end: TODAY }, 'active', ['2026-03-11']],
    ['somebody whose last day has passed', { end: '2026-03-09' }, 'inactive', []],
    [
      'somebody marked as gone ahead of the day',
      { status: 'inactive', end: '2026-03-31' },
      'active',
      ['2026-04-01'],
    ],
    ['somebody gone', { status: 'inactive', end: '2026-03-09' }, 'inactive', []],
    ['somebody gone without a day', { status: 'inactive' }, 'inactive', []],
    ['somebody who leaves', { status: 'leaving' }, 'active', []],
    ['somebody awaited', { status: 'pending', start: '2026-04-01' }, 'inactive', ['2026-04-01']],
    ['somebody awaited whose day has come', { status: 'pending', start: TODAY }, 'active', []],
    ['somebody awaited without a day', { status: 'pending' }, 'inactive', []],
    ['a return after an earlier end', { start: '2026-01-01', end: '2025-06-30' }, 'active', []],
    [
      'a hire who leaves again',
      { start: '2026-04-01', end: '2026-04-30' },
      'inactive',
      ['2026-04-01', '2026-05-01'],
    ],
    ['somebody removed', { deleted: 'soft', end: '2026-12-31' }, 'inactive', []],
    ['a sentinel for no end', { start: '2020-01-01', end: '9999-12-31' }, 'active', []],
    ['somebody of whom nothing is said', { status: null }, null, []],
    [
      'somebody of whom only a last day to come is said',
      { status: null, end: '2026-12-31' },
      null,
      ['2027-01-01'],
    ],
    [
      'somebody of whom only days that hold are said',
      { status: null, start: '2020-01-01', end: TODAY },
      null,
      ['2026-03-11'],
    ],
    ['somebody in an unknown status', { status: 'unknown', end: '2026-03-09' }, null, []],
  ] as const)('%s', (_, given, status, dueOn) => {
    expect(on(given)).toEqual({ status, dueOn });
  });

  it.each([
    ['a last day that is over', { end: '2026-03-09' }, 'after_last_day', []],
    ['a first day to come', { start: '2026-03-11' }, 'before_first_day', ['2026-03-11']],
    [
      'a first and a last day to come',
      { start: '2026-03-11', end: '2026-03-31' },
      'before_first_day',
      ['2026-03-11', '2026-04-01'],
    ],
    [
      'a return after an earlier end',
      { start: '2026-04-01', end: '2025-06-30' },
      'before_first_day',
      ['2026-04-01'],
    ],
  ] as const)('without a status, %s decides', (_, given, by, dueOn) => {
    expect(on({ status: null, ...given })).toEqual({ status: 'inactive', by, dueOn });
  });

  it.each([
    ['2026-02-28', '2026-03-01'],
    ['2028-02-28', '2028-02-29'],
    ['2100-02-28', '2100-03-01'],
    ['2026-12-31', '2027-01-01'],
    ['2026-04-30', '2026-05-01'],
    ['2026-05-30', '2026-05-31'],
  ])('the day after %s is %s', (day, next) => {
    expect(dayAfter(day)).toBe(next);
  });
});
