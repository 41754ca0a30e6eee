import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import axios, { AxiosError } from 'axios';
import type { FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';
import { isPrivateAddress } from './addresses';
import { redact } from './redact';

/** One call, ready to send. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Hosts (with their port, where unusual) that a redirect may lead to. */
  readonly hosts: ReadonlySet<string>;
  /** Texts that no error may repeat. */
  readonly secrets: readonly string[];
  readonly maxBytes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** Only the status counts: no redirect is followed, and the body stays unread (empty). */
  readonly statusOnly?: boolean | undefined;
}

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly ms: number;
}

export interface Http {
  /**
   * @throws Fault `unavailable` (`source_unreachable`, `source_timeout`: try again), `invalid`
   * (`host_refused`, `redirect_refused`, `answer_too_large`).
   */
  call(call: Call): Promise<Answer>;
  /** Ends idle connections. */
  close(): void;
}

export interface HttpOptions {
  /** Hosts (`name` or `name:port`) that may be private addresses, or be called by plain http. */
  readonly allowPrivateHosts?: readonly string[];
  /** Time-out until an answer begins. */
  readonly answerMs?: number;
  /** Time-out until an answer is complete. */
  readonly totalMs?: number;
  readonly maxBytes?: number;
  /** How names are resolved; the system's resolver unless a test replaces it. */
  readonly lookup?: LookupFunction;
}

const MAX_REDIRECTS = 5;
const DEFAULTS = { answerMs: 60_000, totalMs: 300_000, maxBytes: 256 * 1024 ** 2 };

/** The only way out: https, public addresses, bounded in size and time, credentials to one host. */
export function createHttp(options: HttpOptions = {}): Http {
  const allowed = new Set((options.allowPrivateHosts ?? []).map((host) => host.toLowerCase()));
  const lookup = guardedLookup(allowed, options.lookup ?? systemLookup);
  const agents = {
    httpAgent: new HttpAgent({ keepAlive: true, lookup }),
    httpsAgent: new HttpsAgent({ keepAlive: true, lookup }),
  };
  return {
    call: async (call) => {
      let here = call;
      for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
        const url = checkedUrl(here.url, allowed);
        const answer = await once(here, { ...DEFAULTS, ...options, ...agents });
        if (call.statusOnly === true) return answer;
        const location = answer.headers['location'];
        if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) {
          return answer;
        }
        here = redirected(here, url, { status: answer.status, location });
      }
      throw refused('redirect_refused', `${hostOf(call.url)} redirects without an end.`);
    },
    close: () => {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

/**
 * Refuses an address that could never be called, before it is stored.
 * @throws Fault invalid (`host_refused`).
 */
export function checkAddress(url: string, allowPrivateHosts: readonly string[]): void {
  checkedUrl(url, new Set(allowPrivateHosts.map((host) => host.toLowerCase())));
}

/** True for a host that is configured as a private one. */
function isAllowed(allowed: ReadonlySet<string>, url: URL): boolean {
  return allowed.has(url.hostname) || allowed.has(url.host);
}

function checkedUrl(text: string, allowed: ReadonlySet<string>): URL {
  const url = new URL(text);
  if (isAllowed(allowed, url) && (url.protocol === 'http:' || url.protocol === 'https:'))
    return url;
  if (url.protocol !== 'https:') {
    throw refused('host_refused', `${url.host} would be called without https.`, url.host);
  }
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is connected to without a look-up.
  if (isIP(bare) !== 0 && isPrivateAddress(bare)) throw privateHost(url.hostname);
  return url;
}

/** Looks names up once and connects to what was checked: a second answer cannot differ. */
function guardedLookup(allowed: ReadonlySet<string>, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) {
        callback(error, '', 4);
        return;
      }
      const all: LookupAddress[] =
        typeof found === 'string' ? [{ address: found, family: family ?? 4 }] : found;
      const names = [...allowed].map((host) => host.replace(/:\d+$/, ''));
      const open = names.includes(hostname.toLowerCase());
      const good = open ? all : all.filter(({ address }) => !isPrivateAddress(address));
      const [first] = good;
      if (first === undefined) callback(privateAddress(hostname), '', 4);
      else if (options.all === true) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };
}

function redirected(call: Call, from: URL, to: { status: number; location: string }): Call {
  const url = URL.canParse(to.location, from.href) ? new URL(to.location, from.href) : null;
  if (url === null) throw refused('redirect_refused', `${from.host} redirects to no address.`);
  if (call.method === 'POST' && ![307, 308].includes(to.status)) {
    throw refused('redirect_refused', `${from.host} redirects a POST (${String(to.status)}).`);
  }
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw refused('redirect_refused', `${from.host} redirects to a page without https.`);
  }
  if (url.host === from.host) return { ...call, url: url.href };
  if (!call.hosts.has(url.host) || call.method === 'POST') {
    throw refused('redirect_refused', `${from.host} redirects to another host, ${url.host}.`);
  }
  // Credentials may be in any header: none is sent on.
  const accept = call.headers['accept'];
  return { ...call, url: url.href, headers: accept === undefined ? {} : { accept } };
}

