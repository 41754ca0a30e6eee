import type { Connector, ReadDeclaration } from '../../../connectors/declaration/schema';
import { Fault } from '../../../domain/faults';
import { answering, cursorSample, NOW, readAll, reader, readOn, sample, vendor } from './sample';

/** The fault that a read ends with. */
async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(() => new Error('it was read')).catch((e: unknown) => e);
  if (error instanceof Fault) return error;
  throw error;
}

describe('a next link', () => {
  const linked = (more: Partial<Connector> = {}): Connector => ({
    ...sample({ page: { type: 'nextUrl', from: '/next' } }),
    ...more,
  });
  const after = (next: unknown) =>
    vendor((_, url) =>
      url.search === ''
        ? { body: { list: [{ id: '1' }], next } }
        : { body: { list: [{ id: '2' }] } },
    );

  it.each([
    ['http://vendor.example/api/people?page=2'],
    ['http://vendor.example:80/api/people?page=2'],
    ['http://vendor.example:443/api/people?page=2'],
    ['people?page=2'],
    ['/api/people?page=2'],
  ])('%s is asked by https', async (next) => {
    const urls: string[] = [];
    const http = vendor(({ url }, { search }) => {
      urls.push(url);
      return { body: search === '' ? { list: [{ id: '1' }], next } : { list: [{ id: '2' }] } };
    });

    const { ids } = await readAll(linked(), http);

    expect(ids).toEqual(['1', '2']);
    expect(urls[1]).toBe('https://vendor.example/api/people?page=2');
  });

  it.each([
    ['https://other.example/p', 'to another host, other.example'],
    ['http://other.example/p', 'to another host, other.example and by http instead of https'],
    ['https://vendor.example:8443/p', 'to another port, 8443 instead of 443'],
    [
      'http://vendor.example:8000/p',
      'to another port, 8000 instead of 443 and by http instead of https',
    ],
    ['ftp://vendor.example/p', 'by ftp instead of https'],
    ['javascript:alert(1)', 'by javascript, which is not followed'],
    ['https://', 'that is no address'],
  ])('%s is refused, and the reason names what differs', async (next, what) => {
    const http = after(next);

    const fault = await faultOf(readAll(linked(), http));

    expect(fault.code).toBe('link_refused');
    expect(fault.message).toContain(`vendor.example gives a next link ${what}`);
    expect(http.calls).toHaveLength(1);
  });

  it('to a port that the declaration names is followed', async () => {
    const http = after('https://vendor.example:8443/api/people?page=2');

    const { ids } = await readAll(linked({ allowHosts: ['vendor.example:8443'] }), http);

    expect(ids).toEqual(['1', '2']);
  });

  it('of a source with a port of its own keeps that port', async () => {
    const base = { baseUrl: 'https://vendor.example:8443/api' };
    const to = after('http://vendor.example:8443/api/people?page=2');

    expect((await readAll(linked(base), to)).ids).toEqual(['1', '2']);

    const fault = await faultOf(readAll(linked(base), after('http://vendor.example/p')));
    expect(fault.message).toContain('to another port, 80 instead of 8443 and by http');
  });

  it('to changes is kept with https', async () => {
    const declaration = sample(
      {},
      { name: 'delta', since: { type: 'deltaLink', from: '/delta', expired: [] } },
    );
    const http = answering({
      body: { list: [{ id: '1' }], delta: 'http://vendor.example/api/delta?t=1' },
    });

    const { last } = await readAll(declaration, http);

    expect(last).toMatchObject({
      listing: { cursorNext: { kind: 'link', url: 'https://vendor.example/api/delta?t=1' } },
    });
  });
});

