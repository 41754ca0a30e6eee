import type { Todo, TodoWaiting } from '../domain/todo';
import type { OperationContext } from '../operations/context';
import type { StoredTodo } from '../operations/todo';
import { wordMessage } from '../wording/messages';
import { wordReason } from '../wording/next';
import type { Runs } from './runs';

const todoModule = () => import('../operations/todo.js');

/** How much `todo` lists. */
export interface TodoOptions {
  /** How many things each part lists, at most 1,000; 10 unless given. Each part counts all of them. */
  readonly limit?: number;
}

const MAX_LIMIT = 1000;

/** What waits for a person; the store alone answers, but for runs that may have lost their workflow. */
export async function todo(
  { context, runs }: { readonly context: OperationContext; readonly runs: Runs },
  { limit = 10 }: TodoOptions,
): Promise<Todo> {
  const most = Math.min(Math.max(Math.trunc(limit), 1), MAX_LIMIT);
  const stored = await (await todoModule()).listTodo(context, { limit: most, now: new Date() });
  const waiting = await waitingOf(runs, stored.waiting);
  const { held, campaigns, sources, failed, failedRows, tokens, planned } = stored;
  const conflicts = {
    count: stored.conflicts.count,
    conflicts: stored.conflicts.conflicts.map((one) => ({
      ...one,
      message: wordMessage(one.message),
    })),
  };
  const parts = {
    ...{ held, campaigns, sources, failed, conflicts, failedRows, waiting, tokens, planned },
  };
  const count = Object.values(parts).reduce((sum, part) => sum + part.count, 0);
  return { count, ...parts };
}

/** Without the runs that are at work: they only take their time. */
async function waitingOf(runs: Runs, stored: StoredTodo['waiting']): Promise<Todo['waiting']> {
  const found = await Promise.all(
    stored.runs.map(async ({ failure, ...run }): Promise<TodoWaiting[]> => {
      const { state, reason, next } = await runs.get(run.runId);
      if (state !== 'waiting' && state !== 'retrying' && state !== 'orphaned') return [];
      const why = reason === null ? '' : wordReason(reason);
      return [{ ...run, state, reason: why === '' ? failure : why, next: next ?? run.next }];
    }),
  );
  const kept = found.flat();
  return { count: stored.count - (stored.runs.length - kept.length), runs: kept };
}
