import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/**
 * Carries out what the source said ahead about the people of one source and time zone:
 * `due/<runId>`.
 */
export async function applyDue(input: RunInput): Promise<RunResult> {
  return reconcile(input, { reads: 'nothing' });
}
