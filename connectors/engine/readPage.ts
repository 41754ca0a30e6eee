import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Fault } from '../../domain/faults';
import { isFieldName } from '../../domain/users/fields';
import type { SourceRecord } from '../../domain/sources/sourceRow';
import type { Caller, Outcome } from './caller';
import { type Listing, summarize, whyNot } from './complete';
import type { NextResult } from './results';
import { fetchDetails } from './enrich';
import type { Fetched, ListPage, Reading } from './fetchPage';
import { askEdge, edgeBefore, fetchPage, idsToFetch, merged } from './fetchPage';
import { canonicalJson } from '../declaration/hash';
import { isPartial } from '../declaration/parts';
import { scalar } from '../declaration/json';
import { locate } from './paging';
import { deletedRecord, mapRecord } from './records';
import type { Connector } from '../declaration/schema';
import type { Resolved } from '../declaration/settings';
import type { Edge, PageState, Place, Proof } from './state';
import { checkedState, EMPTY_PROOF, FIRST_PLACE } from './state';
import { isStuck, trail } from './trail';

export interface PageReading {
  readonly source: Resolved;
  readonly caller: Caller;
  readonly memo: {
    /**
     * The last page of a list whose people are fetched one by one, so that it is not requested each time.
     */
    page: { readonly key: string; readonly list: ListPage } | null;
    /**
     * Requested while the page before was processed: the check of the edge before it, and the next page.
     */
    edge: { readonly key: string; readonly asked: ReturnType<typeof askEdge> } | null;
    ahead: { readonly key: string; readonly fetched: Promise<Fetched> } | null;
  };
}

const DETAILS_AT_ONCE = 50;
const CONCURRENCY = 2;

/**
 * Reads the page at `state` and returns where it goes on; `ahead`: the next page is requested meanwhile.
 */
export async function readPage(
  reading: PageReading,
  state: PageState,
  ahead: boolean,
): Promise<NextResult> {
  const { notBefore } = state;
  if (notBefore !== null && notBefore > reading.caller.now()) {
    return { kind: 'wait', until: notBefore, reason: 'throttled', throttled: true, state };
  }
  const calls = reading.caller.calls();
  const read = readingOf(reading.source, state);
  const feed = await feedPlace(reading, state);
  if (typeof feed === 'object' && feed !== null) return withState(feed, state);
  const here = await checkEdge(reading, read, { ...state, feedPlace: feed });
  if ('kind' in here) return here;
  const list = await listPage(reading, read, here);
  if (list.kind !== 'page') return withState(list, here);
  const edge = edgeBefore(read, here, list);
  const stuck = isStuck(read, here, list);
  if (ahead && stuck === null) await askAhead(reading, read, { ...here, edge }, list.next);

  const given = await people(reading, read, here, list);
  if (given.stopped !== null) return withState(given.stopped, here);
  if (given.after === null && stuck !== null)
    return { kind: 'restart', reason: `${reading.source.connector.name} ${stuck}.` };
  const facts = {
    rows: given.records.length,
    calls: reading.caller.calls() - calls,
    ms: Math.round(list.ms),
  };
  const { next, ended } = advance({
    source: reading.source,
    read,
    state: { ...here, notBefore: given.notBefore ?? null },
    list,
    edge,
    records: given.records,
    after: given.after,
  });
  if (!ended) {
    return {
      kind: 'page',
      records: given.records,
      state: checkedState(next),
      listing: null,
      facts,
    };
  }
  return { ...readEnded(reading, read, next, list), records: given.records, facts };
}

/** The end of one of the reads, or, after the last one, of all of them. */
function readEnded(
  { source: { connector } }: PageReading,
  read: Reading,
  state: PageState,
  told: Pick<ListPage, 'link' | 'feed'>,
): { readonly kind: 'page'; readonly state: PageState | null; readonly listing: Listing | null } {
  const closed = closeRead(connector, read, state);
  const more = closed.mode === 'full' && closed.read < connector.reads.full.length;
  return {
    kind: 'page',
    state: more ? checkedState(closed) : null,
    listing: more ? null : summarize(connector, closed, told),
  };
}

/**
 * Checks the edge before the last page, where there is one: the state to go on with, or the result.
 */
async function checkEdge(
  reading: PageReading,
  read: Reading,
  state: PageState,
): Promise<PageState | NextResult> {
  const { source, caller, memo } = reading;
  const { edge } = state;
  if (edge === null) return state;
  const asked = memo.edge?.key === keyOfEdge(state) ? memo.edge.asked : null;
  memo.edge = null;
  const calls = caller.calls();
  const moved = await (asked ?? askEdge({ source, caller, read, state }, edge));
  if (typeof moved !== 'boolean') return withState(moved, state);
  const broken = state.proof.broken ?? (moved ? 'rows_moved' : null);
  const next = { ...state, edge: null, tries: 0, proof: { ...state.proof, broken } };
  if (edge.ended === null) return next;
  const facts = { rows: 0, calls: caller.calls() - calls, ms: 0 };
  return { ...readEnded(reading, read, next, edge.ended), records: [], facts };
}

