import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/** Imports a CSV file that is stored with the run: `import/<runId>`. */
export async function importCsv(input: RunInput): Promise<RunResult> {
  return reconcile(input, { reads: 'file' });
}
