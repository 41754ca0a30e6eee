import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { BegunDue, Delivered, OpenedCampaign } from '../../activities/types';
import { RUN_KINDS } from '../../domain/runs/run';
import { CAMPAIGN_WORKFLOW, DUE_WORKFLOW } from '../../workflows/ids';
import { fakeActivities, script, UNAVAILABLE, withRun } from '../workflows/harness';
import { wakeSignal } from '../../workflows/messages';
import { delivered, opened, sending, type Sending } from '../workflows/campaignHarness';
import { type Scenario, SCENARIOS } from './scenarios';

type History = temporal.api.history.v1.IHistory;

/** Where the recorded histories lie. */
export const HISTORIES = join(__dirname, 'histories');

export const TYPES = Object.values(RUN_KINDS).map(({ workflow }) => workflow);

/**
 * Runs every scenario for every workflow type and writes the history of each of its executions to
 * `<type>/<scenario>-<n>.json`. Histories recorded before a change of the workflows are kept by
 * renaming them first: they are what running workflows of that age replay. `only`: this scenario or
 * this workflow type.
 */
export async function recordAll(env: TestWorkflowEnvironment, only?: string): Promise<void> {
  for (const type of [...TYPES, DUE_WORKFLOW, CAMPAIGN_WORKFLOW])
    await mkdir(join(HISTORIES, type), { recursive: true });
  for (const type of TYPES) {
    for (const scenario of SCENARIOS) {
      const wanted = only === undefined || only === type || only === scenario.name;
      if (wanted) await recordOne(env, type, scenario);
    }
  }
  if (only === undefined || only === DUE_WORKFLOW) await recordDue(env);
  if (only === undefined || only === CAMPAIGN_WORKFLOW) await recordCampaign(env);
}

/** The hourly look for people who are due: two runs, then one more. */
async function recordDue(env: TestWorkflowEnvironment): Promise<void> {
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  const beginDue = script<BegunDue>(
    { runIds: ids.slice(0, 2), more: true },
    { runIds: ids.slice(2), more: false },
  );
  await withRun(
    env,
    fakeActivities({ beginDue }),
    async ({ taskQueue }) => {
      const options = { taskQueue, workflowId: `${DUE_WORKFLOW}/${randomUUID()}` };
      const handle = await env.client.workflow.start(DUE_WORKFLOW, options);
      await handle.result();
      const of = (id: string) => env.client.workflow.getHandle(`due/${id}`);
      await Promise.all(ids.map((id) => of(id).result()));
      await writeFile(
        join(HISTORIES, DUE_WORKFLOW, 'started-1.json'),
        textOf(await handle.fetchHistory()),
      );
    },
    { type: 'applyDue' },
  );
}

/** A campaign that waits for its time, for a next try and for the database, and is paused in between. */
async function recordCampaign(env: TestWorkflowEnvironment): Promise<void> {
  const hour = Date.now() + 3_600_000;
  const fakes = {
    openCampaign: script<OpenedCampaign>(
      opened('planned', hour),
      opened('running'),
      opened('paused'),
      opened('running'),
      opened('done'),
    ),
    deliver: script<Delivered>(
      delivered(90_000),
      UNAVAILABLE,
      UNAVAILABLE,
      UNAVAILABLE,
      delivered(50_000, { waitUntil: hour + 3_600_000 }),
      delivered(50_000, { waitUntil: hour + 3_600_000 }),
      delivered(0),
    ),
  };
  const play = async ({ handle, calls }: Sending): Promise<void> => {
    // Its timers are skipped while a sleep of the server is waited for.
    while (calls.filter((call) => call === 'open').length < 3) await env.sleep('20 minutes');
    await handle.signal(wakeSignal);
    await handle.result();
    await writeFile(
      join(HISTORIES, CAMPAIGN_WORKFLOW, 'sent-1.json'),
      textOf(await handle.fetchHistory()),
    );
  };
  await sending(env, fakes, { play });
}

async function recordOne(
  env: TestWorkflowEnvironment,
  type: (typeof TYPES)[number],
  scenario: Scenario,
): Promise<void> {
  const folder = join(HISTORIES, type);
  const prefix = `${scenario.name}-`;
  for (const old of await readdir(folder)) {
    if (/^\d+\.json$/.test(old.slice(prefix.length)) && old.startsWith(prefix))
      await rm(join(folder, old));
  }
  const { maxEvents } = scenario;
  const options = { type, ...(maxEvents === undefined ? {} : { maxEvents }) };
  await withRun(
    env,
    scenario.fakes(),
    async (run) => {
      await scenario.drive?.(env, run);
      // The way to the end is recorded, whatever the end is.
      await run.handle.result().catch(() => undefined);
      const { workflowId, firstExecutionRunId } = run.handle;
      let next: string | undefined = firstExecutionRunId;
      for (let n = 1; next !== undefined; n += 1) {
        const history = await env.client.workflow.getHandle(workflowId, next).fetchHistory();
        await writeFile(join(folder, `${prefix}${n}.json`), textOf(history));
        next = continuedAs(history);
      }
    },
    options,
  );
}

/** The run id of the execution that continued this one. */
function continuedAs({ events }: History): string | undefined {
  const last = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
  return last?.newExecutionRunId ?? undefined;
}

/** Writes a history as Temporal's own tools do, without the names and paths of the machine. */
function textOf(history: History): string {
  const plain: unknown = JSON.parse(historyToJSON(history));
  const named = (key: string, value: unknown): unknown =>
    key === 'identity' ? 'recorder' : key === 'stackTrace' ? '' : value;
  return `${JSON.stringify(plain, named, 1)}\n`;
}
