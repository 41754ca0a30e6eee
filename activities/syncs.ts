import { Context } from '@temporalio/activity';
import { completeWith, type Listing } from '../connectors/engine/complete';
import type { NextResult } from '../connectors/engine/results';
import type { ReadMessage } from '../domain/runs/messages';
import { Fault, LISTING_UNSTABLE, SOURCE_WAITS } from '../domain/faults';
import type { PageState } from '../connectors/engine/state';
import type { Declared } from '../store/lifecycle/syncs';
import type { OpenedSource } from '../operations/sources/openSource';
import { polledRow } from '../operations/sources/sourcePerson';
import { askedMessages, confirmMissing } from './confirm';
import { atEdge, type EdgeDeps, onceASecond } from './edge';
import type { Attempt, ReadPlace, RunFacts, SyncStore, WholeRead } from './runStore';
import { PageWriter } from './pageWriter';
import { secondChance } from './secondChance';
import { refuseFailed } from './runs';
import { REAL_TIME, type Time } from './time';
import type { PagesRead, SyncActivities } from './types';

export interface SyncDeps extends EdgeDeps {
  readonly store: SyncStore;
  /** Opens the source of a run, with its secrets. @throws Fault invalid, usage, not_found. */
  readonly openSource: (sourceId: string) => Promise<OpenedSource>;
  /** What the source's declaration says about its reads. */
  readonly declared: (sourceId: string) => Promise<Declared>;
  /**
   * Milliseconds for which pages are read before the workflow gets the progress; shorter in tests.
   */
  readonly readMs?: number;
  /** Rows that are stored at once (2,000); fewer in tests, where each page can be struck. */
  readonly rowsAtOnce?: number;
  /** The machine's clock, unless a test brings its own. */
  readonly time?: Time;
}

const READ_MS = 60_000;
/** A wait up to this long is sat out here; a longer one gives the worker's slot back. */
const SHORT_WAIT_MS = 15_000;
/** Reads in all of a snapshot that could not be proved complete. */
const MAX_READS = 3;
/**
 * Tries of a list that does not come to its end. Each begins the read again, spread over five
 * rounds of the workflow's tries: two and a half minutes and the reads themselves. After them the
 * run fails: the next sync may find the list in order, and the people in charge of the source get
 * an alert.
 */
const MAX_UNSTABLE_READS = 15;

/** The activities of polled sources. */
export function createSyncActivities(deps: SyncDeps): SyncActivities {
  const { store } = deps;
  return {
    beginSync: async ({ sourceId }) =>
      store.beginSync({
        sourceId,
        workflowId: Context.current().info.workflowExecution?.workflowId ?? `sync/${sourceId}`,
        ...(await deps.declared(sourceId)),
      }),

    readPages: ({ runId }) =>
      atEdge(deps, { runId, failsRun: true }, async (signal) => {
        const attempt = { runId, fence: await store.takeFence(runId) };
        const run = await store.getRun(runId);
        refuseFailed(run);
        if (run.stagedAt !== null) return { done: true, rows: run.rows, waitUntil: null };
        await store.reachOfRun(runId);
        const source = await deps.openSource(run.sourceId);
        try {
          const read = await readOnce(deps, { attempt, run, source, signal });
          await tellWait(deps, runId, read.waitUntil);
          return read;
        } finally {
          source.close();
        }
      }),
  };
}

interface Reading {
  readonly attempt: Attempt;
  readonly run: RunFacts;
  readonly source: OpenedSource;
  readonly signal: AbortSignal;
}

/** Shows in the run row why nothing goes on. */
async function tellWait(deps: SyncDeps, runId: string, until: number | null): Promise<void> {
  if (until === null) return;
  const at = new Date(until).toISOString().slice(0, 19).replace('T', ' ');
  const message = `The source is not to be asked before ${at} UTC; then the sync goes on.`;
  await deps.store.tellTrouble(runId, { code: SOURCE_WAITS, message });
}

