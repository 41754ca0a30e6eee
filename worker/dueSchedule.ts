import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import { DUE_SCHEDULE, DUE_WORKFLOW, RUNS_QUEUE } from '../workflows/ids';
import type { startDue } from '../workflows/startDue';

const HOUR_MS = 3_600_000;

type Options = Omit<
  ScheduleOptions<ScheduleOptionsStartWorkflowAction<typeof startDue>>,
  'scheduleId' | 'memo' | 'state'
>;

const OPTIONS: Options = {
  spec: { intervals: [{ every: HOUR_MS }] },
  action: {
    type: 'startWorkflow',
    workflowType: DUE_WORKFLOW,
    workflowId: DUE_SCHEDULE,
    taskQueue: RUNS_QUEUE,
    args: [],
    staticSummary: 'Joiners and leavers whose day it is · rollcall runs list',
  },
  // Looking once finds all whose day has passed: one hour that was missed is enough.
  policies: { overlap: 'SKIP', catchupWindow: HOUR_MS },
};

/**
 * Sees to it that the hourly look at whose day it is, is as this version has it. One that an operator
 * paused stays paused; another worker may do the same at once.
 */
export async function keepDueSchedule(client: Client): Promise<void> {
  try {
    await client.schedule
      .getHandle(DUE_SCHEDULE)
      .update<typeof startDue>(({ state }) => ({ ...OPTIONS, state }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    try {
      await client.schedule.create<typeof startDue>({ scheduleId: DUE_SCHEDULE, ...OPTIONS });
    } catch (second) {
      if (!(second instanceof ScheduleAlreadyRunning)) throw second;
    }
  }
}
