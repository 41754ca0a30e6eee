import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { requirePermission } from '../../domain/permissions';
import { readTimes, isOff, type GivenTimes } from '../../domain/sources/syncSchedule';
import { zoneFault, zonesMeant } from '../../domain/zones';
import {
  openRunsOf,
  removeConnection,
  setPolling,
  setSchedule,
} from '../../store/sources/connectionEdits';
import type { SyncSchedule } from '../../store/sources/connections';
import { transaction, type Queryable } from '../../store/database/db';
import type { OperationContext } from '../context';
import { connectorOf } from './openSource';
import { auditSource, polledSource, type PolledSource } from './polledSource';
import { refuse } from './sourceSettings';

/** What Temporal's schedule must follow: the store's row decides. */
export interface ScheduledSource {
  readonly sourceId: string;
  readonly name: string;
  readonly schedule: SyncSchedule | null;
  /** True when no sync starts by itself. */
  readonly paused: boolean;
}

/** Keeps a source's syncs from starting; one that is under way goes on. Safe to repeat. */
export async function pauseSource(
  context: OperationContext,
  name: string,
): Promise<ScheduledSource> {
  return poll(context, name, 'paused');
}

/** Lets a paused, quarantined or disabled source be read again. Safe to repeat. */
export async function resumeSource(
  context: OperationContext,
  name: string,
): Promise<ScheduledSource> {
  return poll(context, name, 'ready');
}

async function poll(
  context: OperationContext,
  name: string,
  polling: 'ready' | 'paused',
): Promise<ScheduledSource> {
  requirePermission(context.level, 'sources.write');
  return transaction(context.db, async (tx) => {
    const { connection } = await polledSource(tx, name, { lock: true });
    const { sourceId, schedule } = connection;
    if (connection.polling !== polling) {
      await setPolling(tx, { sourceId, polling });
      const action = polling === 'paused' ? 'source.pause' : 'source.resume';
      await auditSource(tx, context, { action, sourceId });
    }
    return { sourceId, name, schedule, paused: isOff(polling) };
  });
}

/** The schedule of a source. */
export async function scheduleOf(
  context: OperationContext,
  name: string,
): Promise<ScheduledSource> {
  requirePermission(context.level, 'sources.read');
  return scheduled(await polledSource(context.db.pool, name));
}

/**
 * Sets how often a source is read (`off`: never by itself). Without an interval or cron, the given
 * parts change the stored schedule. Without any part the schedule stays and is only sent to
 * Temporal again.
 */
export async function scheduleSource(
  context: OperationContext,
  input: { readonly name: string; readonly times: GivenTimes; readonly off?: boolean },
): Promise<ScheduledSource> {
  requirePermission(context.level, 'sources.write');
  const { name, times, off = false } = input;
  const given = Object.values(times).some((value) => value !== undefined);
  return transaction(context.db, async (tx) => {
    const found = await polledSource(tx, name, { lock: true });
    if (!given && !off) return scheduled(found);
    const read = off
      ? { times: null, faults: given ? ['Give --off, or a schedule.'] : [] }
      : readTimes(times, found.connection.schedule, found.connection.timeZone);
    const tooOften = read.times === null ? [] : paceFaults(found, read.times);
    const faults = [...read.faults, ...tooOften];
    refuse(faults, { code: 'bad_schedule', next: scheduleAgain(name, times, faults) });
    const { sourceId } = found.connection;
    await setSchedule(tx, { sourceId, schedule: read.times });
    await auditSource(tx, context, { action: 'source.schedule', sourceId, fields: ['schedule'] });
    return { ...scheduled(found), schedule: read.times };
  });
}

/** The schedule as it was given, where only its time zone is wrong; otherwise how one is given. */
function scheduleAgain(source: string, times: GivenTimes, faults: readonly string[]): Next {
  const { timeZone } = times;
  const isOnlyZone =
    timeZone !== undefined && faults.length === 1 && faults[0] === zoneFault(timeZone);
  if (!isOnlyZone) return { do: 'scheduleSource', source };
  const [zone = 'ZONE'] = zonesMeant(timeZone);
  return { do: 'scheduleSource', source, times: { ...times, timeZone: zone } };
}

/** The fault of a schedule that is too frequent: some vendors allow few reads a day. */
function paceFaults({ connection }: PolledSource, { everyMinutes }: SyncSchedule): string[] {
  const least = (connectorOf(connection).limits.minIntervalMs ?? 0) / 60_000;
  if (everyMinutes === undefined || everyMinutes >= least) return [];
  return [`This system may be read every ${String(Math.ceil(least))} minutes at most.`];
}

function scheduled({ source, connection }: PolledSource): ScheduledSource {
  const { sourceId, schedule, polling } = connection;
  return {
    sourceId,
    name: source.name,
    schedule,
    paused: isOff(polling),
  };
}

export interface RemovedSource {
  readonly name: string;
  /** The name under which its runs and links stay; `null`: it had none. */
  readonly keptAs: string | null;
}

/** Refuses to remove a source while a run of it has not ended. */
export async function refuseInUse(context: OperationContext, name: string): Promise<void> {
  requirePermission(context.level, 'sources.write');
  const { source } = await polledSource(context.db.pool, name);
  await refuseOpenRuns(context.db.pool, { sourceId: source.id, name });
}

/**
 * Removes a source with its settings and secrets. Deactivates no one: people keep the source's
 * values, and its runs can be shown and undone.
 */
export async function removeSource(
  context: OperationContext,
  name: string,
): Promise<RemovedSource> {
  requirePermission(context.level, 'sources.write');
  return transaction(context.db, async (tx) => {
    const { connection } = await polledSource(tx, name, { lock: true });
    const { sourceId } = connection;
    await refuseOpenRuns(tx, { sourceId, name });
    const keptAs = await removeConnection(tx, { sourceId, name });
    await auditSource(tx, context, { action: 'source.remove', sourceId });
    return { name, keptAs };
  });
}

async function refuseOpenRuns(
  db: Queryable,
  { sourceId, name }: { readonly sourceId: string; readonly name: string },
): Promise<void> {
  const [run] = await openRunsOf(db, sourceId);
  if (run === undefined) return;
  throw new Fault('state', {
    code: 'source_in_use',
    message: `Run ${run.runId} of "${name}" is ${run.state}: the source is in use.`,
    next: { do: run.state === 'held' ? 'reject' : 'cancel', run: run.runId },
  });
}
