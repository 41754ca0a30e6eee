import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { workflowIdOf } from '../domain/installation';
import { RUN_KINDS } from '../domain/runs/run';
import { staticSummary } from './ids';
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
    const { runIds, installation, more } = await beginDue();
    for (const runId of runIds) {
      started += await start(runId, dueWorkflowId(runId, installation));
    }
    if (!more) break;
  }
  return { started };
}

/** `installation`: undefined only in histories recorded before workflow ids carried an installation. */
function dueWorkflowId(runId: string, installation: string | undefined): string {
  return installation === undefined
    ? `due/${runId}`
    : workflowIdOf({ installation, kind: 'due', runId });
}

/** On the queue that this workflow runs on, which is that of its installation. */
async function start(runId: string, workflowId: string): Promise<0 | 1> {
  try {
    await startChild(RUN_KINDS.due.workflow, {
      workflowId,
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
