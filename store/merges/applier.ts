import type { Applier } from '../apply/applier';

/** How the entries of merges are written. */
export const MERGE_APPLIER: Applier = {
  applyRange: notBuilt,
  applyLate: () => Promise.resolve(null),
};

function notBuilt(): Promise<never> {
  return Promise.reject(new Error('runs of merges cannot be applied yet'));
}
