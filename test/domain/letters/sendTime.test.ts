import { Fault } from '../../../domain/faults';
import { sendTime } from '../../../domain/letters/sendTime';

const NOW = new Date('2026-11-30T12:00:00Z');

function given(local: string, timeZone: string, now = NOW): string {
  try {
    return sendTime({ local, timeZone, now }).at.toISOString();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { nextTime } = error.details;
    return typeof nextTime === 'string' ? `${error.code} ${nextTime}` : error.code;
  }
}

test.each([
  ['2026-12-24T09:00', 'Europe/Vienna', '2026-12-24T08:00:00.000Z'],
  ['2026-12-24 09:00:30', 'europe/vienna', '2026-12-24T08:00:30.000Z'],
  ['2026-12-24T09:00', 'UTC', '2026-12-24T09:00:00.000Z'],
  ['2026-12-24T09:00', 'America/New_York', '2026-12-24T14:00:00.000Z'],
  ['2026-12-24T09:00', 'Pacific/Kiritimati', '2026-12-23T19:00:00.000Z'],
  ['2026-12-24T09:00', 'Asia/Kathmandu', '2026-12-24T03:15:00.000Z'],
])('%s in %s is %s', (local, zone, at) => {
  expect(given(local, zone)).toBe(at);
});

test.each([
  ['2027-03-28T02:30', 'Europe/Vienna', 'time_does_not_exist 2027-03-28T03:00'],
  ['2027-03-28T02:00', 'Europe/Vienna', 'time_does_not_exist 2027-03-28T03:00'],
  // Half an hour, at two in the morning.
  ['2027-10-03T02:10', 'Australia/Lord_Howe', 'time_does_not_exist 2027-10-03T02:30'],
  // At midnight.
  ['2027-04-30T00:30', 'Africa/Cairo', 'time_does_not_exist 2027-04-30T01:00'],
])('%s in %s is refused with the next time that exists', (local, zone, said) => {
  expect(given(local, zone)).toBe(said);
});

test('a time that the clocks show twice is the first of the two', () => {
  expect(given('2027-10-31T02:30', 'Europe/Vienna')).toBe('2027-10-31T00:30:00.000Z');
  expect(given('2027-10-31T03:00', 'Europe/Vienna')).toBe('2027-10-31T02:00:00.000Z');
});

test.each([
  ['2026-11-30T12:59', 'Europe/Vienna', 'time_is_past'],
  ['2026-11-30T13:00', 'Europe/Vienna', 'time_is_past'],
  ['2026-11-30T13:01', 'Europe/Vienna', '2026-11-30T12:01:00.000Z'],
  ['2028-01-01T09:00', 'UTC', 'time_too_far'],
  ['2027-02-29T09:00', 'UTC', 'bad_time'],
  ['2026-12-24T24:00', 'UTC', 'bad_time'],
  ['2026-12-24T09:00Z', 'UTC', 'bad_time'],
  ['tomorrow', 'UTC', 'bad_time'],
  ['2026-12-24T09:00', 'CST', 'bad_time_zone'],
])('%s in %s: %s', (local, zone, said) => {
  expect(given(local, zone)).toBe(said);
});
