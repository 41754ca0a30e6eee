import type { RetryPolicy } from '@temporalio/common';
import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
} from '@temporalio/workflow';
import type {
  CampaignActivities,
  DueActivities,
  IngestActivities,
  RunActivities,
  SyncActivities,
} from '../activities/types';

/**
 * Three attempts, seconds apart: enough for a restart of the worker or the database. A fault that
 * lasts longer should be seen by a person, so the workflow takes over (`reconcile.ts`).
 */
const RETRY: RetryPolicy = {
  maximumAttempts: 3,
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '10 seconds',
};

/**
 * Activities beat every 2 seconds (`activities/edge.ts`), so a dead worker is noticed after 10. A
 * busy machine may miss five beats before a living worker is given up, and giving it up costs one
 * repeated step. A stopped process that wakes later finds its fence taken.
 */
const HEARTBEAT = '10 seconds';

const COMMON = {
  heartbeatTimeout: HEARTBEAT,
  retry: RETRY,
  // A cancelled step must have let go of the database before the run is ended as cancelled.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const satisfies ActivityOptions;

/** One statement or a few; minutes only where a million entries are counted. */
const SHORT = { ...COMMON, startToCloseTimeout: '5 minutes', scheduleToCloseTimeout: '20 minutes' };
/** A pass over every row. 1,000,000 rows take seconds; an hour leaves room for slow disks. */
const LONG = { ...COMMON, startToCloseTimeout: '1 hour', scheduleToCloseTimeout: '4 hours' };

const runs = (options: ActivityOptions) => proxyActivities<RunActivities>(options);

export const { openRun } = runs({ ...SHORT, summary: 'Read the run' });
export const { claimRun } = runs({ ...SHORT, summary: 'Take the slot of the source' });
export const { holdRun } = runs({ ...SHORT, summary: 'Hold the plan for a decision' });
export const { takeDecision } = runs({ ...SHORT, summary: 'Carry out a decision' });
export const { buildPlan } = runs({ ...LONG, summary: 'Match the rows and write the plan' });
export const { applySlices } = runs({ ...LONG, summary: 'Apply slices of the plan' });
export const { finishRun } = runs({ ...SHORT, summary: 'Count the outcomes and end the run' });
export const { failRun } = runs({ ...SHORT, summary: 'End the run as failed' });

/** Shows a state in the run row. Best effort: one attempt, since the row may be out of reach. */
export const { setRunState } = runs({
  ...COMMON,
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
  summary: 'Show the state in the run row',
});

export const { stageFile } = proxyActivities<IngestActivities>({
  ...LONG,
  summary: 'Read the stored file into rows',
});

export const { readPages } = proxyActivities<SyncActivities>({
  ...COMMON,
  startToCloseTimeout: '20 minutes',
  scheduleToCloseTimeout: '1 hour',
  summary: 'Read pages of the source',
});

export const { beginSync } = proxyActivities<SyncActivities>({
  ...SHORT,
  heartbeatTimeout: undefined,
  summary: 'Record the run of a sync',
});

export const { beginDue } = proxyActivities<DueActivities>({
  ...SHORT,
  heartbeatTimeout: undefined,
  summary: 'Record the runs of those whose day it is',
});

const campaigns = (summary: string) =>
  proxyActivities<CampaignActivities>({
    ...SHORT,
    heartbeatTimeout: undefined,
    summary,
  });

export const { openCampaign } = campaigns('Read the campaign');
export const { finishCampaign } = campaigns('Count the deliveries and end the campaign');
export const { pauseCampaign } = campaigns('Pause the campaign');

/**
 * The activity that sends: a minute, and at most the time until what is on the wire has ended and the database
 * has its outcome. It waits on its queue for as long as no worker is there.
 */
export const DELIVER_OPTIONS = {
  ...COMMON,
  startToCloseTimeout: '1 hour',
  summary: 'Send letters',
} as const satisfies ActivityOptions;
