import type { DialectName } from '../../../connectors/fake/dialects';
import { DIALECTS } from '../../../connectors/fake/dialects';
import type { Misbehaviour } from '../../../connectors/fake/misbehaviours';
import { MISBEHAVIOURS } from '../../../connectors/fake/misbehaviours';
import { fakePeople } from '../../../connectors/fake/people';
import { readFake } from './support';
import { stepWords } from '../../support/words';

const VENDORS = Object.keys(DIALECTS) as DialectName[];
const KINDS = Object.keys(MISBEHAVIOURS) as Misbehaviour[];
const UNPAGED: readonly string[] = ['hibob', 'workdayRaas'];
const TOKENS: readonly string[] = ['personio', 'gusto', 'salesforce', 'entra'];
const COUNTED: readonly string[] = [
  'bamboohr',
  'personio',
  'scim',
  'salesforce',
  'gusto',
  'restGeneric',
  'odata',
];
const LINKED: readonly string[] = ['salesforce', 'entra', 'rippling', 'odata'];
const CURSORS: readonly string[] = [...LINKED, 'hubspot', 'merge'];

const run = (
  vendor: DialectName,
  kind: Misbehaviour,
  { ahead = false, ...more }: { from?: number; times?: number; ahead?: boolean } = {},
): ReturnType<typeof readFake> =>
  readFake({
    vendor,
    ahead,
    people: fakePeople(35),
    pageSize: 10,
    mischief: [{ kind, from: UNPAGED.includes(vendor) ? 1 : 2, ...more }],
    http: {
      ...(kind === 'slow_drip' ? { totalMs: 60 } : {}),
      ...(kind === 'huge_body' ? { maxBytes: 1024 * 1024 } : {}),
    },
  });

/** Vendors without a total, where a page that leaves rows out cannot be noticed. */
const UNPROVABLE: ReadonlySet<string> = new Set(
  VENDORS.filter((vendor) => !COUNTED.includes(vendor)).flatMap((vendor) => [
    `${vendor} truncated_page`,
    ...(UNPAGED.includes(vendor) ? [] : [`${vendor} empty`]),
  ]),
);

const EVERY = VENDORS.flatMap((vendor) => KINDS.map((kind) => [vendor, kind] as const)).filter(
  ([vendor, kind]) => !UNPROVABLE.has(`${vendor} ${kind}`),
);

describe.each([
  ['whatever a vendor does', false],
  ['whatever a vendor does, with the next page asked for ahead', true],
])('%s', (_, ahead) => {
  it.each(EVERY)(
    '%s, %s: nobody is missing from a read that says it is complete',
    async (vendor, kind) => {
      const read = await run(vendor, kind, { ahead });

      const missing = read.stayed.filter((id) => !read.ids.includes(id));
      if (read.complete) expect(missing).toEqual([]);
      else expect(read.fault?.code ?? read.why).toMatch(/^[a-z_]+$/);
      expect(read.why === 'proved').toBe(read.complete);
    },
  );
});

describe('a vendor that throttles', () => {
  it.each([
    ['throttle_429_seconds', 3_000],
    ['throttle_429_date', 9_000],
    ['throttle_429_none', 750],
  ] as const)('%s: is called again when it said', async (kind, ms) => {
    const read = await run('scim', kind);

    expect(read.waits).toEqual([{ reason: 'throttled', ms, throttled: true }]);
    expect(read).toMatchObject({ complete: true, ids: read.truth });
  });

  it.each([
    ['bamboohr', 7_000],
    ['hibob', 20_000],
    ['gusto', 15_000],
    ['salesforce', 45_000],
    ['personio', 750],
  ] as const)('%s: its own way is understood', async (vendor, ms) => {
    const read = await run(vendor, 'throttle_vendor');

    expect(read.waits).toEqual([{ reason: 'throttled', ms, throttled: true }]);
    expect(read).toMatchObject({ complete: true, ids: read.truth });
  });

  it('is not called for ever', async () => {
    const read = await run('scim', 'throttle_429_seconds', { times: 1_000 });

    expect(read.fault?.code).toBe('source_failing');
    expect(read.waits).toHaveLength(49);
  });
});

describe('a vendor that fails for a while', () => {
  it.each(
    VENDORS.flatMap((vendor) =>
      (['down_503', 'server_error', 'cut_body', 'html', 'no_body'] as const).map(
        (kind) => [vendor, kind] as const,
      ),
    ),
  )('%s, %s: is asked again, and then read completely', async (vendor, kind) => {
    const read = await run(vendor, kind);

    expect(read.waits).toHaveLength(1);
    expect(read.waits[0]?.throttled).toBe(false);
    expect(read).toMatchObject({ complete: true, ids: read.truth, fault: null });
  });

  it.each([
    ['server_error', 'source_failing'],
    ['html', 'source_not_data'],
    ['cut_body', 'source_not_data'],
    ['no_body', 'source_not_data'],
  ] as const)('%s: is given up after six tries', async (kind, code) => {
    const read = await run('scim', kind, { times: 1_000 });

    expect(read.fault).toMatchObject({ kind: 'unavailable', code });
    expect(read.waits).toHaveLength(5);
    expect(read.waits.map(({ ms }) => ms)).toEqual([750, 1_500, 3_000, 6_000, 12_000]);
  });
});

