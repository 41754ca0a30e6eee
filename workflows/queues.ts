/** The task queue of everything that changes many people. */
export const RUNS_QUEUE = 'runs';
