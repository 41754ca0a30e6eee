import type { DialectName } from '../../../connectors/fake/dialects';
import { HUBSPOT_CEILING } from '../../../connectors/fake/dialects/directory';
import { fakePeople, fakePerson } from '../../../connectors/fake/people';
import { connectorType } from '../../../connectors/vendors';
import type { Connector } from '../../../connectors/declaration/schema';
import type { Cursor, PageState } from '../../../connectors/engine/state';
import type { Opened } from './support';
import { openFake, readAll } from './support';

const MINUTE = 60_000;
const opened: Opened[] = [];
const open = async (...args: Parameters<typeof openFake>): Promise<Opened> => {
  const one = await openFake(...args);
  opened.push(one);
  return one;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const VENDORS: readonly DialectName[] = [
  'bamboohr',
  'personio',
  'hubspot',
  'salesforce',
  'entra',
  'merge',
];

async function fullCursor(source: Opened): Promise<Cursor> {
  const full = await readAll(source);
  expect(full).toMatchObject({ complete: true });
  return full.listing!.cursorNext!;
}

describe.each(VENDORS)('changes of %s', (vendor) => {
  it('are who changed since the full read, and then nobody but the overlap', async () => {
    const source = await open({ vendor, people: fakePeople(30) });
    const { fake, now } = source;
    const cursor = await fullCursor(source);

    now.ms += 60 * MINUTE;
    fake.world.put(fakePerson(3, { jobTitle: 'Chief', modifiedAt: now.ms }));
    fake.world.put(fakePerson(99, { modifiedAt: now.ms }));
    now.ms += MINUTE;
    const first = await readAll(source, { mode: 'changes', cursor });
    now.ms += 120 * MINUTE;
    const second = await readAll(source, { mode: 'changes', cursor: first.listing!.cursorNext });
    now.ms += 120 * MINUTE;
    const third = await readAll(source, { mode: 'changes', cursor: second.listing!.cursorNext });

    expect([...first.ids].sort()).toEqual(['10003', '10099']);
    expect(first.records.find(({ externalId }) => externalId === '10003')?.fields.jobTitle).toBe(
      'Chief',
    );
    expect(first).toMatchObject({ complete: true, why: 'proved' });
    // At most the same two again: nobody else changed.
    expect(['10003', '10099']).toEqual(expect.arrayContaining([...second.ids]));
    expect(third.listing!.cursorNext).not.toBeNull();
  });

  it('miss nobody whose change is stamped five minutes behind or ahead of our clock', async () => {
    for (const skew of [-5 * MINUTE, 5 * MINUTE]) {
      const source = await open({ vendor, people: fakePeople(12) });
      const { fake, now } = source;
      let { cursor } = { cursor: (await fullCursor(source)) as Cursor | null };
      const seen = new Set<string>();

      for (let round = 0; round < 6; round++) {
        now.ms += 20 * MINUTE;
        // Delta links are the vendor's own clock: it cannot be skewed against itself.
        const stamp = now.ms + (vendor === 'entra' ? 0 : skew);
        fake.world.put(fakePerson(200 + round, { modifiedAt: stamp }));
        const read = await readAll(source, { mode: 'changes', cursor });
        for (const id of read.ids) seen.add(id);
        cursor = read.listing!.cursorNext;
      }
      now.ms += 20 * MINUTE;
      const last = await readAll(source, { mode: 'changes', cursor });
      for (const id of last.ids) seen.add(id);

      for (let round = 0; round < 6; round++) expect(seen).toContain(String(10_200 + round));
    }
  });

  it('go on from a stored state, wherever the reader was killed', async () => {
    const source = await open({ vendor, people: fakePeople(5) });
    const cursor = await fullCursor(source);
    const { now } = source;
    now.ms += 60 * MINUTE;
    for (let n = 0; n < 33; n++)
      source.fake.world.put(fakePerson(300 + n, { modifiedAt: now.ms + n }));
    now.ms += 30 * MINUTE;
    const whole = await readAll(source, { mode: 'changes', cursor });

    const kept: string[] = [];
    let state: PageState | null = source.reader.begin({ mode: 'changes', cursor });
    while (state !== null) {
      // Another process: it has nothing of the reader's memory.
      const other = await open({ vendor, people: source.fake.world.people(), now });
      // Links and tokens contain the address of the fake that issued them.
      const moved = JSON.parse(
        JSON.stringify(state).replaceAll(source.fake.host, other.fake.host),
      ) as PageState;
      const again = await other.reader.next(moved);
      const page = await other.reader.next(moved);
      if (page.kind !== 'page' || again.kind !== 'page') throw new Error(page.kind);
      expect(again.records).toEqual(page.records);
      kept.push(...page.records.map(({ externalId }) => externalId!));
      const next: string = JSON.stringify(page.state).replaceAll(other.fake.host, source.fake.host);
      state = JSON.parse(next) as PageState | null;
      await other.close();
      opened.pop();
    }

    expect(new Set(kept)).toEqual(new Set(whole.ids));
    expect(whole.ids).toHaveLength(33);
  });
});

describe('a cursor', () => {
  it('that the vendor no longer knows asks for a full read', async () => {
    const source = await open({
      vendor: 'entra',
      people: fakePeople(12),
      mischief: [{ kind: 'expired_cursor', from: 3 }],
    });
    const cursor = await fullCursor(source);

    expect(await readAll(source, { mode: 'changes', cursor })).toMatchObject({ end: 'full' });
  });

  it('older than the vendor keeps changes asks for a full read, without a call', async () => {
    const source = await open({ vendor: 'entra', people: fakePeople(12) });
    const cursor = await fullCursor(source);
    const calls = source.fake.requests.length;
    source.now.ms += 7 * 24 * 60 * MINUTE;

    const read = await readAll(source, { mode: 'changes', cursor });

    expect(read.end).toBe('full');
    expect(source.fake.requests).toHaveLength(calls);
  });

  it('does not move where the changes were not read completely', async () => {
    const source = await open({
      vendor: 'salesforce',
      people: fakePeople(12),
      mischief: [{ kind: 'truncated_page', from: 3 }],
    });
    const cursor = await fullCursor(source);
    source.now.ms += 60 * MINUTE;
    for (let n = 0; n < 4; n++) source.fake.world.put(fakePerson(n, { modifiedAt: source.now.ms }));

    const read = await readAll(source, { mode: 'changes', cursor });

    expect(read.listing).toMatchObject({ complete: false, why: 'total_differs', cursorNext: null });
  });
});

describe('a search with a limit of rows', () => {
  const LIMIT = 60;
  const small: Connector = JSON.parse(
    JSON.stringify(connectorType('hubspot')).replace('9800', String(LIMIT - 10)),
  ) as Connector;
  beforeAll(() => {
    HUBSPOT_CEILING.rows = LIMIT;
  });
  afterAll(() => {
    HUBSPOT_CEILING.rows = 10_000;
  });

  it.each([
    ['spread over times', (n: number) => n],
    ['in clumps of 25 on one time', (n: number) => Math.floor(n / 25) * 1_000],
    ['all on one single time', () => 0],
  ])('is read beyond them: %s', async (_, offset) => {
    const source = await open({ vendor: 'hubspot', connector: small, people: fakePeople(3) });
    const cursor = await fullCursor(source);
    source.now.ms += 60 * MINUTE;
    const changed = Array.from({ length: 400 }, (_, n) =>
      fakePerson(1_000 + n, { modifiedAt: source.now.ms + offset(n) }),
    );
    for (const person of changed) source.fake.world.put(person);
    source.now.ms += 60 * MINUTE;

    const read = await readAll(source, { mode: 'changes', cursor });

    expect(read.fault).toBeNull();
    expect(new Set(read.ids)).toEqual(new Set(changed.map(({ id }) => id)));
    expect(read).toMatchObject({ complete: true });
  });
});

describe('a person who is gone', () => {
  it('is reported by BambooHR among the changes', async () => {
    const source = await open({ vendor: 'bamboohr', people: fakePeople(5) });
    const cursor = await fullCursor(source);
    source.now.ms += 60 * MINUTE;
    source.fake.world.put(fakePerson(2, { deleted: true, modifiedAt: source.now.ms }));

    const read = await readAll(source, { mode: 'changes', cursor });

    expect(read.records).toMatchObject([{ externalId: '10002', deleted: 'hard', fields: {} }]);
  });

  it('is reported by Entra as removed, by HubSpot as archived, by Salesforce with the successor', async () => {
    const people = [...fakePeople(3), fakePerson(7, { deleted: true, mergedInto: '10001' })];
    const hubspot = await readAll(
      await open({
        vendor: 'hubspot',
        people: [
          ...fakePeople(3),
          fakePerson(7, { deleted: true }),
          fakePerson(8, { mergedIds: ['9', '11'] }),
        ],
      }),
    );
    const salesforce = await readAll(await open({ vendor: 'salesforce', people }));
    const entra = await open({ vendor: 'entra', people: fakePeople(3) });
    const cursor = await fullCursor(entra);
    entra.now.ms += MINUTE;
    entra.fake.world.put(fakePerson(1, { deleted: true, modifiedAt: entra.now.ms }));
    const removed = await readAll(entra, { mode: 'changes', cursor });

    expect(hubspot.records.filter(({ deleted }) => deleted !== null)).toMatchObject([
      { externalId: '10007', deleted: 'soft' },
    ]);
    expect(hubspot.records.find(({ externalId }) => externalId === '10008')?.aliases).toEqual([
      '9',
      '11',
    ]);
    expect(salesforce.records.find(({ externalId }) => externalId === '10007')).toMatchObject({
      deleted: 'soft',
      mergedInto: '10001',
    });
    expect(removed.records).toMatchObject([{ externalId: '10001', deleted: 'soft' }]);
  });

  it.each([
    'bamboohr',
    'hibob',
    'scim',
    'hubspot',
    'salesforce',
    'entra',
    'rippling',
    'gusto',
    'merge',
  ] as const)('%s can be asked for by id', async (vendor) => {
    const source = await open({ vendor, people: fakePeople(5) });

    expect(await source.reader.one('10003')).toMatchObject({
      kind: 'found',
      record: { externalId: '10003', fields: { email: 'p10003@staff.example' }, status: 'active' },
    });
    expect(await source.reader.one('10077')).toEqual({ kind: 'gone' });
  });

  it('cannot be asked for where the connector does not say how', async () => {
    const source = await open({ vendor: 'odata', people: fakePeople(1) });

    expect(source.reader.can).toEqual({ changes: false, one: false });
    expect(await source.reader.one('10000')).toEqual({ kind: 'cannot', why: 'not_declared' });
  });
});

describe('a refresh token that the vendor replaces', () => {
  it('is returned before it is used', async () => {
    const source = await open({ vendor: 'gusto', people: fakePeople(3) });

    await readAll(source);

    expect(source.secretsChanged).toEqual([
      ['refreshToken', expect.stringMatching(/^gusto-refresh-/)],
    ]);
  });
});
