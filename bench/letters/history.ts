import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { campaignWorkflowId } from '../../domain/installation';
import { resetPeak, workerPeakMb, workerPid, type BenchStack } from '../stack';
import { addRecipientsTo } from './recipients';
import { createLetter, sendToAll } from './sending';
import { load, say } from './time';

const execute = promisify(execFile);

/** What one campaign leaves in Temporal, and what the worker holds meanwhile. */
export async function benchHistory(stack: BenchStack, people: number): Promise<void> {
  say(`one campaign of ${String(people)} recipients, ${load()}`);
  await addRecipientsTo(stack, people);
  await createLetter(stack);
  resetPeak(workerPid(stack.place.home));
  const { campaignId, seconds } = await sendToAll(stack, people);
  const memory = workerPeakMb(stack.place.home);
  const { rows } = await stack.db.query<{ installation: string }>(
    'select id as installation from installation',
  );
  const [{ installation } = { installation: '' }] = rows;
  const workflowId = campaignWorkflowId({ installation, campaignId });
  const { events, largest } = await historyOf(stack, workflowId);
  say(`  ${seconds.toFixed(0)} s, ${String(events)} events (target: at most 300),`);
  say(`  largest payload ${String(largest)} bytes (target: at most 4,096),`);
  say(
    `  worker at most ${memory === null ? '?' : memory.toFixed(0)} MB (target: at most 250), ${load()}`,
  );
}

const history = z.object({ events: z.array(z.unknown()) });

/** All executions of the workflow together: it goes on as new. */
async function historyOf(
  { file }: BenchStack,
  workflowId: string,
): Promise<{ readonly events: number; readonly largest: number }> {
  const temporal = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout } = await execute(
      file.temporalCli ?? 'temporal',
      [...args, '--address', file.temporalAddress, '--output', 'json'],
      { maxBuffer: 256 * 1024 * 1024 },
    );
    return JSON.parse(stdout);
  };
  const listed = await temporal('workflow', 'list', '--query', `WorkflowId = "${workflowId}"`);
  const runs = z.array(z.object({ execution: z.object({ runId: z.string() }) })).parse(listed);
  if (runs.length === 0) throw new Error(`there is no workflow ${workflowId}`);
  const shown = await Promise.all(
    runs.map(({ execution }) =>
      temporal('workflow', 'show', '--workflow-id', workflowId, '--run-id', execution.runId),
    ),
  );
  const events = shown.flatMap((one) => history.parse(one).events);
  return { events: events.length, largest: Math.max(0, ...events.flatMap(payloadsOf)) };
}

const payloads = z.object({ payloads: z.array(z.object({ data: z.string().optional() })) });

/** The sizes of the payloads within a part of an event. */
function payloadsOf(part: unknown): number[] {
  if (typeof part !== 'object' || part === null) return [];
  const found = payloads.safeParse(part).data;
  const own = (found?.payloads ?? []).map(({ data = '' }) => Buffer.from(data, 'base64').length);
  return [...own, ...Object.values(part).flatMap(payloadsOf)];
}
