import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ConnectionLike } from '@temporalio/client';
import { requireTemporal, type StoreConfig } from '../config/env';
import { temporalConnection } from '../config/temporal';
import { Fault } from '../domain/faults';
import { campaignStart, startOptions, type RunAddress } from '../workflows/ids';
import { schedulesOf, type Schedules } from './schedules';
import { sharedQueueOf, type SharedQueue } from './sharedQueue';

export type { RunAddress } from '../workflows/ids';

/** The state of a run's workflow; `stopped`: terminated, cancelled or timed out. */
export type WorkflowFate = 'there' | 'missing' | 'stopped' | Ended;

/** The workflow ended by itself. */
interface Ended {
  readonly endedAt: Date;
  readonly failed: boolean;
}

/** Whether a run has a workflow: `gone` = never started, ended, failed or terminated. */
export type Presence = 'there' | 'gone' | 'unknown';

/**
 * What the worker and every door ask of Temporal. Only ids go in, because operators read the
 * histories. A server that does not answer is a fault `unavailable`.
 */
export interface Temporal {
  /**
   * Starts the run's workflow; one that is already running goes on undisturbed. `closingMs`: how
   * long a running one may still be about to close; 0 where it is known to have ended.
   */
  start(run: RunAddress, o?: { readonly closingMs: number }): Promise<void>;
  /**
   * Delivers a recorded decision to the run's workflow and starts the workflow again where it is
   * gone. True once the decision was carried out, false when no worker did so within `deadlineMs`.
   */
  decide(
    run: RunAddress,
    o: { readonly decisionId: string; readonly deadlineMs: number },
  ): Promise<boolean>;
  /**
   * Has the workflow of a held run read its gates again, which it only shows: nothing is thrown where
   * it is not reached.
   */
  gatesMoved(run: RunAddress): Promise<void>;
  /** As {@link Temporal.decide}, but waits only until the workflow has accepted the decision. */
  deliver(run: RunAddress, decisionId: string): Promise<void>;
  /** Starts the campaign's workflow; one that is running goes on undisturbed. */
  startCampaign(campaignId: string): Promise<void>;
  /**
   * Has the campaign's workflow read the campaign's row again, after a decision was written there. One
   * that is gone is started.
   */
  wakeCampaign(campaignId: string): Promise<void>;
  /** True when the campaign's workflow is running. */
  campaignIsThere(campaignId: string): Promise<boolean>;
  fate(workflowId: string): Promise<WorkflowFate>;
  /** As {@link Temporal.fate}, within three seconds; never throws. */
  presence(workflowId: string): Promise<Presence>;
  /** When systems are read, and when due runs start. */
  readonly schedules: Schedules;
  /** What a build before installations had ids left behind. */
  readonly shared: SharedQueue;
  /** Closes the connection. */
  close(): Promise<void>;
}

/**
 * Connects, or throws `unavailable` after five seconds. `installation`: that of the database whose
 * runs are started; everything in the namespace that is not its own is left alone.
 */
export async function connectTemporal(
  config: StoreConfig,
  installation: string,
): Promise<Temporal> {
  const temporal = requireTemporal(config);
  const { Connection } = await import('@temporalio/client');
  const { address, namespace } = temporal;
  const { embedded } = config;
  try {
    const connection = await Connection.connect({
      ...temporalConnection(temporal),
      connectTimeout: '5s',
    });
    return await openTemporal({ connection, namespace, embedded, installation });
  } catch (cause) {
    throw unavailable(`Temporal does not answer at ${address}.`, embedded, cause);
  }
}

/** The gateway over an existing connection: a worker passes the one that it polls with. */
export async function openTemporal(o: {
  readonly connection: ConnectionLike;
  readonly namespace: string;
  readonly embedded: boolean;
  readonly installation: string;
}): Promise<Temporal> {
  const sdk = await import('@temporalio/client');
  const { connection, namespace } = o;
  return new Gateway({ sdk, client: new sdk.Client({ connection, namespace }), ...o });
}

/**
 * A run is `planned` or `failed` a moment before its workflow closes: a start at that moment must
 * not return the closing workflow. One that is still running after this time goes on by itself.
 */
const CLOSING_MS = 10_000;
/** A workflow accepts a decision at once, where its worker runs. */
const ACCEPT_MS = 10_000;
const PRESENCE_MS = 3_000;

/** The package is loaded when Temporal is first needed: most commands do not need it. */
type Sdk = typeof import('@temporalio/client');

class Gateway implements Temporal {
  readonly #sdk: Sdk;
  readonly #connection: ConnectionLike;
  readonly #client: Client;
  readonly #embedded: boolean;
  readonly #installation: string;
  readonly schedules: Schedules;
  readonly shared: SharedQueue;

  constructor(o: {
    readonly sdk: Sdk;
    readonly connection: ConnectionLike;
    readonly client: Client;
    readonly embedded: boolean;
    readonly installation: string;
  }) {
    this.#sdk = o.sdk;
    this.#connection = o.connection;
    this.#client = o.client;
    this.#embedded = o.embedded;
    const { client, installation } = o;
    this.#installation = installation;
    const reached = <T>(call: () => Promise<T>): Promise<T> => this.#reached(call);
    this.schedules = schedulesOf({ client, installation, reached });
    this.shared = sharedQueueOf({ client, installation, gateway: this, reached });
  }

