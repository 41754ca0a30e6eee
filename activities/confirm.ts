import { unconfirmedRecord } from '../connectors/engine/records';
import type { ReadMessage } from '../domain/runs/messages';
import type { SourceRecord } from '../domain/sources/sourceRow';
import { Fault } from '../domain/faults';
import { encodeRows } from '../store/reads/pages';
import { polledRow } from '../operations/sources/sourcePerson';
import type { OpenedSource } from '../operations/sources/openSource';
import type { Asked, Attempt, ReadPlace, SyncStore } from './runStore';
import type { Time } from './time';

/**
 * When more people than this are missing, the plan is held anyway (`deactivations`), and a person
 * looks.
 */
const MAX_ASKED_PEOPLE = 500;
/** Answers are stored once for this many calls; a kill repeats the calls since then. */
const KEEP_EVERY = 25;
/** Tries for one person. Without an answer after them, the person is not counted as gone. */
const MAX_TRIES = 6;
const NOBODY: Asked = { gone: [], found: 0, unclear: 0 };

export interface Confirming {
  readonly store: Pick<SyncStore, 'missingIds' | 'stagePage' | 'rowRules'>;
  readonly attempt: Attempt;
  readonly source: Pick<OpenedSource, 'absenceTimes'> & {
    readonly reader: Pick<OpenedSource['reader'], 'one'> & {
      readonly can: { readonly one: boolean };
    };
  };
  readonly signal: AbortSignal;
  readonly time: Time;
  /** Epoch ms: from then on the next call asks for the rest. */
  readonly end: number;
  /** A longer wait gives the worker's slot back. */
  readonly shortWaitMs: number;
}

export interface Confirmed {
  readonly place: ReadPlace;
  readonly done: boolean;
  readonly waitUntil: number | null;
}

/**
 * Asks the source by id for everyone who would be counted as gone, by each id under which the source
 * knows the person. A person that the source still has is staged with its answer. A person about whom
 * the source says nothing is staged as a row in error. Both kinds of row count as present. Progress
 * is kept in the place, so that a killed worker goes on there.
 */
export async function confirmMissing(o: Confirming, from: ReadPlace): Promise<Confirmed> {
  const { store, source } = o;
  const { listing } = from;
  if (listing === null || source.absenceTimes === null || !source.reader.can.one) {
    return { place: from, done: true, waitUntil: null };
  }
  const ids = await store.missingIds({
    runId: o.attempt.runId,
    absenceTimes: source.absenceTimes,
    maxPeople: MAX_ASKED_PEOPLE,
  });
  const before = listing.asked ?? NOBODY;
  const left = ids.filter((id) => !before.gone.includes(id));
  const rules = await store.rowRules(o.attempt.runId);
  let place = from;
  let batch: Batch = { asked: before, records: [] };
  const keep = async (): Promise<void> => {
    place = await store.stagePage({
      ...o.attempt,
      after: place,
      rows: encodeRows(
        o.attempt.runId,
        batch.records.map((record, i) => polledRow(record, place.rows + i + 1, rules).row),
      ),
      state: null,
      listing: { ...listing, asked: batch.asked },
    });
    batch = { asked: batch.asked, records: [] };
  };
  for (const [n, id] of left.entries()) {
    o.signal.throwIfAborted();
    const answer = await ask(o, id);
    if (typeof answer === 'number') {
      await keep();
      return { place, done: false, waitUntil: answer };
    }
    batch = count(batch, id, answer);
    if ((n + 1) % KEEP_EVERY === 0 || n + 1 === left.length) await keep();
    if (n + 1 < left.length && o.time.now() >= o.end) {
      await keep();
      return { place, done: false, waitUntil: null };
    }
  }
  return { place, done: true, waitUntil: null };
}

/** Answers since they were last stored. */
interface Batch {
  readonly asked: Asked;
  readonly records: readonly SourceRecord[];
}

type Answer = 'gone' | 'unclear' | SourceRecord;

/** The answer for one person, or epoch ms to wait for. */
async function ask(o: Confirming, id: string): Promise<Answer | number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const result = await o.source.reader.one(id, tries).catch(refusedAsUnclear);
    if (result.kind === 'found') return result.record;
    if (result.kind !== 'wait') return result.kind === 'gone' ? 'gone' : 'unclear';
    const ms = Math.max(0, result.until - o.time.now());
    if (ms > o.shortWaitMs) return result.until;
    await o.time.wait(ms, o.signal);
  }
  return 'unclear';
}

/** A credential that may not ask for one person, or a wrong request, says nothing about anyone. */
function refusedAsUnclear(error: unknown): { readonly kind: 'cannot' } {
  if (error instanceof Fault && error.kind !== 'unavailable') return { kind: 'cannot' };
  throw error;
}

function count({ asked, records }: Batch, id: string, answer: Answer): Batch {
  if (answer === 'gone') return { asked: { ...asked, gone: [...asked.gone, id] }, records };
  if (answer === 'unclear') {
    return {
      asked: { ...asked, unclear: asked.unclear + 1 },
      records: [...records, unconfirmedRecord(id)],
    };
  }
  return { asked: { ...asked, found: asked.found + 1 }, records: [...records, answer] };
}

/** What the calls by id showed, as messages of the run. */
export function askedMessages(asked: Asked | undefined): ReadMessage[] {
  if (asked === undefined || asked.found === 0) return [];
  return [{ code: 'not_listed', facts: { people: asked.found } }];
}
