import { temporalConnection, type temporalOf } from '../config/temporal';
import { RUNS_QUEUE } from '../workflows/queues';

/** A worker asks again at least once a minute; one that was killed stays listed for five. */
const RECENT_MS = 70_000;

/**
 * Workers that asked for work of the queue `runs` in the last minute; undefined: Temporal does not
 * answer.
 */
export async function countPollers(
  config: ReturnType<typeof temporalOf>,
): Promise<number | undefined> {
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({
      ...temporalConnection(config),
      connectTimeout: '3s',
    });
    try {
      const { pollers } = await connection.withDeadline(Date.now() + 3_000, () =>
        connection.workflowService.describeTaskQueue({
          namespace: config.namespace,
          taskQueue: { name: RUNS_QUEUE },
          taskQueueType: 1,
        }),
      );
      const since = Date.now() - RECENT_MS;
      return pollers.filter(
        ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since,
      ).length;
    } finally {
      await connection.close();
    }
  } catch {
    return undefined;
  }
}
