import fc from 'fast-check';
import { dateReader, epochDay, isoDay } from '../../domain/dates';
import { Fault } from '../../domain/faults';

describe('isoDay', () => {
  it.each([
    ['1986-06-26', '1986-06-26'],
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['2024-12-31T23:59:60Z', '2024-12-31'],
    ['2024-12-31 08:00', '2024-12-31'],
    ['2024-12-31T08:00:00.123+02:00', '2024-12-31'],
    ['2024-12-31 08:00:00 UTC', '2024-12-31'],
    ['2024-12-31Z', '2024-12-31'],
    ['2024-12-31+02:00', '2024-12-31'],
    ['2024-12-31-0700', '2024-12-31'],
    ['2024-12-31-07', null],
    ['2024-12-31+15:00', null],
    ['2024-12-31 8:00 AM', null],
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

describe('epochDay', () => {
  it.each([
    ['1577836800000', '2020-01-01'],
    ['-86400000', '1969-12-31'],
    ['/Date(1577836800000)/', '2020-01-01'],
    ['/Date(1577836800000+0000)/', '2020-01-01'],
    ['\\/Date(1577836800000)\\/', '2020-01-01'],
    // Midnight in Vienna, as Microsoft writes it and as OData 2.0 writes it.
    ['/Date(1577833200000+0100)/', '2020-01-01'],
    ['/Date(1577833200000+0060)/', '2020-01-01'],
    ['/Date(1577833200000+60)/', '2020-01-01'],
    // Midnight in Chicago and in Honolulu: -0600 is six hours or six hundred minutes.
    ['/Date(1577858400000-0600)/', '2020-01-01'],
    ['/Date(1577872800000-0600)/', '2020-01-01'],
    // Neither reading is midnight, and they differ.
    ['/Date(1577865600000-0600)/', null],
    ['/Date(99999999999999999)/', null],
    ['/Date(soon)/', null],
    ['2020-01-01', null],
  ])('reads %s as %s', (text, day) => {
    expect(epochDay(text, 1)).toBe(day);
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
    ['M/D/YYYY', '2/29/2024 12:00:00 AM', '2024-02-29'],
    ['M/D/YYYY', '11/3/2023 12:00:00\u202fAM', '2023-11-03'],
    ['M/D/YYYY', '11/3/2023, 1:05 p.m.', '2023-11-03'],
    ['M/D/YYYY', '11/3/2023 8:05', '2023-11-03'],
    ['M/D/YYYY', '11/3/2023 13:05 PM', null],
    ['M/D/YYYY', '2/29/2023 12:00:00 AM', null],
    ['YYYY-MM-DD', '2024-02-29 12:00:00 AM', '2024-02-29'],
    ['DD.MM.YYYY', '24.12.2020+01:00', '2020-12-24'],
    ['DD.MM.YYYY', '2020-12-24+01:00', '2020-12-24'],
    ['DD-MMM-YYYY', '05-Jan-2024', '2024-01-05'],
    ['DD-MMM-YYYY', '5-SEPT-2024', '2024-09-05'],
    ['DD-MMM-YYYY', '05-September-2024', '2024-09-05'],
    ['DD-MMM-YYYY', '05-Mai-2024', null],
    ['DD-MMM-YYYY', '05-01-2024', null],
    ['D MMMM YYYY', '29 February 2024', '2024-02-29'],
    ['MMM D, YYYY', 'Feb. 9, 2024', '2024-02-09'],
    ['MMM D YYYY', 'Feb  9 2024 12:00AM', '2024-02-09'],
    ['DDMMMYYYY', '05JAN2024', '2024-01-05'],
    ['serial', '45296', '2024-01-05'],
    ['serial', '45296.5', '2024-01-05'],
    ['serial', '61', '1900-03-01'],
    ['serial', '60', null],
    ['serial', '59', '1900-02-28'],
    ['serial', '1', '1900-01-01'],
    ['serial', '0', null],
    ['serial', '2958465', '9999-12-31'],
    ['serial', '2958466', null],
    ['serial', '2024-01-05', '2024-01-05'],
    ['serial-1904', '43834', '2024-01-05'],
    ['serial-1904', '0', '1904-01-01'],
    ['epoch-ms', '1577836800000', '2020-01-01'],
    ['epoch-s', '1577836800', '2020-01-01'],
    ['/Date(ms)/', '/Date(1577836800000)/', '2020-01-01'],
  ])('reads with %s: %s as %s', (format, text, day) => {
    expect(dateReader(format)(text)).toBe(day);
  });

  it.each(['D/M/YY', 'DD.MM', 'MM/MM/YYYY', 'DMYYYY', 'DD-MMM-YY', 'soon', '', 'DD.MM.YYYY hh'])(
    'refuses the format %j',
    (format) => {
      expect(() => dateReader(format)).toThrow(Fault);
    },
  );

  it('says why it refuses years of two digits', () => {
    expect(() => dateReader('D/M/YY')).toThrow('a year of two digits names no century');
  });
});
