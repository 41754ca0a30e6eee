import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { codeOf } from '../../../domain/passing';
import type { StatusDocument } from '../stack';
import { CAMPAIGN_WORKFLOW, DUE_WORKFLOW } from '../../../workflows/ids';

/** Something that a stack stores or outputs outside its store. */
export interface Trace {
  readonly what: string;
  readonly bytes: Buffer;
}

const NAMESPACE = 'default';
const api = temporal.api.workflowservice.v1;

/** Every log of a stack: of the worker, the supervisor, Temporal and Postgres. */
export function logsOf(data: string): Trace[] {
  return filesOf(join(data, 'logs'), () => true);
}

/** The file in which Temporal keeps everything, including what it has deleted since. */
export function temporalFiles(data: string): Trace[] {
  return filesOf(data, (name) => name.startsWith('temporal.db'));
}

function filesOf(folder: string, wanted: (name: string) => boolean): Trace[] {
  return readdirSync(folder)
    .filter(wanted)
    .flatMap((name) => {
      try {
        return [{ what: name, bytes: readFileSync(join(folder, name)) }];
      } catch (error) {
        // A journal of SQLite comes and goes while the server runs; its content is in the database.
        if (name.endsWith('-journal') && codeOf(error) === 'ENOENT') return [];
        throw error;
      }
    });
}

/** What the worker publishes over HTTP. */
export async function pagesOf(status: StatusDocument): Promise<Trace[]> {
  const health = status.services.find(({ name }) => name === 'worker')?.health ?? '';
  return Promise.all(
    ['/metrics', '/readyz', '/livez', '/startupz'].map(async (path) => {
      const reply = await fetch(`${health}${path}`);
      return { what: path, bytes: Buffer.from(await reply.arrayBuffer()) };
    }),
  );
}

/** Connects to a stack's Temporal. */
export async function temporalOf(status: StatusDocument): Promise<Connection> {
  const address = status.services.find(({ name }) => name === 'temporal')?.address ?? '';
  return Connection.connect({ address });
}

/**
 * Everything that Temporal returns for a namespace, as the bytes of its answers: visibility records, every
 * history, the description of each execution (memo, search attributes, summaries, pending activities
 * with their heartbeats and failures), schedules, task queues, and the answers of workflows to queries.
 */
export async function temporalTraces(connection: Connection): Promise<Trace[]> {
  const traces: Trace[] = [];
  const executions = await listExecutions(connection, traces);
  const queues = new Set(executions.map(({ queue }) => queue));
  for (const execution of executions)
    traces.push(...(await executionTraces(connection, execution)));
  traces.push(...(await namespaceTraces(connection, queues)));
  return traces;
}

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  readonly queue: string;
  readonly type: string;
}

async function listExecutions(connection: Connection, traces: Trace[]): Promise<Execution[]> {
  const found: Execution[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await connection.workflowService.listWorkflowExecutions({
      namespace: NAMESPACE,
      nextPageToken,
    });
    const bytes = Buffer.from(api.ListWorkflowExecutionsResponse.encode(page).finish());
    traces.push({ what: 'visibility', bytes });
    for (const { execution, taskQueue, type } of page.executions) {
      const { workflowId = '', runId = '' } = execution ?? {};
      found.push({
        workflowId: workflowId ?? '',
        runId: runId ?? '',
        queue: taskQueue ?? '',
        type: type?.name ?? '',
      });
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return found;
}

async function executionTraces(connection: Connection, execution: Execution): Promise<Trace[]> {
  const { workflowId, runId } = execution;
  const ids = { namespace: NAMESPACE, execution: { workflowId, runId } };
  const traces: Trace[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await connection.workflowService.getWorkflowExecutionHistory({
      ...ids,
      nextPageToken,
    });
    const bytes = Buffer.from(api.GetWorkflowExecutionHistoryResponse.encode(page).finish());
    traces.push({ what: `history of ${workflowId}`, bytes });
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  const described = await connection.workflowService.describeWorkflowExecution(ids);
  traces.push({
    what: `description of ${workflowId}`,
    bytes: Buffer.from(api.DescribeWorkflowExecutionResponse.encode(described).finish()),
  });
  // A worker answers on this queue.
  if (execution.queue.startsWith('runs-')) traces.push(...(await answers(connection, execution)));
  return traces;
}

/** What the workflow itself shows: the live details of Temporal's UI, and Rollcall's own query. */
async function answers(
  connection: Connection,
  { workflowId, runId, type }: Execution,
): Promise<Trace[]> {
  const client = new Client({ connection, namespace: NAMESPACE });
  const handle = client.workflow.getHandle(workflowId, runId);
  const queries = ['__temporal_workflow_metadata', '__stack_trace'];
  // The progress of the others is in the details of the UI, or there is none.
  if (type !== DUE_WORKFLOW && type !== CAMPAIGN_WORKFLOW) queries.push('progress');
  return Promise.all(
    queries.map(async (query) => ({
      what: `${query} of ${workflowId}`,
      bytes: Buffer.from(JSON.stringify(await handle.query<unknown>(query))),
    })),
  );
}

async function namespaceTraces(
  { workflowService }: Connection,
  names: ReadonlySet<string>,
): Promise<Trace[]> {
  const namespace = NAMESPACE;
  const schedules = await workflowService.listSchedules({ namespace });
  const queues = await Promise.all(
    [...names].flatMap((name) =>
      [1, 2].map((taskQueueType) =>
        workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
      ),
    ),
  );
  return [
    {
      what: 'schedules',
      bytes: Buffer.from(api.ListSchedulesResponse.encode(schedules).finish()),
    },
    ...queues.map((queue) => ({
      what: 'task queue',
      bytes: Buffer.from(api.DescribeTaskQueueResponse.encode(queue).finish()),
    })),
  ];
}
