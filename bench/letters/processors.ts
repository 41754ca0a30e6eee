import { readFileSync, readdirSync } from 'node:fs';
import { readStackFile } from '../../config/stackFile';
import type { BenchStack } from '../stack';

/** Seconds for which each part of a stack computed so far, and this process, as `bench`. */
export type Processors = ReadonlyMap<string, number>;

/** Reads `/proc`; zeros where the system has none. */
export function processorsOf({ place }: BenchStack): Processors {
  const services = readStackFile(place.home)?.services ?? [];
  const parents = new Map(allProcesses().map((one) => [one.pid, one]));
  const secondsOf = (pid: number): number => {
    const own = parents.get(pid);
    if (own === undefined) return 0;
    const children = [...parents.values()].filter(({ parent }) => parent === pid);
    return children.reduce((sum, child) => sum + secondsOf(child.pid), own.seconds);
  };
  return new Map([
    ...services.map(({ name, pid }) => [name, secondsOf(pid)] as const),
    ['bench', parents.get(process.pid)?.seconds ?? 0],
  ]);
}

/** Milliseconds of each part for one of `count` letters since `before`, the most first. */
export function shares(before: Processors, after: Processors, count: number): string {
  return [...after]
    .map(([name, seconds]) => [name, ((seconds - (before.get(name) ?? 0)) * 1000) / count] as const)
    .filter(([, ms]) => ms >= 0.01)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => `${name} ${ms.toFixed(2)}`)
    .join(', ');
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its own, and those of its children that have ended. */
  readonly seconds: number;
}

function allProcesses(): Process[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? read(Number(name)) : []));
  } catch {
    return [];
  }
}

function read(pid: number): Process[] {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime, stime, cutime and cstime, in ticks of a hundredth of a second (proc(5)).
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    return [{ pid, parent: Number(fields[1]), seconds: ticks / 100 }];
  } catch {
    return [];
  }
}
