import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Listing } from '../../../connectors/engine/complete';
import { connectorType, connectorTypes } from '../../../connectors/vendors';
import type { Reader } from '../../../connectors/engine/engine';
import { openReader } from '../../../connectors/engine/engine';
import { createHttp } from '../../../connectors/http/http';
import { resolveSettings } from '../../../connectors/declaration/settings';
import type { Cursor } from '../../../connectors/engine/state';
import type { SourceRecord } from '../../../domain/sources/sourceRow';

/** Proved against the vendors' own descriptions instead: prism.test.ts. */
const BY_PRISM = ['bamboohr', 'scim'];
const FIXTURES = connectorTypes()
  .map(({ id }) => id)
  .filter((id) => !BY_PRISM.includes(id));
const NOW = Date.UTC(2026, 2, 2, 9);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The parts of a request that a vendor sees; a signed assertion is shown by its claims. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  /** Besides the fixture's own; null: not sent here. Basic credentials as `Basic user:password`. */
  readonly headers?: Record<string, string | null>;
  readonly json?: unknown;
  readonly form?: Record<string, unknown>;
}

interface Exchange {
  readonly request: Asked;
  readonly answer: {
    readonly status?: number;
    readonly headers?: Record<string, string>;
    readonly body: unknown;
  };
}

interface Part {
  readonly exchanges: readonly Exchange[];
  /** A field without a value of a person is null or empty. */
  readonly people: readonly Partial<SourceRecord>[];
  readonly listing?: Partial<Listing>;
}

interface Fixture {
  /** The host that the declaration sends requests to, unless the fixture names one. */
  readonly base: string;
  readonly config: Record<string, string>;
  readonly secrets: Record<string, string>;
  /** Headers of every request. */
  readonly headers: Record<string, string>;
  readonly full: Part;
  readonly changes?: Part;
  readonly one?: Part & { readonly id: string };
}

interface Stage {
  readonly fixture: Fixture;
  readonly reader: Reader;
  readonly base: string;
  /** Gives these answers, in their order; keeps the requests. */
  serve(exchanges: readonly Exchange[]): Asked[];
  close(): Promise<void>;
}

const NOTHING: SourceRecord = {
  externalId: null,
  fields: {},
  status: null,
  sourceStatus: null,
  start: null,
  end: null,
  zone: null,
  deleted: null,
  mergedInto: null,
  aliases: [],
  withheld: [],
  faults: [],
};
const completed = (people: Part['people']): SourceRecord[] =>
  people.map((person) => ({ ...NOTHING, ...person }));

/** A record as a fixture has it: which days it knows is seen in engine/days.test.ts. */
function asWritten({ daysKnown: _, ...record }: SourceRecord): SourceRecord {
  return record;
}

