import { visibleTimes } from '../../../domain/letters/visibleTimes';

const now = new Date('2026-11-30T12:00:00Z');
const given = (o: Parameters<typeof visibleTimes>[0]): string => {
  try {
    const { from, until, timeZone } = visibleTimes(o, { timeZone: 'Europe/Vienna', now });
    return [from?.toISOString(), until?.toISOString(), timeZone].map(String).join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'bug';
  }
};

test.each([
  [{}, 'undefined undefined null'],
  // A day ends with its end, in the zone.
  [{ visibleUntil: '2026-12-24' }, 'undefined 2026-12-24T23:00:00.000Z Europe/Vienna'],
  [
    { visibleFrom: '2026-12-01', visibleUntil: '2026-12-01', timeZone: 'UTC' },
    '2026-12-01T00:00:00.000Z 2026-12-02T00:00:00.000Z UTC',
  ],
  // Cairo's clocks are put forward at midnight, from 0:00 to 1:00.
  [
    { visibleFrom: '2027-04-30', visibleUntil: '2027-04-30', timeZone: 'Africa/Cairo' },
    '2027-04-29T22:00:00.000Z 2027-04-30T21:00:00.000Z Africa/Cairo',
  ],
  [
    { visibleUntil: '2027-04-29', timeZone: 'Africa/Cairo' },
    'undefined 2027-04-29T22:00:00.000Z Africa/Cairo',
  ],
  [{ visibleFrom: '2027-04-30T00:00', timeZone: 'Africa/Cairo' }, 'time_does_not_exist'],
  // Years ahead, and begun already: other than the time to send a letter.
  [{ visibleUntil: '2031-01-01T09:00' }, 'undefined 2031-01-01T08:00:00.000Z Europe/Vienna'],
  [{ visibleFrom: '2020-01-01T09:00' }, '2020-01-01T08:00:00.000Z undefined Europe/Vienna'],
  [{ visibleUntil: '2026-11-30T12:59' }, 'bad_time'],
  [{ visibleFrom: '2026-12-02', visibleUntil: '2026-12-01' }, 'bad_time'],
  [{ visibleFrom: '2026-02-30' }, 'bad_time'],
  [{ visibleFrom: 'soon' }, 'bad_time'],
  [{ visibleFrom: '2027-03-28T02:30' }, 'time_does_not_exist'],
  [{ visibleFrom: '2026-12-01', timeZone: 'Europe/Nowhere' }, 'bad_time_zone'],
])('%j is %s', (o, expected) => {
  expect(given(o)).toBe(expected);
});
