import { scalar } from '../declaration/json';
import { at, grownAt } from '../declaration/path';
import { elementsOf, keyOf, unwrap } from '../engine/records';
import { buildCall } from '../engine/requests';
import type { Resolved } from '../declaration/settings';
import type {
  Connector,
  DirectPage,
  Inject,
  LimitsDeclaration,
  ReadDeclaration,
} from '../declaration/schema';
import type { Dialect, FakeAnswer, FakeRequest } from './dialect';
import { cursorAfter, cursorId, json, linkAfter, number, ok, recordsOf, type Cut } from './dialect';
import type { FakePerson } from './people';
import { fakePerson } from './people';
import type { Slice, World } from './world';

/** The dialect of a declaration, or the parts of it that no fake can play. */
export type Derived =
  { readonly ok: true; readonly dialect: Dialect } | { readonly ok: false; readonly why: string };

/** A read and the form of its requests. */
interface Played {
  readonly read: ReadDeclaration;
  readonly page: DirectPage;
  readonly map: Connector['map'];
  readonly method: string;
  readonly path: string;
  /** Parameters that each of its requests has. */
  readonly query: readonly (readonly [string, string])[];
  /** The share of the people that it returns. */
  readonly which: (person: FakePerson) => boolean;
}

/**
 * A dialect made from a declaration: it answers the full reads as the declaration expects, and accepts any
 * credentials. Changes and single people are not played.
 */
export function derivedDialect(source: Resolved): Derived {
  const { connector } = source;
  const { full } = connector.reads;
  const played: Played[] = [];
  for (const [i, read] of full.entries()) {
    const why = notPlayable(read);
    if (why !== null || read.page.type === 'job') return refused(read, why ?? 'a job');
    const call = buildCall(source, { request: read.request }, {}, []);
    const url = new URL(call.url);
    const one: Played = {
      read,
      page: read.page,
      map: read.map ?? connector.map,
      method: call.method,
      path: url.pathname,
      query: [...url.searchParams],
      which: ({ id }) => Number(id) % full.length === i,
    };
    const same = ({ method, path, query }: Played): boolean =>
      method === one.method &&
      path === one.path &&
      JSON.stringify(query) === JSON.stringify(one.query);
    if (played.some(same)) return refused(read, 'requests that another read makes, too');
    const broken = contradiction(one);
    if (broken !== null) return refused(read, broken);
    played.push(one);
  }
  // The more parameters a read requires, the more certain a match is.
  played.sort((a, b) => b.query.length - a.query.length);
  return { ok: true, dialect: dialectOf(connector, played) };
}

function refused(read: ReadDeclaration, what: string): Derived {
  return { ok: false, why: `The fake server cannot play ${what} (read "${read.name}").` };
}

function notPlayable(read: ReadDeclaration): string | null {
  if (read.page.type === 'job') return 'a job that is created, polled and fetched';
  if (read.enrich !== undefined) return 'people who are fetched one by one (enrich)';
  const { decode = 'json' } = read.request;
  return decode === 'json' ? null : `answers in ${decode}`;
}

/** Paths where one would overwrite what another needs. */
function contradiction(played: Played): string | null {
  const people = [fakePerson(1), fakePerson(2)];
  const slice: Slice = { people, next: 2, lastId: people[1]?.id ?? '', total: 77 };
  const { body } = answerOf(played, slice, { link: 'https://x.example/', token: 'c:1', size: 2 });
  const { read, map } = played;
  const found = elementsOf(body, read.records) ?? [];
  const ids = found.map((element) => keyOf(unwrap(element, read.records), map));
  if (ids.join() !== people.map(({ id }) => id).join()) {
    return 'records whose paths contradict each other';
  }
  const { total } = read.complete;
  const told = total === undefined || total.startsWith('header:') || at(body, total) === 77;
  return told ? null : 'a total where other things stand';
}

function dialectOf(connector: Connector, played: readonly Played[]): Dialect {
  const expired = connector.errors?.find(
    ({ when, then }) => then === 'restartListing' && typeof when.status === 'number',
  )?.when;
  const throttled = throttledAnswer(connector.limits);
  return {
    config: () => ({}),
    secrets: {},
    basePath: '',
    authorized: ({ headers }) => credentialsIn(connector, headers),
    answer: (request, world) => {
      const { pathname, searchParams } = request.url;
      const asked = played.find(
        ({ method, path, query }) =>
          method === request.method &&
          path === pathname &&
          query.every(([name, value]) => searchParams.get(name) === value),
      );
      if (asked === undefined) return null;
      world.listCalls++;
      return answerTo(asked, request, world);
    },
    ...(throttled === null ? {} : { throttled }),
    ...(typeof expired?.status === 'number'
      ? { expired: { status: expired.status, body: saying(expired) } }
      : {}),
  };
}

function credentialsIn(
  { auth }: Connector,
  headers: Readonly<Record<string, string | undefined>>,
): boolean {
  if (auth.type === 'none') return true;
  // The name may be a setting of the source: then any request matches.
  const name = auth.type === 'header' ? auth.name.toLowerCase() : 'authorization';
  return name.includes('{') || (headers[name] ?? '') !== '';
}

/** A body that an error rule matches. */
function saying(rule: { bodyPath?: string | undefined; equals?: unknown }): unknown {
  return rule.bodyPath === undefined ? null : grownAt({}, rule.bodyPath, rule.equals ?? 'x');
}

