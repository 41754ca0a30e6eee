import type { Client, ScheduleDescription } from '@temporalio/client';
import { Fault } from '../domain/faults';
import { shown } from '../domain/shown';
import {
  dueScheduleIdOf,
  dueScheduleOptions,
  isAsWanted,
  scheduleIdOf,
  sourceOfSchedule,
  syncScheduleOptions,
  type ScheduledSync,
  type ShownSchedule,
} from '../workflows/schedules';
import type { startDue } from '../workflows/startDue';
import type { syncSource } from '../workflows/syncSource';

/** When a source is read next. */
export interface NextSync {
  /** Null: the source is not read by itself. */
  readonly at: Date | null;
  readonly paused: boolean;
}

/** What was wrong with the schedule of a source. */
export type Repaired = 'missing' | 'left over' | 'changed';

/**
 * The schedules `sync/<installation>/<sourceId>` of Temporal and the hourly schedule
 * `due/<installation>`. They follow the store, whose row is the truth. Schedules of other
 * installations are neither listed nor changed.
 */
export interface Schedules {
  /**
   * Creates, changes, pauses or deletes the schedule as the store says. Repeatable. @throws Fault
   * `state`/`schedule_refused` in the server's own words.
   */
  follow(source: ScheduledSync): Promise<void>;
  /** Deletes the schedule; a missing one counts as deleted. */
  remove(sourceId: string): Promise<void>;
  /** Null: Temporal has no such schedule. */
  next(sourceId: string): Promise<NextSync | null>;
  /**
   * The schedules of sources, by source; Temporal lists a change some seconds after it was made.
   */
  list(): Promise<ReadonlyMap<string, ShownSchedule>>;
  /**
   * Makes one schedule as `wanted` (null: none) within ten seconds; returns what was wrong, null
   * for nothing. Several workers may do so at once.
   */
  repair(sourceId: string, wanted: ScheduledSync | null): Promise<Repaired | null>;
  /**
   * Makes the hourly schedule as this version defines it. A schedule that an operator paused stays
   * paused; several workers may do so at once.
   */
  keepDue(): Promise<void>;
}

/** Time limit for Temporal: the row of a source stays locked until Temporal has answered. */
const ANSWER_MS = 10_000;

/** The schedules of one installation. */
interface Own {
  readonly client: Client;
  readonly installation: string;
}

/** `reached` turns an unreachable server into a fault. */
export function schedulesOf({
  reached,
  ...own
}: Own & { readonly reached: <T>(call: () => Promise<T>) => Promise<T> }): Schedules {
  return {
    remove: (sourceId) => reached(() => remove(own, sourceId)),
    follow: (source) => reached(() => toldRefusals(() => follow(own, source))),
    next: (sourceId) =>
      reached(async () => {
        const described = await describe(own, sourceId);
        if (described === null) return null;
        const { info, state } = described;
        return {
          at: state.paused ? null : (info.nextActionTimes[0] ?? null),
          paused: state.paused,
        };
      }),
    list: () => reached(() => list(own)),
    repair: (sourceId, wanted) =>
      reached(() =>
        own.client.withDeadline(Date.now() + ANSWER_MS, () =>
          toldRefusals(() => repair(own, sourceId, wanted)),
        ),
      ),
    keepDue: () => reached(() => keepDue(own)),
  };
}

/** gRPC: INVALID_ARGUMENT. */
const INVALID = 3;

/**
 * Turns the server's refusal of a schedule, which no waiting heals, into a fault with its words. The
 * client throws it as a TypeError (findings/temporal-refused-schedule-is-a-type-error.sh).
 */
async function toldRefusals<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const words = refusalWords(error);
    if (words === null) throw error;
    throw new Fault('state', {
      code: 'schedule_refused',
      message: `Temporal refuses the schedule: ${shown(words)}.`,
      next: { do: 'listSources' },
      cause: error,
    });
  }
}

function refusalWords(error: unknown): string | null {
  if (error instanceof TypeError) return error.message;
  const cause = error instanceof Error ? error.cause : undefined;
  const isRefusal = cause instanceof Error && 'code' in cause && cause.code === INVALID;
  return isRefusal ? cause.message : null;
}

function handleOf({ client, installation }: Own, sourceId: string) {
  return client.schedule.getHandle(scheduleIdOf(sourceId, installation));
}

async function remove(own: Own, sourceId: string): Promise<void> {
  const { ScheduleNotFoundError } = await import('@temporalio/client');
  try {
    await handleOf(own, sourceId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

async function follow(own: Own, source: ScheduledSync): Promise<void> {
  const { sourceId, schedule } = source;
  const { client, installation } = own;
  if (schedule === null) return remove(own, sourceId);
  const scheduleId = scheduleIdOf(sourceId, installation);
  const options = syncScheduleOptions({ source, times: schedule, installation });
  await updateOrCreate({
    update: () => client.schedule.getHandle(scheduleId).update<typeof syncSource>(() => options),
    create: () => client.schedule.create<typeof syncSource>({ scheduleId, ...options }),
  });
}

/** Changes a schedule, or makes it where it is missing; several workers may do so at the same moment. */
async function updateOrCreate(o: {
  readonly update: () => Promise<unknown>;
  readonly create: () => Promise<unknown>;
}): Promise<void> {
  const { ScheduleAlreadyRunning, ScheduleNotFoundError } = await import('@temporalio/client');
  try {
    await o.update();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    try {
      await o.create();
    } catch (second) {
      // Another worker made it, perhaps by what the store said before.
      if (!(second instanceof ScheduleAlreadyRunning)) throw second;
      await o.update();
    }
  }
}

function describe({ client, installation }: Own, sourceId: string) {
  return describeSchedule(client, scheduleIdOf(sourceId, installation));
}

/** Null: Temporal has no such schedule. */
export async function describeSchedule(
  client: Client,
  id: string,
): Promise<ScheduleDescription | null> {
  const { ScheduleNotFoundError } = await import('@temporalio/client');
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function list({ client, installation }: Own): Promise<Map<string, ShownSchedule>> {
  const shown = new Map<string, ShownSchedule>();
  for await (const schedule of client.schedule.list()) {
    const sourceId = sourceOfSchedule(schedule.scheduleId, installation);
    if (sourceId !== undefined) shown.set(sourceId, schedule);
  }
  return shown;
}

async function repair(
  own: Own,
  sourceId: string,
  wanted: ScheduledSync | null,
): Promise<Repaired | null> {
  const shown = await describe(own, sourceId);
  if (isAsWanted(shown, wanted)) return null;
  await follow(own, wanted ?? { sourceId, schedule: null, paused: false });
  if (shown === null) return 'missing';
  return wanted?.schedule == null ? 'left over' : 'changed';
}

async function keepDue({ client, installation }: Own): Promise<void> {
  const scheduleId = dueScheduleIdOf(installation);
  const options = dueScheduleOptions(installation);
  const handle = client.schedule.getHandle(scheduleId);
  await updateOrCreate({
    update: () => handle.update<typeof startDue>(({ state }) => ({ ...options, state })),
    create: () => client.schedule.create<typeof startDue>({ scheduleId, ...options }),
  });
}
