import fc from 'fast-check';
import type { DialectName } from '../../../connectors/fake/dialects';
import { DIALECTS } from '../../../connectors/fake/dialects';
import type { Misbehaviour } from '../../../connectors/fake/misbehaviours';
import { fakePeople } from '../../../connectors/fake/people';
import { readFake } from './support';

const VENDORS = Object.keys(DIALECTS) as DialectName[];
const UNPAGED: readonly string[] = ['hibob', 'workdayRaas'];
const UNCOUNTED: readonly string[] = [...UNPAGED, 'hubspot', 'entra', 'rippling', 'merge'];
// prettier-ignore
const KINDS: readonly Misbehaviour[] = [
  'repeated_cursor', 'moved_row', 'drifting_total', 'truncated_page', 'cut_body', 'throttle_429_none',
  'throttle_vendor', 'down_503', 'unauthorized_401', 'expired_cursor', 'html', 'empty', 'server_error',
  'no_list', 'no_body', 'skew', 'foreign_link',
];
/** Losses that cannot be noticed where no total is sent. */
const UNSEEN: readonly string[] = ['truncated_page', 'empty'];

const mischief = fc.record({
  kind: fc.constantFrom(...KINDS),
  from: fc.integer({ min: 1, max: 5 }),
  times: fc.integer({ min: 1, max: 3 }),
});

describe('a read of any size, with pages of any size, whatever goes wrong', () => {
  it('is never called complete with a person missing, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...VENDORS),
        fc.integer({ min: 0, max: 45 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(mischief, { maxLength: 3 }),
        fc.boolean(),
        async (vendor, count, pageSize, wrong, ahead) => {
          const kept = wrong.filter(
            ({ kind, from }) =>
              !(UNCOUNTED.includes(vendor) && UNSEEN.includes(kind)) &&
              // A page that is a complete list has no second call.
              (from > 1 || kind !== 'repeated_cursor'),
          );
          const read = await readFake({
            vendor,
            people: fakePeople(count),
            pageSize,
            mischief: kept,
            ahead,
          });

          const missing = read.stayed.filter((id) => !read.ids.includes(id));
          if (read.complete) expect(missing).toEqual([]);
          else expect(read.fault?.code ?? read.why).not.toBe('proved');
          // With one row on a page, no edge between two pages can be checked.
          if (kept.length === 0 && count > 0 && pageSize > 1) expect(read.complete).toBe(true);
        },
      ),
      { numRuns: 120, seed: 20_261_123 },
    );
  });
});
