import type { Connection as ConnectionType, Client as ClientType } from '@temporalio/client';
import type { Config } from '../config/env';
import { temporalConnection } from '../config/temporal';
import { Fault } from '../domain/faults';
import type { RunKind } from '../domain/run';
import {
  isStartedKind,
  RUNS_QUEUE,
  staticSummary,
  WORKFLOW_TYPES,
  type StartedKind,
} from '../workflows/ids';

/** A run as its workflow is addressed. */
export interface RunAddress {
  readonly runId: string;
  readonly workflowId: string;
  readonly kind: RunKind;
}

/** Whether a run's workflow is there: `gone` = never started, ended, failed or terminated. */
export type Presence = 'there' | 'gone' | 'unknown';

/** What the client asks of Temporal. Ids only go in: histories are read by operators. */
export interface Temporal {
  /** Starts the run's workflow; one that is already there goes on undisturbed. */
  start(run: RunAddress): Promise<void>;
  /**
   * Hands a recorded decision to the run's workflow, starting it again where it is gone. True once
   * it was carried out, false when no worker did so within `deadlineMs`.
   */
  decide(run: RunAddress, o: { decisionId: string; deadlineMs: number }): Promise<boolean>;
  presence(workflowId: string): Promise<Presence>;
  close(): Promise<void>;
}

/** Connects, or throws `unavailable` after five seconds. */
export async function connectTemporal(config: Config): Promise<Temporal> {
  const { Client, Connection } = await import('@temporalio/client');
  const { address, namespace } = config.temporal;
  try {
    const connection = await Connection.connect({
      ...temporalConnection(config.temporal),
      connectTimeout: '5s',
    });
    return new TemporalClient(connection, new Client({ connection, namespace }));
  } catch (cause) {
    throw unavailable(`Temporal does not answer at ${address}.`, config.embedded, cause);
  }
}

class TemporalClient implements Temporal {
  readonly #connection: ConnectionType;
  readonly #client: ClientType;

  constructor(connection: ConnectionType, client: ClientType) {
    this.#connection = connection;
    this.#client = client;
  }

  async start(run: RunAddress): Promise<void> {
    const { type, options } = startOptions(run);
    await this.#client.workflow.start(type, {
      ...options,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }

  async decide(
    run: RunAddress,
    { decisionId, deadlineMs }: { decisionId: string; deadlineMs: number },
  ): Promise<boolean> {
    const {
      WithStartWorkflowOperation,
      isGrpcDeadlineError,
      WorkflowUpdateRPCTimeoutOrCancelledError,
    } = await import('@temporalio/client');
    const { decideUpdate } = await import('../workflows/messages.js');
    const { type, options } = startOptions(run);
    const send = async (): Promise<unknown> =>
      this.#client.workflow.executeUpdateWithStart(decideUpdate, {
        args: [{ decisionId }],
        updateId: decisionId,
        startWorkflowOperation: new WithStartWorkflowOperation(type, {
          ...options,
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      });
    try {
      await this.#connection.withDeadline(Date.now() + deadlineMs, send);
      return true;
    } catch (error) {
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return false;
      if (error instanceof Error && isGrpcDeadlineError(error)) return false;
      throw error;
    }
  }

  async presence(workflowId: string): Promise<Presence> {
    const { WorkflowNotFoundError } = await import('@temporalio/client');
    try {
      const { status } = await this.#connection.withDeadline(Date.now() + 3_000, () =>
        this.#client.workflow.getHandle(workflowId).describe(),
      );
      return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'there' : 'gone';
    } catch (error) {
      return error instanceof WorkflowNotFoundError ? 'gone' : 'unknown';
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

interface StartOptions {
  readonly type: string;
  readonly options: {
    readonly workflowId: string;
    readonly taskQueue: string;
    readonly args: [{ runId: string }];
    readonly staticSummary: string;
    readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  };
}

function startOptions({ runId, workflowId, kind }: RunAddress): StartOptions {
  const started = startedKind(kind);
  return {
    type: WORKFLOW_TYPES[started],
    options: {
      workflowId,
      taskQueue: RUNS_QUEUE,
      args: [{ runId }],
      staticSummary: staticSummary(started, runId),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    },
  };
}

function startedKind(kind: RunKind): StartedKind {
  if (isStartedKind(kind)) return kind;
  throw new Fault('state', {
    code: 'not_startable',
    message: `A run of kind ${kind} is not started by hand.`,
    next: 'rollcall runs list',
  });
}

function unavailable(message: string, embedded: boolean, cause: unknown): Fault {
  return new Fault('unavailable', {
    code: 'temporal_unavailable',
    message,
    next: embedded ? 'rollcall up' : 'Check ROLLCALL_TEMPORAL_ADDRESS.',
    cause,
  });
}
