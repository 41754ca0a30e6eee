import type { StoreConfig } from '../config/env';
import { secretKeys } from '../config/keyFile';
import {
  wordedPerson,
  wordedPreview,
  wordedRead,
  type WordedPreview,
  type WordedRead,
  type WordedTest,
} from './words';
import { Fault } from '../domain/faults';
import type { NextOf } from '../domain/next';
import type { GivenTimes } from '../domain/sources/syncSchedule';
import type { AddSource } from '../operations/sources/addSource';
import { contextWith, type OperationContext } from '../operations/context';
import type { RemovedSource, ScheduledSource } from '../operations/sources/pauseSource';
import {
  sourceTypes,
  type SourceContext,
  type SourceType,
} from '../operations/sources/polledSource';
import type { PersonInput } from '../operations/sources/previewPerson';
import type { Mastering } from '../operations/sources/mastering';
import type { SyncRequest } from '../operations/sources/recordSync';
import type { SetSource } from '../operations/sources/setSource';
import type { SourceDetails } from '../operations/sources/showSource';
import type { SourceView } from '../operations/sources/sources';
import type { TestSource } from '../operations/sources/testSource';
import type { Temporal } from '../temporal/gateway';
import { refuseUnknownEncoding } from './files/encoding';
import { launch } from './waiting/launch';
import type { Runs } from './runs';

const addSourceModule = () => import('../operations/sources/addSource.js');
const polling = () => import('../operations/sources/pauseSource.js');
const previewPersonModule = () => import('../operations/sources/previewPerson.js');
const masteringModule = () => import('../operations/sources/mastering.js');
const recordSyncModule = () => import('../operations/sources/recordSync.js');
const setSourceModule = () => import('../operations/sources/setSource.js');
const showSourceModule = () => import('../operations/sources/showSource.js');
const sourcesModule = () => import('../operations/sources/sources.js');
const testSourceModule = () => import('../operations/sources/testSource.js');

/** A source as it is listed, with the facts that only Temporal has. */
export interface ListedSource extends SourceView {
  /** When it is read next by itself; null: never, or Temporal does not answer. */
  readonly nextSyncAt: string | null;
}

export interface StartSync extends SyncRequest {
  /** Rejects a held run first; this read replaces it. */
  readonly replaceHeld?: boolean;
}

/**
 * Time in which a rejected run closes; where it does not, the sync is refused and names that run.
 */
const CLOSING_MS = 30_000;
/** The reason with which a held run is rejected. */
const REPLACED = 'replaced by a new read';

/** Where people come from: lists and systems. */
export class Sources {
  readonly #context: SourceContext;
  readonly #temporal: () => Promise<Temporal>;
  readonly #hasTemporal: boolean;
  readonly #runs: Runs;

  /** @internal */
  constructor(o: {
    context: OperationContext;
    config: StoreConfig;
    temporal: () => Promise<Temporal>;
    runs: Runs;
  }) {
    const { allowPrivateHosts, timeZone } = o.config;
    const keys = secretKeys(o.config);
    this.#context = contextWith(o.context, { keys, allowPrivateHosts, timeZone });
    this.#temporal = o.temporal;
    this.#hasTemporal = o.config.temporal !== null;
    this.#runs = o.runs;
  }

  /** The types of systems, and the settings that each one needs. */
  types(): SourceType[] {
    return sourceTypes();
  }

