import type { WorkerQueue } from '../domain/workerQueues';

/** A task queue of an installation: only workers of its own database take what is on it. */
function taskQueue(queue: WorkerQueue, installation: string): string {
  return `${queue}-${installation}`;
}

export function runsQueue(installation: string): string {
  return taskQueue('runs', installation);
}

/** The task queue of what is mailed: on it is only the activity `deliver`. */
export function deliveriesQueue(installation: string): string {
  return taskQueue('deliveries', installation);
}

const RUNS_PREFIX = runsQueue('');

/** The queue of deliveries that belongs to a queue of runs: a workflow knows its own queue alone. */
export function deliveriesQueueBeside(runs: string): string {
  const installation = runs.startsWith(RUNS_PREFIX) ? runs.slice(RUNS_PREFIX.length) : runs;
  return deliveriesQueue(installation);
}