type OnceOptions = HttpOptions &
  Required<Pick<HttpOptions, 'answerMs' | 'totalMs' | 'maxBytes'>> & {
    readonly httpAgent: HttpAgent;
    readonly httpsAgent: HttpsAgent;
  };

async function once(call: Call, options: OnceOptions): Promise<Answer> {
  const startedAt = performance.now();
  const { host } = new URL(call.url);
  const abort = new AbortController();
  const total = setTimeout(() => abort.abort(), call.timeoutMs ?? options.totalMs);
  const begin = setTimeout(() => abort.abort(), Math.min(options.answerMs, call.timeoutMs ?? 1e9));
  try {
    const answer = await axios.request<Readable>({
      method: call.method,
      url: call.url,
      headers: { 'user-agent': 'Rollcall/1', ...call.headers },
      ...(call.body === undefined ? {} : { data: Buffer.from(call.body) }),
      responseType: 'stream',
      maxRedirects: 0,
      validateStatus: () => true,
      // Only what this file decides: no proxy from the environment, no transformation of the data.
      proxy: false,
      transformRequest: [(data: unknown) => data],
      httpAgent: options.httpAgent,
      httpsAgent: options.httpsAgent,
      signal: abort.signal,
    });
    clearTimeout(begin);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
    }
    if (call.statusOnly === true) {
      answer.data.destroy();
      return { status: answer.status, headers, body: '', ms: performance.now() - startedAt };
    }
    const charset = /charset="?([\w.:-]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    const maxBytes = call.maxBytes ?? options.maxBytes;
    const body = await readBody(answer.data, { host, maxBytes, charset });
    return { status: answer.status, headers, body, ms: performance.now() - startedAt };
  } catch (error) {
    throw callFault(error, { host, aborted: abort.signal.aborted, secrets: call.secrets });
  } finally {
    clearTimeout(begin);
    clearTimeout(total);
  }
}

async function readBody(
  stream: Readable,
  limit: { readonly host: string; readonly maxBytes: number; readonly charset: string },
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += part.length;
    if (bytes > limit.maxBytes) {
      stream.destroy();
      const most = limit.maxBytes.toLocaleString('en');
      throw refused('answer_too_large', `${limit.host} answers with more than ${most} bytes.`);
    }
    chunks.push(part);
  }
  return text(Buffer.concat(chunks), limit);
}

/**
 * Bytes that are not text in the charset they claim make the answer unreadable: names would be garbled.
 */
function text(body: Buffer, limit: { readonly host: string; readonly charset: string }): string {
  try {
    return new TextDecoder(limit.charset, { fatal: true }).decode(body);
  } catch {
    throw new Fault('unavailable', {
      code: 'source_bad_encoding',
      message: `${limit.host} answers in bytes that are not ${limit.charset}.`,
    });
  }
}

interface CallContext {
  readonly host: string;
  readonly aborted: boolean;
  readonly secrets: readonly string[];
}

/** The failure without the request: an error of axios carries headers, body and socket. */
function callFault(error: unknown, { host, aborted, secrets }: CallContext): Fault {
  const cause = innermost(error);
  if (cause instanceof Fault) return cause;
  if (aborted) {
    return new Fault('unavailable', {
      code: 'source_timeout',
      message: `${host} did not answer in time.`,
    });
  }
  const code = codeOf(error) ?? codeOf(cause);
  return new Fault('unavailable', {
    code: 'source_unreachable',
    message: redact(`${host} cannot be reached${code === undefined ? '' : ` (${code})`}.`, secrets),
  });
}

function innermost(error: unknown): unknown {
  if (error instanceof AxiosError && error.cause !== undefined) return innermost(error.cause);
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z_0-9]{2,40}$/.test(code) ? code : undefined;
}

function hostOf(url: string): string {
  return new URL(url).host;
}

function refused(code: FaultCode, message: string, host?: string): Fault {
  const next =
    host === undefined
      ? 'Look at the base URL of the source: rollcall sources show NAME'
      : `Use https, or allow the host, here and where the worker runs: ROLLCALL_ALLOW_PRIVATE_HOSTS=${host} (a worker that runs already reads it when it is started anew: rollcall down, then rollcall up --detach)`;
  return new Fault('invalid', { code, message, next });
}

function privateHost(host: string): Fault {
  return refused('host_refused', `${host} is an address of a private network.`, host);
}

/** As {@link privateHost}, in the form that a look-up reports. */
function privateAddress(host: string): Error {
  return privateHost(host);
}
