import { openReader } from '../../../connectors/engine/engine';
import type { NextResult } from '../../../connectors/engine/results';
import type { Reader } from '../../../connectors/engine/engine';
import type { Answer, Call, Http } from '../../../connectors/http/http';
import type { Connector } from '../../../connectors/declaration/schema';
import type { Cursor, PageState } from '../../../connectors/engine/state';
import { validateConnector } from '../../../connectors/declaration/validate';

type Reply = { status?: number; headers?: Record<string, string>; body?: unknown };

/** A vendor in a few lines: what it answers to each call. */
function vendor(answer: (call: Call, url: URL) => Reply): Http & { readonly calls: string[] } {
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

function connector(reads: Connector['reads'], more: Partial<Connector> = {}): Connector {
  const declaration = {
    id: 'sample',
    name: 'Sample',
    version: 1,
    system: 'directory',
    config: {},
    secrets: {},
    baseUrl: 'https://vendor.example/api',
    auth: { type: 'none' },
    limits: {},
    reads,
    map: {
      key: '/id',
      fields: { email: { from: '/email' }, jobTitle: { from: '/title', whenEmpty: 'clear' } },
      status: {
        from: '/status',
        active: ['on'],
        inactive: ['off'],
        whenMissing: 'active',
        unknown: 'hold',
      },
    },
    deletion: { absence: 'ignore' },
    ...more,
  };
  const validation = validateConnector(declaration);
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults, null, 1));
  return validation.connector;
}

const NOW = Date.UTC(2026, 5, 1);
function reader(declaration: Connector, http: Http, clock = (): number => NOW): Reader {
  const random = (): number => 0.5;
  return openReader({ connector: declaration, config: {}, secrets: {}, http, clock, random });
}

/** Reads until the end or until something other than a page comes. */
async function readOn(
  from: Reader,
  begin: { mode: 'full' | 'changes'; cursor: Cursor | null } = { mode: 'full', cursor: null },
): Promise<{ ids: (string | null)[]; results: NextResult[]; last: NextResult }> {
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

const none = { type: 'none' } as const;
const list = { path: '/list' };
const signal = { by: 'endSignal' } as const;

describe('a job', () => {
  const declaration = connector({
    full: [
      {
        name: 'bulk',
        request: { method: 'GET', path: '/unused' },
        records: { path: '' },
        page: {
          type: 'job',
          create: { method: 'POST', path: '/jobs', json: { what: 'people' } },
          id: '/id',
          poll: { method: 'GET', path: '/jobs/{job}' },
          state: '/state',
          done: ['JobComplete'],
          failed: ['Failed'],
          pollMs: 5_000,
          fetch: { method: 'GET', path: '/jobs/{job}/results', decode: 'csv' },
          page: {
            type: 'cursor',
            from: 'header:sforce-locator',
            send: { in: 'query', name: 'locator' },
          },
        },
        complete: signal,
      },
    ],
  });
  const bulk = (states: string[]): ReturnType<typeof vendor> =>
    vendor((call, url) => {
      if (call.method === 'POST') return { body: { id: 'j1', state: 'Open' } };
      if (url.pathname === '/api/jobs/j1') return { body: { id: 'j1', state: states.shift() } };
      return url.searchParams.get('locator') === null
        ? {
            headers: { 'sforce-locator': 'L2' },
            body: 'id,email\n1,"a@x.example"\n2,b@x.example\n',
          }
        : { body: 'id,email\n3,c@x.example\n' };
    });

  it('is created once, asked after until it is done, and its pages are read', async () => {
    const http = bulk(['InProgress', 'JobComplete']);
    const from = reader(declaration, http);

    const waiting = await readOn(from);
    if (waiting.last.kind !== 'wait') throw new Error(waiting.last.kind);
    const wait = waiting.last;
    let state: PageState | null = wait.state;
    const ids: (string | null)[] = [];
    while (state !== null) {
      const result: NextResult = await from.next(state);
      if (result.kind !== 'page') throw new Error(result.kind);
      ids.push(...result.records.map(({ externalId }) => externalId));
      state = result.state;
    }

    expect(wait).toMatchObject({ reason: 'job_running', until: NOW + 5_000 });
    expect(wait.state.tries).toBe(0);
    expect(ids).toEqual(['1', '2', '3']);
    expect(http.calls).toEqual([
      'POST /api/jobs',
      'GET /api/jobs/j1',
      'GET /api/jobs/j1',
      'GET /api/jobs/j1/results',
      'GET /api/jobs/j1/results?locator=L2',
    ]);
  });

  it('that failed is begun anew', async () => {
    expect((await readOn(reader(declaration, bulk(['Failed'])))).last.kind).toBe('restart');
  });
});

describe('links in a header', () => {
  const declaration = connector({
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: list,
        page: { type: 'linkHeader', rel: 'next' },
        complete: signal,
      },
    ],
  });

  it('are followed until there is none, whatever else is linked', async () => {
    const http = vendor((_, url) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      const link = `<https://vendor.example/api/people?page=1>; rel="first", </api/people?page=${String(page + 1)}>; rel="next"`;
      return { headers: page < 3 ? { link } : {}, body: { list: [{ id: page }] } };
    });

    expect((await readOn(reader(declaration, http))).ids).toEqual(['1', '2', '3']);
  });
});

