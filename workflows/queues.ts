/** The task queue of an installation: only workers of its own database take what is on it. */
export function runsQueue(installation: string): string {
  return `runs-${installation}`;
}

/**
 * The queue of builds before installations had ids. All databases of a namespace shared it, and
 * nobody takes anything from it any more.
 */
export const SHARED_QUEUE = 'runs';
