import { tryWriters, WRITERS } from '../../../faults/writers/command';

// More by hand, and with other seeds: npm run faults -- writers --trials 10000 --seed 7.
test('files of programs are read back equal, if need be with what the message offers', async () => {
  const results = await tryWriters({ trials: 3 * WRITERS.length, from: 1, seed: 1, only: [] });

  const wrong = results.filter((result) => result.wrong.length > 0);
  expect(wrong).toEqual([]);
  expect(new Set(results.map(({ writer }) => writer)).size).toBe(WRITERS.length);
});

test('each kind of cure is offered and works', async () => {
  const results = await tryWriters({ trials: 6 * WRITERS.length, from: 1, seed: 2, only: [] });

  expect([...new Set(results.flatMap(({ cures }) => cures))].sort()).toEqual([
    '--encoding macintosh',
    '--encoding windows-1252',
    '--escape backslash',
    '--ignore-unknown',
    '--null NA',
    '--null NULL',
    "escape: ''",
  ]);
});
