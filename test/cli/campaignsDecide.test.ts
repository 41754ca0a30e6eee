import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageIdOf } from '../../connectors/delivery/messageId';
import { addCampaign, statesOf } from '../support/letters/campaigns';
import { testDatabase } from '../support/postgres';
import { rollcall } from './harness';
import { cliSettings } from './settings';

const store = testDatabase();
const KEY = Buffer.alloc(32, 7);
const folder = cliSettings(store, {
  ROLLCALL_TEMPORAL_ADDRESS: undefined,
  ROLLCALL_SECRET_KEY: KEY.toString('base64'),
});

test('pause stops a campaign though Temporal is away, prints its document and exits with 0', async () => {
  const { campaignId } = await addCampaign(store.db, { deliveries: [{}] });

  const ran = await rollcall(['campaigns', 'pause', campaignId, '--reason', 'typo', '--json']);
  const again = await rollcall(['campaigns', 'pause', campaignId, '--json']);

  expect(ran.exit).toBe(0);
  expect(ran.json()).toMatchObject({ campaignId, state: 'paused', counts: { planned: 1 } });
  expect(ran.err).toContain('Temporal does not answer. The decision holds');
  expect(again.exit).toBe(1);
  expect(again.json()).toMatchObject({
    error: { code: 'campaign_is_paused', next: `rollcall campaigns resume ${campaignId}` },
  });
});

test('reject and cancel exit with 0, and approve says where the campaign stands when it is detached', async () => {
  const held = await addCampaign(store.db, { state: 'held' });
  const other = await addCampaign(store.db, { state: 'held' });

  const rejected = await rollcall(['campaigns', 'reject', held.campaignId, '--json']);
  const approved = await rollcall([
    ...['campaigns', 'approve', other.campaignId, '--detach', '--json'],
  ]);

  expect(rejected.exit).toBe(0);
  expect(rejected.json()).toMatchObject({ state: 'cancelled' });
  expect(approved.exit).toBe(0);
  expect(approved.json()).toMatchObject({ campaignId: other.campaignId, state: 'running' });
});

test('resolve asks how many, and takes what the log of the mail server has', async () => {
  const deliveries = [{ state: 'unknown' }, { state: 'unknown' }] as const;
  const { campaignId } = await addCampaign(store.db, { state: 'done', deliveries });
  const log = join(folder, 'mail.log');
  const id = messageIdOf({ campaignId, n: 2, domain: 'example.com', key: KEY });
  writeFileSync(
    log,
    `Nov 30 07:10:00 mx postfix/cleanup[1]: 4F2: message-id=${id}\n` +
      'Nov 30 07:10:00 mx postfix/qmgr[1]: 4F2: from=<a@x>, size=9, nrcpt=1 (queue active)\n',
  );
  const resolve = ['campaigns', 'resolve', campaignId];

  const unasked = await rollcall([...resolve, '--all', '--as', 'resend', '--json']);
  const refused = await rollcall([...resolve, '--all', '--as', 'resend'], {
    terminal: true,
    input: 'n\n',
  });
  const wrong = await rollcall([...resolve, '--accepted-ids', log, '--expect', '2', '--json']);
  const taken = await rollcall([...resolve, '--accepted-ids', log, '--expect', '1', '--json']);

  expect(unasked.exit).toBe(2);
  expect(unasked.json()).toMatchObject({
    error: { message: expect.stringContaining('Send 2 letters of campaign') },
  });
  expect({ exit: refused.exit, out: refused.out }).toEqual({
    exit: 0,
    out: 'Nothing was changed.\n',
  });
  expect(wrong.json()).toMatchObject({ error: { code: 'count_differs' } });
  expect(taken.exit).toBe(3);
  expect(taken.json()).toMatchObject({ counts: { accepted: 1, unknown: 1 } });
  expect(await statesOf(store.db, campaignId)).toEqual(['unknown', 'accepted']);
});

test('a campaign of a restored database goes on only when a person says so', async () => {
  const { campaignId } = await addCampaign(store.db, {
    state: 'paused',
    trouble: { code: 'restored' },
    deliveries: [{}, {}],
  });
  const resume = ['campaigns', 'resume', campaignId, '--detach', '--json'];

  const unasked = await rollcall(resume);
  const sure = await rollcall([...resume, '--yes']);

  expect(unasked.exit).toBe(2);
  expect(unasked.json()).toMatchObject({
    error: { message: expect.stringContaining('2 letters of this campaign may have been sent') },
  });
  expect(sure.json()).toMatchObject({ state: 'running' });
});

test.each([
  [['resolve', 'abcd', '--as', 'resend'], 'one of them'],
  [['resolve', 'abcd', '--all', '--user', 'x', '--as', 'resend'], 'one of them'],
  [['resolve', 'abcd', '--all'], 'Say what became of them'],
  [['resolve', 'abcd', '--all', '--as', 'lost'], 'accepted'],
])('%j is wrong usage', async (args, said) => {
  const ran = await rollcall(['campaigns', ...args]);

  expect(ran.exit).toBe(2);
  expect(ran.err).toContain(said);
});