  async start(run: RunAddress, o = { closingMs: CLOSING_MS }): Promise<void> {
    const { type, options } = startOptions(run, this.#installation);
    const closed = Date.now() + o.closingMs;
    for (;;) {
      try {
        await this.#reached(() =>
          this.#client.workflow.start(type, { ...options, workflowIdConflictPolicy: 'FAIL' }),
        );
        return;
      } catch (error) {
        if (!(error instanceof this.#sdk.WorkflowExecutionAlreadyStartedError)) throw error;
        if (Date.now() >= closed) return;
      }
      await sleep(50);
    }
  }

  async decide(
    run: RunAddress,
    { decisionId, deadlineMs }: { readonly decisionId: string; readonly deadlineMs: number },
  ): Promise<boolean> {
    const update = await this.#update(run, decisionId);
    const deadline = Date.now() + deadlineMs;
    try {
      await this.#reached(() =>
        this.#connection.withDeadline(deadline, () =>
          this.#client.workflow.executeUpdateWithStart(update.definition, update.options),
        ),
      );
      return true;
    } catch (error) {
      const { isGrpcDeadlineError, WorkflowUpdateFailedError } = this.#sdk;
      // The run went another way before this decision was taken: by another decision, or by its
      // end.
      if (error instanceof WorkflowUpdateFailedError) throw tooLate(run.runId, error);
      const cut = error instanceof this.#sdk.WorkflowUpdateRPCTimeoutOrCancelledError;
      if (!cut && !(error instanceof Error && isGrpcDeadlineError(error))) throw error;
      // A server that stops cancels the waiting calls, before the deadline has passed.
      if (Date.now() < deadline - 500) throw this.#away(error);
      return false;
    }
  }

  async gatesMoved({ workflowId }: RunAddress): Promise<void> {
    const { gatesSignal } = await import('../workflows/messages.js');
    const handle = this.#client.workflow.getHandle(workflowId);
    await this.#reached(() => handle.signal(gatesSignal)).catch(() => undefined);
  }

  async deliver(run: RunAddress, decisionId: string): Promise<void> {
    const { definition, options } = await this.#update(run, decisionId);
    await this.#reached(() =>
      this.#connection.withDeadline(Date.now() + ACCEPT_MS, () =>
        this.#client.workflow.startUpdateWithStart(definition, {
          ...options,
          // The workflow takes the decision between two steps; this call does not wait for that.
          waitForStage: 'ACCEPTED',
        }),
      ),
    );
  }

  /** The update that carries a decision: the same id twice is one decision. */
  async #update(run: RunAddress, decisionId: string) {
    const { decideUpdate: definition } = await import('../workflows/messages.js');
    const { type, options } = startOptions(run, this.#installation);
    const startWorkflowOperation = new this.#sdk.WithStartWorkflowOperation(type, options);
    const args: [{ decisionId: string }] = [{ decisionId }];
    return { definition, options: { args, updateId: decisionId, startWorkflowOperation } };
  }

  async startCampaign(campaignId: string): Promise<void> {
    const { type, options } = campaignStart(campaignId, this.#installation);
    await this.#reached(() => this.#client.workflow.start(type, options));
  }

  async wakeCampaign(campaignId: string): Promise<void> {
    const { wakeSignal: signal } = await import('../workflows/messages.js');
    const { type, options } = campaignStart(campaignId, this.#installation);
    await this.#reached(() =>
      this.#client.workflow.signalWithStart(type, { ...options, signal, signalArgs: [] }),
    );
  }

  async campaignIsThere(campaignId: string): Promise<boolean> {
    const { options } = campaignStart(campaignId, this.#installation);
    return (await this.fate(options.workflowId)) === 'there';
  }

  async fate(workflowId: string): Promise<WorkflowFate> {
    try {
      const { status, closeTime } = await this.#reached(() =>
        this.#client.workflow.getHandle(workflowId).describe(),
      );
      if (status.name === 'RUNNING' || status.name === 'PAUSED') return 'there';
      const failed = status.name === 'FAILED';
      const ended = failed || status.name === 'COMPLETED';
      return ended && closeTime !== undefined ? { endedAt: closeTime, failed } : 'stopped';
    } catch (error) {
      if (error instanceof this.#sdk.WorkflowNotFoundError) return 'missing';
      throw error;
    }
  }

  async presence(workflowId: string): Promise<Presence> {
    try {
      const fate = await this.#connection.withDeadline(Date.now() + PRESENCE_MS, () =>
        this.fate(workflowId),
      );
      return fate === 'there' ? 'there' : 'gone';
    } catch {
      return 'unknown';
    }
  }

  /** Throws `unavailable` when the server cannot be reached, or is starting or stopping. */
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
    next: embedded ? { do: 'startServers' } : 'Check ROLLCALL_TEMPORAL_ADDRESS.',
    cause,
  });
}

function tooLate(runId: string, cause: unknown): Fault {
  return new Fault('state', {
    code: 'decided_meanwhile',
    message: `Run ${runId} was decided or ended meanwhile: this decision came too late.`,
    next: { do: 'showRun', run: runId },
    cause,
  });
}