/** A vendor that answers as a fixture says, and a reader of it. */
async function open(id: string): Promise<Stage> {
  let left: Exchange[] = [];
  let asked: Asked[] = [];
  const server = createServer((request, response) => {
    void seen(request).then((one) => {
      asked.push(one);
      const {
        status = 200,
        headers = {},
        body,
      } = left.shift()?.answer ?? {
        status: 400,
        body: { error: 'The fixture expects no more requests.' },
      };
      // The vendor's clock shows the time that the fixture gives.
      response.sendDate = false;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const host = `127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
  const text = readFileSync(join(__dirname, `${id}.json`), 'utf8')
    .replaceAll('{origin}', `http://${host}`)
    .replaceAll('{pem}', JSON.stringify(PEM).slice(1, -1));
  const fixture = JSON.parse(text) as Fixture;
  const connector = connectorType(id)!;
  const base = resolveSettings(connector, fixture).baseUrl;
  const http = createHttp({ allowPrivateHosts: [host] });
  const reader = openReader({
    connector,
    config: fixture.config,
    secrets: fixture.secrets,
    baseUrl: `http://${host}${new URL(base).pathname}`,
    http,
    clock: () => NOW,
    random: () => 0.5,
  });
  return {
    fixture,
    reader,
    base,
    serve: (exchanges) => {
      left = [...exchanges];
      asked = [];
      return asked;
    },
    close: async () => {
      http.close();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Headers of the transport, not of the declaration. */
const TRANSPORT = ['host', 'connection', 'accept-encoding', 'content-length', 'user-agent'];

async function seen(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Buffer));
  const body = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? '', 'http://vendor');
  const headers = Object.fromEntries(
    Object.entries(request.headers)
      .filter(([name]) => !TRANSPORT.includes(name))
      .map(([name, value]) => [name, plain(String(value))]),
  );
  const form = request.headers['content-type'] === 'application/x-www-form-urlencoded';
  return {
    method: request.method ?? '',
    path: decodeURI(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers,
    ...(body === '' ? {} : form ? { form: formOf(body) } : { json: JSON.parse(body) as unknown }),
  };
}

function plain(header: string): string {
  const basic = /^Basic (.+)$/.exec(header)?.[1];
  return basic === undefined ? header : `Basic ${Buffer.from(basic, 'base64').toString()}`;
}

function formOf(body: string): Record<string, unknown> {
  const form = Object.fromEntries(new URLSearchParams(body));
  const [head, claims, signature] = form['assertion']?.split('.') ?? [];
  if (claims === undefined) return form;
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${head ?? ''}.${claims}`),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
    Buffer.from(signature ?? '', 'base64url'),
  );
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
  return { ...form, assertion: { ...said, signed } };
}

/** The complete requests of a fixture. */
function wanted({ headers }: Fixture, { exchanges }: Part): Asked[] {
  return exchanges.map(({ request }) => ({
    ...request,
    query: request.query ?? {},
    headers: Object.fromEntries(
      Object.entries({ ...headers, ...request.headers }).flatMap(([name, value]) =>
        value === null ? [] : [[name, value]],
      ),
    ),
  }));
}

/** Reads to the end; no wait, restart or refusal is expected. */
async function readAll(
  reader: Reader,
  mode: 'full' | 'changes',
  cursor: Cursor | null,
): Promise<{ people: SourceRecord[]; listing: Listing | null }> {
  const people: SourceRecord[] = [];
  let state = reader.begin({ mode, cursor });
  for (;;) {
    const result = await reader.next(state);
    if (result.kind !== 'page') throw new Error(JSON.stringify(result));
    people.push(...result.records.map(asWritten));
    if (result.state === null) return { people, listing: result.listing };
    state = result.state;
  }
}

describe.each(FIXTURES)('%s, as its vendor documents it', (id) => {
  let stage: Stage;
  let cursor: Cursor | null = null;
  beforeAll(async () => {
    stage = await open(id);
  });
  afterAll(async () => stage.close());

  it('is asked at the vendor’s own address', () => {
    expect(stage.base).toBe(stage.fixture.base);
  });

  it('gives everybody', async () => {
    const { full } = stage.fixture;
    const asked = stage.serve(full.exchanges);

    const read = await readAll(stage.reader, 'full', null);

    expect(asked).toEqual(wanted(stage.fixture, full));
    expect(read.people).toEqual(completed(full.people));
    expect(read.listing).toMatchObject({ complete: true, why: 'proved', ...full.listing });
    cursor = read.listing?.cursorNext ?? null;
  });

  it('gives the changes since the last read, where it can', async () => {
    const { changes } = stage.fixture;
    expect(stage.reader.can.changes).toBe(changes !== undefined);
    if (changes === undefined) return;
    const asked = stage.serve(changes.exchanges);

    const read = await readAll(stage.reader, 'changes', cursor);

    expect(asked).toEqual(wanted(stage.fixture, changes));
    expect(read.people).toEqual(completed(changes.people));
    expect(read.listing).toMatchObject({ complete: true, why: 'proved', ...changes.listing });
  });

  it('gives one person, where it can', async () => {
    const { one } = stage.fixture;
    expect(stage.reader.can.one).toBe(one !== undefined);
    if (one === undefined) return;
    const asked = stage.serve(one.exchanges);

    const found = await stage.reader.one(one.id);

    expect(asked).toEqual(wanted(stage.fixture, one));
    expect(found.kind === 'found' && asWritten(found.record)).toEqual(completed(one.people)[0]);
  });
});