function readingOf({ connector }: Resolved, state: PageState): Reading {
  const { full, changes } = connector.reads;
  const read = state.mode === 'full' ? full[state.read] : changes;
  if (read !== undefined) return read;
  throw new Fault('invalid', {
    code: 'connector_changed',
    message: 'The state belongs to another version of the connector.',
    next: { do: 'readFromStart' },
  });
}

function withState(outcome: Exclude<Outcome, { kind: 'answer' }>, state: PageState): NextResult {
  switch (outcome.kind) {
    case 'wait':
      // Waiting for a turn or for a job is no failure.
      return {
        ...outcome,
        state: ['budget', 'job_running'].includes(outcome.reason)
          ? state
          : { ...state, tries: state.tries + 1 },
      };
    case 'restart':
    case 'full':
      // A full read can only fall back to its own beginning.
      return { kind: state.mode === 'full' ? 'restart' : outcome.kind, reason: outcome.reason };
    case 'end':
    case 'empty':
      return { kind: 'restart', reason: 'The vendor gives nothing where it should.' };
  }
}

/** The feed's position before a full read; changes are read from there afterwards. */
async function feedPlace(
  { source, caller }: PageReading,
  state: PageState,
): Promise<string | null | Exclude<Outcome, { kind: 'answer' }>> {
  const since = source.connector.reads.changes?.since;
  if (state.mode !== 'full' || state.feedPlace !== null || since?.type !== 'feed') {
    return state.feedPlace;
  }
  const outcome = await caller.ask({ request: since.start.request }, state.tries);
  if (outcome.kind !== 'answer') return outcome;
  // A feed without an event has no position yet: it is read from its beginning.
  return scalar(locate(outcome.answer, outcome.body, since.start.from)) ?? '';
}

async function listPage(
  { source, caller, memo }: PageReading,
  read: Reading,
  state: PageState,
): ReturnType<typeof fetchPage> {
  const key = keyOfPage(state);
  if (state.place.after !== null && memo.page?.key === key) return memo.page.list;
  const { ahead } = memo;
  memo.ahead = null;
  const list = await (ahead?.key === key
    ? ahead.fetched
    : fetchPage({ source, caller, read, state }));
  memo.page = list.kind === 'page' && read.enrich !== undefined ? { key, list } : null;
  return list;
}

/** What the request for a page is made of. */
function keyOfPage({ mode, read, place, cursor }: PageState): string {
  return canonicalJson([mode, read, { ...place, after: null }, cursor]);
}

function keyOfEdge({ mode, read, edge }: PageState): string {
  return canonicalJson([mode, read, edge]);
}

/**
 * Requests what follows a page, its edge and the `next` page, so that the vendor works on it while that page
 * is mapped and stored. The result goes to the caller that reads on from there. Where calls are counted,
 * none is made early.
 */
async function askAhead(
  { source, caller, memo }: PageReading,
  read: Reading,
  state: PageState,
  next: Place | null,
): Promise<void> {
  const { limits } = source.connector;
  if (limits.budget !== undefined || read.enrich !== undefined || read.page.type === 'job') return;
  const { edge } = state;
  const there = { ...state, place: next ?? FIRST_PLACE, tries: 0 };
  const input = { source, caller, read, state: there };
  const asked = edge === null ? null : askEdge(input, edge);
  asked?.catch(() => undefined);
  memo.edge = asked === null ? null : { key: keyOfEdge(there), asked };
  const alone = (limits.concurrency ?? CONCURRENCY) < 2;
  if (next !== null && !(alone && asked !== null)) {
    const fetched = fetchPage(input);
    fetched.catch(() => undefined);
    memo.ahead = { key: keyOfPage(there), fetched };
  }
  // The request leaves before this page is mapped.
  await turnOfTheLoop();
}

interface People {
  readonly records: readonly SourceRecord[];
  /** Not null: this page has more people, after this id, … */
  readonly after: string | null;
  /** … and not before this time. */
  readonly notBefore?: number | null;
  readonly stopped: Exclude<Outcome, { kind: 'answer' }> | null;
}

