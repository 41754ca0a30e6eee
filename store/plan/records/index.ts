import type { RecordSubject } from '../../../domain/records/fileColumns';
import { RUN_KINDS } from '../../../domain/runs/run';
import type { Tx } from '../../database/db';
import type { Planner } from '../planner';
import { planCredits } from './credits';
import { planEnrollments } from './enrollments';
import { planRecordsUndo } from './undo';

const NOTHING = { counts: `'{}'`, matchedBy: `'{}'` } as const;

/** A planner of learner records: of a file, or of the undo of one. */
function plannerOf(
  subject: RecordSubject,
  planFile: (tx: Tx, o: Parameters<Planner['plan']>[1]) => Promise<void>,
): Planner {
  return {
    plan: async (tx, o) => {
      await (RUN_KINDS[o.run.kind].reads === null
        ? planRecordsUndo(tx, { run: o.run, subject })
        : planFile(tx, o));
      return null;
    },
    isOrdered: true,
    check: () => Promise.resolve(),
    close: () => Promise.resolve(NOTHING),
  };
}

/** How runs of learner records are planned. */
export const RECORD_PLANNERS = {
  enrollments: plannerOf('enrollments', planEnrollments),
  credits: plannerOf('credits', planCredits),
} as const satisfies Record<RecordSubject, Planner>;
