import { cpus, totalmem } from 'node:os';
import type { Floor, Scenario } from './floor';
import { NOTHING, PHASES, type Measured, type Phase } from './measure';

/** All measurements of one size and scenario. */
export interface Sample {
  readonly rows: number;
  readonly scenario: Scenario;
  readonly floors: readonly Floor[];
  readonly runs: readonly Measured[];
}

/** Time that the complete command may take: this many times the floor, after two fixed seconds. */
const FACTORS = { create: 1.3, unchanged: 1.5, changed: 1.6 } as const satisfies Record<
  Scenario,
  number
>;
const FIXED_SECONDS = 2;
/** At 10,000 rows and fewer the command's own start outweighs its work. */
const SMALL_SECONDS = 3;
const MEMORY_MB = 300;
const PER_ROW_GROWTH = 1.2;

interface Line {
  readonly rows: number;
  readonly scenario: Scenario;
  readonly n: number;
  readonly floor: number;
  readonly parts: Floor;
  readonly took: number;
  readonly most: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly clientMb: number | null;
  readonly workerMb: number | null;
}

/** The tables of the benchmark, as Markdown. */
export function report(samples: readonly Sample[], load: readonly number[]): string {
  const lines = samples.filter(({ runs }) => runs.length > 0).map(lineOf);
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine()}, Node ${process.versions.node}; ` +
      `load average ${load.map((value) => value.toFixed(1)).join(' to ')} while measuring. Seconds, medians.`,
    '',
    ...speed(lines),
    '',
    'Where the time goes:',
    '',
    ...phases(lines),
    '',
    ...perRow(lines),
  ].join('\n');
}

/** The machine in a few words. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${String(cpus().length)} cores (${first?.model.trim() ?? 'unknown'}), ${String(memory)} GiB, ${process.platform}`;
}

function lineOf({ rows, scenario, floors, runs }: Sample): Line {
  const parts = {
    parse: median(floors.map((floor) => floor.parse)),
    copy: median(floors.map((floor) => floor.copy)),
    sql: median(floors.map((floor) => floor.sql)),
  };
  const floor = median(floors.map(({ parse, copy, sql }) => parse + copy + sql));
  return {
    rows,
    scenario,
    n: runs.length,
    floor,
    parts,
    took: median(runs.map(({ seconds }) => seconds)),
    most: rows <= 10_000 ? SMALL_SECONDS : FIXED_SECONDS + FACTORS[scenario] * floor,
    phases: {
      ...NOTHING,
      ...Object.fromEntries(
        PHASES.map((phase) => [phase, median(runs.map((run) => run.phases[phase]))]),
      ),
    },
    clientMb: highest(runs.map((run) => run.clientMb)),
    workerMb: highest(runs.map((run) => run.workerMb)),
  };
}

function speed(lines: readonly Line[]): string[] {
  return markdown(
    [
      'rows',
      'scenario',
      'n',
      'floor (parse + copy + SQL)',
      'Rollcall',
      '× floor',
      'target',
      'met',
      'worker MB',
      'client MB',
    ],
    lines.map((l) => {
      const fits = [l.clientMb, l.workerMb].every((mb) => mb === null || mb <= MEMORY_MB);
      return [
        l.rows.toLocaleString('en'),
        l.scenario,
        String(l.n),
        `${s(l.floor)} (${s(l.parts.parse)} + ${s(l.parts.copy)} + ${s(l.parts.sql)})`,
        s(l.took),
        (l.took / l.floor).toFixed(2),
        `≤ ${s(l.most)}`,
        `${l.took <= l.most ? 'yes' : '**no**'}${fits ? '' : ', **memory**'}`,
        l.workerMb === null ? '–' : String(l.workerMb),
        l.clientMb === null ? '–' : String(l.clientMb),
      ];
    }),
  );
}

function phases(lines: readonly Line[]): string[] {
  return markdown(
    ['rows', 'scenario', ...PHASES],
    lines.map((l) => [
      l.rows.toLocaleString('en'),
      l.scenario,
      ...PHASES.map((phase) => s(l.phases[phase])),
    ]),
  );
}

/** The cost of a row beyond the fixed two seconds: the largest size compared with 100,000 rows. */
function perRow(lines: readonly Line[]): string[] {
  const cost = (l: Line): number => (Math.max(0, l.took - FIXED_SECONDS) / l.rows) * 1e6;
  return lines
    .filter((l) => l.rows > 100_000)
    .flatMap((l) => {
      const small = lines.find((other) => other.rows === 100_000 && other.scenario === l.scenario);
      if (small === undefined) return [];
      const [here, there] = [cost(l), cost(small)];
      const met = here <= PER_ROW_GROWTH * there ? 'met' : '**not met**';
      return [
        `- ${l.scenario}: beyond ${String(FIXED_SECONDS)} s, ${here.toFixed(1)} µs a row at ` +
          `${l.rows.toLocaleString('en')}, ${there.toFixed(1)} at 100,000 (target ≤ ${String(PER_ROW_GROWTH)} ×: ${met})`,
      ];
    });
}

function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

function s(value: number): string {
  return value.toFixed(2);
}

/** The median; for an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [high = 0, low = high] = [sorted[middle], sorted[middle - 1]];
  return sorted.length % 2 === 1 ? high : (high + low) / 2;
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