async function people(
  { source, caller }: PageReading,
  read: Reading,
  state: PageState,
  { elements, withheld }: ListPage,
): Promise<People> {
  const { connector } = source;
  const map = read.map ?? connector.map;
  const { enrich } = read;
  const o = { hidden: withheld, partial: isPartial(connector, read) };
  if (enrich === undefined) {
    const records = elements.map(({ person }) => mapRecord(person, connector, map, o));
    return { records, after: null, stopped: null };
  }
  const all = idsToFetch(elements, state.place.after);
  const concurrency = connector.limits.concurrency ?? CONCURRENCY;
  const some = all.slice(0, Math.max(DETAILS_AT_ONCE, (enrich.batch ?? 1) * concurrency));
  const asked = some.filter(({ deleted }) => !deleted).flatMap(({ id }) => id ?? []);
  const details = await fetchDetails(caller, enrich, asked, {
    tries: state.tries,
    concurrency,
    name: connector.name,
  });
  const records: SourceRecord[] = [];
  let after: string | null = null;
  for (const { id, person, deleted } of some) {
    if (id === null) continue;
    const found = details.found.get(id);
    if (!deleted && found === undefined && !details.missing.has(id)) break;
    after = id;
    if (found !== undefined) {
      records.push(mapRecord(merged(person, found), connector, map, o));
    } else if (deleted || enrich.missing === 'deleted') records.push(deletedRecord(id));
  }
  if (details.stopped !== null) {
    return after === null || after === state.place.after
      ? { records: [], after: null, stopped: details.stopped }
      : { records, after, notBefore: untilOf(details.stopped), stopped: null };
  }
  return { records, after: some.length < all.length ? after : null, stopped: null };
}

/** What was fetched before a wait is kept, and returned with the wait. */
function untilOf(stopped: NonNullable<People['stopped']>): number | null {
  return stopped.kind === 'wait' ? stopped.until : null;
}

interface Advance {
  readonly source: Resolved;
  readonly read: Reading;
  readonly state: PageState;
  readonly list: ListPage;
  /** The edge to check after this page. */
  readonly edge: Edge | null;
  readonly records: readonly SourceRecord[];
  readonly after: string | null;
}

function advance(step: Advance): { next: PageState; ended: boolean } {
  const { state, list, edge, records, after } = step;
  const shared = {
    ...state,
    tries: 0,
    refused: false,
    serverAt: state.serverAt ?? list.serverAt,
    coverage: covered(step),
    withheld: withheld(step),
    seenMax: later(state.seenMax, list.seenMax),
  };
  // The page is not finished: only its people count so far.
  if (after !== null) {
    const proof = { ...state.proof, rows: state.proof.rows + records.length };
    const here = edge === null ? null : { ...edge, ended: null };
    return {
      next: { ...shared, edge: here, proof, place: { ...state.place, after } },
      ended: false,
    };
  }
  const proof = prove(step);
  const place = list.next === null ? FIRST_PLACE : { ...list.next, after: null };
  const next = { ...shared, edge, proof, place, ...trail(state, list) };
  return { next, ended: list.next === null && edge === null };
}

function prove({ source, read, state, list, records }: Advance): Proof {
  const { proof } = state;
  const ids = records.flatMap(({ externalId }) => externalId ?? []);
  const isRepeated = new Set(ids).size < ids.length && !isPartial(source.connector, read);
  const repeated = isRepeated ? 'repeated_rows' : null;
  return {
    pages: proof.pages + 1,
    rows: proof.rows + records.length,
    total: list.total ?? proof.total,
    totalMoved:
      proof.totalMoved ||
      (list.total !== null && proof.total !== null && list.total !== proof.total),
    broken: proof.broken ?? list.broken ?? repeated,
  };
}

function closeRead(connector: Connector, read: Reading, state: PageState): PageState {
  const proof = state.proof;
  return {
    ...state,
    earlier: [...state.earlier, { ...proof, why: whyNot(read, proof, isPartial(connector, read)) }],
    read: state.read + 1,
    place: FIRST_PLACE,
    proof: EMPTY_PROOF,
    marks: [],
    tortoise: null,
    emptyPages: 0,
  };
}

/**
 * Fields that the read maps and that a record could have had: when nobody has one, that is a finding.
 */
function saidFields({ source, read, records }: Advance): string[] {
  const there = records.filter(({ deleted }) => deleted !== 'hard');
  const fields = Object.keys((read.map ?? source.connector.map).fields).filter(isFieldName);
  return fields.filter((field) => there.some(({ withheld }) => !withheld.includes(field)));
}

/** How many records had a value of each field so far. */
function covered(step: Advance): Record<string, number> {
  const counts = { ...step.state.coverage };
  for (const field of saidFields(step)) counts[field] ??= 0;
  for (const { fields, status } of step.records) {
    for (const [field, value] of Object.entries(fields)) if (value !== null) count(counts, field);
    if (status !== null) count(counts, 'status');
  }
  return counts;
}

/** From how many records each field was withheld so far. */
function withheld({ state, records }: Advance): Record<string, number> {
  const counts = { ...state.withheld };
  for (const record of records) for (const field of record.withheld) count(counts, field);
  return counts;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function later(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