describe('the place of the next page', () => {
  const read = async (page: 'cursor' | 'nextUrl', next: unknown): Promise<unknown> => {
    const declaration = connector({
      full: [
        {
          name: 'people',
          request: { method: 'GET', path: '/people' },
          records: list,
          page:
            page === 'cursor'
              ? { type: 'cursor', from: '/next', send: { in: 'query', name: 'after' } }
              : { type: 'nextUrl', from: '/next' },
          complete: signal,
        },
      ],
    });
    const http = vendor(() => ({ body: { list: [{ id: '1' }], next } }));
    const { last } = await readOn(reader(declaration, http));
    return last.kind === 'page' ? last.listing?.why : last;
  };

  it.each(['cursor', 'nextUrl'] as const)(
    '%s: is the end where it is null, false, blank or not there',
    async (page) => {
      for (const end of [null, false, '', ' ', undefined]) {
        expect(await read(page, end)).toBe('proved');
      }
    },
  );

  it.each(['cursor', 'nextUrl'] as const)(
    '%s: proves no end where it is something else than a word',
    async (page) => {
      for (const next of [{ href: '/people?page=2' }, ['a']]) {
        expect(await read(page, next)).toBe('ended_early');
      }
    },
  );
});

describe('a feed of events', () => {
  const declaration = connector({
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: list,
        page: none,
        complete: signal,
      },
    ],
    changes: {
      name: 'events',
      request: { method: 'GET', path: '/events' },
      records: list,
      page: { type: 'cursor', from: '/more', send: { in: 'query', name: 'after' } },
      complete: signal,
      since: {
        type: 'feed',
        start: { request: { method: 'GET', path: '/events/head' }, from: '/head' },
        send: { in: 'query', name: 'after' },
        from: '/last',
        id: '/person',
        retentionMs: 30 * 86_400_000,
      },
      enrich: {
        request: { method: 'GET', path: '/people/{id}' },
        key: '/person',
        missing: 'deleted',
      },
    },
  });
  const events = (): ReturnType<typeof vendor> =>
    vendor((_, url) => {
      switch (url.pathname) {
        case '/api/events/head':
          return { body: { head: 'e10' } };
        case '/api/people':
          return { body: { list: [{ id: '1' }, { id: '2' }] } };
        case '/api/events':
          return url.searchParams.get('after') === 'e10'
            ? { body: { list: [{ person: '2' }, { person: '2' }], more: 'e12', last: 'e12' } }
            : { body: { list: [{ person: '9' }], last: 'e13' } };
        default:
          return url.pathname.endsWith('/9')
            ? { status: 404 }
            : { body: { id: '2', email: 'b@x.example' } };
      }
    });

  it('is read from where it stood before the full read, each person once', async () => {
    const http = events();
    const full = await readOn(reader(declaration, http));
    const cursor = full.last.kind === 'page' ? full.last.listing!.cursorNext : null;
    const changes = await readOn(reader(declaration, http), { mode: 'changes', cursor });

    expect(cursor).toEqual({ kind: 'feed', place: 'e10', takenAt: NOW });
    expect(http.calls[0]).toBe('GET /api/events/head');
    expect(changes.ids).toEqual(['2', '9']);
    expect(changes.results[1]).toMatchObject({
      records: [{ externalId: '9', deleted: 'hard' }],
      listing: { complete: true, cursorNext: { kind: 'feed', place: 'e13' } },
    });
  });

  it('may tell of one person on page after page', async () => {
    const http = vendor((_, url) => {
      const n = Number(url.searchParams.get('after')?.slice(1));
      if (url.pathname !== '/api/events') return { body: { id: '2' } };
      const more = n < 14 ? `e${String(n + 1)}` : null;
      return { body: { list: [{ event: n, person: '2' }], more, last: `e${String(n + 1)}` } };
    });
    const cursor = { kind: 'feed', place: 'e10', takenAt: NOW } as const;

    const read = await readOn(reader(declaration, http), { mode: 'changes', cursor });

    expect(read.ids).toEqual(['2', '2', '2', '2', '2']);
    expect(read.last).toMatchObject({ listing: { complete: true, cursorNext: { place: 'e15' } } });
  });

  it('is not read from a place that is older than the vendor keeps', async () => {
    const cursor = { kind: 'feed', place: 'e1', takenAt: NOW - 30 * 86_400_000 } as const;

    const read = await readOn(reader(declaration, events()), { mode: 'changes', cursor });

    expect(read.last.kind).toBe('full');
  });
});

