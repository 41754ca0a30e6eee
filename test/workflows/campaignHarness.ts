import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type {
  CampaignActivities,
  Delivered,
  DeliveryActivities,
  OpenedCampaign,
} from '../../activities/types';
import { deliveriesQueue, runsQueue } from '../../workflows/queues';
import type { CampaignInput, sendCampaign } from '../../workflows/campaigns/sendCampaign';
import { workflowBundle } from '../support/bundle';
import { registerAttributes } from './harness';

const NONE = { planned: 0, claimed: 0, accepted: 0, failed: 0, unknown: 0, bounced: 0, skipped: 0 };
export const opened = (state: OpenedCampaign['state'], waitUntil: number | null = null) =>
  ({ state, waitUntil }) as const satisfies OpenedCampaign;
export const delivered = (planned: number, o: Partial<Delivered> = {}): Delivered => ({
  state: 'running',
  counts: { ...NONE, planned, accepted: 100_000 - planned },
  waitUntil: null,
  ...o,
});

export type Fakes = CampaignActivities & DeliveryActivities;

export interface Sending {
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof sendCampaign>;
  readonly calls: string[];
}

/** Runs `play` against a workflow whose activities are on the two queues, as the product has them. */
export async function sending(
  env: TestWorkflowEnvironment,
  fakes: Partial<Fakes>,
  { play, ...input }: Partial<CampaignInput> & { readonly play: (sent: Sending) => Promise<void> },
): Promise<void> {
  await registerAttributes(env);
  const calls: string[] = [];
  const { deliver, ...onRuns } = withNames(
    {
      openCampaign: async () => opened('running'),
      finishCampaign: async () => ({ state: 'done' }),
      pauseCampaign: async () => undefined,
      deliver: async () => delivered(0),
      ...fakes,
    },
    calls,
  );
  const installation = randomUUID().slice(0, 12);
  const { nativeConnection: connection } = env;
  const common = { connection, maxHeartbeatThrottleInterval: '1 second' } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: runsQueue(installation),
      workflowBundle: await workflowBundle(),
      activities: onRuns,
    }),
    Worker.create({ ...common, taskQueue: deliveriesQueue(installation), activities: { deliver } }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    const handle = await env.client.workflow.start<typeof sendCampaign>('sendCampaign', {
      taskQueue: runsQueue(installation),
      workflowId: `campaign/${installation}/${randomUUID()}`,
      args: [{ campaignId: randomUUID(), ...input }],
    });
    await play({ handle, calls });
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}

function withNames(fakes: Fakes, calls: string[]): Fakes {
  const noted = <A extends unknown[], R>(name: string, work: (...args: A) => R) => {
    return (...args: A): R => {
      calls.push(name);
      return work(...args);
    };
  };
  return {
    openCampaign: noted('open', fakes.openCampaign),
    finishCampaign: noted('finish', fakes.finishCampaign),
    pauseCampaign: noted('pause', fakes.pauseCampaign),
    deliver: noted('deliver', fakes.deliver),
  };
}
