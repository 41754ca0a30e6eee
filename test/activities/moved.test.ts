import { polledFake } from '../support/fakes/polledFake';

const PEOPLE = 35;
/** The first page, the second one, and the call about the edge between them. */
const FIRST_EDGE = 3;
const { fake, db, sync } = polledFake('bamboohr', PEOPLE);

interface Read {
  readonly why: string | null;
  readonly complete: boolean;
  readonly begun: number;
}

async function lastRead(): Promise<Read | undefined> {
  const { rows } = await db().query<Read>(
    `select listing ->> 'why' as why, (listing -> 'complete')::bool as complete,
       (read_state -> 'begun')::int as begun from run order by id desc limit 1`,
  );
  return rows[0];
}

test('a list in which rows moved while it was read is read again, and is proved when they stand still', async () => {
  await sync();
  fake().behave([{ kind: 'moved_row', from: FIRST_EDGE, times: 1 }]);

  const end = await sync();

  expect(end.state).toBe('done');
  expect(await lastRead()).toEqual({ why: null, complete: true, begun: 2 });
});

test('one in which rows move each time proves nothing after three reads, and is held', async () => {
  await sync();
  fake().behave([{ kind: 'moved_row', from: FIRST_EDGE, times: 1_000 }]);

  const end = await sync();

  expect(end.state).toBe('held');
  expect(await lastRead()).toEqual({ why: 'rows_moved', complete: false, begun: 3 });
});

test('a vendor that does not answer for a moment at an edge costs no proof', async () => {
  await sync();
  fake().behave([{ kind: 'down_503', from: FIRST_EDGE }]);

  const end = await sync();

  expect(end.state).toBe('done');
  expect(await lastRead()).toEqual({ why: null, complete: true, begun: 1 });
});
