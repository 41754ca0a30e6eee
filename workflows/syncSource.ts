import { beginSync } from './proxies';
import { reconcile, type RunResult } from './reconcile';
import type { RunInput } from './execution';

/** A schedule names the source; a client that recorded a run names the run. */
export type SyncInput = RunInput | { readonly sourceId: string };

/** Why a scheduled sync did not start. */
export interface SkippedSync {
  readonly skipped: string;
}

/**
 * Reads a polled source and reconciles the store with it: `sync/<runId>`, or the id that a schedule
 * gives. A schedule's sync ends at once when its source is paused, held or busy.
 */
export async function syncSource(input: SyncInput): Promise<RunResult | SkippedSync> {
  if ('runId' in input) return reconcile(input, { reads: 'pages' });
  const { sourceId } = input;
  const begun = await beginSync({ sourceId });
  if (begun.runId === null) return { skipped: begun.skipped };
  return reconcile({ runId: begun.runId }, { reads: 'pages' });
}
