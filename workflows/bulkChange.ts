import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/** Changes chosen users by hand, as a run: `bulk/<runId>`. */
export async function bulkChange(input: RunInput): Promise<RunResult> {
  return reconcile(input, { reads: 'nothing' });
}
