import type { Misbehaviour } from '../../../connectors/fake/misbehaviours';
import { fakePeople } from '../../../connectors/fake/people';
import { openFake, readAll, type ReadAll, type WorldInput } from './support';

const PEOPLE = fakePeople(60);
/** The calls of the first page, the second one, and the first check of an edge. */
const FIRST_EDGE = 3;
// prettier-ignore
const PASSING: readonly Misbehaviour[] = [
  'cut_body', 'html', 'down_503', 'server_error', 'no_body', 'throttle_429_seconds', 'throttle_429_none',
];

async function read(given: Partial<WorldInput>): Promise<ReadAll & { readonly asked: number }> {
  const o = await openFake({ vendor: 'bamboohr', people: PEOPLE, pageSize: 10, ...given });
  try {
    return { ...(await readAll(o)), asked: o.fake.requests.length };
  } finally {
    await o.close();
  }
}

describe.each([
  ['one after the other', false],
  ['with the next page beside it', true],
])('the question whether rows moved across an edge, %s', (_, ahead) => {
  it.each(PASSING)('is asked again after %s, and the read is proved', async (kind) => {
    const quiet = await read({ ahead });

    const disturbed = await read({ ahead, mischief: [{ kind, from: FIRST_EDGE }] });

    expect(disturbed).toMatchObject({ why: 'proved', ids: PEOPLE.map(({ id }) => id) });
    expect(disturbed.waits).toHaveLength(1);
    expect(disturbed.asked).toBe(quiet.asked + 1);
  });

  it('waits for its turn where calls are counted, and the read is proved', async () => {
    const next = { ms: 0 };
    const turn = (now: number): number | null => {
      if (now < next.ms) return next.ms;
      next.ms = now + 333;
      return null;
    };

    const counted = await read({ ahead, vendor: 'gusto', turn });

    expect(counted).toMatchObject({ why: 'proved', ids: PEOPLE.map(({ id }) => id) });
    expect(new Set(counted.waits.map(({ reason }) => reason))).toEqual(new Set(['budget']));
  });

  it('proves nothing where it now has another row', async () => {
    const moved = await read({ ahead, mischief: [{ kind: 'moved_row', from: FIRST_EDGE }] });

    expect(moved).toMatchObject({ complete: false, why: 'rows_moved' });
  });

  it('ends the read with a reason where the vendor stays away', async () => {
    const away = await read({
      ahead,
      mischief: [{ kind: 'down_503', from: FIRST_EDGE, times: 1_000 }],
    });

    expect(away).toMatchObject({ end: 'fault', fault: { kind: 'unavailable' } });
  });
});
