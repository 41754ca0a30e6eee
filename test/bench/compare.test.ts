import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptPairs } from '../../bench/compare';
import {
  intervalOf,
  judge,
  measurePairs,
  medianOf,
  type Pair,
  type Round,
  type Side,
} from '../../bench/compare/pairs';
import { allMet, pairLine, report } from '../../bench/compare/report';

function round(seconds: number): Round {
  return { create: { command: seconds, run: seconds / 2 } };
}

/** Pairs in which the older build takes ten seconds, and this one so many times as long. */
function pairsOf(...ratios: readonly number[]): Pair[] {
  return ratios.map((ratio) => ({ older: round(10), this: round(10 * ratio), load: 1 }));
}

function verdictOf(...ratios: readonly number[]): string | undefined {
  return judge(pairsOf(...ratios))[0]?.verdict;
}

describe('the pairs', () => {
  test('are measured in the order ABBA', async () => {
    const order: Side[] = [];

    const pairs = await measurePairs({
      pairs: 4,
      before: [],
      load: () => 0,
      keep: () => undefined,
      measure: (side) => {
        order.push(side);
        return Promise.resolve(round(side === 'older' ? 10 : 11));
      },
    });

    expect(order.map((side) => (side === 'older' ? 'A' : 'B')).join('')).toBe('ABBAABBA');
    expect(pairs).toEqual(pairsOf(1.1, 1.1, 1.1, 1.1).map((pair) => ({ ...pair, load: 0 })));
  });

  test('go on after the last whole pair when a measurement was stopped within one', async () => {
    const kept: { pairs: readonly Pair[] } = { pairs: [] };
    const order: Side[] = [];
    const session = (stopAt: number) => ({
      pairs: 3,
      before: kept.pairs,
      load: () => 1,
      keep: (pairs: readonly Pair[]) => {
        kept.pairs = [...pairs];
      },
      measure: (side: Side) => {
        if (order.length === stopAt) return Promise.reject(new Error('stopped'));
        order.push(side);
        return Promise.resolve(round(order.length));
      },
    });

    // The second round of the second pair.
    await expect(measurePairs(session(3))).rejects.toThrow('stopped');
    const atStop = kept.pairs.length;
    const done = await measurePairs(session(Infinity));

    expect(atStop).toBe(1);
    expect(order).toEqual(['older', 'this', 'this', 'this', 'older', 'older', 'this']);
    expect(done).toEqual([
      { older: round(1), this: round(2), load: 1 },
      { older: round(5), this: round(4), load: 1 },
      { older: round(6), this: round(7), load: 1 },
    ]);
  });

  test('are kept in a file of the two builds and the size, and forgotten on a restart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-kept-'));
    const of = (build: string): KeptPairs =>
      new KeptPairs({ what: 'import', rows: 5000, older: '288e85f', build }, folder);

    of('0.1.0 aaa').write(pairsOf(1, 1.2));
    const again = of('0.1.0 aaa').read();
    const other = of('0.1.0 bbb').read();
    const [file = ''] = readdirSync(folder);
    const whole = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), whole.slice(0, 20));
    const cut = of('0.1.0 aaa').read();
    writeFileSync(join(folder, file), whole);
    of('0.1.0 aaa').forget();

    expect(again).toEqual(pairsOf(1, 1.2));
    expect([other, cut, of('0.1.0 aaa').read()]).toEqual([[], [], []]);
    rmSync(folder, { recursive: true });
  });
});

describe('the verdict', () => {
  test('is that a build is not more than 3 % worse when the median ratio is at most 1.03', () => {
    expect(verdictOf(0.9, 0.95, 1.0, 1.03, 1.1, 1.2, 1.3)).toBe('met');
    expect(allMet(pairsOf(0.9, 0.95, 1.0, 1.03, 1.1, 1.2, 1.3))).toBe(true);
  });

  test('is that it is worse when even the lowest ratio of seven is above 1.03', () => {
    expect(verdictOf(1.04, 1.05, 1.05, 1.06, 1.07, 1.08, 1.2)).toBe('worse');
    expect(allMet(pairsOf(1.04, 1.05, 1.05, 1.06, 1.07, 1.08, 1.2))).toBe(false);
  });

  test('is open when the median is above 1.03 and the ratios spread below it', () => {
    const pairs = pairsOf(0.92, 1.01, 1.03, 1.04, 1.05, 1.08, 1.2);

    expect(verdictOf(0.92, 1.01, 1.03, 1.04, 1.05, 1.08, 1.2)).toBe('undecided');
    expect(allMet(pairs)).toBe(false);
    expect(report(pairs, COMPARED)).toContain('Cannot be decided: create.');
    expect(report(pairs, COMPARED)).toContain('0.920–1.200');
  });

  test('is open with fewer than five pairs, whatever their ratios', () => {
    expect(verdictOf(1, 1, 1, 1)).toBe('undecided');
    expect(report(pairsOf(1, 1), COMPARED)).toContain('Too few pairs to decide');
  });

  test.each([
    [4, null],
    [5, [1, 5]],
    [7, [1, 7]],
    [8, [2, 7]],
    [15, [4, 12]],
  ] as const)('of %i pairs has the interval of the sign test', (n, interval) => {
    // Against the binomial distribution: at least 90 % lie within, and one rank further in fewer do.
    expect(intervalOf(Array.from({ length: n }, (_, i) => i + 1))).toEqual(interval);
  });

  test('is made from the median, also of an even number', () => {
    expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

const COMPARED = { what: 'import', rows: 5000, older: '288e85f', build: '0.1.0 abc' };

test('the report lists every pair, with the build that went first', () => {
  const text = report(pairsOf(1, 1.5), COMPARED);

  expect(pairLine(pairsOf(1.5)[0] ?? { older: {}, this: {}, load: 0 }, 2)).toBe(
    'pair 2, this first, load 1.0: create 10.00 → 15.00 (1.500)',
  );
  expect(text).toContain('- pair 1, older first, load 1.0: create 10.00 → 10.00 (1.000)\n');
  expect(text).toContain('| create | command | 10.00 | 12.50 | 1.250 | 1.000–1.500 | - |');
  expect(text).toContain('| create | run | 5.00 | 6.25 | 1.250 | 1.000–1.500 | - |');
});
