import { newId } from '../../../store/database/db';
import type { CampaignState } from '../../../domain/letters/campaigns';
import type { DeliveryState } from '../../../domain/letters/deliveries';
import { addCampaign } from '../../support/letters/campaigns';
import { mergePair, unmerge } from '../../support/merges/unmerging';
import { playBackward } from '../../support/merges/playBackward';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { testDatabase } from '../../support/postgres';
import { addUsers } from '../../support/users';

const store = testDatabase();
let n = 0;

/** Users with codes of their own; returns the ids. */
async function people(count: number) {
  n += 1;
  const codes = Array.from({ length: count }, (_, at) => `P-${String(n)}-${String(at)}`);
  const ids = await addUsers(
    store.db.pool,
    codes.map((code) => ({ code, email: `${code.toLowerCase()}@example.org` })),
  );
  return { ids, codes };
}

type Row = readonly [userId: string, state: DeliveryState, reason?: string];

/** A campaign with these recipients, numbered from 1. */
async function campaign(rows: readonly Row[], state: CampaignState = 'running'): Promise<string> {
  const deliveries = rows.map(([userId, of, reason]) => ({
    ...{ userId, state: of },
    ...(reason === undefined ? {} : { reason }),
  }));
  return (await addCampaign(store.db, { state, deliveries })).campaignId;
}

/** `n state reason` of each user of a campaign. */
async function deliveriesOf(campaignId: string): Promise<Record<string, string>> {
  const { rows } = await store.db.pool.query<{ user_id: string; is: string }>(
    `select user_id, concat_ws(' ', n, state, reason) as is from delivery where campaign_id = $1`,
    [campaignId],
  );
  return Object.fromEntries(rows.map((row) => [row.user_id, row.is]));
}

/** The first of two people absorbs the second one. */
async function merged(codes: readonly string[], absorbed = 1) {
  return mergePair(store.db, { survivor: codes[0] ?? '', absorbed: codes[absorbed] ?? '' });
}

test.each<[string, DeliveryState, DeliveryState, string, string]>([
  ['planned for both', 'planned', 'planned', '1 planned', '2 skipped merged'],
  ['sent to the absorbed one', 'planned', 'accepted', '1 skipped merged', '2 accepted'],
  ['being sent to the absorbed one', 'planned', 'claimed', '1 skipped merged', '2 claimed'],
  ['perhaps sent to the absorbed one', 'planned', 'unknown', '1 skipped merged', '2 unknown'],
  ['bounced of the absorbed one', 'planned', 'bounced', '1 skipped merged', '2 bounced'],
  ['failed for the absorbed one', 'planned', 'failed', '1 planned', '2 failed'],
  ['sent to the survivor', 'accepted', 'planned', '1 accepted', '2 skipped merged'],
  ['sent to both', 'accepted', 'accepted', '1 accepted', '2 accepted'],
])('of a letter that is %s, the person gets one', async (_, ofSurvivor, ofAbsorbed, s, a) => {
  const { ids, codes } = await people(2);
  const [survivor = '', absorbed = ''] = ids;
  const id = await campaign([
    [survivor, ofSurvivor],
    [absorbed, ofAbsorbed],
  ]);
  const before = await deliveriesOf(id);

  const merge = await merged(codes);
  const after = await deliveriesOf(id);
  await unmerge(store.db, { merge: merge.id });

  expect(after).toEqual({ [survivor]: s, [absorbed]: a });
  // Nothing is planned again.
  expect(await deliveriesOf(id)).toEqual(after);
  expect(Object.keys(before)).toHaveLength(2);
});

