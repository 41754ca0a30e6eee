import { report, type Sample } from '../../bench/importReport';
import { NOTHING, type Measured } from '../../bench/measure';

const measured = (seconds: number, workerMb = 200): Measured => ({
  seconds,
  phases: { ...NOTHING, apply: seconds },
  clientMb: 100,
  workerMb,
});

const sample = (o: { rows: number; floor: number; took: readonly Measured[] }): Sample => ({
  rows: o.rows,
  scenario: 'create',
  floors: o.took.map(() => ({ parse: o.floor / 2, copy: 0, sql: o.floor / 2 })),
  runs: o.took,
});

/** The cells of the first table's line of so many rows. */
function lineOf(text: string, rows: string): string[] {
  const line = text.split('\n').find((each) => each.startsWith(`| ${rows} |`)) ?? '';
  return line.split('|').map((cell) => cell.trim());
}

describe('the report of the import benchmark', () => {
  it('takes the median, and two seconds plus 1.3 floors as the most for a create', () => {
    const took = [measured(99), measured(14.9), measured(10)];

    const line = lineOf(report([sample({ rows: 100_000, floor: 10, took })], [1]), '100,000');

    expect(line.slice(3, 9)).toEqual([
      '3',
      '10.00 (5.00 + 0.00 + 5.00)',
      '14.90',
      '1.49',
      '≤ 15.00',
      'yes',
    ]);
  });

  it('says where a target is missed, of time or of memory', () => {
    const slow = lineOf(
      report([sample({ rows: 10_000, floor: 5, took: [measured(3.1)] })], [1]),
      '10,000',
    );
    const fat = lineOf(
      report([sample({ rows: 10_000, floor: 1, took: [measured(1, 301)] })], [1]),
      '10,000',
    );

    expect(slow[8]).toBe('**no**');
    expect(fat[8]).toBe('yes, **memory**');
  });

  it('compares the cost of a row at a million with that at 100,000', () => {
    const small = sample({ rows: 100_000, floor: 4, took: [measured(7)] });
    const good = sample({ rows: 1_000_000, floor: 40, took: [measured(62)] });
    const bad = sample({ rows: 1_000_000, floor: 40, took: [measured(63)] });

    expect(report([small, good], [1])).toContain('(target ≤ 1.2 ×: met)');
    expect(report([small, bad], [1])).toContain('(target ≤ 1.2 ×: **not met**)');
  });
});
