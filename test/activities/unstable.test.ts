import { polledFake } from '../support/fakes/polledFake';

const PEOPLE = 35;
const { fake, db, sync } = polledFake('merge', PEOPLE);

async function left(): Promise<unknown> {
  const { rows } = await db().query(
    `select c.polling, r.failure ->> 'code' as code, r.failure -> 'next' as next,
       (select count(*)::int from "user") as users
     from connection c join run r on r.source_id = c.source_id order by r.id desc limit 1`,
  );
  return rows[0];
}

test('a list that repeats a place fails the run after some complete reads; the next sync goes on', async () => {
  fake().behave([{ kind: 'repeated_cursor' }]);
  const failed = await sync();
  const after = await left();
  const calls = fake().world.listCalls;
  fake().behave();
  const next = await sync();

  expect(failed).toMatchObject({ state: 'failed', code: 'listing_unstable' });
  expect(after).toEqual({
    polling: 'ready',
    code: 'listing_unstable',
    next: { do: 'resume', run: failed.runId },
    users: 0,
  });
  expect(calls).toBeLessThan(15 * 10);
  expect(next.state).toBe('done');
  expect(await left()).toMatchObject({ users: PEOPLE });
});

test('a list that comes to its end in one of these reads is read completely', async () => {
  fake().behave([{ kind: 'repeated_cursor', times: 8 }]);

  const end = await sync();

  expect(end).toMatchObject({ state: 'done' });
  expect(await left()).toMatchObject({ users: PEOPLE });
});
