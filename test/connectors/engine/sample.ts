import { openReader, type Reader } from '../../../connectors/engine/engine';
import type { NextResult } from '../../../connectors/engine/results';
import type { Answer, Call, Http } from '../../../connectors/http/http';
import type {
  ChangesDeclaration,
  Connector,
  MapDeclaration,
  ReadDeclaration,
} from '../../../connectors/declaration/schema';
import type { Cursor, PageState } from '../../../connectors/engine/state';
import { validateConnector } from '../../../connectors/declaration/validate';

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export type Vendor = Http & { readonly calls: string[] };

/** A vendor in a few lines: its answer to each call. */
export function vendor(answer: (call: Call, url: URL) => Reply): Vendor {
  const calls: string[] = [];
  return {
    calls,
    close: () => undefined,
    call: async (call): Promise<Answer> => {
      const url = new URL(call.url);
      calls.push(`${call.method} ${url.pathname}${url.search}`);
      const { status = 200, headers = {}, body = null } = answer(call, url);
      return {
        status,
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ms: 1,
      };
    },
  };
}

/** A vendor that gives each call the same answer. */
export const answering = (reply: Reply): Vendor => vendor(() => reply);

/** `GET /people`: everybody at once, in `list`, proved by the end of the list. */
const PEOPLE: ReadDeclaration = {
  name: 'people',
  request: { method: 'GET', path: '/people' },
  records: { path: '/list' },
  page: { type: 'none' },
  complete: { by: 'endSignal' },
};

/** The fields that are read of each person. */
export const MAP: MapDeclaration = {
  key: '/id',
  fields: { email: { from: '/email' }, jobTitle: { from: '/title', whenEmpty: 'clear' } },
  status: {
    from: '/status',
    active: ['on'],
    inactive: ['off'],
    whenMissing: 'active',
    unknown: 'hold',
  },
};

export type Changes = Partial<ChangesDeclaration> & Pick<ChangesDeclaration, 'since'>;

/** The plainest declaration with the given differences; throws when it is not valid. */
export function sample(full: Partial<ReadDeclaration> = {}, changes?: Changes): Connector {
  const validation = validateConnector({
    id: 'sample',
    name: 'Sample',
    version: 1,
    system: 'directory',
    config: {},
    secrets: {},
    baseUrl: 'https://vendor.example/api',
    auth: { type: 'none' },
    limits: {},
    reads: {
      full: [{ ...PEOPLE, ...full }],
      ...(changes === undefined ? {} : { changes: { ...PEOPLE, ...changes } }),
    },
    map: MAP,
    deletion: { absence: 'ignore' },
  });
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults, null, 1));
  return validation.connector;
}

/** A declaration whose pages follow one another by a cursor in the query. */
export const cursorSample = (name: string): Connector =>
  sample({ page: { type: 'cursor', from: '/next', send: { in: 'query', name } } });

export const NOW = Date.UTC(2026, 5, 1);

export interface ReaderOptions {
  readonly clock?: () => number;
  /** Called before each call: the time until which it has to wait, or null. */
  readonly turn?: () => Promise<number | null>;
}

export function reader(connector: Connector, http: Http, o: ReaderOptions = {}): Reader {
  const { clock = (): number => NOW, turn } = o;
  return openReader({
    connector,
    config: {},
    secrets: {},
    http,
    clock,
    random: () => 0.5,
    ...(turn === undefined ? {} : { turn }),
  });
}

/** What was read, up to the end or to the first result that is no page. */
export interface ReadOn {
  readonly ids: (string | null)[];
  readonly results: NextResult[];
  readonly last: NextResult;
}

/** Reads until the end or until the first result that is no page. */
export async function readOn(
  from: Reader,
  begin: { mode: 'full' | 'changes'; cursor: Cursor | null } = { mode: 'full', cursor: null },
): Promise<ReadOn> {
  const ids: (string | null)[] = [];
  const results: NextResult[] = [];
  let state: PageState | null = from.begin(begin);
  for (;;) {
    const result: NextResult = await from.next(JSON.parse(JSON.stringify(state)) as PageState);
    results.push(result);
    if (result.kind !== 'page') return { ids, results, last: result };
    ids.push(...result.records.map(({ externalId }) => externalId));
    state = result.state;
    if (state === null) return { ids, results, last: result };
  }
}

/** Reads everybody of a vendor in a few lines. */
export const readAll = (connector: Connector, http: Http): Promise<ReadOn> =>
  readOn(reader(connector, http));
