import { temporalConnection, type temporalOf } from '../config/temporal';
import { runsQueue } from '../workflows/queues';

/** A worker asks again at least once a minute; one that was killed stays listed for five. */
const RECENT_MS = 70_000;

/**
 * Workers that asked for work of an installation in the last minute; undefined: Temporal does not
 * answer.
 * Without an installation (its database does not answer) it is only asked whether Temporal answers.
 */
export async function countPollers(
  config: ReturnType<typeof temporalOf>,
  installation: string | null,
): Promise<number | undefined> {
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({
      ...temporalConnection(config),
      connectTimeout: '3s',
    });
    try {
      if (installation === null) return 0;
      const { pollers } = await connection.withDeadline(Date.now() + 3_000, () =>
        connection.workflowService.describeTaskQueue({
          namespace: config.namespace,
          taskQueue: { name: runsQueue(installation) },
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
