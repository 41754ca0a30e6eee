import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Dialect, FakeAnswer, FakeRequest } from './dialect';
import { fieldsOf } from './dialect';
import type { DialectName } from './dialects';
import { DIALECTS } from './dialects';
import type { Mischief } from './misbehaviours';
import type { FakePerson } from './people';
import { World } from './world';

export interface FakeInput {
  /** A known dialect by name, or another one. */
  readonly vendor: DialectName | Dialect;
  readonly people: readonly FakePerson[];
  readonly mischief?: readonly Mischief[];
  /** The largest page that it returns. */
  readonly maxPage?: number;
  /** The vendor’s clock, epoch ms. */
  readonly clock?: () => number;
  /** Awaited before a list call is answered; receives the call's number, from 1. */
  readonly hold?: (listCall: number) => Promise<void>;
}

/** A fake vendor on the loopback interface. */
export interface FakeVendor {
  readonly origin: string;
  /** `name:port`, for the hosts that are allowed though private. */
  readonly host: string;
  readonly baseUrl: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly world: World;
  /** Requests so far: method and path, no query. */
  readonly requests: readonly string[];
  /** Changes how it misbehaves from now on, or stops it; revoked credentials work again. */
  behave(mischief?: readonly Mischief[]): void;
  stop(): Promise<void>;
}

/** Starts a fake vendor on a free port. */
export async function startFake(input: FakeInput): Promise<FakeVendor> {
  const { vendor } = input;
  const dialect: Dialect = typeof vendor === 'string' ? DIALECTS[vendor] : vendor;
  const clock = input.clock ?? Date.now;
  const world = new World(input.people, input.mischief ?? [], input.maxPage ?? 1_000, clock);
  const requests: string[] = [];
  const { hold } = input;
  const state = { tokens: new Set<string>(), revoked: false, dialect, world, clock, hold };
  const server = createServer((request, response) => {
    void serve(state, request, response, requests);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const origin = `http://127.0.0.1:${String(port)}`;
  return {
    origin,
    host: `127.0.0.1:${String(port)}`,
    baseUrl: origin + dialect.basePath,
    config: dialect.config(origin),
    secrets: dialect.secrets,
    world,
    requests,
    behave: (mischief) => {
      world.behave(mischief);
      state.revoked = false;
    },
    stop: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

interface State {
  readonly tokens: Set<string>;
  readonly dialect: Dialect;
  readonly world: World;
  readonly clock: () => number;
  readonly hold: FakeInput['hold'];
  revoked: boolean;
}

async function serve(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  requests: string[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const host = request.headers.host ?? '127.0.0.1';
  const url = new URL(request.url ?? '/', `http://${host}`);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
  );
  const method = request.method ?? 'GET';
  requests.push(`${method} ${url.pathname}`);
  const asked: FakeRequest = { method, url, headers, body: Buffer.concat(chunks).toString() };
  const before = state.world.listCalls;
  const answer = answerTo(state, asked);
  if (state.world.listCalls > before) await state.hold?.(state.world.listCalls);
  await send(state, response, answer);
}

function answerTo(state: State, request: FakeRequest): FakeAnswer {
  const { dialect, world } = state;
  const fresh = randomBytes(9).toString('base64url');
  const token = dialect.token?.(request, fresh) ?? null;
  if (token !== null) {
    if (token.status === 200) state.tokens.add(fresh);
    return token;
  }
  if (!dialect.authorized(request, state.tokens) || state.revoked) {
    return { status: 401, body: { error: 'unauthorized' } };
  }
  const before = world.listCalls;
  const answer = dialect.answer(request, world) ?? { status: 404, body: { error: 'not_found' } };
  // Details of one person are always right: only lists go wrong.
  if (world.listCalls === before) return answer;
  world.meanwhile?.(world);
  return misbehave(state, answer);
}

/** Applies the misbehaviour to a good answer to a list call. */
function misbehave(state: State, answer: FakeAnswer): FakeAnswer {
  const { world, dialect } = state;
  const inSeconds = (seconds: number): string =>
    new Date(serverTime(state) + seconds * 1_000).toUTCString();
  if (world.due('throttle_429_seconds')) {
    return { status: 429, headers: { 'retry-after': '3' }, body: null };
  }
  if (world.due('throttle_429_date')) {
    return { status: 429, headers: { 'retry-after': inSeconds(9) }, body: null };
  }
  if (world.due('throttle_429_none')) return { status: 429, body: null };
  if (dialect.throttled !== undefined && world.due('throttle_vendor')) return dialect.throttled;
  if (world.due('down_503')) return { status: 503, body: 'down' };
  if (world.due('server_error')) return { status: 500, body: { error: 'oops' } };
  if (world.due('forbidden_403', 1e9)) return { status: 403, body: { error: 'forbidden' } };
  if (world.due('unauthorized_401')) {
    state.tokens.clear();
    return { status: 401, body: { error: 'expired' } };
  }
  if (world.due('revoked_401', 1e9)) {
    state.revoked = true;
    return { status: 401, body: { error: 'revoked' } };
  }
  if (dialect.expired !== undefined && world.due('expired_cursor')) return dialect.expired;
  if (world.due('html')) {
    return {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><p>Log in',
    };
  }
  if (world.due('no_body', 1)) return { status: 200, body: '' };
  if (world.due('no_list', 1e9)) return { status: 200, body: { message: 'Deprecated.' } };
  if (world.due('redirect', 1e9)) {
    return { status: 302, headers: { location: 'https://elsewhere.example/people' }, body: null };
  }
  if (dialect.withhold !== undefined && world.due('withheld', 1e9)) {
    return { ...answer, body: mapRecords(answer.body, dialect.withhold.by) };
  }
  return answer;
}

/** The body with each record of its list changed: the first list of objects in it. */
function mapRecords(body: unknown, by: (record: unknown) => unknown): unknown {
  if (Array.isArray(body)) return body.map(by);
  return Object.fromEntries(
    Object.entries(fieldsOf(body)).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map(by) : value,
    ]),
  );
}

function serverTime({ world, clock }: State): number {
  return clock() + (world.has('skew') ? 300_000 : 0);
}

async function send(state: State, response: ServerResponse, answer: FakeAnswer): Promise<void> {
  const { world } = state;
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? null);
  response.sendDate = false;
  response.statusCode = answer.status;
  response.setHeader('date', new Date(serverTime(state)).toUTCString());
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    response.setHeader(name, headerText(value, serverTime(state)));
  }
  const list = answer.status === 200 && world.listCalls > 0;
  if (list && world.due('huge_body', 1e9)) {
    const filler = Buffer.alloc(1024 * 1024, 32);
    for (let i = 0; i < 64 && !response.destroyed; i++) response.write(filler);
    response.end(text);
  } else if (list && world.due('slow_drip', 1e9)) {
    for (let i = 0; i < text.length && !response.destroyed; i++) {
      response.write(text[i] ?? '');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    response.end();
  } else if (list && world.due('cut_body')) {
    response.end(text.slice(0, Math.max(1, text.length - 7)));
  } else {
    response.end(text);
  }
}

/** Times that a dialect can only name by their format. */
function headerText(value: string, now: number): string {
  const match = /^@(epochS|dateTime)\+(\d+)$/.exec(value);
  if (match === null) return value;
  const at = now + Number(match[2]) * 1_000;
  if (match[1] === 'epochS') return String(Math.ceil(at / 1_000));
  // 2025-07-08 15:35:40 -0700
  const local = new Date(at - 7 * 3_600_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} -0700`;
}
