import { Announcements } from '../../client/letters/announcements';
import { loadStoreConfig } from '../../config/env';
import { openSession, WITHOUT_TOKEN } from '../../operations/context';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';

const store = testDatabase();
const asked: { started: string[]; woken: string[]; away: boolean } = {
  ...{ started: [], woken: [], away: false },
};

async function open(): Promise<Announcements> {
  const env = {
    ROLLCALL_DATABASE_URL: store.url,
    ROLLCALL_SMTP_URL: 'smtp://127.0.0.1:9',
    ROLLCALL_MAIL_FROM: 'Learning <learning@example.com>',
  };
  const noting = (ids: string[]) => (campaignId: string) => {
    ids.push(campaignId);
    return Promise.resolve();
  };
  const temporal = {
    startCampaign: noting(asked.started),
    wakeCampaign: noting(asked.woken),
  };
  return new Announcements({
    context: (await openSession(store.db, WITHOUT_TOKEN)).context,
    config: loadStoreConfig({ env, folder: '/nowhere' }),
    temporal: () => (asked.away ? Promise.reject(new Error('away')) : Promise.resolve(temporal)),
  });
}

test('retracting wakes the workflow of mails that it cancels, and of no other; it needs no Temporal', async () => {
  await addUsers(store.db.pool, [{ code: 'A', email: 'a@example.org' }]);
  const announcements = await open();
  const send = async (title: string, mail: boolean): Promise<string> =>
    (await announcements.send({ title, markdown: 'Hello', users: ['A'], mail })).campaignId;
  const [listed, mailed, later] = [
    await send('Listed', false),
    await send('Mailed', true),
    await send('Later', true),
  ];

  await announcements.retract({ announcement: listed });
  await announcements.retract({ announcement: mailed });
  asked.away = true;
  const retracted = await announcements.retract({ announcement: later });

  expect(asked).toMatchObject({ started: [mailed, later], woken: [mailed] });
  expect(retracted).toMatchObject({ state: 'retracted', notMailed: 1 });
});
