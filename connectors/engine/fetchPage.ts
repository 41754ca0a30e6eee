import { Fault } from '../../domain/faults';
import type { Caller, Outcome, Wait } from './caller';
import { mark } from '../declaration/hash';
import { isPartial } from '../declaration/parts';
import type { Answer } from '../http/http';
import { isObject, scalar, wholeNumber } from '../declaration/json';
import { foundWords, noList } from './notData';
import { checkedLink, locate, pageInjections, turnPage } from './paging';
import { at } from '../declaration/path';
import { elementsOf, isSingle, keyOf, unwrap, withheldIn } from './records';
import type { Ask, Injection } from './requests';
import type { Resolved } from '../declaration/settings';
import type { JobPage } from '../declaration/pages';
import type { ChangesDeclaration, DirectPage, ReadDeclaration } from '../declaration/schema';
import { formatTime, stepMs, timeOf } from './since';
import type { Edge, PageState, Place } from './state';

/** One person of a list, before mapping. */
export interface Element {
  readonly person: unknown;
  readonly id: string | null;
  /** The list itself says that this person is gone. */
  readonly deleted: boolean;
}

/** A page of a list, before details are fetched. */
export interface ListPage {
  readonly kind: 'page';
  readonly elements: readonly Element[];
  /** Fields that the vendor withheld from everybody on the page. */
  readonly withheld: ReadonlySet<string>;
  readonly next: Place | null;
  readonly total: number | null;
  /** Why the read no longer proves anything. */
  readonly broken: string | null;
  /** The vendor's clock, from the answer; epoch ms. */
  readonly serverAt: number | null;
  /** Delta link or place in a feed. */
  readonly link: string | null;
  readonly feed: string | null;
  readonly seenMax: number | null;
  /** Mark of all ids, in order. */
  readonly mark: string;
  readonly ms: number;
}

export type Fetched = ListPage | Exclude<Outcome, { kind: 'answer' | 'end' | 'empty' }>;

/** What is read now: everybody, or the changes. */
export type Reading = ReadDeclaration | ChangesDeclaration;

export interface FetchInput {
  readonly source: Resolved;
  readonly caller: Caller;
  readonly read: Reading;
  readonly state: PageState;
}

/** Requests the page at the state's place. */
export async function fetchPage(input: FetchInput): Promise<Fetched> {
  const { page } = input.read;
  if (page.type !== 'job') return fetchDirect(input, page, input.read.request, {});
  const { place } = input.state;
  if (place.job === null) return createJob(input, page);
  const vars = { job: place.job };
  return place.jobDone
    ? fetchDirect(input, page.page, page.fetch, vars)
    : pollJob(input, page, vars);
}

async function createJob(input: FetchInput, page: JobPage): Promise<Fetched> {
  const outcome = await input.caller.ask(
    { request: page.create, vars: sinceVars(input) },
    input.state.tries,
  );
  if (outcome.kind !== 'answer') return withoutEnd(input, outcome);
  const job = scalar(at(outcome.body, page.id));
  if (job === null) throw noList(input.source.connector.name, 'no id of the job that it creates');
  return blank(outcome.answer, { ...input.state.place, job });
}

async function pollJob(
  { caller, source, state }: FetchInput,
  page: JobPage,
  vars: Record<string, string>,
): Promise<Fetched> {
  const outcome = await caller.ask({ request: page.poll, vars }, state.tries);
  if (outcome.kind === 'end' || outcome.kind === 'empty') {
    throw noList(source.connector.name, 'no state of the job');
  }
  if (outcome.kind !== 'answer') return outcome;
  const word = scalar(at(outcome.body, page.state)) ?? '';
  if (page.done.includes(word)) return blank(outcome.answer, { ...state.place, jobDone: true });
  if (page.failed.includes(word)) {
    return { kind: 'restart', reason: `${source.connector.name} could not finish the job.` };
  }
  const until = caller.now() + page.pollMs;
  return { kind: 'wait', until, reason: 'job_running', throttled: false };
}

