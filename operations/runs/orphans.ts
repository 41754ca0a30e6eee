import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type RunState } from '../../domain/runs/run';
import type { OperationContext } from '../context';
import { runStatus } from './runs';

/** Asks whether a run's workflow is there; `unknown` where Temporal does not answer. */
export type AskPresence = (workflowId: string) => Promise<'there' | 'gone' | 'unknown'>;

/**
 * True when a run that has not ended has no workflow. Asks twice, because a run's row and its
 * workflow start and end a moment apart. Where Temporal does not answer, the state in the store holds.
 */
export async function isOrphaned(
  context: OperationContext,
  o: { readonly runId: string; readonly known?: RunState; readonly ask: AskPresence },
): Promise<boolean> {
  if (o.known !== undefined && isFinal(o.known)) return false;
  for (let asked = 0; asked < 2; asked += 1) {
    const status = await runStatus(context, o.runId);
    if (isFinal(status.state)) return false;
    if ((await o.ask(status.workflowId)) !== 'gone') return false;
    if (asked === 0) await sleep(500);
  }
  return true;
}
