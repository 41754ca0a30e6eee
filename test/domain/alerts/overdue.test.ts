import { cronTimesBefore } from '../../../domain/sources/cron';
import { isOverdue } from '../../../domain/alerts/overdue';

const at = (text: string): Date => new Date(`${text}Z`);

test.each([
  ['every hour', '0 * * * *', 'UTC', ['2026-03-10T12:00', '2026-03-10T11:00']],
  ['once a day', '30 5 * * *', 'UTC', ['2026-03-10T05:30', '2026-03-09T05:30']],
  ['in another zone', '0 5 * * *', 'Europe/Vienna', ['2026-03-10T04:00', '2026-03-09T04:00']],
  ['on working days', '0 5 * * mon-fri', 'UTC', ['2026-03-10T05:00', '2026-03-09T05:00']],
  ['on Sundays, as 7', '0 5 * * 7', 'UTC', ['2026-03-08T05:00', '2026-03-01T05:00']],
  ['in steps', '*/20 10-12/2 * * *', 'UTC', ['2026-03-10T12:20', '2026-03-10T12:00']],
  ['from a start in steps', '50/5 * * * *', 'UTC', ['2026-03-10T11:55', '2026-03-10T11:50']],
  ['monthly', '0 0 31 * *', 'UTC', ['2026-01-31T00:00', '2025-12-31T00:00']],
  ['in leap years', '0 0 29 2 *', 'UTC', ['2024-02-29T00:00', '2020-02-29T00:00']],
  ['never', '0 0 31 2 *', 'UTC', []],
])('the last times of a schedule that fires %s', (_, cron, timeZone, expected) => {
  const times = cronTimesBefore(cron, { timeZone, before: at('2026-03-10T12:34'), most: 2 });

  expect(times).toEqual(expected.map(at));
});

test.each([
  [{ everyMinutes: 60 }, '2026-03-10T10:30', false],
  [{ everyMinutes: 60 }, '2026-03-10T10:00', true],
  [{ everyMinutes: 60, jitterSeconds: 3_600 }, '2026-03-10T10:00', false],
  [{ cron: '0 5 * * *' }, '2026-03-09T05:03', false],
  [{ cron: '0 5 * * *' }, '2026-03-09T04:59', true],
  [{ cron: '30 12 * * *' }, '2026-03-09T12:29', false],
  [{}, '2020-01-01T00:00', false],
])('two times of %j have passed since %s: %s', (times, since, overdue) => {
  expect(isOverdue(times, { since: at(since), now: at('2026-03-10T12:34') })).toBe(overdue);
});
