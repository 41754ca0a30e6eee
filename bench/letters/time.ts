import { loadavg } from 'node:os';
import type { Db } from '../../store/database/db';
import { computed } from '../computed';
import { seconds } from '../floor';

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Seconds that passed, and those that the database computed; 0: it was not asked. */
export interface Time {
  readonly passed: number;
  readonly computed: number;
}

/** The seconds that `work` takes, and what the database computes meanwhile. */
export async function timeOf(db: Db, work: () => Promise<unknown>): Promise<Time> {
  const before = await computed(db);
  const passed = await seconds(work);
  return { passed, computed: (await computed(db)) - before };
}

/** The middle of some numbers; of an even count the lower one of the two in the middle. */
function median(numbers: readonly number[]): number {
  return at(numbers, 0.5);
}

/** The number below which this share of the numbers lies. */
export function at(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** The work of the machine in the last minute: processes that compute or wait to. */
export function load(): string {
  return `load ${(loadavg()[0] ?? 0).toFixed(1)}`;
}

export interface Compared {
  readonly ours: Time;
  readonly floor: Time;
}

/** Runs both in turns, ours first and, with several rounds, last, and returns the median of each. */
export async function inTurns(
  rounds: number,
  o: { readonly ours: () => Promise<Time>; readonly floor: () => Promise<Time> },
): Promise<Compared> {
  const [ours, floor]: [Time[], Time[]] = [[], []];
  const turn = async (name: string, times: Time[], work: () => Promise<Time>): Promise<void> => {
    const time = await work();
    times.push(time);
    say(`  ${name}  ${shown(time)}   ${load()}`);
  };
  for (let round = 1; round <= rounds; round++) {
    await turn('ours ', ours, o.ours);
    if (round < rounds || rounds === 1) await turn('floor', floor, o.floor);
  }
  return { ours: middle(ours), floor: middle(floor) };
}

function middle(times: readonly Time[]): Time {
  return {
    passed: median(times.map(({ passed }) => passed)),
    computed: median(times.map((time) => time.computed)),
  };
}

/** How many times as long ours took, by the clock and by the database's processor. */
export function ratio({ ours, floor }: Compared): string {
  const by = (a: number, b: number): string => `${(a / b).toFixed(2)} ×`;
  return `${by(ours.passed, floor.passed)}, computed ${by(ours.computed, floor.computed)}`;
}

export function shown({ passed, computed: spent }: Time): string {
  return `${passed.toFixed(2)} s${spent === 0 ? '' : `, computed ${spent.toFixed(2)} s`}`;
}
