import { openSession, openStore, WITHOUT_TOKEN } from '../../operations/context';
import { listNotifications } from '../../operations/letters/notifications';
import { seconds } from '../floor';
import { benchDatabase, type BenchStack } from '../stack';
import { addRecipients } from './recipients';
import { at, load, say } from './time';

/** People who have notifications; each has as many. */
const PEOPLE = 100_000;
const LOOKS = 1_000;

/** One person's list among the notifications of all people. */
export async function benchInbox(stack: BenchStack, notifications: number): Promise<void> {
  const each = Math.ceil(notifications / PEOPLE);
  const db = benchDatabase(stack.place.home, 4);
  try {
    await addRecipients(db, PEOPLE);
    await db.pool.query(
      `insert into campaign (id, kind, mails, content, content_sha, actor_id, state, finished_at, recipients)
       select uuidv7(make_interval(hours => -n)), 'announcement', false,
         jsonb_build_object('title', 'News ' || n, 'markdown', 'Text of **news** ' || n,
           'html', '<p>Text of <strong>news</strong> ' || n || '</p>', 'link', null),
         'sha' || n, (select id from admin limit 1), 'done', now(), $2
       from generate_series(1, $1::int) n`,
      [each, PEOPLE],
    );
    const { rows: campaigns } = await db.pool.query<{ id: string }>(
      `select id from campaign order by id`,
    );
    for (const { id } of campaigns) {
      await db.pool.query(
        `insert into notification (user_id, campaign_id, read_at)
         select u.id, $1, case when random() < 0.5 then now() end from "user" u where u.code like 'p%'`,
        [id],
      );
    }
    await db.pool.query('vacuum analyze notification');
    await db.pool.query('vacuum analyze campaign');
    const { rows } = await db.pool.query<{ id: string }>(
      `select id from "user" where code like 'p%' order by random() limit $1`,
      [LOOKS],
    );
    await look(
      stack,
      rows.map(({ id }) => id),
      each * PEOPLE,
    );
  } finally {
    await db.close();
  }
}

async function look(stack: BenchStack, users: readonly string[], all: number): Promise<void> {
  const store = openStore({
    databaseUrl: stack.file.databaseUrl,
    applicationName: 'rollcall-bench',
  });
  const { context } = await openSession(store, WITHOUT_TOKEN, { door: 'library' });
  const times: number[] = [];
  for (const user of users) {
    times.push((await seconds(() => listNotifications(context, { user }))) * 1000);
  }
  await store.close();
  say(
    `one person's list among ${all.toLocaleString('en')} notifications, ${String(users.length)} people by chance, ${load()}`,
  );
  say(
    `  median ${at(times, 0.5).toFixed(1)} ms, p95 ${at(times, 0.95).toFixed(1)} ms (target: at most 5)`,
  );
}
