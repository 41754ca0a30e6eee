import { GATES } from '../../domain/runs/gates';
import { gateText } from '../../wording/gates';

test.each([
  ['short_file', 20, 34, /It has 20 people; at least 34 were expected/],
  ['first_link', 6_635, 0, /^This is the first run .* 6,635 users are here already/],
  ['empty_read', 0, 1, /^There are no rows/],
  [
    'deactivations',
    12,
    5,
    /^12 people would be deactivated\. More than 5 at once need your approval\.$/,
  ],
  [
    'expect',
    6_272,
    6_000,
    /^You expected 6,000 people, but 6,272 would be changed\. Look who they are\.$/,
  ],
  ['expect', 1, 0, /^1 person would be changed\. Confirm this number\.$/],
] as const)('the gate %s says in words what it found (%i, %i)', (gate, count, limit, words) => {
  expect(gateText({ gate, count, limit })).toMatch(words);
});

test('a plan of learner records or pairs is counted in these, not in people', () => {
  const six = { gate: 'expect', count: 6, limit: 0 } as const;

  expect(gateText(six, 'enrollments')).toBe('6 enrollments would be changed. Confirm this number.');
  expect(gateText({ ...six, limit: 1 }, 'merges')).toBe(
    'You expected 1 pair, but 6 would be changed. Look which they are.',
  );
});

test('every gate has a sentence of its own', () => {
  const texts = GATES.map((gate) => gateText({ gate, count: 2, limit: 1 }));

  expect(new Set(texts).size).toBe(GATES.length);
  for (const text of texts) expect(text).toMatch(/^[A-Z0-9].*\.$/);
});