  /** Adds a system; nothing is read yet. Faults: `usage` (all of them), `conflict`. */
  async add(input: AddSource): Promise<SourceDetails> {
    return (await addSourceModule()).addSource(this.#context, input);
  }

  async list(): Promise<ListedSource[]> {
    const { listSources, scheduledIds } = await sourcesModule();
    const [sources, ids] = await Promise.all([
      listSources(this.#context),
      scheduledIds(this.#context),
    ]);
    return Promise.all(
      sources.map(async (source) => ({
        ...source,
        nextSyncAt: await this.#nextSync(ids.get(source.name)),
      })),
    );
  }

  /** Faults: `not_found`, `state` (no system). */
  async get(name: string): Promise<SourceDetails & Pick<ListedSource, 'nextSyncAt'>> {
    const source = await (await showSourceModule()).showSource(this.#context, name);
    const ids = await (await sourcesModule()).scheduledIds(this.#context);
    return { ...source, nextSyncAt: await this.#nextSync(ids.get(name)) };
  }

  async set(input: SetSource): Promise<SourceDetails> {
    const { encoding } = input.list ?? {};
    if (encoding !== undefined) await refuseUnknownEncoding(encoding);
    return (await setSourceModule()).setSource(this.#context, input);
  }

  /** Reads the first pages and stores nothing. */
  async test(input: TestSource): Promise<WordedTest> {
    const test = await (await testSourceModule()).testSource(this.#context, input);
    return { ...test, people: test.people.map(wordedPerson) };
  }

  /** Asks for one person, and stores nothing. */
  async testOne(input: PersonInput): Promise<WordedRead> {
    return wordedRead(await (await previewPersonModule()).readPerson(this.#context, input));
  }

  /** What a sync would do with one person; nothing is written. */
  async preview(input: PersonInput): Promise<WordedPreview> {
    return wordedPreview(await (await previewPersonModule()).previewPerson(this.#context, input));
  }

  /** Records a sync and starts its workflow. Faults: `state`, `blocked`, `not_found`, `unavailable`. */
  async sync({ replaceHeld, ...request }: StartSync): Promise<{ readonly runId: string }> {
    await this.#temporal();
    if (replaceHeld === true) {
      const held = await (await recordSyncModule()).replaceableRun(this.#context, request.name);
      if (held !== null) {
        await this.#runs.reject({ run: held, reason: REPLACED, replaced: true });
        // The held run blocks the source until its workflow has closed it.
        await this.#runs.wait(held, { leavesHeld: true, timeoutMs: CLOSING_MS });
      }
    }
    const run = await (await recordSyncModule()).recordSync(this.#context, request);
    await launch(this.#temporal, run);
    return { runId: run.runId };
  }

  /**
   * Sets how often a source is read: the store first, whose row is the truth, then Temporal.
   * Without any times it sends Temporal the stored schedule again.
   */
  async schedule(input: {
    readonly name: string;
    readonly times?: GivenTimes;
    readonly off?: boolean;
  }): Promise<ScheduledSource & Pick<ListedSource, 'nextSyncAt'>> {
    const { name, times = {}, off = false } = input;
    const source = await (await polling()).scheduleSource(this.#context, { name, times, off });
    await this.#follow(source, off ? 'unschedule' : 'schedule');
    return { ...source, nextSyncAt: await this.#nextSync(source.sourceId) };
  }

  /** Which sources decide which fields. */
  async mastering(): Promise<Mastering[]> {
    return (await masteringModule()).listMastering(this.#context);
  }

  /** Sets them for one field; none: the source that was read last decides. Fault: `usage`. */
  async setMastering(input: {
    readonly field: string;
    readonly sources: readonly string[];
  }): Promise<Mastering> {
    return (await masteringModule()).setMastering(this.#context, input);
  }

  async pause(name: string): Promise<ScheduledSource> {
    const source = await (await polling()).pauseSource(this.#context, name);
    // Without a schedule Temporal has nothing to change.
    if (source.schedule !== null) await this.#follow(source, 'pause');
    return source;
  }

  /** Resumes reading; also ends a stop because of a fault. */
  async resume(name: string): Promise<ScheduledSource> {
    const source = await (await polling()).resumeSource(this.#context, name);
    if (source.schedule !== null) await this.#follow(source, 'resume');
    return source;
  }

  /**
   * Removes a source; deactivates nobody. Its schedule goes first, because one that was left would
   * start syncs of nothing.
   */
  async remove(name: string): Promise<RemovedSource> {
    await (await polling()).refuseInUse(this.#context, name);
    const { sourceId } = await (await polling()).scheduleOf(this.#context, name);
    await (await this.#temporal()).schedules.remove(sourceId);
    return (await polling()).removeSource(this.#context, name);
  }

  async #follow(source: ScheduledSource, what: NextOf<'repeatSchedule'>['what']): Promise<void> {
    try {
      await (await this.#temporal()).schedules.follow(source);
    } catch (cause) {
      if (cause instanceof Fault && cause.code === 'schedule_refused') {
        const next = { do: 'scheduleSource', source: source.name } as const;
        throw new Fault('state', { code: cause.code, message: cause.message, next, cause });
      }
      const held = source.paused ? ' Nothing starts meanwhile: the source is paused.' : '';
      throw new Fault('unavailable', {
        code: 'schedule_not_followed',
        message: `It is stored, and Temporal does not know it yet.${held}`,
        next: { do: 'repeatSchedule', source: source.name, what },
        cause,
      });
    }
  }

  async #nextSync(sourceId: string | undefined): Promise<string | null> {
    if (sourceId === undefined || !this.#hasTemporal) return null;
    try {
      const next = await (await this.#temporal()).schedules.next(sourceId);
      return next?.at?.toISOString() ?? null;
    } catch {
      // The store's part of the list does not need Temporal.
      return null;
    }
  }
}
