import { openTemporal, type Temporal } from '../../temporal/gateway';
import { workflowIdOf } from '../../domain/installation';
import { devServer } from '../support/temporal';

const temporal = devServer();
const RUN = '0192f0c1-0000-7000-8000-000000000002';
const installation = '0123456789ab';
const kind = 'import';
const run = {
  runId: RUN,
  workflowId: workflowIdOf({ installation, kind, runId: RUN }),
  kind,
} as const;

/** Over a worker's own connection, as the worker has it. */
const gateway = (): Promise<Temporal> =>
  openTemporal({
    connection: temporal.env.nativeConnection,
    namespace: 'default',
    embedded: true,
    installation,
  });

test('a workflow is missing, there once it is started, and stopped once it is terminated', async () => {
  const { fate, presence, start } = bound(await gateway());

  const before = [await fate(), await presence()];
  await start();
  const started = [await fate(), await presence()];
  await temporal.env.client.workflow.getHandle(run.workflowId).terminate();
  const ended = [await fate(), await presence()];

  expect({ before, started, ended }).toEqual({
    before: ['missing', 'gone'],
    started: ['there', 'there'],
    ended: ['stopped', 'gone'],
  });
});

test('one that is there goes on undisturbed when it is started again', async () => {
  const { start } = bound(await gateway());
  const handle = temporal.env.client.workflow.getHandle(run.workflowId);
  await start();
  const { runId } = await handle.describe();

  await start();

  expect(await handle.describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });
  await handle.terminate();
});

function bound(o: Temporal) {
  return {
    fate: () => o.fate(run.workflowId),
    presence: () => o.presence(run.workflowId),
    start: () => o.start(run, { closingMs: 0 }),
  };
}
