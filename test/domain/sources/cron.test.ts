import { isHourly, oddTimes } from '../../../domain/sources/cron';
import { scheduledZone } from '../../../domain/sources/syncSchedule';
import { scheduleNotes } from '../../../wording/schedules';

const NOW = new Date('2026-11-30T12:00:00Z');

test.each([
  ['skipped', '30 2 * * *', 'Europe/Vienna', '2027-03-28 02:30 missing; 2027-10-31 02:30 unsure'],
  ['of the hour before', '30 1 * * *', 'Europe/Vienna', '2027-10-31 01:30 unsure'],
  ['far from the night', '0 5 * * *', 'Europe/Vienna', ''],
  ['not on that day', '30 2 * * mon', 'Europe/Vienna', ''],
  ['where no clock is changed', '30 2 * * *', 'Asia/Kolkata', ''],
  ['of a day without midnight', '30 2 * * sun', 'America/Havana', '2027-03-14 02:30 missing'],
  ['of the day before it', '30 2 * * sat', 'America/Havana', '2027-03-14 02:30 unsure'],
  ['of no expression', '61 2 * * *', 'Europe/Vienna', ''],
])('times that are odd in the coming year: %s', (_, cron, timeZone, expected) => {
  const odd = oddTimes(cron, { timeZone, now: NOW });

  expect(odd.map(({ day, time, what }) => `${day} ${time} ${what}`).join('; ')).toBe(expected);
});

test.each([
  ['*/15 * * * *', true],
  ['0 */2 * * *', false],
  ['0 * * * mon', false],
])('%s fires in every hour: %s', (cron, is) => {
  expect(isHourly(cron)).toBe(is);
});

test.each([
  ['*/15 * * * *', 'Europe/Vienna', undefined],
  ['*/15 * * * *', 'Asia/Kolkata', 'Asia/Kolkata'],
  ['0 5 * * *', 'europe/vienna', 'Europe/Vienna'],
  ['0 5 * * *', 'CST', 'CST'],
])('%s in %s is given to Temporal in %s', (cron, timeZone, zone) => {
  expect(scheduledZone({ cron, timeZone }, NOW)).toBe(zone);
});

test('what is odd about a schedule is said beforehand, a night in a line', () => {
  const notes = scheduleNotes({ cron: '*/15 2 * * *', timeZone: 'Europe/Vienna' }, NOW);
  const none = scheduleNotes({ cron: '0 5 * * *', timeZone: 'CST' }, NOW);

  expect(notes).toEqual([
    'On 2027-03-28 the clocks are put forward, and no sync starts at 02:00, 02:15, 02:30 and 1 more.',
    'On 2027-10-31 the clocks are changed: at 02:00, 02:15, 02:30 and 1 more a sync starts once, twice or an hour late.',
  ]);
  expect(none).toEqual([
    'No sync starts by itself: "CST" is no time zone of the IANA list; it may mean America/Chicago, Asia/Shanghai.',
  ]);
});
