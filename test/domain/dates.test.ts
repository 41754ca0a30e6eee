import fc from 'fast-check';
import { dateReader, isoDay } from '../../domain/dates';
import { Fault } from '../../domain/faults';

describe('isoDay', () => {
  it.each([
    ['1986-06-26', '1986-06-26'],
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['2024-12-31T23:59:60Z', '2024-12-31'],
    ['2024-12-31 08:00', '2024-12-31'],
    ['2024-12-31T08:00:00.123+02:00', '2024-12-31'],
    ['2023-02-29', null],
    ['1900-02-29', null],
    ['2024-04-31', null],
    ['2024-13-01', null],
    ['2024-00-10', null],
    ['2024-01-00', null],
    ['0000-01-01', null],
    ['2024-1-1', null],
    ['2024-01-011', null],
    ['2024-01-01T', null],
    ['2024-01-01 soon', null],
    ['2024/01/01', null],
    ['20240101', null],
    ['٢٠٢٤-01-01', null],
    ['', null],
  ])('reads %j as %s', (text, day) => {
    expect(isoDay(text)).toBe(day);
  });

  it('takes the days that the calendar has and no others', () => {
    const part = (number: number, width: number): string => String(number).padStart(width, '0');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.nat({ max: 13 }),
        fc.nat({ max: 32 }),
        (y, m, d) => {
          const text = `${part(y, 4)}-${part(m, 2)}-${part(d, 2)}`;
          const date = new Date(`${text}T00:00:00Z`);
          const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);

          expect(isoDay(text)).toBe(exists ? text : null);
        },
      ),
    );
  });
});

describe('dateReader', () => {
  it.each([
    ['DD.MM.YYYY', '24.12.2020', '2020-12-24'],
    ['DD.MM.YYYY', '4.2.2020', '2020-02-04'],
    ['dd.mm.yyyy', '04.02.2020 00:00', '2020-02-04'],
    ['MM/DD/YYYY', '12/24/2020', '2020-12-24'],
    ['M/D/YYYY', '2/4/2020', '2020-02-04'],
    ['YYYY/MM/DD', '2020/02/04', '2020-02-04'],
    ['YYYYMMDD', '20200204', '2020-02-04'],
    ['DDMMYYYY', '04022020', '2020-02-04'],
    ['DD.MM.YYYY', '2020-12-24', '2020-12-24'],
    ['YYYY-DD-MM', '2020-04-02', '2020-02-04'],
    ['ISO 8601', '2020-02-04', '2020-02-04'],
    ['DD.MM.YYYY', '12/24/2020', null],
    ['DD.MM.YYYY', '31.2.2020', null],
    ['DD.MM.YYYY', '1.2.20', null],
    ['MM/DD/YYYY', '24/12/2020', null],
    ['YYYY-DD-MM', '2020-24-13', null],
    ['DDMMYYYY', '4022020', null],
  ])('reads with %s: %s as %s', (format, text, day) => {
    expect(dateReader(format)(text)).toBe(day);
  });

  it.each(['D/M/YY', 'DD.MM', 'MM/MM/YYYY', 'DD-MMM-YYYY', 'DMYYYY', 'soon', '', 'DD.MM.YYYY hh'])(
    'refuses the format %j',
    (format) => {
      expect(() => dateReader(format)).toThrow(Fault);
    },
  );

  it('says why it refuses years of two digits', () => {
    expect(() => dateReader('D/M/YY')).toThrow('a year of two digits names no century');
  });
});
