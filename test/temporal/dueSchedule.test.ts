import { openTemporal } from '../../temporal/gateway';
import { eventually } from '../support/stack';
import { devServer } from '../support/temporal';

const temporal = devServer();
const installation = '0123456789ab';
const keepDue = async (): Promise<void> => {
  const { connection } = temporal.env;
  const namespace = 'default';
  const gateway = await openTemporal({ connection, namespace, embedded: true, installation });
  await gateway.schedules.keepDue();
};
const handle = () => temporal.env.client.schedule.getHandle(`due/${installation}`);

afterEach(async () => {
  await handle().delete();
});

test('the schedule is made once, with its overlap and catch-up written out', async () => {
  await Promise.all([keepDue(), keepDue()]);

  const { spec, policies, action, state } = await handle().describe();

  expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
  expect(action).toMatchObject({ workflowType: 'startDue', taskQueue: `runs-${installation}` });
  expect(state.paused).toBe(false);
});

test('one that was changed is mended; one that was paused stays so', async () => {
  await keepDue();
  await handle().update((known) => ({
    ...known,
    spec: { intervals: [{ every: 86_400_000 }] },
    policies: { ...known.policies, overlap: 'ALLOW_ALL' },
  }));
  await handle().pause('an operator');
  // The server shows a pause some milliseconds after it took it, and an update is built on what it shows.
  await eventually(async () => (await handle().describe()).state.paused || undefined);

  await keepDue();

  const { spec, policies, state } = await handle().describe();
  expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
  expect(policies.overlap).toBe('SKIP');
  expect(state.paused).toBe(true);
});
