import { inspect } from 'node:util';
import {
  previewAnnouncement,
  sendAnnouncement,
  type AnnounceSettings,
  type SendAnnouncement,
} from '../../../operations/letters/announcements';
import { listNotifications, readNotifications } from '../../../operations/letters/notifications';
import {
  listAnnouncements,
  retractAnnouncement,
} from '../../../operations/letters/sentAnnouncements';
import type { OperationContext } from '../../../operations/context';
import { newId } from '../../../store/database/db';
import { untilBlocked } from '../../support/blocked';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();
const settings: AnnounceSettings = { sink: true, gate: 1000, timeZone: 'UTC' };
const ORG = newId();
let manager: OperationContext;
let n = 0;

beforeAll(async () => {
  const { pool } = store.db;
  await pool.query(
    `insert into organization (id, code, code_key, name) values ($1, 'O', 'o', 'O')`,
    [ORG],
  );
  manager = await actor(store.db, 'manager', [ORG]);
  await addUsers(pool, [
    { code: 'A', email: 'a@example.org', organizationId: ORG },
    { code: 'B', email: 'b@example.org' },
    { code: 'C' },
    { code: 'X', status: 'inactive' },
  ]);
});

async function sent(o: Partial<SendAnnouncement> = {}, context = ownerOf(store)): Promise<string> {
  const request = { title: `News ${String(++n)}`, markdown: 'Hello', users: ['A'], ...o };
  return (await sendAnnouncement(context, { request, settings })).campaignId;
}

async function titles(user: string, unread = false): Promise<string[]> {
  const { notifications } = await listNotifications(ownerOf(store), { user, unread });
  return notifications.map(({ title }) => title);
}

beforeEach(() => store.db.pool.query('delete from notification'));

test('an announcement is in the lists of active people at once, and read once', async () => {
  const markdown = 'See **this** <b>';
  const request = { title: ' A  title ', markdown, filter: 'code pr', link: 'https://example.com' };

  const preview = await previewAnnouncement(ownerOf(store), { request, settings });
  const { campaignId, recipients } = await sendAnnouncement(ownerOf(store), { request, settings });
  const before = await listNotifications(ownerOf(store), { user: 'A' });
  const first = await readNotifications(ownerOf(store), { user: 'A', ids: [campaignId] });
  const again = await readNotifications(ownerOf(store), { user: 'A', all: true });

  expect([preview.recipients, recipients]).toEqual([3, 3]);
  expect(before).toMatchObject({
    unread: 1,
    next: null,
    notifications: [
      {
        ...{
          id: campaignId,
          title: 'A title',
          markdown,
          link: 'https://example.com/',
          readAt: null,
        },
        html: '<p>See <strong>this</strong> &lt;b&gt;</p>\n',
      },
    ],
  });
  expect([first, again]).toEqual([
    { read: [campaignId], unread: 0 },
    { read: [], unread: 0 },
  ]);
  expect(await titles('A', true)).toEqual([]);
  expect(await titles('C')).toEqual(['A title']);
  expect(
    await faultOf(readNotifications(ownerOf(store), { user: 'A', ids: [newId()] })),
  ).toMatchObject({
    code: 'notification_not_found',
  });
});

test('retracted, expired and planned ones leave list and count at once', async () => {
  const [retracted, expired, planned, stays] = [
    await sent(),
    await sent(),
    await sent(),
    await sent(),
  ];
  await retractAnnouncement(ownerOf(store), { announcement: retracted });
  const at = (id: string, column: string, when: string): Promise<unknown> =>
    store.db.pool.query(`update campaign set ${column} = now() + $2::interval where id = $1`, [
      id,
      when,
    ]);
  await at(expired, 'visible_until', '-1 second');
  await at(planned, 'visible_from', '1 hour');

  const { notifications, unread } = await listNotifications(ownerOf(store), { user: 'A' });
  const { announcements } = await listAnnouncements(ownerOf(store), { limit: 4 });

  expect([notifications.map(({ id }) => id), unread]).toEqual([[stays], 1]);
  expect(announcements.map(({ state }) => state)).toEqual([
    'visible',
    'planned',
    'expired',
    'retracted',
  ]);
  expect(await retractAnnouncement(ownerOf(store), { announcement: retracted })).toMatchObject({
    changed: false,
  });
});