describe('the end of a list', () => {
  const ending = (end: unknown) =>
    vendor((_, url) =>
      url.search === ''
        ? { body: { list: [{ id: '1' }], next: 'n2' } }
        : { body: { list: [{ id: '2' }], next: end } },
    );

  it.each([[false], [null], [''], [' '], [undefined]])('is said by %p', async (end) => {
    const { ids, last } = await readAll(cursorSample('cursor'), ending(end));

    expect(ids).toEqual(['1', '2']);
    expect(last).toMatchObject({ listing: { complete: true } });
  });

  it.each([
    [-1, [-1]],
    ['-1', [-1]],
    ['END', ['END', 'none']],
    [true, [true]],
  ])('may be declared: %p', async (end, endWhen) => {
    const send = { in: 'query', name: 'cursor' } as const;
    const declaration = sample({ page: { type: 'cursor', from: '/next', send, endWhen } });

    const { ids } = await readAll(declaration, ending(end));

    expect(ids).toEqual(['1', '2']);
  });

  it('that is not declared and comes again is named', async () => {
    const { last } = await readAll(cursorSample('cursor'), ending(-1));

    expect(last).toEqual({
      kind: 'restart',
      reason: 'Sample gives a place in the list that it gave before (-1).',
    });
  });
});

describe('where a list should be', () => {
  const person = { id: '7', email: 'a@x.example', status: 'on' };
  const records = (more: object): Partial<ReadDeclaration> => ({
    records: { path: '/list', ...more },
  });

  it('a single person is said as it is, at once', async () => {
    const http = answering({ body: { list: person } });

    const fault = await faultOf(readAll(sample(), http));

    expect(fault).toMatchObject({
      code: 'no_list',
      message: 'Sample gives one person at /list, not a list of people.',
    });
    expect(JSON.stringify(fault.next)).toContain('single');
    expect(http.calls).toHaveLength(1);
  });

  it('a single person is a list of one where the declaration says so', async () => {
    const declaration = sample(records({ single: true }));

    expect((await readAll(declaration, answering({ body: { list: person } }))).ids).toEqual(['7']);
    expect((await readAll(declaration, answering({ body: { list: [person] } }))).ids).toEqual([
      '7',
    ]);
  });

  it.each([
    ['nothing', {}],
    ['null', { list: null }],
    ['an object', { list: {} }],
    ['a text', { list: '' }],
    ['a number', { list: 0 }],
  ])('%s is never nobody', async (what, body) => {
    for (const declaration of [sample(), sample(records({ single: true }))]) {
      const once = { ...declaration, limits: { maxTries: 1 } };

      const { message } = await faultOf(readAll(once, answering({ body })));

      expect(message).toBe(`Sample gives ${what} at /list where the connector expects a list.`);
    }
  });

  it('an object that is no person is a person who cannot be read, where a single one is declared', async () => {
    const http = answering({ body: { list: { error: 'x' } } });

    expect((await readAll(sample(records({ single: true })), http)).ids).toEqual([null]);
    expect((await faultOf(readAll({ ...sample(), limits: { maxTries: 1 } }, http))).code).toBe(
      'no_list',
    );
  });
});