describe('people fetched one by one', () => {
  const declaration = connector({
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: list,
        page: none,
        complete: { by: 'totalEquals', total: '/total' },
        enrich: { request: { method: 'GET', path: '/people/{id}' }, key: '/id' },
      },
    ],
  });
  const ids = Array.from({ length: 120 }, (_, n) => String(1_000 + n));

  it('are given in pieces, each once, and a wait in between keeps what was fetched', async () => {
    let served = 0;
    const http = vendor((_, url) => {
      if (url.pathname === '/api/people')
        return { body: { list: ids.map((id) => ({ id, title: 'X' })), total: 120 } };
      served++;
      if (served === 71) return { status: 429, headers: { 'retry-after': '5' } };
      return { body: { id: url.pathname.split('/').at(-1), email: 'a@x.example' } };
    });
    const clock = { now: NOW };
    const from = reader(declaration, http, () => clock.now);
    const given: (string | null)[] = [];
    const waits: number[] = [];
    let state: PageState | null = from.begin({ mode: 'full', cursor: null });
    let listing = null;
    while (state !== null) {
      const result: NextResult = await from.next(state);
      if (result.kind === 'wait') {
        waits.push(result.until - clock.now);
        clock.now = result.until;
      }
      if (result.kind === 'page') {
        given.push(...result.records.map(({ externalId }) => externalId));
        expect(result.records.every(({ fields }) => fields.jobTitle === 'X')).toBe(true);
        listing = result.listing;
      }
      state = result.kind === 'page' || result.kind === 'wait' ? result.state : null;
    }

    expect(given).toEqual(ids);
    // The wait is heeded though what came before it was kept, by a reader that was killed, too.
    expect(waits).toEqual([5_000]);
    expect(listing).toMatchObject({ complete: true, rows: 120, totalClaimed: 120 });
    expect(http.calls.filter((call) => call.endsWith('/people'))).toHaveLength(1);
  });
});

describe('the budget of a credential', () => {
  it('is asked for before each call, and a turn that is not ours yet is a wait that counts as no failure', async () => {
    const turns = [null, NOW + 4_000];
    const declaration = connector({
      full: [
        {
          name: 'people',
          request: { method: 'GET', path: '/people' },
          records: list,
          page: { type: 'cursor', from: '/next', send: { in: 'query', name: 'c' } },
          complete: signal,
        },
      ],
    });
    const http = vendor(() => ({ body: { list: [{ id: '1' }], next: 'x' } }));
    const from = openReader({
      connector: declaration,
      config: {},
      secrets: {},
      http,
      clock: () => NOW,
      random: () => 0.5,
      turn: async () => turns.shift() ?? null,
    });

    const { last } = await readOn(from);

    expect(last).toMatchObject({
      kind: 'wait',
      until: NOW + 4_000,
      reason: 'budget',
      throttled: false,
    });
    expect(last.kind === 'wait' && last.state.tries).toBe(0);
    expect(http.calls).toHaveLength(1);
  });
});

describe('a status that the connector does not name', () => {
  it.each([
    ['hold', 'unknown'],
    ['keep', null],
  ] as const)('where it says %s, is %s', async (unknown, status) => {
    const declaration = connector({
      full: [
        {
          name: 'people',
          request: { method: 'GET', path: '/people' },
          records: list,
          page: none,
          complete: signal,
        },
      ],
    });
    const map = { ...declaration.map, status: { ...declaration.map.status, unknown } };
    const body = {
      list: [
        { id: '1', status: 'onward' },
        { id: '2', status: 'ON' },
      ],
    };
    const { results } = await readOn(
      reader(
        { ...declaration, map },
        vendor(() => ({ body })),
      ),
    );

    expect(results).toMatchObject([
      { records: [{ status, sourceStatus: 'onward' }, { status: 'active' }] },
    ]);
  });
});

