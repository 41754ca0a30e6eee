import { listTodo } from '../../../operations/todo';
import { ownerOf } from '../../operations/support';
import { addCampaign } from '../../support/letters/campaigns';
import { testDatabase } from '../../support/postgres';
import { actor } from '../../support/users';
import { stepWords } from '../../support/words';

const store = testDatabase();

test('campaigns that wait for a person are to do, each once with its next command', async () => {
  const manager = await actor(store.db, 'manager', []);
  const gate = { gate: 'recipients', count: 1200, limit: 1000 };
  const done = await addCampaign(store.db, {
    state: 'done',
    deliveries: [{ state: 'unknown' }, { state: 'unknown' }, { state: 'accepted' }],
  });
  const paused = await addCampaign(store.db, {
    state: 'paused',
    trouble: { code: 'auth_refused' },
    actorId: manager.actorId,
    deliveries: [{ state: 'unknown' }, {}],
  });
  const held = await addCampaign(store.db, { state: 'held', held: [gate] });
  await addCampaign(store.db, { state: 'running', deliveries: [{}] });
  await addCampaign(store.db, { state: 'done', deliveries: [{ state: 'failed' }] });

  const all = (await listTodo(ownerOf(store), { limit: 2, now: new Date() })).campaigns;
  const own = (await listTodo(manager, { limit: 10, now: new Date() })).campaigns;
  const more = (await listTodo(ownerOf(store), { limit: 10, now: new Date() })).campaigns;

  expect(all.count).toBe(3);
  expect(all.campaigns).toMatchObject([
    { campaignId: held.campaignId, state: 'held', held: [gate], unknown: 0, what: 'Hello' },
    { campaignId: paused.campaignId, state: 'paused', code: 'auth_refused', unknown: 1 },
  ]);
  expect(more.campaigns[2]).toMatchObject({ campaignId: done.campaignId, unknown: 2 });
  expect(own).toMatchObject({ count: 1, campaigns: [{ campaignId: paused.campaignId }] });
  expect(more.campaigns.map(({ next }) => stepWords(next))).toEqual([
    expect.stringContaining(`rollcall campaigns approve ${held.campaignId}`),
    expect.stringContaining(`rollcall campaigns resolve ${paused.campaignId}`),
    expect.stringContaining(`rollcall campaigns resolve ${done.campaignId}`),
  ]);
});
