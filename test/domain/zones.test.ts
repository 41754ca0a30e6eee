import { clockIn, dayIn, daysAt, isTimeZone, zoneFault, zoneName } from '../../domain/zones';

const NIGHT = new Date('2026-03-10T23:30:00Z');

test.each([
  ['UTC', '2026-03-10'],
  ['Europe/Vienna', '2026-03-11'],
  ['Pacific/Kiritimati', '2026-03-11'],
  ['America/Los_Angeles', '2026-03-10'],
])('in %s it is %s', (zone, day) => {
  expect(dayIn(zone, NIGHT)).toBe(day);
});

test.each([
  ['Europe/Vienna', true],
  ['Vienna', false],
  ['+02:00', false],
  ['CST', false],
  ['Asia/Kolkata', true],
  ['America/Nuuk', true],
  ['US/Eastern', true],
  ['', false],
])('%j is a time zone: %s', (name, is) => {
  expect(isTimeZone(name)).toBe(is);
});

test('who has no zone, or one that is none, has the day of the source', () => {
  const days = daysAt(NIGHT, 'Europe/Vienna');

  expect([null, 'Mars/Olympus', 'UTC'].map((zone) => days.today(zone))).toEqual([
    '2026-03-11',
    '2026-03-11',
    '2026-03-10',
  ]);
  expect([null, 'Mars/Olympus', 'UTC'].map((zone) => days.zoneOf(zone))).toEqual([
    null,
    null,
    'UTC',
  ]);
});

test.each([
  ['UTC', '2026-11-30 23:05'],
  ['Europe/Vienna', '2026-12-01 00:05'],
  ['Asia/Kolkata', '2026-12-01 04:35'],
])('the clocks of %s show %s', (zone, shown) => {
  expect(clockIn(zone, new Date('2026-11-30T23:05:59Z'))).toBe(shown);
});

test('a zone is stored as the list spells it, and what is none comes with names that are', () => {
  expect(['utc', 'europe/KYIV', 'Asia/Calcutta', 'IST'].map(zoneName)).toEqual([
    'UTC',
    'Europe/Kyiv',
    'Asia/Calcutta',
    null,
  ]);
  expect(zoneFault('IST')).toContain('it may mean Asia/Kolkata, Asia/Jerusalem, Europe/Dublin.');
  expect(zoneFault('new york')).toContain('it may mean America/New_York.');
  expect(zoneFault('Europe/Viena')).toContain('it may mean Europe/Vienna.');
  expect(zoneFault('Europ/Vienna')).toContain('it may mean Europe/Vienna.');
  expect(zoneFault('Europe/Wien')).toContain('; some are Europe/Vienna, Europe/London');
  expect(zoneFault('here')).toContain('some are Europe/Vienna');
  expect(zoneFault('UTC')).toBeNull();
});
