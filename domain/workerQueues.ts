/**
 * What a worker takes up, each on a task queue of its own: `runs` are imports and all that writes people,
 * `deliveries` are letters.
 */
export const WORKER_QUEUES = ['runs', 'deliveries'] as const;
export type WorkerQueue = (typeof WORKER_QUEUES)[number];
