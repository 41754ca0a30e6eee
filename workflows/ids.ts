import { campaignWorkflowId } from '../domain/installation';
import { RUN_KINDS, type RunKind } from '../domain/runs/run';
import { wordInFolder } from '../wording/next';
import { runsQueue } from './queues';

/** The workflow that the hourly schedule starts. */
export const DUE_WORKFLOW = 'startDue';

/**
 * The search attributes that Rollcall's workflows set, with their types. The worker registers them
 * at the server before any workflow starts, because an unknown attribute makes every workflow task
 * fail, for ever.
 */
export const SEARCH_ATTRIBUTES = {
  RollcallState: 'KEYWORD',
  RollcallKind: 'KEYWORD',
  RollcallSource: 'KEYWORD',
  RollcallHeld: 'KEYWORD_LIST',
} as const;
export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** The line that the Temporal UI shows for a run's workflow; given by the client at the start. */
export function staticSummary(kind: RunKind, runId: string): string {
  const what = RUN_KINDS[kind].summary;
  return `${what} · ${wordInFolder({ do: 'showRun', run: runId })}`;
}

/** The workflow that sends a campaign. */
export const CAMPAIGN_WORKFLOW = 'sendCampaign';

/** How the workflow of a campaign is started: its row says what is left to do. */
export function campaignStart(campaignId: string, installation: string) {
  return {
    type: CAMPAIGN_WORKFLOW,
    options: {
      workflowId: campaignWorkflowId({ installation, campaignId }),
      taskQueue: runsQueue(installation),
      args: [{ campaignId }] satisfies [{ campaignId: string }],
      staticSummary: `Campaign · npx rollcall campaigns show ${campaignId}`,
      // A campaign goes on after its workflow has ended: `campaigns retry`, `campaigns resolve`.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
      workflowIdConflictPolicy: 'USE_EXISTING' as const,
    },
  };
}

/** A run, with what addresses its workflow. */
export interface RunAddress {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
}

/** How the workflow of a run is started, by every client and worker. */
export interface StartOptions {
  readonly type: string;
  readonly options: {
    readonly workflowId: string;
    readonly taskQueue: string;
    readonly args: [{ runId: string }];
    readonly staticSummary: string;
    /** A run goes on after its workflow has ended: `runs apply`, `runs resume`. */
    readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE';
    /** A workflow that is running goes on undisturbed. */
    readonly workflowIdConflictPolicy: 'USE_EXISTING';
  };
}

/**
 * Every run's workflow begins with the run's id alone, because the run's row says what is left to
 * do. It goes to the queue of its installation.
 */
export function startOptions(
  { runId, workflowId, kind }: RunAddress,
  installation: string,
): StartOptions {
  return {
    type: RUN_KINDS[kind].workflow,
    options: {
      workflowId,
      taskQueue: runsQueue(installation),
      args: [{ runId }],
      staticSummary: staticSummary(kind, runId),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    },
  };
}
