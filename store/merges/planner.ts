import type { Planner } from '../plan/planner';
import { isUnmerge, planUnmerges } from './unmerge/plan';

/** How runs of merges are planned. */
export const MERGE_PLANNER: Planner = {
  plan: async (tx, o) => {
    if (isUnmerge(o.run)) await planUnmerges(tx, o);
    else await notBuilt();
    return null;
  },
  check: () => Promise.resolve(),
  close: () => Promise.resolve({ counts: `'{}'`, matchedBy: `'{}'` }),
};

function notBuilt(): Promise<never> {
  return Promise.reject(new Error('runs of merges cannot be planned yet'));
}
