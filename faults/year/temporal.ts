import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES, temporalCli } from '../../embedded/temporal';
import { activitiesOf, type ActivityParts } from '../../worker/activities';
import { workflowBundle } from '../../worker/bundle';
import { installationId } from '../../store/installation/installation';
import { runsQueue } from '../../workflows/queues';

/** Starts Temporal's dev server, in memory, on a free port. */
export async function startTemporal(): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const path = await temporalCli(new AbortController().signal);
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'json', level: 'error' },
      extraArgs: Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${type}`,
      ]),
    },
  });
}

/** A worker of the queue of runs in this process; returns what stops it. */
export async function startWorker(
  env: TestWorkflowEnvironment,
  parts: ActivityParts,
): Promise<() => Promise<void>> {
  const { bundle } = await workflowBundle();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    ...(env.namespace === undefined ? {} : { namespace: env.namespace }),
    taskQueue: runsQueue(await installationId(parts.db.pool)),
    workflowBundle: bundle,
    activities: activitiesOf(parts),
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
  };
}
