import type { Command } from 'commander';
import type { RunDocument, RunState } from '../domain/run';
import type { Answer, Call } from './command';
import { usage } from './failure';
import { exitOf, runText } from './runText';
import { progressBar } from './progress';

/** Adds --wait, --detach and --timeout to a command that starts or decides a run. */
export function waitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait for the end (the default)')
    .option('--detach', 'return once it is under way')
    .option('--timeout <seconds>', 'wait at most so long, then detach (exit 1)');
}

/** What the waiting options say; wrong usage where they contradict each other. */
export function waiting(call: Call): { readonly detach: boolean; readonly timeoutMs?: number } {
  const detach = call.options.flag('detach');
  const seconds = call.options.number('timeout', 1);
  if (detach && call.options.flag('wait')) throw usage('Give --wait or --detach, not both.');
  if (detach && seconds !== undefined)
    throw usage('--timeout is for waiting; --detach waits for nothing.');
  return seconds === undefined ? { detach } : { detach, timeoutMs: seconds * 1000 };
}

export interface FollowOptions {
  /** End states that are what the command wanted: exit 0. `done` and `planned` always are. */
  readonly wanted?: readonly RunState[];
  /** The id of a decision just sent: the run's state counts from the moment it was taken. */
  readonly decisionId?: string;
}

/**
 * Follows a run until it ends or is held and answers with its document; detaches on --detach
 * (`{runId, state}`), --timeout (exit 1) and Ctrl-C (exit 130), saying how to come back.
 */
export async function followRun(call: Call, runId: string, o: FollowOptions = {}): Promise<Answer> {
  const { detach, timeoutMs } = waiting(call);
  const { runs } = await call.rollcall();
  if (detach) return detached(await runs.get(runId));
  const bar = progressBar(call);
  call.interrupt.waiting += 1;
  try {
    const { end, document } = await runs.wait(runId, {
      signal: call.interrupt.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(o.decisionId === undefined ? {} : { decisionId: o.decisionId }),
      onProgress: bar.show,
      onNote: call.note,
    });
    bar.stop();
    if (end === 'settled') {
      return { document, text: runText(document), exit: exitOf(document, o.wanted ?? []) };
    }
    call.note(`Detached; the run goes on. Come back with: rollcall runs show ${document.runId}`);
    return { document, text: runText(document), exit: end === 'interrupted' ? 130 : 1 };
  } finally {
    bar.stop();
    call.interrupt.waiting -= 1;
  }
}

function detached({ runId, state }: RunDocument): Answer {
  return {
    document: { runId, state },
    text: `run ${runId} ${state}\nnext: rollcall runs show ${runId}\n`,
  };
}
