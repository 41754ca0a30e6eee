import type { Planner } from '../plan/planner';
import { planMerges } from './plan';
import { isUnmerge, planUnmerges } from './unmerge/plan';

/** How runs of merges and unmerges are planned. */
export const MERGE_PLANNER: Planner = {
  isOrdered: true,
  plan: async (tx, o) => {
    if (isUnmerge(o.run)) await planUnmerges(tx, o);
    else await planMerges(tx, o);
    return null;
  },
  check: () => Promise.resolve(),
  close: () => Promise.resolve({ counts: `'{}'`, matchedBy: `'{}'` }),
};
