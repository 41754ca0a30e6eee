import { cronFault } from '../../../domain/sources/cron';
import { readTimes, timesText } from '../../../domain/sources/syncSchedule';

test.each([
  '0 5 * * *',
  '*/15 8-18 * * mon-fri',
  '0,30 0 1,15 jan *',
  '5 4 * * 7',
  '0-59/5 * * * *',
])('%s is a cron expression', (text) => {
  expect(cronFault(text)).toBeNull();
});

test.each([
  ['0 5 * *', 'five fields'],
  ['60 5 * * *', 'minute'],
  ['0 24 * * *', 'hour'],
  ['0 5 0 * *', 'day of the month'],
  ['0 5 * dez *', 'month'],
  ['0 5 * * 8', 'day of the week'],
  ['0 18-8 * * *', 'hour'],
  ['0 5- * * *', 'hour'],
  ['*/0 * * * *', 'minute'],
  ['@daily', 'five fields'],
])('%s is none: %s', (text, part) => {
  expect(cronFault(text)).toContain(part);
});

test('a new schedule replaces the stored one completely', () => {
  const stored = { cron: '0 5 * * *', timeZone: 'Europe/Vienna', jitterSeconds: 60 };

  expect(readTimes({ every: '30m' }, stored)).toEqual({ times: { everyMinutes: 30 }, faults: [] });
});

test.each([
  [
    { daily: '02:00', timeZone: 'Europe/Vienna' },
    '0 2 * * *',
    'every day at 02:00 (Europe/Vienna)',
  ],
  [{ daily: '6:05', weekdays: 'Mon-Fri' }, '5 6 * * mon-fri', 'mon-fri at 06:05 (Asia/Tokyo)'],
  [{ daily: '23:59', weekdays: 'mon,thu' }, '59 23 * * mon,thu', 'mon,thu at 23:59 (Asia/Tokyo)'],
])(
  '%j is a time of day, in the zone of the source unless another is given',
  (given, cron, words) => {
    const { times, faults } = readTimes(given, { everyMinutes: 5 }, 'Asia/Tokyo');

    expect(faults).toEqual([]);
    expect(times.cron).toBe(cron);
    expect(cronFault(cron)).toBeNull();
    expect(timesText(times)).toBe(words);
  },
);

test.each([
  [{ daily: '24:00' }, '--daily'],
  [{ daily: '2' }, '--daily'],
  [{ daily: '02:00', weekdays: 'mo' }, '--weekdays'],
  [{ weekdays: 'mon' }, '--weekdays is for --daily'],
  [{ daily: '02:00', every: '1h' }, 'one of --every, --daily and --cron'],
  [{ every: '30s' }, '--every'],
  [{ every: '60d' }, '--every'],
  [{ every: '1h', timeZone: 'Europe/Vienna' }, '--time-zone'],
  [{ cron: '0 5 * * *', timeZone: '+02:00' }, '+02:00'],
  [{ every: '1h', jitter: '2d' }, '--jitter'],
  [{ every: '1h', fullEvery: '5m' }, '--full-every'],
  [{ jitter: '5m' }, 'Say how often'],
])('%j is refused', (given, part) => {
  expect(readTimes(given, null).faults.join('\n')).toContain(part);
});

test('a schedule is worded', () => {
  expect(timesText({ everyMinutes: 90, jitterSeconds: 300, fullEveryHours: 48 })).toBe(
    'every 90m, at a random moment up to 5m later, everybody every 2d',
  );
  expect(timesText({ cron: '0 5 * * *' })).toBe('every day at 05:00 (UTC)');
  expect(timesText({ cron: '30 14 * * *', timeZone: 'Europe/Berlin' })).toBe(
    'every day at 14:30 (Europe/Berlin)',
  );
  expect(timesText({ cron: '0 5 * * 1-5' })).toBe('cron "0 5 * * 1-5" (UTC)');
});
