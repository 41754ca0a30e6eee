import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/** Undoes what a run wrote, as a run of its own: `undo/<runId>`. */
export async function undoRun(input: RunInput): Promise<RunResult> {
  return reconcile(input, { reads: 'nothing' });
}
