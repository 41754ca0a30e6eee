import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { inInstallation } from '../domain/installation';
import { RUN_KINDS } from '../domain/runs/run';
import { DUE_WORKFLOW, type RunAddress } from '../workflows/ids';
import { runsQueue } from '../workflows/queues';
import { describeSchedule } from './schedules';
import {
  dueScheduleIdOf,
  scheduleIdOf,
  SHARED_DUE_SCHEDULE,
  sharedScheduleIdOf,
} from '../workflows/schedules';

/**
 * What a build before installations had ids left in the namespace: one queue and one set of ids for
 * all databases. A worker takes from there what its own store knows. Each call can be repeated, also
 * after it was cut off in between.
 */
export interface SharedQueue {
  /**
   * Starts an open run on the queue of the installation and ends its workflow on the shared one.
   * Returns its new workflow's id; null for a run that has no workflow (an operator terminated it)
   * and does not wait to be started: `runs resume` goes on with it.
   */
  takeRun(run: RunAddress, o: { readonly waits: boolean }): Promise<string | null>;
  /** Removes the old schedule of a source, whose new one is there. False: there was none. */
  takeSync(sourceId: string): Promise<boolean>;
  /**
   * Removes the old schedule `due`; `left`: it starts runs that `areOurs` does not know, so another
   * database uses it.
   */
  takeDue(
    areOurs: (runIds: readonly string[]) => Promise<boolean>,
  ): Promise<'taken' | 'left' | 'none'>;
}

export interface SharedQueueParts {
  readonly client: Client;
  readonly installation: string;
  readonly gateway: {
    /** `there`, `missing`, `stopped`, or how it ended. */
    fate(workflowId: string): Promise<string | object>;
    start(run: RunAddress, o: { readonly closingMs: number }): Promise<void>;
  };
  readonly reached: <T>(call: () => Promise<T>) => Promise<T>;
}

export function sharedQueueOf(parts: SharedQueueParts): SharedQueue {
  const { installation, reached } = parts;
  return {
    takeRun: (run, { waits }) => reached(() => takeRun(parts, run, waits)),
    takeSync: (sourceId) =>
      reached(() =>
        takeSchedule(parts, {
          shared: sharedScheduleIdOf(sourceId),
          own: scheduleIdOf(sourceId, installation),
          type: RUN_KINDS.sync.workflow,
          args: [{ sourceId }],
        }),
      ),
    takeDue: (areOurs) =>
      reached(async () => {
        const known = await areOurs(await dueRuns(parts.client));
        if (!known) return 'left';
        const taken = await takeSchedule(parts, {
          shared: SHARED_DUE_SCHEDULE,
          own: dueScheduleIdOf(installation),
          type: DUE_WORKFLOW,
          args: [],
          keepsPause: true,
        });
        return taken ? 'taken' : 'none';
      }),
  };
}

/** The new workflow comes first: a cut in between leaves a run with two workflows, not with none. */
async function takeRun(
  { client, installation, gateway }: SharedQueueParts,
  run: RunAddress,
  waits: boolean,
): Promise<string | null> {
  const own = { ...run, workflowId: inInstallation(run.workflowId, installation) };
  const before = await gateway.fate(run.workflowId);
  const neverStarted = waits && (before === 'missing' || typeof before === 'object');
  const taken =
    before === 'there' || neverStarted || (await gateway.fate(own.workflowId)) === 'there';
  if (!taken) return null;
  await gateway.start(own, { closingMs: 0 });
  if (before === 'there') await end({ client, installation }, run.workflowId);
  return own.workflowId;
}

interface OldSchedule {
  readonly shared: string;
  readonly own: string;
  readonly type: string;
  readonly args: readonly unknown[];
  /** True when an operator's pause is kept: no row of the store says whether it is paused. */
  readonly keepsPause?: boolean;
}

/**
 * The new schedule is there, so no time is missed. A time at which both fire starts one workflow:
 * the old one's is never taken from its queue, and it is started here under the id that the new
 * schedule gives to that time.
 */
async function takeSchedule(parts: SharedQueueParts, o: OldSchedule): Promise<boolean> {
  const { client } = parts;
  const handle = client.schedule.getHandle(o.shared);
  const before = await settled(client, o.shared);
  if (before === null) return false;
  const note = `moved to ${o.own}`;
  const { paused, note: reason } = before.state;
  if (paused && reason !== note && o.keepsPause === true) {
    await client.schedule.getHandle(o.own).pause(reason);
  }
  await handle.pause(note);
  const shown = await describeSchedule(client, o.shared);
  for (const { workflow } of shown?.info.runningActions ?? []) {
    const ownId = o.own + workflow.workflowId.slice(o.shared.length);
    await takeAction(parts, { ...o, sharedId: workflow.workflowId, ownId });
  }
  if (shown !== null) await handle.delete();
  return true;
}

/** Starts on the own queue what a schedule started and nobody took. */
async function takeAction(
  { client, installation, gateway }: SharedQueueParts,
  o: OldSchedule & { readonly sharedId: string; readonly ownId: string },
): Promise<void> {
  if ((await gateway.fate(o.sharedId)) !== 'there') return;
  const { WorkflowExecutionAlreadyStartedError } = await import('@temporalio/client');
  try {
    await client.workflow.start(o.type, {
      workflowId: o.ownId,
      taskQueue: runsQueue(installation),
      args: [...o.args],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  await end({ client, installation }, o.sharedId);
}

async function end(
  { client, installation }: Pick<SharedQueueParts, 'client' | 'installation'>,
  workflowId: string,
): Promise<void> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  try {
    await client.workflow.getHandle(workflowId).terminate(`moved to ${runsQueue(installation)}`);
  } catch (error) {
    // It ended by itself, or another worker of this installation ended it.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** A schedule that fires right after a start of Temporal still has to do so. */
const SETTLES_MS = 15_000;

/** The schedule, once it has done what is due by now; null: there is none. */
async function settled(client: Client, id: string): Promise<ScheduleDescription | null> {
  const until = Date.now() + SETTLES_MS;
  for (;;) {
    const shown = await describeSchedule(client, id);
    const next = shown?.info.nextActionTimes[0];
    const isDue = next !== undefined && next.getTime() <= Date.now();
    if (shown === null || shown.state.paused || !isDue || Date.now() > until) return shown;
    await sleep(250);
  }
}

/** The runs that the last looks of the old schedule `due` started. */
async function dueRuns(client: Client): Promise<string[]> {
  const shown = await describeSchedule(client, SHARED_DUE_SCHEDULE);
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const found = new Set<string>();
  for (const { action } of shown?.info.recentActions ?? []) {
    try {
      const { events } = await client.workflow.getHandle(action.workflow.workflowId).fetchHistory();
      for (const event of events ?? []) {
        const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? '';
        if (child !== '') found.add(child.slice(child.lastIndexOf('/') + 1));
      }
    } catch (error) {
      // The namespace keeps it no longer.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  return [...found];
}