test('a letter that only the absorbed one was to get goes to the survivor, and home with the unmerge', async () => {
  const { ids, codes } = await people(3);
  const [survivor = '', absorbed = '', other = ''] = ids;
  const rows: Row[] = [
    [other, 'planned'],
    [absorbed, 'planned'],
  ];
  const id = await campaign(rows);
  const ended = await campaign([[absorbed, 'planned']], 'cancelled');
  const before = await tablesOfUsers(store.db.pool);

  const merge = await merged(codes);
  const after = await deliveriesOf(id);
  await unmerge(store.db, { merge: merge.id });

  expect(after).toEqual({ [other]: '1 planned', [survivor]: '2 planned' });
  expect(await deliveriesOf(ended)).toEqual({ [absorbed]: '1 planned' });
  const { delivery } = await tablesOfUsers(store.db.pool);
  expect(delivery).toEqual(before['delivery']);
});

test('a claimed letter moves with its claim, and stays when it is unmerged amid it', async () => {
  const { ids, codes } = await people(2);
  const [survivor = '', absorbed = ''] = ids;
  const id = await campaign([[absorbed, 'claimed']]);

  const merge = await merged(codes);
  await unmerge(store.db, { merge: merge.id });

  expect(await deliveriesOf(id)).toEqual({ [survivor]: '1 claimed' });
});

test('a survivor who had no address takes the place of the absorbed one', async () => {
  const { ids, codes } = await people(2);
  const [survivor = '', absorbed = ''] = ids;
  const id = await campaign([
    [survivor, 'skipped', 'no_address'],
    [absorbed, 'planned'],
  ]);

  await merged(codes);

  expect(await deliveriesOf(id)).toEqual({
    [survivor]: '1 planned',
    [absorbed]: '2 skipped merged',
  });
});

test('what an earlier account of the person got counts, too', async () => {
  const { ids, codes } = await people(3);
  const [survivor = '', first = '', second = ''] = ids;
  const id = await campaign([
    [first, 'accepted'],
    [second, 'planned'],
  ]);

  await merged(codes, 1);
  await merged(codes, 2);

  expect(await deliveriesOf(id)).toEqual({
    [first]: '1 accepted',
    [second]: '2 skipped merged',
  });
  expect(survivor).not.toBe('');
});

test('announcements move, are read if one of the two has read them, and come back', async () => {
  const { ids, codes } = await people(2);
  const [survivor = '', absorbed = ''] = ids;
  const [both, own] = [newId(), newId()];
  await store.db.pool.query(
    `insert into notification (user_id, campaign_id, read_at) values ($1, $3, null),
       ($2, $3, '2026-01-05T00:00Z'), ($2, $4, null)`,
    [survivor, absorbed, both, own],
  );
  const before = await tablesOfUsers(store.db.pool);

  const merge = await merged(codes);
  const { rows } = await store.db.pool.query<{ campaign: string; read: boolean }>(
    `select campaign_id as campaign, read_at is not null as read from notification where user_id = $1`,
    [survivor],
  );
  await unmerge(store.db, { merge: merge.id });

  expect(Object.fromEntries(rows.map(({ campaign: of, read }) => [of, read]))).toEqual({
    [both]: true,
    [own]: false,
  });
  const after = await tablesOfUsers(store.db.pool);
  expect(after['notification']).toEqual(before['notification']);
});

test('played backward by its images alone, a merge leaves the deliveries and announcements of before', async () => {
  const { ids, codes } = await people(2);
  const [survivor = '', absorbed = ''] = ids;
  await campaign([
    [survivor, 'planned'],
    [absorbed, 'planned'],
  ]);
  await campaign([[absorbed, 'planned']]);
  await campaign([
    [survivor, 'skipped', 'no_address'],
    [absorbed, 'planned'],
  ]);
  await store.db.pool.query(`insert into notification (user_id, campaign_id) values ($1, $2)`, [
    absorbed,
    newId(),
  ]);
  const before = await tablesOfUsers(store.db.pool);

  const merge = await merged(codes);
  await playBackward(store.db, merge.id);

  const after = await tablesOfUsers(store.db.pool);
  expect(after['delivery']).toEqual(before['delivery']);
  expect(after['notification']).toEqual(before['notification']);
});
