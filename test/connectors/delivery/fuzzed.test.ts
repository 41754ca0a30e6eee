import { readBack } from '../../../faults/letters/fuzz/read';
import { readByMailparser } from '../../../faults/letters/fuzz/readers';

// All 5,000 letters, also read by Python: npm run faults -- letters --fuzz.
const readers = new Map([['mailparser', readByMailparser]]);

test('letters of odd names, subjects and templates read as they are written, without another header', async () => {
  const results = [];
  for (let n = 1; n <= 50; n += 1) results.push(await readBack({ seed: 7, n, readers }));

  expect(results.flatMap(({ n, wrong }) => wrong.map((what) => `${String(n)}: ${what}`))).toEqual(
    [],
  );
  expect(results.filter(({ bytes }) => bytes > 1_000).length).toBeGreaterThan(40);
}, 60_000);
