import type { NextResult } from '../../../connectors/engine/results';
import type { PageState } from '../../../connectors/engine/state';
import {
  cursorSample,
  answering,
  NOW,
  reader,
  readOn,
  readAll,
  sample,
  vendor,
  type Vendor,
} from './sample';

describe('a job', () => {
  const declaration = sample({
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
  });
  const bulk = (states: string[]): Vendor =>
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

  it('is created once, polled until it is done, and its pages are read', async () => {
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

  it('that failed is started again', async () => {
    expect((await readOn(reader(declaration, bulk(['Failed'])))).last.kind).toBe('restart');
  });
});

describe('links in a header', () => {
  const declaration = sample({ page: { type: 'linkHeader', rel: 'next' } });

  it('are followed until there is none, whatever else is linked', async () => {
    const http = vendor((_, url) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      const link = `<https://vendor.example/api/people?page=1>; rel="first", </api/people?page=${String(page + 1)}>; rel="next"`;
      return { headers: page < 3 ? { link } : {}, body: { list: [{ id: page }] } };
    });

    expect((await readAll(declaration, http)).ids).toEqual(['1', '2', '3']);
  });
});

describe('the place of the next page', () => {
  const read = async (page: 'cursor' | 'nextUrl', next: unknown): Promise<unknown> => {
    const declaration = sample({
      page:
        page === 'cursor'
          ? { type: 'cursor', from: '/next', send: { in: 'query', name: 'after' } }
          : { type: 'nextUrl', from: '/next' },
    });
    const http = answering({ body: { list: [{ id: '1' }], next } });
    const { last } = await readAll(declaration, http);
    return last.kind === 'page' ? last.listing?.why : last;
  };

  it.each(['cursor', 'nextUrl'] as const)(
    '%s: is the end where it is null, false, blank or missing',
    async (page) => {
      for (const end of [null, false, '', ' ', undefined]) {
        expect(await read(page, end)).toBe('proved');
      }
    },
  );

  it.each(['cursor', 'nextUrl'] as const)('%s: proves no end where it is no text', async (page) => {
    for (const next of [{ href: '/people?page=2' }, ['a']]) {
      expect(await read(page, next)).toBe('ended_early');
    }
  });
});

describe('a feed of events', () => {
  const declaration = sample(
    {},
    {
      name: 'events',
      request: { method: 'GET', path: '/events' },
      page: { type: 'cursor', from: '/more', send: { in: 'query', name: 'after' } },
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
  );
  const events = (): Vendor =>
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
    const full = await readAll(declaration, http);
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

  it('may report one person on page after page', async () => {
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
  const declaration = sample({
    complete: { by: 'totalEquals', total: '/total' },
    enrich: { request: { method: 'GET', path: '/people/{id}' }, key: '/id' },
  });
  const ids = Array.from({ length: 120 }, (_, n) => String(1_000 + n));

  it('are returned in pieces, each once, and a wait in between keeps what was fetched', async () => {
    let served = 0;
    const http = vendor((_, url) => {
      if (url.pathname === '/api/people')
        return { body: { list: ids.map((id) => ({ id, title: 'X' })), total: 120 } };
      served++;
      if (served === 71) return { status: 429, headers: { 'retry-after': '5' } };
      return { body: { id: url.pathname.split('/').at(-1), email: 'a@x.example' } };
    });
    const clock = { now: NOW };
    const from = reader(declaration, http, { clock: () => clock.now });
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
    // The wait is kept although the page before it was stored, also by a reader that was killed.
    expect(waits).toEqual([5_000]);
    expect(listing).toMatchObject({ complete: true, rows: 120, totalClaimed: 120 });
    expect(http.calls.filter((call) => call.endsWith('/people'))).toHaveLength(1);
  });
});

describe('the budget of a credential', () => {
  it('is asked for before each call, and a turn that comes later is a wait that counts as no failure', async () => {
    const turns = [null, NOW + 4_000];
    const declaration = cursorSample('c');
    const http = vendor(() => ({ body: { list: [{ id: '1' }], next: 'x' } }));
    const from = reader(declaration, http, { turn: async () => turns.shift() ?? null });

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

describe('a list that goes in circles', () => {
  const declaration = cursorSample('c');

  it.each([1, 2, 16, 17, 100])(
    'of %i places is detected, though its people differ',
    async (length) => {
      let n = 0;
      const http = vendor(() => ({
        body: { list: [{ id: String(n++) }], next: `c${String(n % length)}` },
      }));

      const { last } = await readAll(declaration, http);

      expect(last).toEqual({
        kind: 'restart',
        reason: 'Sample gives a place in the list that it gave before.',
      });
      expect(http.calls.length).toBeLessThan(length * 4 + 4);
    },
  );

  it('is detected by its people, though its places differ', async () => {
    let n = 0;
    const http = vendor(() => ({
      body: { list: [{ id: '1' }, { id: '2' }], next: `c${String(n++)}` },
    }));

    expect((await readAll(declaration, http)).last).toEqual({
      kind: 'restart',
      reason: 'Sample gives the same page again.',
    });
  });

  it('of empty pages is detected, and a few empty pages are none', async () => {
    let n = 0;
    const empty = vendor(() => ({ body: { list: [], next: `c${String(n++)}` } }));
    const few = vendor((_, url) => {
      const at = Number(url.searchParams.get('c') ?? 0);
      return { body: { list: at === 5 ? [{ id: '1' }] : [], next: at < 5 ? at + 1 : null } };
    });

    expect((await readAll(declaration, empty)).last.kind).toBe('restart');
    expect((await readAll(declaration, few)).ids).toEqual(['1']);
  });
});
