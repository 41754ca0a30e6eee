import { countUnread, markRead, selectNotifications } from '../../../store/letters/notifications';
import { OWNER_ID } from '../../../store/sources/sources';
import { testDatabase } from '../../support/postgres';
import { rowsLookedAt } from '../../support/runs/rowsLookedAt';
import { addUsers } from '../../support/users';

const store = testDatabase();

test('a list costs what its person got, however many announcements and people there are', async () => {
  const { pool } = store.db;
  const seeds = Array.from({ length: 1000 }, (_, n) => ({ code: `U${String(n)}` }));
  const userIds = await addUsers(pool, seeds);
  const [userId = ''] = userIds;
  await pool.query(
    `with sent as (
       insert into campaign (id, kind, mails, content, content_sha, actor_id, state, finished_at)
       select gen_random_uuid(), 'announcement', false, '{"title": "t"}', n::text, $1, 'done', now()
       from generate_series(1, 3000) n returning id
     ), numbered as (select id, row_number() over () as n from sent)
     insert into notification (user_id, campaign_id)
     select u, id from numbered, unnest($2::uuid[]) u where n <= 100`,
    [OWNER_ID, userIds],
  );
  await pool.query('analyze campaign, notification');
  const page = { userId, unread: true, limit: 11, after: null };

  const list = await rowsLookedAt(store.superuserUrl, (db) => selectNotifications(db.pool, page));
  const unread = await rowsLookedAt(store.superuserUrl, (db) => countUnread(db.pool, userId));
  const read = await rowsLookedAt(store.superuserUrl, (db) =>
    markRead(db.pool, { userId, ids: null }),
  );

  expect([list.result.length, unread.result, read.result.length]).toEqual([11, 100, 100]);
  expect(Math.max(list.rows, unread.rows, read.rows)).toBeLessThanOrEqual(500);
});
