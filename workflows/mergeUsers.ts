import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/** Merges pairs of users, or takes merges back: `merge/<runId>`. One pair has no file to read. */
export async function mergeUsers(input: RunInput): Promise<RunResult> {
  return reconcile(input, { reads: 'file' });
}
