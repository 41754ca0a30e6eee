import { failedRowsName } from '../../domain/runs/offers';
import type { SomeWords } from './words';

/** Words of the steps about runs. */
export const RUN_WORDS = {
  showRun: ({ run }) => `rollcall runs show ${run}`,
  listRuns: () => 'rollcall runs list',
  listRunsOf: ({ source }) => `rollcall runs list --source ${source}`,
  waitForRuns: () => 'Try again, or see what runs: rollcall runs list',
  diff: ({ run, action, gate }) =>
    `rollcall runs diff ${run}${action === undefined ? '' : ` --action ${action}`}` +
    (gate === undefined ? '' : ` --gate ${gate}`),
  writeEntries: ({ run }) => `rollcall runs diff ${run} --csv entries-${run}.csv`,
  helpDiff: () => 'rollcall runs diff --help',
  approve: ({ run }) => `rollcall runs approve ${run}`,
  approvePart: () => 'rollcall runs approve RUN --only create,update',
  reject: ({ run }) => `rollcall runs reject ${run}`,
  lookFirst: ({ run, rest }) => {
    const what = rest ? 'the rest' : 'it';
    return `Look at ${what} first: rollcall runs diff ${run}. Or turn ${what} down: rollcall runs reject ${run}`;
  },
  decideAfterLook: ({ run, rest }) => {
    const what = rest ? 'the rest' : 'it';
    return `If something is wrong, turn ${what} down: rollcall runs reject ${run}. If all of it is right: rollcall runs approve ${run}`;
  },
  apply: ({ run, expect }) =>
    `rollcall runs apply ${run}${expect === undefined ? '' : ` --expect ${String(expect)}`}`,
  cancel: ({ run }) => `rollcall runs cancel ${run}`,
  showOrCancel: ({ run }) => `rollcall runs show ${run} (to stop it: rollcall runs cancel ${run})`,
  resume: ({ run }) => `rollcall runs resume ${run}`,
  undo: ({ run }) => `rollcall runs undo ${run} --dry-run`,
  report: ({ run }) => `rollcall runs report ${run}`,
  writeFailedRows: ({ run }) => `rollcall runs report ${run} --failed-rows ${failedRowsName(run)}`,
  resolveConflict: () => 'rollcall runs resolve RUN --entry N --user USER',
  resolveRenumbered: ({ run }) => `rollcall runs resolve ${run} --renumbered`,
  resolveByEmail: ({ run }) => `rollcall runs resolve ${run} --all-by email`,
  checkWorker: ({ run }) => `rollcall status (is a worker up?), then rollcall runs show ${run}`,
} as const satisfies SomeWords;
