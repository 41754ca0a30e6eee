/** The task queue of an installation: only workers of its own database take what is on it. */
export function runsQueue(installation: string): string {
  return `runs-${installation}`;
}

/** The task queue of what is mailed: on it is only the activity `deliver`. */
export function deliveriesQueue(installation: string): string {
  return `deliveries-${installation}`;
}

/** The queue of deliveries that belongs to a queue of runs: a workflow knows its own queue alone. */
export function deliveriesQueueBeside(taskQueue: string): string {
  return deliveriesQueue(taskQueue.replace(/^runs-/, ''));
}
