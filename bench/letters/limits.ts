import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sinkFolder } from '../../config/mail';
import { parseId, parseSinkFileName } from '../../domain/letters/sink/files';
import { projectRoot } from '../../embedded/paths';
import { ownEnv } from '../cli';
import type { BenchStack } from '../stack';
import { addRecipientsTo } from './recipients';
import { createLetter, sendToAll } from './sending';
import { load, say } from './time';

/** Letters a second that all workers together may send. */
export const PER_SECOND = 50;
const WORKERS = 4;
const MOST_IN_A_SECOND = 55;
const LEAST_MEAN = 47;

/** Four workers, one campaign, one limit: what arrives in each second. */
export async function benchLimits(stack: BenchStack, minutes: number): Promise<void> {
  const people = PER_SECOND * 60 * minutes;
  await addRecipientsTo(stack, people);
  await createLetter(stack);
  const workers = Array.from({ length: WORKERS - 1 }, () => moreWorker(stack));
  try {
    // Until they poll.
    await sleep(10_000);
    say(`${String(WORKERS)} workers, ${String(PER_SECOND)} letters a second, ${load()}`);
    await sendToAll(stack, people);
  } finally {
    await Promise.all(workers.map(stop));
  }
  const times = arrivals(stack);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const mean = ((times.length - 1) / (last - first)) * 1000;
  say(`  mean ${mean.toFixed(1)} a second (target: at least ${String(LEAST_MEAN)}), ${load()}`);
  say(
    `  at most ${String(mostInASecond(times))} in a second of the clock (target: at most ` +
      `${String(MOST_IN_A_SECOND)}), at most ${String(mostWithin(times))} within any 1,000 ms`,
  );
}

/** When each letter came, in epoch ms, in their order. */
function arrivals({ place }: BenchStack): number[] {
  return readdirSync(sinkFolder(place.home))
    .flatMap((name) => parseId(parseSinkFileName(name)?.id ?? '')?.ms ?? [])
    .toSorted((a, b) => a - b);
}

/** The most in one second of the clock. */
function mostInASecond(times: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const time of times) {
    const second = Math.floor(time / 1000);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** The most within 1,000 ms, wherever they begin. */
function mostWithin(times: readonly number[]): number {
  let from = 0;
  return times.reduce((most, time, i) => {
    while (time - (times[from] ?? 0) >= 1000) from += 1;
    return Math.max(most, i - from + 1);
  }, 0);
}

function moreWorker({ place }: BenchStack): ChildProcess {
  return spawn(process.execPath, [join(projectRoot(), 'bin', 'rollcall.js'), 'worker'], {
    cwd: place.folder,
    env: ownEnv(place),
    stdio: 'ignore',
    detached: true,
  });
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}
