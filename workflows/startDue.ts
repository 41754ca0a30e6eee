import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { staticSummary, WORKFLOW_TYPES, workflowIdOf } from './ids';
import { beginDue } from './proxies';

/** Rounds of a hundred runs; the rest waits for the next hour. */
const MAX_ROUNDS = 5;

/**
 * Starts the due runs. They go on by themselves: a held one does not keep the schedule from the
 * next hour.
 */
export async function startDue(): Promise<{ readonly started: number }> {
  let started = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { runIds, more } = await beginDue();
    for (const runId of runIds) started += await start(runId);
    if (!more) break;
  }
  return { started };
}

async function start(runId: string): Promise<0 | 1> {
  try {
    await startChild(WORKFLOW_TYPES.due, {
      workflowId: workflowIdOf('due', runId),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ runId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: staticSummary('due', runId),
    });
    return 1;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 0;
    throw error;
  }
}
