import type { DialectName } from '../../../connectors/fake/dialects';
import { DIALECTS } from '../../../connectors/fake/dialects';
import { fakePeople } from '../../../connectors/fake/people';
import { readFake } from './support';

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

  it('never takes a list of nobody for a whole one', async () => {
    const read = await readFake({ vendor, people: [], pageSize: SIZE });

    expect(read.fault).toBeNull();
    expect(read.records).toEqual([]);
    expect(read.why).toBe('empty_read');
  });
});
