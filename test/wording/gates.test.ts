import { GATES } from '../../domain/runs/gates';
import { gateText } from '../../wording/gates';

test.each([
  ['short_file', 20, 34, /^It has 20 people; at least 34 are expected/],
  ['first_link', 6_635, 0, /^This is the first run .* has 6,635 users already/],
  ['empty_read', 0, 1, /^The read has no rows/],
  ['deactivations', 12, 5, /^It would deactivate 12 people; up to 5 go through/],
  ['expect', 6_272, 6_000, /^It changes 6,272 people; confirmed were 6,000\.$/],
  ['expect', 1, 0, /^It changes 1 person, which has to be confirmed\.$/],
] as const)('the gate %s says in words what it found (%i, %i)', (gate, count, limit, words) => {
  expect(gateText({ gate, count, limit })).toMatch(words);
});

test('every gate has a sentence of its own', () => {
  const texts = GATES.map((gate) => gateText({ gate, count: 2, limit: 1 }));

  expect(new Set(texts).size).toBe(GATES.length);
  for (const text of texts) expect(text).toMatch(/^[A-Z0-9].*\.$/);
});
