import type { Applier } from '../apply/applier';
import { applyUnmerges } from './unmerge/apply';

/** How the entries of merges are written. */
export const MERGE_APPLIER: Applier = {
  applyRange: applyUnmerges,
  applyLate: () => Promise.resolve(null),
};