async function readOnce(deps: SyncDeps, o: Reading): Promise<PagesRead> {
  const time = deps.time ?? REAL_TIME;
  const end = time.now() + (deps.readMs ?? READ_MS);
  let place = await deps.store.readPlace(o.attempt.runId);
  if (place.state === null && place.listing === null) {
    place = await begin(deps, o, { place, mode: place.mode, attempt: 0 });
  }
  while (place.state !== null) {
    const pages = new PageWriter({
      store: deps.store,
      attempt: o.attempt,
      place,
      now: () => time.now(),
      ...(deps.rowsAtOnce === undefined ? {} : { atOnce: deps.rowsAtOnce }),
    });
    const came = await readOn(deps, o, { state: place.state, pages, end })
      .catch(unstable)
      .finally(() => pages.idle());
    place = await pages.settle();
    if (came.kind === 'unstable') throw await rereadLater(deps, o, { place, fault: came.fault });
    if (came.kind === 'pause') {
      return { done: false, rows: place.rows, waitUntil: came.waitUntil };
    }
    if (came.kind === 'anew') {
      place = await begin(deps, o, { place, mode: came.mode ?? place.mode, attempt: came.attempt });
    }
  }
  return close(deps, o, { place, end });
}

/**
 * How the pages ended: for this read, for now, or to be read again (`mode` `null`: in the same
 * mode).
 */
type Came =
  | { readonly kind: 'end' }
  | { readonly kind: 'pause'; readonly waitUntil: number | null }
  | { readonly kind: 'anew'; readonly mode: 'full' | null; readonly attempt: number }
  | { readonly kind: 'unstable'; readonly fault: Fault };

/**
 * The result for a list that cannot be read to its end, though its read was begun again. Rethrows
 * every other error.
 */
function unstable(error: unknown): Came {
  if (error instanceof Fault && error.code === LISTING_UNSTABLE) {
    return { kind: 'unstable', fault: error };
  }
  throw error;
}

/**
 * Makes the next attempt read the complete list again. Returns the fault to throw; after the last
 * try it ends the run.
 */
async function rereadLater(
  deps: SyncDeps,
  o: Reading,
  { place, fault }: { readonly place: ReadPlace; readonly fault: Fault },
): Promise<Fault> {
  await begin(deps, o, { place, mode: place.mode, attempt: place.begun });
  if (place.begun < MAX_UNSTABLE_READS) return fault;
  return new Fault('invalid', {
    code: LISTING_UNSTABLE,
    message: `${fault.message} Nothing was changed. Ask the vendor when it stays so; the next sync reads it anew.`,
    next: { do: 'resume', run: o.attempt.runId },
    cause: fault,
  });
}

/** Reads pages and passes them to the writer, until there are no more or the time is over. */
async function readOn(
  deps: SyncDeps,
  o: Reading,
  { pages, end, ...from }: { state: PageState; pages: PageWriter; end: number },
): Promise<Came> {
  const { store } = deps;
  const { attempt, source } = o;
  const time = deps.time ?? REAL_TIME;
  const rules = await store.rowRules(attempt.runId);
  const tell = onceASecond((rows: number) =>
    store.saveProgress(attempt, { phase: 'reading', done: rows, total: null }),
  );
  let state: PageState = from.state;
  for (;;) {
    o.signal.throwIfAborted();
    const now = time.now();
    // Asks for no page that only the next activity would take.
    const goesOn = now < end;
    const next = await nextOf(source, { state, pages, now, ahead: goesOn });
    switch (next.kind) {
      case 'page': {
        const first = pages.read + 1;
        await pages.add({
          rows: next.records.map((record, i) => polledRow(record, first + i, rules).row),
          state: next.state,
          listing: next.listing === null ? null : { ...next.listing, startedAt: state.startedAt },
        });
        tell(pages.read);
        if (next.state === null) return { kind: 'end' };
        state = next.state;
        break;
      }
      case 'wait':
        // There is no page: only the number of tries is stored.
        await pages.add({ rows: [], state: next.state, listing: null });
        if (next.until - time.now() > SHORT_WAIT_MS) {
          return { kind: 'pause', waitUntil: next.until };
        }
        await pages.settle();
        await time.wait(Math.max(0, next.until - time.now()), o.signal);
        state = next.state;
        break;
      case 'restart':
        return { kind: 'anew', mode: null, attempt: state.attempt + 1 };
      case 'full':
        return { kind: 'anew', mode: 'full', attempt: 0 };
    }
    if (!goesOn) return { kind: 'pause', waitUntil: null };
  }
}

