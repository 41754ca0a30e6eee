import { connectorType } from '../../../connectors/vendors';
import type { DialectName } from '../../../connectors/fake/dialects';
import { DIALECTS } from '../../../connectors/fake/dialects';
import { fakePeople } from '../../../connectors/fake/people';
import type { PageState } from '../../../connectors/engine/state';
import { openFake, readAll, type Opened } from './support';

const VENDORS = Object.keys(DIALECTS) as DialectName[];
const PEOPLE = fakePeople(47);
/** Vendors that send everybody at once. */
const UNPAGED: readonly DialectName[] = ['hibob', 'workdayRaas'];
const isCounted = (vendor: DialectName): boolean =>
  connectorType(vendor)?.limits.budget !== undefined;
const PAGED = VENDORS.filter((vendor) => !UNPAGED.includes(vendor) && !isCounted(vendor));
const COUNTED = VENDORS.filter((vendor) => !UNPAGED.includes(vendor) && isCounted(vendor));

async function opened<T>(
  vendor: DialectName,
  ahead: boolean,
  use: (o: Opened) => Promise<T>,
): Promise<T> {
  const o = await openFake({ vendor, ahead, people: PEOPLE, pageSize: 10 });
  try {
    return await use(o);
  } finally {
    await o.close();
  }
}

const requestsOf = (vendor: DialectName, ahead: boolean): Promise<readonly string[]> =>
  opened(vendor, ahead, async (o) => {
    const read = await readAll(o);
    expect(read).toMatchObject({ complete: true, ids: PEOPLE.map(({ id }) => id) });
    return o.fake.requests;
  });

/**
 * Calls while the second page is read (the next one is fetched ahead), and while the next one is
 * read.
 */
const callsOf = (vendor: DialectName): Promise<{ early: number; later: number }> =>
  opened(vendor, true, async ({ fake, reader }) => {
    const first = await reader.next(reader.begin({ mode: 'full', cursor: null }));
    const calls = fake.requests.length;
    if (first.kind !== 'page' || first.state === null) throw new Error(first.kind);
    const second = await reader.next(first.state, { ahead: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const early = fake.requests.length - calls;
    if (second.kind !== 'page' || second.state === null) throw new Error(second.kind);
    await reader.next(JSON.parse(JSON.stringify(second.state)) as PageState);
    return { early, later: fake.requests.length - calls - early };
  });

describe('a page ahead', () => {
  it.each(VENDORS)('%s: a complete read makes the same calls as one without it', async (vendor) => {
    const without = await requestsOf(vendor, false);

    const ahead = await requestsOf(vendor, true);

    expect([...ahead].sort()).toEqual([...without].sort());
  });

  it.each(PAGED)('%s: is asked for before the page before it is returned', async (vendor) => {
    const { early, later } = await callsOf(vendor);

    expect(early).toBeGreaterThanOrEqual(2);
    expect(later).toBe(0);
  });

  it.each(COUNTED)('%s: is not asked for early where calls are counted', async (vendor) => {
    const { early, later } = await callsOf(vendor);

    expect(early).toBe(1);
    expect(later).toBeGreaterThanOrEqual(1);
  });

  it('is forgotten when another place is asked for: that place is read', async () => {
    const ids = await opened('scim', true, async ({ reader }) => {
      const begin = reader.begin({ mode: 'full', cursor: null });
      await reader.next(begin, { ahead: true });
      const again = await reader.next(begin);
      return again.kind === 'page' ? again.records.map(({ externalId }) => externalId) : [];
    });

    expect(ids).toEqual(PEOPLE.slice(0, 10).map(({ id }) => id));
  });

  it('reports its fault when it is read, not before', async () => {
    const o = await openFake({
      vendor: 'merge',
      people: PEOPLE,
      pageSize: 10,
      mischief: [{ kind: 'throttle_429_seconds', from: 2 }],
    });
    const first = await o.reader.next(o.reader.begin({ mode: 'full', cursor: null }), {
      ahead: true,
    });
    if (first.kind !== 'page' || first.state === null) throw new Error(first.kind);

    const second = await o.reader.next(first.state, { ahead: true });
    await o.close();

    expect(first.records).toHaveLength(10);
    expect(second).toMatchObject({ kind: 'wait', reason: 'throttled' });
  });
});
