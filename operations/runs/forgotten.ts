import { Fault } from '../../domain/faults';
import type { RunRow } from '../../store/runs/runs';

/** @throws Fault state when the plan and the rows of a run are no longer kept. */
export function refuseForgotten({ id, forgottenAt }: RunRow): void {
  if (forgottenAt === null) return;
  throw new Fault('state', {
    code: 'run_forgotten',
    message: `The plan, rows and messages of run ${id} were removed on ${forgottenAt.toISOString().slice(0, 10)}; what it counted is kept (ROLLCALL_RETAIN_PLANS_DAYS says for how long plans are).`,
    next: { do: 'showRun', run: id },
  });
}