function throttledAnswer({ throttledWhen = [], wait = [] }: LimitsDeclaration): FakeAnswer | null {
  const [when] = throttledWhen;
  if (when === undefined) return null;
  const forms = { seconds: '7', epochS: '@epochS+7', dateTime: '@dateTime+7' } as const;
  const headers = wait
    .slice(0, 1)
    .flatMap(({ header, as }) =>
      as === 'epochMs' || as === 'httpDate' ? [] : [[header, forms[as]] as const],
    );
  return { status: when.status, headers: Object.fromEntries(headers), body: saying(when) };
}

function answerTo(played: Played, request: FakeRequest, world: World): FakeAnswer {
  const { page, read, which } = played;
  const asked = page.size === undefined ? undefined : given(read, request, page.size);
  const size = Math.max(1, Math.min(number(asked, world.maxPage), world.maxPage));
  const slice = sliceFor({ page, read, which }, request, { world, size });
  const links = page.type === 'nextUrl' || page.type === 'linkHeader';
  const parts = isPartialList(read) ? recordsOf(slice, world, partsOf(played.map)) : undefined;
  return answerOf(played, slice, {
    parts,
    link: links ? linkAfter(slice, world, request.url) : null,
    token: page.type === 'cursor' ? cursorAfter(slice, world) : null,
    size,
  });
}

function sliceFor(
  { page, read, which }: Pick<Played, 'page' | 'read' | 'which'>,
  request: FakeRequest,
  { world, size }: { readonly world: World; readonly size: number },
): Slice {
  switch (page.type) {
    case 'none':
      return world.slice(0, Infinity, which);
    case 'offset': {
      const start = page.start ?? 0;
      return world.slice(number(given(read, request, page.send), start) - start, size, which);
    }
    case 'page': {
      const index = number(given(read, request, page.send), page.start) - page.start;
      return world.slice(index * size, size, which);
    }
    case 'cursor':
      return world.after(cursorId(given(read, request, page.send)), size, which);
    case 'nextUrl':
    case 'linkHeader':
      return world.after(cursorId(request.url.searchParams.get('cursor')), size, which);
  }
}

/** The value that a request carries at a place; null where there is none. */
function given(read: ReadDeclaration, request: FakeRequest, place: Inject): string | null {
  if (place.in === 'query') return request.url.searchParams.get(place.name);
  if (place.in === 'header') return request.headers[place.name.toLowerCase()] ?? null;
  if (read.request.form !== undefined) return new URLSearchParams(request.body).get(place.name);
  const body = json(request);
  const value = place.name.startsWith('/') ? at(body, place.name) : body[place.name];
  return scalar(value);
}

function answerOf(
  { read, page, map }: Pick<Played, 'read' | 'page' | 'map'>,
  slice: Slice,
  on: {
    readonly link: string | null;
    readonly token: string | null;
    readonly size: number;
    /** The records instead of those of the slice. */
    readonly parts?: readonly unknown[] | undefined;
  },
): FakeAnswer {
  const { records, complete } = read;
  const all = on.parts ?? slice.people.map((person) => recordOf(person, map));
  const elements = all.map((record) =>
    records.unwrap === undefined ? record : grownAt({}, records.unwrap, record),
  );
  const keyed = Object.fromEntries(elements.map((element, i) => [`r${String(i)}`, element]));
  const list = records.as === 'objectValues' ? keyed : elements;
  let body: unknown = grownAt({}, records.path, list);
  const headers: Record<string, string> = {};
  const tell = (where: string | undefined, value: string | number | null): void => {
    if (where === undefined || value === null) return;
    if (where.startsWith('header:')) headers[where.slice(7).trim()] = String(value);
    else body = grownAt(body, where, value);
  };
  tell(complete.total, slice.total);
  if (page.type === 'page') tell(page.last, Math.ceil(slice.total / on.size));
  if (page.type === 'cursor') tell(page.from, on.token);
  if (page.type === 'nextUrl') tell(page.from, on.link);
  if (page.type === 'linkHeader' && on.link !== null) headers['link'] = `<${on.link}>; rel="next"`;
  return ok(body, headers);
}

/** Rows that come again do not disturb a list that goes on by a place. */
function isPartialList({ records, page }: ReadDeclaration): boolean {
  return records.partial === true && page.type !== 'offset' && page.type !== 'page';
}

/** How a record of a map comes in parts: with the other status first, then its key and the status. */
function partsOf(map: Connector['map']): { record: (person: FakePerson) => unknown; cut: Cut } {
  const { active, inactive, from } = map.status;
  const key = [map.key].flat()[0] ?? '';
  return {
    record: (person) => recordOf(person, map),
    cut: (record) => {
      const status = at(record, from);
      const other = (status === active[0] ? inactive : active)[0] ?? status;
      const part = (path: string): unknown =>
        grownAt(grownAt({}, path, at(record, path)), key, at(record, key));
      return [grownAt(grownAt(record, from, other), key, at(record, key)), part(key), part(from)];
    },
  };
}

/**
 * A person with values at the paths that the map reads; the key last, so that nothing overwrites it.
 */
function recordOf(person: FakePerson, map: Connector['map']): unknown {
  const { active, inactive, from } = map.status;
  const ours = new Map<string, unknown>(Object.entries(person));
  const texts = Object.entries(map.fields).map(
    ([field, rule]) => [[rule.from].flat()[0], ours.get(field)] as const,
  );
  const placed = [
    ...texts,
    [map.effective?.start, person.hireDate] as const,
    [from, (person.status === 'active' ? active : inactive)[0]] as const,
    [[map.key].flat()[0], person.id] as const,
  ];
  return placed.reduce<unknown>(
    (record, [path, value]) =>
      path === undefined || value === undefined || value === ''
        ? record
        : grownAt(record, path, value),
    {},
  );
}