/** A page without people that only leads to the next one. */
function blank(answer: Answer, next: Place | null): ListPage {
  const serverAt = Date.parse(answer.headers['date'] ?? '');
  return {
    kind: 'page',
    elements: [],
    withheld: new Set(),
    next,
    total: null,
    broken: null,
    serverAt: Number.isNaN(serverAt) ? null : serverAt,
    link: null,
    feed: null,
    seenMax: null,
    mark: '',
    ms: answer.ms,
  };
}

const NO_ANSWER: Answer = { status: 204, headers: {}, body: '', ms: 0 };

/** For `end` and `empty`, the page has nobody on it and is the last one. */
function withoutEnd(input: FetchInput, outcome: Exclude<Outcome, { kind: 'answer' }>): Fetched {
  if (outcome.kind !== 'end' && outcome.kind !== 'empty') return outcome;
  const { place } = input.state;
  // An empty answer in the middle of a list ends it only where the vendor ends lists that way.
  const early = outcome.kind === 'empty' && (place.at > 0 || place.token !== null);
  return { ...blank(NO_ANSWER, null), broken: early ? 'ended_early' : null };
}

async function fetchDirect(
  input: FetchInput,
  page: DirectPage,
  request: Ask['request'],
  vars: Record<string, string>,
): Promise<Fetched> {
  const { caller, read, state } = input;
  const { place } = state;
  const ask = askFor(input, page, request, vars);
  const outcome = await caller.ask(ask, state.tries);
  if (outcome.kind !== 'answer') return withoutEnd(input, outcome);
  const { answer, body } = outcome;
  const total =
    read.complete.total === undefined ? null : locate(answer, body, read.complete.total);
  const mayMiss = read.records.missing === 'empty' && wholeNumber(total) !== null;
  const all = elementsIn(input, body) ?? (mayMiss ? [] : null);
  if (all === null) {
    return withoutList(input, outcome);
  }
  const anchored = takeAnchor(page, place, all);
  const lastMark = markOf(anchored.elements.at(-1)) ?? place.anchor;
  const turn = turnPage({
    page,
    place,
    answer,
    body,
    rows: anchored.elements.length,
    total: wholeNumber(total),
    lastMark,
    url: caller.url(ask),
    hosts: input.source.hosts,
  });
  const times = timesOf(read, anchored.elements);
  const since = 'since' in read ? read.since : input.source.connector.reads.changes?.since;
  const link = since?.type === 'deltaLink' ? scalar(locate(answer, body, since.from)) : null;
  const feed =
    'since' in read && read.since.type === 'feed' ? locate(answer, body, read.since.from) : null;
  return {
    ...blank(answer, afterWindow(input, turn.next, anchored.elements, times)),
    elements: anchored.elements,
    withheld: withheldIn(body, read.records),
    total: wholeNumber(total),
    broken: anchored.moved ? 'rows_moved' : (turn.broken ?? (times.unsorted ? 'not_sorted' : null)),
    link: link === null ? null : checkedLink(link, caller.url(ask), input.source.hosts),
    feed: scalar(feed),
    seenMax: times.max,
    mark: pageMark(input, anchored.elements),
  };
}

/**
 * The list is missing from the answer: it is requested again, then given up. At once where a person
 * stands in its place: the declaration has to say that.
 */
function withoutList(
  { caller, state, source, read }: FetchInput,
  { answer, body }: { readonly answer: Answer; readonly body: unknown },
): Wait {
  const { name } = source.connector;
  const { path } = read.records;
  const found = at(body, path);
  const where = path === '' ? '' : ` at ${path}`;
  const { map = source.connector.map } = read;
  if (path !== '' && isSingle(found) && keyOf(unwrap(found, read.records), map) !== null) {
    throw new Fault('bug', {
      code: 'no_list',
      message: `${name} gives one person${where}, not a list of people.`,
      next: 'If that is how it writes a list of one person, add "single": true to records in the connection file.',
    });
  }
  const wait = caller.retry(state.tries, 'source_not_data', answer);
  if (wait !== null) return wait;
  throw noList(name, `${foundWords(found)}${where} where the connector expects a list`);
}