describe('ids', () => {
  const declaration = connector({
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: list,
        page: none,
        complete: signal,
      },
    ],
  });

  it('that JSON cannot keep exactly, or that are not there, are unreadable', async () => {
    const body =
      '{"list":[{"id":12345678901234567890},{"id":""},{"email":"a@x.example"},{"id":7}]}';

    expect(
      (
        await readOn(
          reader(
            declaration,
            vendor(() => ({ body })),
          ),
        )
      ).ids,
    ).toEqual([null, null, null, '7']);
  });

  it('that hold U+0000 are unreadable, and a status is kept without it', async () => {
    const body = { list: [{ id: '1\0' }, { id: '2', status: 'on\0ward' }] };

    const { results, ids } = await readOn(
      reader(
        declaration,
        vendor(() => ({ body })),
      ),
    );

    expect(ids).toEqual([null, '2']);
    expect(JSON.stringify(results)).not.toContain('\\u0000');
  });

  it('that come twice on a page prove nothing where rows are counted', async () => {
    const counted = connector({
      full: [
        {
          name: 'people',
          request: { method: 'GET', path: '/people' },
          records: list,
          page: none,
          complete: { by: 'totalEquals', total: '/total' },
        },
      ],
    });
    const http = vendor(() => ({ body: { list: [{ id: '1' }, { id: '1' }], total: 2 } }));
    const { last } = await readOn(reader(counted, http));

    expect(last).toMatchObject({ listing: { complete: false, why: 'repeated_rows' } });
  });
});

describe('a list that goes in circles', () => {
  const declaration = connector({
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: list,
        page: { type: 'cursor', from: '/next', send: { in: 'query', name: 'c' } },
        complete: signal,
      },
    ],
  });

  it.each([1, 2, 16, 17, 100])(
    'of %i places is found out, though its people differ',
    async (length) => {
      let n = 0;
      const http = vendor(() => ({
        body: { list: [{ id: String(n++) }], next: `c${String(n % length)}` },
      }));

      const { last } = await readOn(reader(declaration, http));

      expect(last).toEqual({
        kind: 'restart',
        reason: 'Sample gives a place in the list that it gave before.',
      });
      expect(http.calls.length).toBeLessThan(length * 4 + 4);
    },
  );

  it('is found out by its people, though its places differ', async () => {
    let n = 0;
    const http = vendor(() => ({
      body: { list: [{ id: '1' }, { id: '2' }], next: `c${String(n++)}` },
    }));

    expect((await readOn(reader(declaration, http))).last).toEqual({
      kind: 'restart',
      reason: 'Sample gives the same page again.',
    });
  });

  it('of empty pages is found out, and a few empty pages are none', async () => {
    let n = 0;
    const empty = vendor(() => ({ body: { list: [], next: `c${String(n++)}` } }));
    const few = vendor((_, url) => {
      const at = Number(url.searchParams.get('c') ?? 0);
      return { body: { list: at === 5 ? [{ id: '1' }] : [], next: at < 5 ? at + 1 : null } };
    });

    expect((await readOn(reader(declaration, empty))).last.kind).toBe('restart');
    expect((await readOn(reader(declaration, few))).ids).toEqual(['1']);
  });
});

