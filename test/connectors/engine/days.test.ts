import { validateConnector } from '../../../connectors/declaration/validate';
import { mapRecord } from '../../../connectors/engine/records';
import type { FieldDeclaration } from '../../../connectors/declaration/schema';
import type { SourceRecord } from '../../../domain/sources/sourceRow';
import { toStagedRow } from '../../../domain/sources/sourceRow';
import { stagedAt } from '../../../domain/files/staged';
import { daysAt } from '../../../domain/zones';
import { sample } from './sample';

const RULES = {
  organizations: new Map(),
  properties: [],
  days: daysAt(new Date('2026-06-15T12:00:00Z'), 'UTC'),
};

/** A connection file whose first and last day stand at /start and /end. */
function declaration(fields: Readonly<Record<string, FieldDeclaration>>) {
  const base = sample();
  const effective = { start: '/start', end: '/end' };
  const status = { ...base.map.status, whenMissing: 'keep' as const };
  const map = { ...base.map, status, fields: { ...base.map.fields, ...fields }, effective };
  return { ...base, map };
}

function mapped(
  fields: Readonly<Record<string, FieldDeclaration>>,
  person: Readonly<Record<string, unknown>>,
): { record: SourceRecord; status: string | null; faults: string[] } {
  const connector = declaration(fields);
  const record = mapRecord({ id: '1', status: 'on', ...person }, connector, connector.map);
  const { row, faults } = toStagedRow(record, 1, RULES);
  return {
    record,
    status: row[stagedAt('status')] ?? null,
    faults: faults.map(([column, code]) => `${String(column)} ${code}`),
  };
}

const MS = {
  hireDate: { from: '/start', to: 'epochMsDate' },
  leaveDate: { from: '/end', to: 'epochMsDate' },
} as const;
const OPEN: Readonly<Record<string, FieldDeclaration>> = {
  leaveDate: { from: '/end', to: 'date', emptyWhen: ['open'] },
};
const DAY = {
  hireDate: { from: '/start', to: 'date' },
  leaveDate: { from: '/end', to: 'date' },
} as const;

describe('the first and the last day of a record', () => {
  it.each([
    ['milliseconds', MS, { start: 1_900_000_000_000, end: null }, ['2030-03-17', null]],
    [
      'milliseconds',
      MS,
      { start: 1_500_000_000_000, end: 1_600_000_000_000 },
      ['2017-07-14', '2020-09-13'],
    ],
    ['OData', MS, { start: '/Date(1577836800000+0000)/' }, ['2020-01-01', null]],
    ['a day with a zone', DAY, { start: '2031-05-04-07:00' }, ['2031-05-04', null]],
    [
      'a form of its own',
      { hireDate: { from: '/start', to: 'date', format: 'M/D/YYYY' } },
      { start: '2/29/2024 12:00:00 AM' },
      ['2024-02-29', null],
    ],
    ['a word for nothing', OPEN, { start: '2020-01-01', end: 'open' }, ['2020-01-01', null]],
    ['zeros', {}, { start: '0000-00-00', end: '0000-00-00 00:00:00' }, [null, null]],
    [
      'the end of time',
      DAY,
      { start: '2020-01-01', end: '9999-12-31' },
      ['2020-01-01', '9999-12-31'],
    ],
  ] as const)('written as %s count as the field shows them', (_, fields, person, [start, end]) => {
    const { record, faults, status } = mapped(fields, person);

    expect([record.start, record.end]).toEqual([start, end]);
    expect(faults).toEqual([]);
    const ended = end !== null && end < '2026-06-15';
    expect(status).toBe(ended || (start ?? '') > '2026-06-15' ? 'inactive' : 'active');
    for (const [field, day] of [
      ['hireDate', start],
      ['leaveDate', end],
    ] as const) {
      if (record.fields[field] !== undefined) expect(record.fields[field]).toBe(day);
    }
  });

  it.each([
    ['epoch where a date is said', DAY, { end: 1_600_000_000_000 }, ['leaveDate bad_date']],
    ['a word where an epoch is said', MS, { start: 'soon' }, ['hireDate bad_date']],
    ['what no field shows', {}, { start: 'soon' }, ['hireDate bad_date']],
    ['an object', {}, { end: { on: '2020-01-01' } }, ['leaveDate bad_date']],
  ] as const)('that cannot be read are a fault of the row: %s', (_, fields, person, wanted) => {
    expect(mapped(fields, person).faults).toEqual(wanted);
  });

  it('of a person who is removed are not read', () => {
    const connector = declaration({});
    const gone = {
      ...connector,
      deletion: { ...connector.deletion, soft: { path: '/gone', equals: true } },
    };

    const record = mapRecord({ id: '1', gone: true, end: 'soon' }, gone, gone.map);

    expect(record).toMatchObject({ deleted: 'soft', faults: [] });
  });

  it.each([
    [{}, null],
    [{ start: null }, 'first'],
    [{ end: '2026-01-01' }, 'last'],
    [{ start: '', end: null }, 'both'],
  ] as const)('are known where the record has them: %j', (person, known) => {
    expect(mapped(DAY, person).record.daysKnown).toBe(known);
  });

  it.each([
    [{ end: '2026-06-14' }, 'inactive'],
    [{ end: '2026-06-15' }, null],
    [{ start: '2026-06-16' }, 'inactive'],
    [{}, null],
  ] as const)('decide alone where there is no status: %j', (days, status) => {
    expect(mapped(DAY, { status: null, ...days }).status).toBe(status);
  });
});

describe('a connection file', () => {
  const faults = (fields: Readonly<Record<string, FieldDeclaration>>): string[] => {
    const checked = validateConnector(declaration(fields));
    return checked.ok ? [] : checked.faults.map(({ path, code }) => `${path} ${code}`);
  };

  it('may not read a first or last day in two ways', () => {
    expect(faults(MS)).toEqual([]);
    expect(faults({ ...DAY, 'properties.since': { from: '/start', to: 'date' } })).toEqual([]);
    expect(faults({ ...DAY, 'properties.since': { from: '/start', to: 'epochMsDate' } })).toEqual([
      '/map/effective/start two_conversions',
    ]);
    expect(
      faults({
        leaveDate: { from: ['/left', '/end'] },
        'properties.end': { from: '/end', to: 'date', format: 'D.M.YYYY' },
      }),
    ).toEqual(['/map/effective/end two_conversions']);
  });

  it('names a format only for a date, and one that says where its parts stand', () => {
    expect(faults({ hireDate: { from: '/h', to: 'date', format: 'DD-MMM-YYYY' } })).toEqual([]);
    expect(faults({ hireDate: { from: '/h', to: 'date', format: 'D/M/YY' } })).toEqual([
      '/map/fields/hireDate/format bad_date_format',
    ]);
    expect(faults({ hireDate: { from: '/h', to: 'epochSDate', format: 'D/M/YYYY' } })).toEqual([
      '/map/fields/hireDate/format format_of_no_date',
    ]);
  });
});