/**
 * The next page. When it fails, the pages before it are stored first, so that the next attempt goes
 * on there.
 */
async function nextOf(
  source: OpenedSource,
  o: {
    readonly state: PageState;
    readonly pages: PageWriter;
    readonly now: number;
    readonly ahead: boolean;
  },
): Promise<NextResult> {
  try {
    return await source.reader.next(o.state, { ahead: o.ahead });
  } catch (error) {
    const again = secondChance(error, { ...o, trusted: source.trusted });
    if (again !== null) return again;
    await o.pages.settle();
    throw error;
  }
}

async function begin(
  { store }: SyncDeps,
  { attempt, run, source }: Reading,
  o: { readonly place: ReadPlace; readonly mode: ReadPlace['mode']; readonly attempt: number },
): Promise<ReadPlace> {
  const cursor = o.mode === 'changes' ? await store.cursor(run.sourceId) : null;
  return store.restartRead({
    ...attempt,
    after: o.place,
    mode: o.mode,
    state: source.reader.begin({ mode: o.mode, cursor, attempt: o.attempt }),
  });
}

/** Ends the read, or begins it again when a complete snapshot should be proved and is not. */
async function close(
  deps: SyncDeps,
  o: Reading,
  { place, end }: { place: ReadPlace; end: number },
): Promise<PagesRead> {
  const { store } = deps;
  const { listing } = place;
  if (listing === null) throw new Error('a read ends with a listing');
  const { source, run } = o;
  const judged = await judge(store, run.id, listing);
  const again = mayProve(listing, judged.why) && source.absenceTimes !== null;
  if (!judged.complete && again && place.begun < MAX_READS) {
    await begin(deps, o, { place, mode: 'full', attempt: place.begun });
    return { done: false, rows: 0, waitUntil: null };
  }
  const confirmed =
    judged.complete && listing.mode === 'full'
      ? await confirmMissing(
          { store, ...o, end, time: deps.time ?? REAL_TIME, shortWaitMs: SHORT_WAIT_MS },
          place,
        )
      : { place, done: true, waitUntil: null };
  if (!confirmed.done) return { ...confirmed, rows: confirmed.place.rows };
  const { rows } = await store.closeRead({
    ...o.attempt,
    listing: {
      pages: listing.pages,
      claimed: listing.totalClaimed,
      complete: judged.complete,
      why: judged.complete ? null : judged.why,
      absenceTimes: source.absenceTimes,
      cursor: listing.cursorNext,
      declarationSha: source.declarationSha,
      startedAt: new Date(listing.startedAt).toISOString(),
    },
    parts: source.parts(listing.mode),
    coverage: listing.coverage,
    messages: [
      ...messagesOf(listing, judged.why),
      ...askedMessages(confirmed.place.listing?.asked),
    ],
  });
  return { done: true, rows, waitUntil: null };
}

/**
 * The verdict whether the snapshot is complete; made once, before the missing people are asked for
 * by id.
 */
async function judge(
  store: SyncStore,
  runId: string,
  listing: WholeRead,
): Promise<{ readonly complete: boolean; readonly why: string }> {
  if (listing.asked !== undefined) return { complete: true, why: 'proved' };
  const { people, lastRows } = await store.countPeople(runId);
  return completeWith(listing, { distinctIds: people, lastRows });
}

const MOVED: ReadonlySet<string> = new Set([
  'total_moved',
  'total_differs',
  'repeated_rows',
  'rows_moved',
  'far_fewer_rows',
]);

/**
 * A list that changed while it was read may be steady next time; an empty list or a ceiling will
 * not.
 */
function mayProve({ mode }: Listing, why: string): boolean {
  return mode === 'full' && MOVED.has(why);
}

function messagesOf(listing: Listing, why: string): ReadMessage[] {
  const withheld = Object.entries(listing.withheld).map(([field, records]): ReadMessage => ({
    code: 'withheld',
    facts: { field, records },
  }));
  const floor = listing.belowFloor.map((field): ReadMessage => ({
    code: 'below_floor',
    facts: { field },
  }));
  const proof: ReadMessage[] =
    listing.mode === 'full' && why !== 'proved' ? [{ code: 'not_whole', facts: { why } }] : [];
  return [...withheld, ...floor, ...proof];
}
