import type { Applier } from '../apply/applier';
import { applyMerges, lastOfBatch } from './apply';
import { applyUnmerges } from './unmerge/apply';

/** How the entries of merges and unmerges are written. */
export const MERGE_APPLIER: Applier = {
  lastOf: lastOfBatch,
  applyRange: async (tx, range) => {
    await applyMerges(tx, range);
    await applyUnmerges(tx, range);
  },
  applyLate: () => Promise.resolve(null),
};
