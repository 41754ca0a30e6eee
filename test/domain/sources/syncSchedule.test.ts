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