function askFor(
  input: FetchInput,
  page: DirectPage,
  request: Ask['request'],
  vars: Record<string, string>,
): Ask {
  const { read, state } = input;
  const { place, cursor } = state;
  const links = page.type === 'nextUrl' || page.type === 'linkHeader';
  if (links && place.token !== null) return { request, url: place.token };
  if ('since' in read && read.since.type === 'deltaLink' && cursor?.kind === 'link') {
    return { request, url: place.token ?? cursor.url };
  }
  const tie = 'since' in read && read.since.type === 'time' ? read.since.split?.tie : undefined;
  const asked = place.tie !== null && tie !== undefined ? tie : request;
  return {
    request: asked,
    vars: { ...vars, ...sinceVars(input) },
    inject: [...pageInjections(page, place), ...(asked === tie ? [] : sinceInjection(input))],
  };
}

/** The time from which changes are requested; null in reads without one. */
function sinceText({ read, state }: FetchInput): string | null {
  if (!('since' in read) || state.cursor?.kind !== 'time') return null;
  const { since } = read;
  if (since.type !== 'time' && since.type !== 'ids') return null;
  return formatTime(state.place.since ?? state.cursor.at - since.overlapMs, since.format);
}

function sinceVars(input: FetchInput): Record<string, string> {
  const since = sinceText(input);
  const lastId = input.state.place.tie;
  return { ...(since === null ? {} : { since }), ...(lastId === null ? {} : { lastId }) };
}

function sinceInjection(input: FetchInput): Injection[] {
  const { read, state } = input;
  if (!('since' in read)) return [];
  if (read.since.type === 'feed') {
    if (state.cursor?.kind !== 'feed') return [];
    return [{ at: read.since.send, value: state.place.token ?? state.cursor.place }];
  }
  const since = sinceText(input);
  const send = read.since.type === 'deltaLink' ? undefined : read.since.send;
  return since === null || send === undefined ? [] : [{ at: send, value: since }];
}

function elementsIn({ read, source }: FetchInput, body: unknown): Element[] | null {
  const map = read.map ?? source.connector.map;
  const found = elementsOf(body, read.records);
  if (found === null) return null;
  const since = 'since' in read ? read.since : null;
  return found.map((item) => {
    const person = unwrap(item, read.records);
    const path = since?.type === 'ids' || since?.type === 'feed' ? since.id : read.enrich?.key;
    const id = path === undefined ? keyOf(person, map) : scalar(at(person, path));
    const { action } = since?.type === 'ids' ? since : { action: undefined };
    const deleted =
      action !== undefined && scalar(at(person, action.path)) === String(action.equals);
    return { person, id, deleted };
  });
}

function markOf(element: Element | undefined): string | null {
  if (element === undefined) return null;
  return mark(element.id ?? JSON.stringify(element.person));
}

/**
 * Distinguishes one page from another. For changes and parts, the complete records: somebody who changes
 * twice may be all that two pages hold.
 */
function pageMark({ source, read, state }: FetchInput, elements: readonly Element[]): string {
  const { place } = state;
  const isWhole = !('since' in read) && !isPartial(source.connector, read);
  const rows = elements.map((element) =>
    isWhole ? markOf(element) : JSON.stringify(element.person),
  );
  return mark([place.since, place.tie, ...rows].join('\n'));
}

/** Removes the repeated row from the front of a page; moved: it is another row than before. */
function takeAnchor(
  page: DirectPage,
  place: Place,
  elements: readonly Element[],
): { elements: readonly Element[]; moved: boolean } {
  if (page.type !== 'offset' || place.anchor === null) return { elements, moved: false };
  if (markOf(elements[0]) === place.anchor) return { elements: elements.slice(1), moved: false };
  return { elements, moved: true };
}

