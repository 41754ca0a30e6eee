import { play } from '../../faults/letters/play';
import { withServers } from '../../faults/letters/stacks';

// The complete campaign, with 20 letters to 10,000 people and 120 kills: npm run faults -- letters.
const RECIPIENTS = 200;

test('nobody gets two, nobody is lost, and no outcome is false, although the worker is killed amid a letter', async () => {
  const { verdict, wrong, strikes } = await withServers(
    { recipients: RECIPIENTS, keep: false },
    (servers) =>
      play({
        ...servers,
        ...{ seed: '1', world: 2, recipients: RECIPIENTS, strikes: 1, control: false },
      }),
  );

  expect(strikes).toEqual(['worker']);
  expect(wrong).toEqual([]);
  // It was struck, and the server misbehaved.
  expect(verdict.accepted).toBeGreaterThan(RECIPIENTS / 2);
  expect(verdict.failed + verdict.unknown).toBeGreaterThan(0);
}, 180_000);
