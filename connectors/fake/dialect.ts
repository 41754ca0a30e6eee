import { isObject } from '../declaration/json';
import type { FakePerson } from './people';
import type { Slice, World } from './world';

/** A request as a dialect receives it. */
export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The API of one vendor. */
export interface Dialect {
  /** Settings of a source that reads from this fake. */
  readonly config: (origin: string) => Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Path of the connector’s base address on the fake. */
  readonly basePath: string;
  /** True when the request carries the right credentials. */
  readonly authorized: (request: FakeRequest, tokens: ReadonlySet<string>) => boolean;
  /** The answer, or null where the vendor has no such address. */
  readonly answer: (request: FakeRequest, world: World) => FakeAnswer | null;
  /** The answer to a request for a token, or null when the request is another one. */
  readonly token?: (request: FakeRequest, fresh: string) => FakeAnswer | null;
  readonly throttled?: FakeAnswer;
  readonly expired?: FakeAnswer;
  /** A field that can be withheld, and what a record looks like then. */
  readonly withhold?: { readonly field: string; readonly by: (record: unknown) => unknown };
}

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return { status: 200, headers, body };
}

export function json(request: FakeRequest): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(request.body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The members of an object; an empty list for any other value. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

export function number(text: unknown, preset: number): number {
  const value = Number(text ?? preset);
  return Number.isFinite(value) ? value : preset;
}

export function basicAuth(user: string, pass: string): Dialect['authorized'] {
  const wanted = `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}`;
  return ({ headers }) => headers['authorization'] === wanted;
}

export function bearerAuth(token?: string): Dialect['authorized'] {
  return ({ headers }, tokens) => {
    const given = headers['authorization']?.replace(/^Bearer /, '') ?? '';
    return token === undefined ? tokens.has(given) : given === token;
  };
}

/** A record in three: with old values, with some that are right, and with the rest that is right. */
export type Cut = (record: unknown) => readonly [old: unknown, some: unknown, rest: unknown];

/**
 * The records of a page. Under that misbehaviour each person comes in parts, and the last part on the
 * next page where there is one. The same page is the same again, whenever it is asked for.
 */
export function recordsOf(
  slice: Slice,
  world: World,
  o: { readonly record: (person: FakePerson) => unknown; readonly cut: Cut },
): unknown[] {
  if (!world.began('in_parts')) return slice.people.map(o.record);
  const parts = (people: readonly FakePerson[]) => people.map((p) => o.cut(o.record(p)));
  const now = parts(slice.people);
  const first = slice.people[0]?.id ?? '';
  // More than a page: people may have joined since the last one.
  const before = world.people().filter(({ id, deleted }) => id < first && !deleted);
  return [
    ...now.flatMap(([old, some]) => [old, some]),
    ...parts(before.slice(-3 * world.maxPage)).map(([, , rest]) => rest),
    ...(slice.next === null ? now.map(([, , rest]) => rest) : []),
  ];
}

/** A next link that holds the last id of a page. */
export function linkAfter(slice: Slice, world: World, url: URL): string | null {
  const cursor = cursorAfter(slice, world);
  if (cursor === null) return null;
  const link = new URL(url);
  if (world.due('foreign_link')) link.host = 'elsewhere.example';
  link.searchParams.set('cursor', cursor);
  return link.href;
}

/** A cursor that holds the last id of a page; under that misbehaviour, the same one for ever. */
export function cursorAfter(slice: Slice, world: World): string | null {
  if (slice.next === null) return null;
  if (world.due('repeated_cursor', 1e9)) return 'c:again';
  return `c:${slice.lastId}`;
}

/** The id within a cursor. */
export function cursorId(cursor: string | null | undefined): string {
  return cursor === 'c:again' ? '' : (cursor ?? '').replace(/^c:/, '');
}