describe('credentials', () => {
  it.each(VENDORS)('%s: refused for good is a fault of their own', async (vendor) => {
    const read = await run(vendor, 'revoked_401');

    expect(read.fault).toMatchObject({ kind: 'forbidden', code: 'credentials_refused' });
    expect(read.complete).toBe(false);
  });

  it.each(TOKENS as DialectName[])('%s: a token that ended early is renewed', async (vendor) => {
    const read = await run(vendor, 'unauthorized_401');

    expect(read.waits).toEqual([]);
    expect(read).toMatchObject({ complete: true, ids: read.truth, fault: null });
  });

  it.each(VENDORS)('%s: what may not be read names its page', async (vendor) => {
    const read = await run(vendor, 'forbidden_403');

    expect(read.fault).toMatchObject({ kind: 'forbidden', code: 'access_refused' });
    expect(stepWords(read.fault?.next)).toContain(`docs/connectors/${vendor}.md`);
  });
});

describe('a list that cannot be trusted', () => {
  it.each(COUNTED as DialectName[])('%s: rows left out of a page are noticed', async (vendor) => {
    const read = await run(vendor, 'truncated_page');

    if (read.complete) expect(read.ids).toEqual(read.truth);
    else expect(['total_differs', 'rows_moved']).toContain(read.why);
  });

  it.each(COUNTED.filter((vendor) => vendor !== 'odata') as DialectName[])(
    '%s: a total that drifts proves nothing',
    async (vendor) => {
      const read = await run(vendor, 'drifting_total');

      expect(read.why).toBe('total_moved');
    },
  );

  it.each(['bamboohr', 'personio', 'scim', 'gusto', 'restGeneric'] as const)(
    '%s: a row that moves to a page that was read already is noticed though the total stands',
    async (vendor) => {
      const read = await run(vendor, 'moved_row');

      expect(read.stayed.filter((id) => !read.ids.includes(id)).length).toBeGreaterThan(0);
      expect(read).toMatchObject({ complete: false, why: 'rows_moved' });
    },
  );

  it.each(CURSORS as DialectName[])('%s: a repeated place ends the read', async (vendor) => {
    const read = await run(vendor, 'repeated_cursor');

    expect(read.fault?.code).toBe('listing_unstable');
    expect(read.restarts).toHaveLength(2);
    expect(read.states.length).toBeLessThan(40);
  });

  it.each(VENDORS)('%s: an answer without a list is no empty list', async (vendor) => {
    const read = await run(vendor, 'no_list');

    expect(read.fault?.code).toBe('no_list');
  });

  it.each(VENDORS)('%s: nobody at all where there were many is not complete', async (vendor) => {
    const read = await run(vendor, 'empty', { from: 1 });

    expect(read).toMatchObject({ complete: false, why: 'empty_read', ids: [] });
    expect(read.listing?.complete).toBe(false);
  });

  it.each(['salesforce', 'entra', 'odata'] as const)(
    '%s: a place that expired starts the list again',
    async (vendor) => {
      const read = await run(vendor, 'expired_cursor');

      expect(read.restarts).toHaveLength(1);
      expect(read).toMatchObject({ complete: true, ids: read.truth });
    },
  );

  it.each(['bamboohr', 'rippling'] as const)(
    '%s: a withheld field is no opinion',
    async (vendor) => {
      const read = await run(vendor, 'withheld', { from: 1 });
      const { field = '' } = (DIALECTS[vendor] as { withhold?: { field: string } }).withhold ?? {};

      expect(read.complete).toBe(true);
      expect(read.records.filter((record) => field in record.fields)).toEqual([]);
      expect(read.listing?.coverage[field] ?? 0).toBe(0);
      expect(read.listing?.withheld[field] ?? 0).toBe(vendor === 'rippling' ? 35 : 0);
    },
  );
});

describe('where a vendor may lead a call', () => {
  it.each(LINKED as DialectName[])(
    '%s: a next link to another host is not followed',
    async (vendor) => {
      const read = await run(vendor, 'foreign_link');

      expect(read.fault).toMatchObject({ kind: 'invalid', code: 'link_refused' });
      expect(read.fault?.message).toContain('elsewhere.example');
    },
  );

  it.each(VENDORS)('%s: a redirect to another host is not followed', async (vendor) => {
    const read = await run(vendor, 'redirect');

    expect(read.fault?.code).toBe('redirect_refused');
  });

  it('is not read without a limit in size and in time', async () => {
    const huge = await run('scim', 'huge_body');
    const slow = await run('scim', 'slow_drip');

    expect(huge.fault?.code).toBe('answer_too_large');
    expect(slow.fault?.code).toBe('source_timeout');
  });
});