test('pages of a list go through all of it, the newest first', async () => {
  const ids = [await sent(), await sent(), await sent(), await sent(), await sent()];
  const seen: string[] = [];

  for (let cursor: string | undefined; ;) {
    const page = await listNotifications(ownerOf(store), {
      ...{ user: 'A', limit: 2 },
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...page.notifications.map(({ id }) => id));
    if (page.next === null) break;
    cursor = page.next;
  }

  expect(seen).toEqual(ids.reverse());
});

test.each([false, true])(
  'skipping people who have it counts the others, before and after (mailed: %s)',
  async (mail) => {
    const same = { title: `Skipped ${String(mail)}`, mail };
    await sent({ ...same, users: ['A', 'C'] });
    const request = { ...same, markdown: 'Hello', filter: 'code pr', recently: 'skip' } as const;

    const preview = await previewAnnouncement(ownerOf(store), { request, settings });
    const { recipients } = await sendAnnouncement(ownerOf(store), {
      request: { ...request, expect: preview.recipients },
      settings,
    });

    expect(preview).toMatchObject({
      recipients: 1,
      mailed: mail ? 1 : 0,
      sample: ['B'],
    });
    expect(recipients).toBe(1);
    expect(await titles('A')).toEqual([same.title]);
  },
);

test.each([
  ['mailed after it was not', {}, { mail: true }],
  ['not mailed after it was', { mail: true }, {}],
  ['mailed in another category', { mail: true }, { mail: true, category: 'administrative' }],
  ['with another link', {}, { link: 'https://example.com' }],
] as const)('the same title and text lands once in a list: %s', async (title, first, then) => {
  await sent({ title, ...first });

  const again = await faultOf(sent({ title, ...then }));
  const toOthers = { title, markdown: 'Hello', filter: 'code pr', recently: 'skip' } as const;
  const preview = await previewAnnouncement(ownerOf(store), {
    request: { ...toOthers, ...then },
    settings,
  });
  await sent({ ...toOthers, users: [], ...then });

  expect(again).toMatchObject({ code: 'sent_recently' });
  expect(preview).toMatchObject({ recipients: 2, mailed: 'mail' in then ? 1 : 0 });
  expect(await titles('A')).toEqual([title]);
});

test('mails wait until the announcement is visible', async () => {
  const request = { title: 'Later', markdown: 'Hi', users: ['A'], mail: true } as const;
  const visibleFrom = `${String(new Date().getUTCFullYear() + 1)}-01-31`;

  const preview = await previewAnnouncement(ownerOf(store), {
    request: { ...request, visibleFrom },
    settings,
  });
  const made = await sendAnnouncement(ownerOf(store), {
    request: { ...request, visibleFrom },
    settings,
  });
  const past = { ...request, title: 'Now', visibleFrom: '2026-01-01' };
  const atOnce = await sendAnnouncement(ownerOf(store), { request: past, settings });

  const at = new Date(`${visibleFrom}T00:00:00Z`);
  expect([preview.mailsAt, made.mailsAt, atOnce.mailsAt]).toEqual([
    at.toISOString(),
    at.toISOString(),
    null,
  ]);
  const { rows } = await store.db.pool.query(`select state, send_at from campaign where id = $1`, [
    made.campaignId,
  ]);
  expect(rows).toEqual([{ state: 'planned', send_at: at }]);
});

test('one that is mailed has deliveries too, waits for its approval, and retracting cancels the mails', async () => {
  const request = { title: 'Mail {{ x }}', markdown: 'Hi {% if %}', filter: 'code pr', mail: true };

  const preview = await previewAnnouncement(ownerOf(store), { request, settings });
  const { campaignId } = await sendAnnouncement(ownerOf(store), {
    request,
    settings: { ...settings, gate: 1 },
  });
  const held = await titles('A');
  await store.db.pool.query(
    `update campaign set state = 'running', started_at = now() where id = $1`,
    [campaignId],
  );
  const running = await titles('A');
  const retracted = await retractAnnouncement(ownerOf(store), { announcement: campaignId });

  expect(preview).toMatchObject({ recipients: 3, mailed: 2, sink: true, needsApproval: false });
  expect([held, running]).toEqual([[], ['Mail {{ x }}']]);
  expect(retracted).toMatchObject({ changed: true, notMailed: 2, state: 'retracted' });
  const { rows } = await store.db.pool.query(
    `select (select state from campaign where id = $1) as state, content -> 'letter' ->> 'subject' as subject
     from campaign where id = $1`,
    [campaignId],
  );
  expect(rows).toEqual([{ state: 'cancelled', subject: 'Mail {{ "{{" }} x }}' }]);
});

test('a manager announces within the reach, and sees and retracts only what the manager sent', async () => {
  const other = await sent();
  const own = await sent({ users: [], filter: 'code pr' }, manager);

  const { announcements } = await listAnnouncements(manager);

  expect(announcements.map(({ id }) => id)).toEqual([own]);
  expect([(await titles('A')).length, await titles('B')]).toEqual([2, []]);
  expect(await faultOf(sent({ users: ['B'] }, manager))).toMatchObject({ code: 'user_not_found' });
  expect(await faultOf(retractAnnouncement(manager, { announcement: other }))).toMatchObject({
    code: 'announcement_not_found',
  });
  expect(await faultOf(listNotifications(manager, { user: 'B' }))).toMatchObject({
    kind: 'not_found',
  });
});

test('a refusal names no campaign of another admin to a manager, who cannot see it', async () => {
  const other = await sent({ title: 'Shared' });
  const own = await sent({ title: 'Own' }, manager);

  const unseen = await faultOf(sent({ title: 'Shared' }, manager));
  const seen = await faultOf(sent({ title: 'Own' }, manager));

  expect(unseen).toMatchObject({ code: 'sent_recently', details: { people: 1 } });
  expect(inspect(unseen)).not.toContain(other);
  expect(inspect(seen)).toContain(own);
  expect(seen).toMatchObject({ details: { campaignId: own } });
});

test('nothing is written where the number differs, the same went out today, or something is wrong', async () => {
  await sent({ title: 'Same' });
  const wrong = {
    ...{
      title: '',
      markdown: '[a](javascript:x)',
      link: 'http://example.com',
      visibleUntil: '2020-01-01',
    },
  };

  expect(await faultOf(sent({ expect: 2 }))).toMatchObject({ code: 'count_differs' });
  expect(await faultOf(sent({ title: 'Same' }))).toMatchObject({ code: 'sent_recently' });
  expect(await faultOf(sent({ users: ['X'] }))).toMatchObject({ code: 'nobody_to_send' });
  expect(await faultOf(sent(wrong))).toMatchObject({
    kind: 'usage',
    parts: [{ field: 'title' }, { field: 'markdown' }, { field: 'link' }, { field: 'visibleFrom' }],
  });
  expect(await titles('A')).toEqual(['Same']);
});

test.each(['while it is frozen', 'before it is frozen'])(
  'a user who is merged %s has it as the survivor',
  async (when) => {
    const { pool } = store.db;
    const [old = '', kept = ''] = await addUsers(pool, [
      { code: `J1 ${when}` },
      { code: `J2 ${when}` },
    ]);
    const merging = await pool.connect();
    await merging.query('begin');
    // The look-up reads users; the freeze reads campaigns, then writes the rows of users.
    await merging.query(
      when === 'before it is frozen'
        ? 'lock table campaign in access exclusive mode'
        : `select from "user" where id = any ($1) for update`,
      when === 'before it is frozen' ? [] : [[old, kept]],
    );

    const sending = sent({ users: [old] });
    await untilBlocked(store.db);
    await merging.query(
      `insert into merge (id, survivor_id, absorbed_id, images_removed_at)
       values (gen_random_uuid(), $1, $2, now())`,
      [kept, old],
    );
    await merging.query(`update "user" set status = 'merged', merged_into_id = $1 where id = $2`, [
      kept,
      old,
    ]);
    await merging.query('commit');
    merging.release();

    const { rows } = await pool.query('select user_id from notification where campaign_id = $1', [
      await sending,
    ]);
    expect(rows).toEqual([{ user_id: kept }]);
  },
);
