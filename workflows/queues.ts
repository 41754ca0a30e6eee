/** The task queue of an installation: only workers of its own database take what is on it. */
export function runsQueue(installation: string): string {
  return `runs-${installation}`;
}