describe('the time from which changes are read next', () => {
  const declaration = connector({
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: list,
        page: none,
        complete: signal,
      },
    ],
    changes: {
      name: 'changes',
      request: { method: 'GET', path: '/people' },
      records: list,
      page: none,
      complete: signal,
      since: {
        type: 'time',
        send: { in: 'query', name: 'since' },
        format: 'iso',
        overlapMs: 60_000,
        field: '/changed',
      },
    },
  });
  const HOUR = 3_600_000;
  const before = { kind: 'time', at: NOW - HOUR, takenAt: NOW - HOUR } as const;
  const iso = (time: number): string => new Date(time).toISOString();
  const cursorAfter = async (
    reply: Reply,
    mode: 'full' | 'changes' = 'changes',
  ): Promise<unknown> => {
    const read = await readOn(
      reader(
        declaration,
        vendor(() => reply),
      ),
      { mode, cursor: before },
    );
    return read.last.kind === 'page' && read.last.listing?.cursorNext;
  };
  const changedAt = (time: number): Reply => ({
    body: { list: [{ id: '1', changed: iso(time) }] },
  });
  const date = { date: new Date(NOW - 2_000).toUTCString() };

  it('is the latest that was seen', async () => {
    expect(await cursorAfter({ ...changedAt(NOW - 9_000), headers: date })).toMatchObject({
      at: NOW - 9_000,
    });
  });

  it('is never later than the vendor’s clock when the read began, whatever is stamped', async () => {
    expect(await cursorAfter({ ...changedAt(NOW + HOUR), headers: date })).toMatchObject({
      at: NOW - 2_000,
    });
  });

  it('is never later than our own clock, whatever the vendor’s says', async () => {
    const ahead = { date: new Date(NOW + 365 * 24 * HOUR).toUTCString() };

    for (const mode of ['changes', 'full'] as const) {
      expect(await cursorAfter({ ...changedAt(NOW + HOUR), headers: ahead }, mode)).toMatchObject({
        at: NOW,
      });
    }
  });

  it('that is ahead of our clock all the same asks for a full read', async () => {
    const at = NOW + 24 * HOUR;
    const http = vendor(() => changedAt(NOW));

    const { last } = await readOn(reader(declaration, http), {
      mode: 'changes',
      cursor: { kind: 'time', at, takenAt: at },
    });

    expect(last.kind).toBe('full');
    expect(http.calls).toEqual([]);
  });

  it('stays five minutes behind our own clock where the vendor tells none', async () => {
    const nobody = { body: { list: [] } };

    expect(await cursorAfter(nobody)).toMatchObject({ at: NOW - 300_000 });
    expect(await cursorAfter({ body: { list: [{ id: '1' }] } }, 'full')).toMatchObject({
      at: NOW - 300_000,
    });
  });

  it('never goes back', async () => {
    expect(await cursorAfter({ ...changedAt(NOW - 2 * HOUR), headers: date })).toMatchObject({
      at: before.at,
    });
  });

  it('is sent with the overlap', async () => {
    const http = vendor(() => ({ body: { list: [] } }));

    await readOn(reader(declaration, http), { mode: 'changes', cursor: before });

    expect(http.calls).toEqual([
      `GET /api/people?since=${encodeURIComponent(iso(NOW - HOUR - 60_000))}`,
    ]);
  });
});

describe('a field', () => {
  it('that is missing is no opinion; that is null is cleared where the map says so', async () => {
    const declaration = connector({
      full: [
        {
          name: 'people',
          request: { method: 'GET', path: '/people' },
          records: list,
          page: none,
          complete: signal,
        },
      ],
    });
    const body = {
      list: [
        { id: '1' },
        { id: '2', title: null, email: null },
        { id: '3', title: ' ', email: 'a@x.example' },
      ],
    };
    const { results } = await readOn(
      reader(
        declaration,
        vendor(() => ({ body })),
      ),
    );

    expect(results[0]).toMatchObject({
      listing: { coverage: { email: 1, jobTitle: 0, status: 3 } },
    });
    expect(results[0]?.kind === 'page' && results[0].records.map(({ fields }) => fields)).toEqual([
      {},
      { jobTitle: null },
      { jobTitle: null, email: 'a@x.example' },
    ]);
  });

  it('that nobody has is counted as 0; one that is withheld of everybody is not counted', async () => {
    const declaration = connector({
      full: [
        {
          name: 'people',
          request: { method: 'GET', path: '/people' },
          records: list,
          page: none,
          complete: signal,
          map: {
            key: '/id',
            fields: {
              email: { from: '/email' },
              jobTitle: { from: '/title' },
              department: { from: '/department' },
              location: { from: '/location' },
            },
            status: {
              from: '/status',
              active: ['on'],
              inactive: ['off'],
              whenMissing: 'active',
              unknown: 'hold',
            },
            withheld: '/hidden',
          },
        },
      ],
    });
    const body = {
      list: [
        { id: '1', email: 'a@x.example', hidden: ['department', 'location'] },
        { id: '2', title: '', hidden: ['department'] },
      ],
    };
    const { results } = await readOn(
      reader(
        declaration,
        vendor(() => ({ body })),
      ),
    );

    expect(results[0]?.kind === 'page' && results[0].listing?.coverage).toEqual({
      email: 1,
      jobTitle: 0,
      location: 0,
      status: 2,
    });
  });
});
