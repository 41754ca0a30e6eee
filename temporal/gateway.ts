import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection as ConnectionType, Client as ClientType } from '@temporalio/client';
import { requireTemporal, type StoreConfig } from '../config/env';
import { temporalConnection } from '../config/temporal';
import { Fault } from '../domain/faults';
import { startOptions, type RunAddress } from '../workflows/ids';
import { schedulesOf, type Schedules } from './schedules';

export type { RunAddress } from '../workflows/ids';

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
  /** When polled sources are read. */
  readonly schedules: Schedules;
  close(): Promise<void>;
}

/** Connects, or throws `unavailable` after five seconds. */
export async function connectTemporal(config: StoreConfig): Promise<Temporal> {
  const temporal = requireTemporal(config);
  const { Client, Connection } = await import('@temporalio/client');
  const { address, namespace } = temporal;
  try {
    const connection = await Connection.connect({
      ...temporalConnection(temporal),
      connectTimeout: '5s',
    });
    return new TemporalClient(connection, new Client({ connection, namespace }), config.embedded);
  } catch (cause) {
    throw unavailable(`Temporal does not answer at ${address}.`, config.embedded, cause);
  }
}

/**
 * A run is `planned` or `failed` a moment before its workflow closes: whoever starts it then must not
 * be given the one that closes. One that is there for longer goes on by itself.
 */
const CLOSING_MS = 10_000;

class TemporalClient implements Temporal {
  readonly #connection: ConnectionType;
  readonly #client: ClientType;

  readonly #embedded: boolean;
  readonly schedules: Schedules;

  constructor(connection: ConnectionType, client: ClientType, embedded: boolean) {
    this.#connection = connection;
    this.#client = client;
    this.#embedded = embedded;
    this.schedules = schedulesOf(client, (call) => this.#reached(call));
  }

  async start(run: RunAddress): Promise<void> {
    const { WorkflowExecutionAlreadyStartedError } = await import('@temporalio/client');
    const { type, options } = startOptions(run);
    const closed = Date.now() + CLOSING_MS;
    for (;;) {
      try {
        await this.#reached(() =>
          this.#client.workflow.start(type, { ...options, workflowIdConflictPolicy: 'FAIL' }),
        );
        return;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        if (Date.now() >= closed) return;
      }
      await sleep(50);
    }
  }

  async decide(
    run: RunAddress,
    { decisionId, deadlineMs }: { decisionId: string; deadlineMs: number },
  ): Promise<boolean> {
    const {
      WithStartWorkflowOperation,
      isGrpcDeadlineError,
      WorkflowUpdateFailedError,
      WorkflowUpdateRPCTimeoutOrCancelledError,
    } = await import('@temporalio/client');
    const { decideUpdate } = await import('../workflows/messages.js');
    const { type, options } = startOptions(run);
    const send = async (): Promise<unknown> =>
      this.#client.workflow.executeUpdateWithStart(decideUpdate, {
        args: [{ decisionId }],
        updateId: decisionId,
        startWorkflowOperation: new WithStartWorkflowOperation(type, options),
      });
    const deadline = Date.now() + deadlineMs;
    try {
      await this.#reached(() => this.#connection.withDeadline(deadline, send));
      return true;
    } catch (error) {
      // The run went another way before this decision was taken: another one, or its end.
      if (error instanceof WorkflowUpdateFailedError) throw tooLate(run.runId, error);
      const cut = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
      if (!cut && !(error instanceof Error && isGrpcDeadlineError(error))) throw error;
      // A server that stops cancels the calls that wait: time is not over then.
      if (Date.now() < deadline - 500) throw this.#away(error);
      return false;
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

  /** Throws `unavailable` where the server could not be reached, or is on its way up or down. */
  async #reached<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isUnreached(error) ? this.#away(error) : error;
    }
  }

  #away(cause: unknown): Fault {
    return unavailable('Temporal does not answer.', this.#embedded, cause);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** gRPC: RESOURCE_EXHAUSTED (8), INTERNAL (13, a stream that broke off), UNAVAILABLE (14). */
function isUnreached(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && (at.code === 8 || at.code === 13 || at.code === 14)) return true;
  }
  return false;
}

function unavailable(message: string, embedded: boolean, cause: unknown): Fault {
  return new Fault('unavailable', {
    code: 'temporal_unavailable',
    message,
    next: embedded ? 'rollcall up --detach' : 'Check ROLLCALL_TEMPORAL_ADDRESS.',
    cause,
  });
}

function tooLate(runId: string, cause: unknown): Fault {
  return new Fault('state', {
    code: 'decided_meanwhile',
    message: `Run ${runId} was decided or ended meanwhile: this decision came too late.`,
    next: `rollcall runs show ${runId}`,
    cause,
  });
}
