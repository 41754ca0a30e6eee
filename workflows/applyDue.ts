import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/** Makes the people of one source and time zone what the source said ahead: `due/<runId>`. */
export async function applyDue(input: RunInput): Promise<RunResult> {
  return reconcile(input, { reads: 'nothing' });
}
