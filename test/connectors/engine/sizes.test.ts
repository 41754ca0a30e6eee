import type { DialectName } from '../../../connectors/fake/dialects';
import { DIALECTS } from '../../../connectors/fake/dialects';
import { fakePeople } from '../../../connectors/fake/people';
import type { PageState } from '../../../connectors/engine/state';
import { MAX_STATE_BYTES } from '../../../connectors/engine/state';
import { openFake, readFake } from './support';

const SIZE = 10;
const VENDORS = Object.keys(DIALECTS) as DialectName[];

describe.each(VENDORS)('%s', (vendor) => {
  it.each([1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 2 * SIZE + 1])(
    'reads a list of %i people to its end',
    async (count) => {
      const read = await readFake({ vendor, people: fakePeople(count), pageSize: SIZE });

      expect(read.fault).toBeNull();
      expect(read.ids).toEqual(read.truth);
      expect(read.records).toHaveLength(count);
      expect({ complete: read.complete, why: read.why }).toEqual({ complete: true, why: 'proved' });
    },
  );

  it('never takes a list of nobody for a complete one', async () => {
    const read = await readFake({ vendor, people: [], pageSize: SIZE });

    expect(read.fault).toBeNull();
    expect(read.records).toEqual([]);
    expect(read.why).toBe('empty_read');
  });

  it('continues in another process after any page, from a small state', async () => {
    const opened = await openFake({ vendor, people: fakePeople(47), pageSize: SIZE });
    const ids: (string | null)[] = [];
    let complete: boolean | undefined;
    let state: PageState | null = opened.reader.begin({ mode: 'full', cursor: null });
    while (state !== null) {
      const kept = JSON.stringify(state);
      expect(kept.length).toBeLessThan(MAX_STATE_BYTES / 4);
      const result = await opened.another().next(JSON.parse(kept) as PageState);
      if (result.kind !== 'page') throw new Error(result.kind);
      ids.push(...result.records.map(({ externalId }) => externalId));
      complete = result.listing?.complete;
      state = result.state;
    }
    await opened.close();

    expect(ids).toEqual(fakePeople(47).map(({ id }) => id));
    expect(complete).toBe(true);
  });
});
