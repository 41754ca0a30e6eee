import { MAP, answering, NOW, reader, readOn, readAll, sample, vendor, type Reply } from './sample';

describe('a status that the connector does not name', () => {
  it.each([
    ['hold', 'unknown'],
    ['keep', null],
  ] as const)('where it says %s, is %s', async (unknown, status) => {
    const declaration = sample();
    const map = { ...declaration.map, status: { ...declaration.map.status, unknown } };
    const body = {
      list: [
        { id: '1', status: 'onward' },
        { id: '2', status: 'ON' },
      ],
    };
    const { results } = await readAll({ ...declaration, map }, answering({ body }));

    expect(results).toMatchObject([
      { records: [{ status, sourceStatus: 'onward' }, { status: 'active' }] },
    ]);
  });
});

describe('ids', () => {
  const declaration = sample();

  it('beyond 2^53 keep their digits, so that two people stay two', async () => {
    const body =
      '{"list":[{"id":12345678901234567890},{"id":12345678901234567891},{"id":9007199254740993,"title":9007199254740993},{"id":9007199254740992}]}';

    const { ids, results } = await readAll(declaration, answering({ body }));

    expect(ids).toEqual([
      '12345678901234567890',
      '12345678901234567891',
      '9007199254740993',
      '9007199254740992',
    ]);
    expect(results).toMatchObject([
      { records: [{}, {}, { fields: { jobTitle: '9007199254740993' } }, {}] },
    ]);
  });

  it('that are no whole number, or that are not there, are unreadable', async () => {
    const body = '{"list":[{"id":1.5},{"id":""},{"email":"a@x.example"},{"id":7}]}';

    expect((await readAll(declaration, answering({ body }))).ids).toEqual([null, null, null, '7']);
  });

  it('that hold U+0000 are unreadable, and a status is kept without it', async () => {
    const body = { list: [{ id: '1\0' }, { id: '2', status: 'on\0ward' }] };

    const { results, ids } = await readAll(declaration, answering({ body }));

    expect(ids).toEqual([null, '2']);
    expect(JSON.stringify(results)).not.toContain('\\u0000');
  });

  it('that appear twice on a page prove nothing where rows are counted', async () => {
    const counted = sample({ complete: { by: 'totalEquals', total: '/total' } });
    const http = vendor(() => ({ body: { list: [{ id: '1' }, { id: '1' }], total: 2 } }));
    const { last } = await readAll(counted, http);

    expect(last).toMatchObject({ listing: { complete: false, why: 'repeated_rows' } });
  });
});

describe('the time from which changes are read next', () => {
  const declaration = sample(
    {},
    {
      name: 'changes',
      since: {
        type: 'time',
        send: { in: 'query', name: 'since' },
        format: 'iso',
        overlapMs: 60_000,
        field: '/changed',
      },
    },
  );
  const HOUR = 3_600_000;
  const before = { kind: 'time', at: NOW - HOUR, takenAt: NOW - HOUR } as const;
  const iso = (time: number): string => new Date(time).toISOString();
  const cursorAfter = async (
    reply: Reply,
    mode: 'full' | 'changes' = 'changes',
  ): Promise<unknown> => {
    const read = await readOn(reader(declaration, answering(reply)), { mode, cursor: before });
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

  it('that is ahead of our clock even so asks for a full read', async () => {
    const at = NOW + 24 * HOUR;
    const http = vendor(() => changedAt(NOW));

    const { last } = await readOn(reader(declaration, http), {
      mode: 'changes',
      cursor: { kind: 'time', at, takenAt: at },
    });

    expect(last.kind).toBe('full');
    expect(http.calls).toEqual([]);
  });

  it('stays five minutes behind our own clock where the vendor sends none', async () => {
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
    const declaration = sample();
    const body = {
      list: [
        { id: '1' },
        { id: '2', title: null, email: null },
        { id: '3', title: ' ', email: 'a@x.example' },
      ],
    };
    const { results } = await readAll(declaration, answering({ body }));

    expect(results[0]).toMatchObject({
      listing: { coverage: { email: 1, jobTitle: 0, status: 3 } },
    });
    expect(results[0]?.kind === 'page' && results[0].records.map(({ fields }) => fields)).toEqual([
      {},
      { jobTitle: null },
      { jobTitle: null, email: 'a@x.example' },
    ]);
  });

  it('that nobody has is counted as 0; one that is withheld from everybody is not counted', async () => {
    const declaration = sample({
      map: {
        ...MAP,
        fields: {
          email: { from: '/email' },
          jobTitle: { from: '/title' },
          department: { from: '/department' },
          location: { from: '/location' },
        },
        withheld: '/hidden',
      },
    });
    const body = {
      list: [
        { id: '1', email: 'a@x.example', hidden: ['department', 'location'] },
        { id: '2', title: '', hidden: ['department'] },
      ],
    };
    const { results } = await readAll(declaration, answering({ body }));

    expect(results[0]?.kind === 'page' && results[0].listing?.coverage).toEqual({
      email: 1,
      jobTitle: 0,
      location: 0,
      status: 2,
    });
  });
});