/** What has to be checked after a page, where its pages are numbered. */
export function edgeBefore({ page }: Reading, state: PageState, list: ListPage): Edge | null {
  const { place, proof } = state;
  if (page.type !== 'page' || page.size === undefined || place.anchor === null) return null;
  if (list.elements.length === 0 || proof.rows === 0 || place.after !== null) return null;
  const ended = list.next === null ? { link: list.link, feed: list.feed } : null;
  return { row: proof.rows - 1, mark: place.anchor, ended };
}

/** Requests, with size 1, the row before an edge; true where it is another row than before. */
export async function askEdge(
  input: FetchInput,
  edge: Edge,
): Promise<boolean | Exclude<Fetched, ListPage>> {
  const { caller, read, state } = input;
  const { page } = read;
  if (page.type !== 'page' || page.size === undefined) return false;
  const one = { ...page, size: { ...page.size, value: 1 } };
  const there = { ...state, place: { ...state.place, at: edge.row } };
  const ask = askFor({ ...input, state: there }, one, read.request, {});
  const outcome = await caller.ask(ask, state.tries);
  if (outcome.kind === 'end' || outcome.kind === 'empty') return true;
  if (outcome.kind !== 'answer') return outcome;
  const found = elementsIn(input, outcome.body);
  if (found !== null) return markOf(found[0]) !== edge.mark;
  return withoutList(input, outcome);
}

interface Times {
  readonly max: number | null;
  readonly last: number | null;
  readonly unsorted: boolean;
}

function timesOf(read: Reading, elements: readonly Element[]): Times {
  const since = 'since' in read && read.since.type === 'time' ? read.since : null;
  const field = since?.field;
  if (field === undefined) return { max: null, last: null, unsorted: false };
  const times = elements.flatMap(({ person }) => timeOf(at(person, field)) ?? []);
  const sorted = times.every((time, i) => i === 0 || time >= (times[i - 1] ?? time));
  return {
    max: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
    last: times.at(-1) ?? null,
    unsorted: since?.split !== undefined && !sorted,
  };
}

/** Reads that are split by time begin a new window before the vendor stops returning rows. */
function afterWindow(
  { read, state }: FetchInput,
  next: Place | null,
  elements: readonly Element[],
  times: Times,
): Place | null {
  const { place, cursor } = state;
  if (!('since' in read) || read.since.type !== 'time' || cursor?.kind !== 'time') return next;
  const { split, format, overlapMs } = read.since;
  if (split === undefined) return next;
  const windowRows = place.windowRows + elements.length;
  const from = place.since ?? cursor.at - overlapMs;
  const fresh = { ...place, token: null, at: 0, anchor: null, windowRows: 0 };
  if (place.tie !== null) {
    const lastId = scalar(at(elements.at(-1)?.person, split.id)) ?? place.tie;
    // All rows of this one time are read: go on with the next time.
    if (next === null) return { ...fresh, tie: null, since: from + stepMs(format) };
    return windowRows < split.whenOver ? { ...next, windowRows } : { ...fresh, tie: lastId };
  }
  if (next === null || windowRows < split.whenOver)
    return next === null ? null : { ...next, windowRows };
  const step = stepMs(format);
  const last = Math.floor((times.last ?? from) / step) * step;
  // The window holds one single time: read it by id.
  return last > from ? { ...fresh, since: last } : { ...fresh, since: from, tie: '0' };
}

/** The person as the list and the details describe them together. */
export function merged(person: unknown, details: unknown): unknown {
  return isObject(person) && isObject(details) ? { ...person, ...details } : details;
}

/** The ids of a page whose people are fetched one by one, in the order in which they are given. */
export function idsToFetch(elements: readonly Element[], after: string | null): Element[] {
  const byId = new Map(
    elements.flatMap((element) => (element.id === null ? [] : [[element.id, element] as const])),
  );
  return [...byId.values()]
    .filter(({ id }) => after === null || (id ?? '') > after)
    .sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
}