describe('details of one person', () => {
  const ids = (enrich: object): Connector =>
    sample(
      {},
      {
        name: 'ids',
        request: { method: 'GET', path: '/changed' },
        since: {
          type: 'ids',
          send: { in: 'query', name: 'since' },
          format: 'iso',
          overlapMs: 0,
          id: '/id',
        },
        enrich: {
          request: { method: 'GET', path: '/people/{ids}' },
          key: '/id',
          missing: 'deleted',
          ...enrich,
        },
      },
    );
  const cursor = { kind: 'time', at: NOW - 1_000, takenAt: NOW - 1_000 } as const;
  const changes = (enrich: object, details: unknown) => {
    const declaration = { ...ids(enrich), limits: { maxTries: 1 } };
    const http = vendor((_, { pathname }) => ({
      body: pathname === '/api/changed' ? { list: [{ id: '7' }] } : details,
    }));
    return readOn(reader(declaration, http), { mode: 'changes', cursor });
  };
  const one = { record: '/data', request: { method: 'GET', path: '/people/{id}' } };
  const many = { batch: 10, records: '/data' };

  it.each([
    [one, { data: null }],
    [{ ...one, record: '/data/0' }, { data: [] }],
    [many, { data: [] }],
  ])('say that there is no such person: %j, %j', async (enrich, details) => {
    expect((await changes(enrich, details)).results).toMatchObject([
      { records: [{ externalId: '7', deleted: 'hard' }] },
    ]);
  });

  it.each([
    [one, {}],
    [{ ...one, record: '/data/0' }, {}],
    [{ ...one, record: '/data/0' }, { data: {} }],
    [many, {}],
    [many, { data: null }],
    [many, { data: { error: 'x' } }],
  ])('without the place of the record say nothing: %j, %j', async (enrich, details) => {
    const fault = await faultOf(changes(enrich, details));

    expect(fault).toMatchObject({ code: 'no_list' });
    expect(fault.message).toContain('where the connector expects details of people');
  });

  it('in a list of one that comes without the list are read', async () => {
    expect((await changes(many, { data: { id: '7', title: 'Chief' } })).results).toMatchObject([
      { records: [{ externalId: '7', deleted: null, fields: { jobTitle: 'Chief' } }] },
    ]);
  });

  it.each([
    [{}, { kind: 'cannot', why: 'no_record' }],
    [{ data: {} }, { kind: 'cannot', why: 'no_record' }],
    [{ data: [] }, { kind: 'gone' }],
  ])('asked for by id: %j', async (body, result) => {
    const request = { method: 'GET', path: '/people/{id}' } as const;
    const declaration = sample();
    const { full } = declaration.reads;
    const asked = reader(
      { ...declaration, reads: { full, one: { request, record: '/data/0' } } },
      answering({ body }),
    );

    expect(await asked.one('7')).toEqual(result);
  });
});

describe('changes in parts', () => {
  const declaration = sample(
    { page: { type: 'nextUrl', from: '/next' } },
    {
      name: 'delta',
      request: { method: 'GET', path: '/people' },
      page: { type: 'nextUrl', from: '/next' },
      since: { type: 'deltaLink', from: '/delta', expired: [] },
    },
  );
  const cursor = { kind: 'link', url: 'https://vendor.example/api/delta', takenAt: NOW } as const;

  it('of one person, on a page or over pages, end well and move the cursor', async () => {
    const http = vendor((_, { searchParams }) =>
      searchParams.has('p')
        ? { body: { list: [{ id: '1', title: 'Chief' }], delta: '/api/delta?t=2' } }
        : {
            body: {
              list: [
                { id: '1', email: 'a@x.example' },
                { id: '1', status: 'off' },
              ],
              next: '?p=2',
            },
          },
    );

    for (const mode of ['changes', 'full'] as const) {
      const { last, ids } = await readOn(reader(declaration, http), { mode, cursor });

      expect(ids).toEqual(['1', '1', '1']);
      expect(last).toMatchObject({
        listing: {
          complete: true,
          why: 'proved',
          cursorNext: { url: 'https://vendor.example/api/delta?t=2' },
        },
      });
    }
  });

  it('two pages of one person are not the same page again', async () => {
    const pages = ['Clerk', 'Chief', 'Boss'];
    const http = vendor((_, { searchParams }) => {
      const at = Number(searchParams.get('p') ?? 0);
      const end = at === 2 ? { delta: '/api/delta?t=2' } : { next: `?p=${String(at + 1)}` };
      return { body: { list: [{ id: '1', title: pages[at] }], ...end } };
    });

    const { ids } = await readAll(declaration, http);

    expect(ids).toEqual(['1', '1', '1']);
  });

  it('are counted as people where the system gives a total', async () => {
    const counted = sample({
      records: { path: '/list', partial: true },
      complete: { by: 'both', total: '/total' },
    });
    const http = answering({ body: { list: [{ id: '1' }, { id: '2' }, { id: '1' }], total: 2 } });

    const { last } = await readAll(counted, http);

    expect(last).toMatchObject({ listing: { complete: true, expectDistinct: 2 } });
  });
});
