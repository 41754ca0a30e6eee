import type { Fault } from '../../../domain/faults';
import type { OperationContext } from '../../../operations/context';
import {
  campaignRecipients,
  listCampaigns,
  showCampaign,
} from '../../../operations/letters/campaigns';
import { previewLetter, sendLetter, type SendLetter } from '../../../operations/letters/sendLetter';
import { createOrganization } from '../../../operations/users/organizations';
import { OUTSIDE } from '../../../domain/users/userView';
import { newId, type Queryable } from '../../../store/database/db';
import { addTarget, raisedFor } from '../../support/alerts';
import { untilBlocked } from '../../support/blocked';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers as addSeeds, type UserSeed } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
});

const SETTINGS = {
  sink: true,
  gate: 1000,
  twoPeople: false,
  timeZone: 'Europe/Vienna',
  keys: [Buffer.alloc(32, 1)],
};

const clock = { ms: Date.parse('2026-01-01') };

/** Users whose ids are in the order in which they are written. */
const addUsers = (db: Queryable, seeds: readonly UserSeed[]): Promise<string[]> =>
  addSeeds(
    db,
    seeds.map((seed) => ({ id: newId(new Date((clock.ms += 1))), ...seed })),
  );

/** A one-off of its own content, so that tests do not meet. */
const oneOff = (more: Partial<SendLetter>): SendLetter => ({
  custom: { subject: newId(), text: 'Hello' },
  ...more,
});

const send = (
  request: SendLetter,
  o: { readonly settings?: Partial<typeof SETTINGS>; readonly as?: OperationContext } = {},
) => sendLetter(o.as ?? owner, { request, settings: { ...SETTINGS, ...o.settings } });
const preview = (request: SendLetter) => previewLetter(owner, { request, settings: SETTINGS });

interface Frozen {
  readonly n: number;
  readonly code: string | null;
  readonly state: string;
  readonly reason: string | null;
}

async function frozenOf(campaignId: string): Promise<Frozen[]> {
  const { rows } = await store.db.pool.query<Frozen>(
    `select d.n, u.code, d.state, d.reason from delivery d join "user" u on u.id = d.user_id
     where d.campaign_id = $1 order by d.n`,
    [campaignId],
  );
  return rows;
}

/** Ends every delivery of a campaign, and the campaign, some hours ago. */
async function sentBefore(campaignId: string, hours: number, state = 'accepted'): Promise<void> {
  await store.db.pool.query(
    `with sent as (
       update delivery set state = $3::delivery_state, closed_at = now() - make_interval(hours => $2),
         address = 'a@example.org'
       where campaign_id = $1 and state = 'planned'
     )
     update campaign set state = 'done', started_at = now(),
       finished_at = now() - make_interval(hours => $2) where id = $1`,
    [campaignId, hours, state],
  );
}

async function addLetter(name: string, variables: readonly object[] = []): Promise<string> {
  const id = newId();
  await store.db.pool.query(
    `insert into letter (id, name, name_key, subject, text, variables)
     values ($1, $2, $3, 'Welcome', 'Hello {{ user.firstName }}', $4)`,
    [id, name, name.toLowerCase(), JSON.stringify(variables)],
  );
  return id;
}

test('each chosen person is frozen once, in the order of ids, with the reason where nothing is sent', async () => {
  const people = await addUsers(store.db.pool, [
    { code: 'A1', email: 'a1@example.org' },
    { code: 'A2', email: 'a2@example.org', status: 'inactive' },
    { code: 'A3' },
    { code: 'A4', email: 'a4@example.org' },
  ]);

  const frozen = await send(oneOff({ users: [...people].reverse() }));

  expect(frozen).toMatchObject({ state: 'planned', recipients: 4, planned: 2, held: [] });
  expect(await frozenOf(frozen.campaignId)).toEqual([
    { n: 1, code: 'A1', state: 'planned', reason: null },
    { n: 2, code: 'A2', state: 'skipped', reason: 'inactive' },
    { n: 3, code: 'A3', state: 'skipped', reason: 'no_address' },
    { n: 4, code: 'A4', state: 'planned', reason: null },
  ]);
  expect(await showCampaign(owner, frozen.campaignId)).toMatchObject({
    kind: 'letter',
    letter: null,
    recipients: 4,
    counts: { planned: 2, skipped: 2, accepted: 0 },
    sink: true,
    createdBy: 'owner',
  });
});

test('a filter takes active people only, and a person who matches later is not in it', async () => {
  const filter = 'department eq "Filtered"';
  await addUsers(store.db.pool, [
    { code: 'B1', email: 'b1@example.org', department: 'Filtered' },
    { code: 'B2', email: 'b2@example.org', department: 'Filtered', status: 'inactive' },
  ]);

  const { campaignId } = await send(oneOff({ filter }));
  await addUsers(store.db.pool, [{ code: 'B3', email: 'b3@x.org', department: 'Filtered' }]);

  expect((await frozenOf(campaignId)).map(({ code }) => code)).toEqual(['B1']);
});

test('a letter is frozen as it is, with the values that were given for it', async () => {
  await addUsers(store.db.pool, [{ code: 'V1', email: 'v1@example.org' }]);
  const letterId = await addLetter('Values', [{ path: 'values.day', default: null }]);
  const request = { letter: ' VALUES', users: ['V1'] };

  const missing = await faultOf(send(request));
  const unknown = await faultOf(send({ ...request, values: { day: 'Monday', room: '3' } }));
  const { campaignId } = await send({ ...request, values: { day: 'Monday' } });

  expect(missing).toMatchObject({ kind: 'usage', code: 'values_missing' });
  expect(unknown).toMatchObject({ kind: 'usage', code: 'values_unknown' });
  await store.db.pool.query(`update letter set subject = 'Changed' where id = $1`, [letterId]);
  expect(await showCampaign(owner, campaignId)).toMatchObject({
    letter: 'Values',
    subject: 'Welcome',
  });
  const { rows } = await store.db.pool.query(`select content from campaign where id = $1`, [
    campaignId,
  ]);
  expect(rows).toMatchObject([{ content: { values: { day: 'Monday' }, html: null } }]);
});

describe('the same letter within 24 hours', () => {
  let same: SendLetter;
  let first: string;

  beforeAll(async () => {
    await addUsers(store.db.pool, [
      { code: 'R1', email: 'r1@example.org' },
      { code: 'R2', email: 'r2@example.org' },
    ]);
    await addLetter('Recent');
    same = { letter: 'Recent' };
    first = (await send({ ...same, users: ['R1'] })).campaignId;
  });

  test('is refused while the first is still to be sent, and names the campaign', async () => {
    const fault = await faultOf(send({ ...same, users: ['R1', 'R2'] }));
    const previewed = await faultOf(preview({ ...same, users: ['R1', 'R2'] }));

    const said = { code: 'sent_recently', details: { people: 1, campaignId: first } };
    expect(fault).toMatchObject(said);
    expect(previewed).toMatchObject(said);
  });

  test.each([
    ['accepted', 23, true],
    ['unknown', 23, true],
    ['bounced', 1, true],
    ['accepted', 25, false],
    ['failed', 1, false],
  ])('%s %i hours ago counts: %s', async (state, hours, counts) => {
    const letter = `Recent ${state} ${String(hours)}`;
    await addLetter(letter);
    const { campaignId } = await send({ letter, users: ['R1'] });
    await sentBefore(campaignId, hours, state);

    const work = send({ letter, users: ['R1'] });

    if (counts) expect(await faultOf(work)).toMatchObject({ code: 'sent_recently' });
    else expect(await work).toMatchObject({ planned: 1 });
  });

  test('a new version of a letter is the same letter, a one-off with other words is not', async () => {
    await store.db.pool.query(`update letter set text = 'New', version = 2 where name = 'Recent'`);
    const custom = { subject: 'One-off', text: 'One' };
    await send({ custom, users: ['R1'] });

    expect(await faultOf(send({ ...same, users: ['R1'] }))).toMatchObject({
      code: 'sent_recently',
    });
    expect(await faultOf(send({ custom, users: ['R1'] }))).toMatchObject({ code: 'sent_recently' });
    expect(await send({ custom: { ...custom, text: 'Two' }, users: ['R1'] })).toMatchObject({
      planned: 1,
    });
  });

  test('is skipped for those who got it, and sent to the others, or sent to all again', async () => {
    const skipping = await send({ ...same, users: ['R1', 'R2'], recently: 'skip' });
    const again = await send({ ...same, users: ['R1', 'R2'], recently: 'again' });

    expect(await frozenOf(skipping.campaignId)).toMatchObject([
      { code: 'R1', state: 'skipped', reason: 'sent_recently' },
      { code: 'R2', state: 'planned' },
    ]);
    expect(again).toMatchObject({ planned: 2 });
  });

  test('an account that was merged counts for its survivor', async () => {
    const [old = '', kept = ''] = await addUsers(store.db.pool, [
      { code: 'M1', email: 'm1@example.org' },
      { code: 'M2', email: 'm2@example.org' },
    ]);
    const { campaignId } = await send({ letter: 'Recent', users: ['M1'] });
    await sentBefore(campaignId, 1);
    await store.db.pool.query(
      `with merged as (insert into merge (id, survivor_id, absorbed_id, images_removed_at)
         values (gen_random_uuid(), $2, $1, now()))
       update "user" set status = 'merged', merged_into_id = $2 where id = $1`,
      [old, kept],
    );

    const fault = await faultOf(send({ letter: 'Recent', users: ['M2'] }));

    expect(fault).toMatchObject({ code: 'sent_recently', details: { people: 1, campaignId } });
  });

  test('of commands at once exactly one goes through', async () => {
    await addLetter('At once');
    const request = { letter: 'At once', users: ['R1', 'R2'] };
    // A user whose row is locked keeps each of them in the middle of its freeze.
    const holder = await store.db.pool.connect();
    await holder.query('begin');
    await holder.query(`select from "user" where code = 'R1' for update`);

    const sending = Promise.allSettled([1, 2, 3].map(() => send(request)));
    await untilBlocked(store.db, 3);
    await holder.query('commit');
    holder.release();
    const ends = await sending;

    const refused = ends.flatMap((end): Fault[] => (end.status === 'rejected' ? [end.reason] : []));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(refused.map(({ code, details }) => [code, details['people']])).toEqual([
      ['sent_recently', 2],
      ['sent_recently', 2],
    ]);
  });
});

test('a user who is merged while the letter is frozen gets it as the survivor', async () => {
  const [old = '', kept = ''] = await addUsers(store.db.pool, [
    { code: 'J1', email: 'j1@example.org' },
    { code: 'J2', email: 'j2@example.org' },
  ]);
  const merging = await store.db.pool.connect();
  await merging.query('begin');
  await merging.query(`select from "user" where id = any ($1) for update`, [[old, kept]]);

  const sending = send(oneOff({ users: ['J1'] }));
  await untilBlocked(store.db);
  await merging.query(
    `insert into merge (id, survivor_id, absorbed_id, images_removed_at)
     values (gen_random_uuid(), $1, $2, now())`,
    [kept, old],
  );
  await merging.query(
    `update "user" set status = 'merged', merged_into_id = $1, email = null, email_key = null where id = $2`,
    [kept, old],
  );
  await merging.query('commit');
  merging.release();

  expect(await frozenOf((await sending).campaignId)).toMatchObject([
    { code: 'J2', state: 'planned' },
  ]);
});

test('too many recipients, or another number than was confirmed, put a campaign on hold', async () => {
  await addUsers(store.db.pool, [
    { code: 'G1', email: 'g1@example.org', department: 'Gate' },
    { code: 'G2', email: 'g2@example.org', department: 'Gate' },
  ]);
  const filter = 'department eq "Gate"';
  const settings = { gate: 1 };
  const reason = 'all of them asked for it';
  const target = await addTarget(store.db, ['campaign_held']);

  const many = await send(oneOff({ filter }), { settings });
  const other = await send(oneOff({ filter, expect: 3 }));
  const raised = await send(oneOff({ filter, gate: 2, reason, expect: 2 }), { settings });
  const alone = await faultOf(
    send(oneOff({ filter, gate: 2, reason }), { settings: { gate: 1, twoPeople: true } }),
  );
  const without = await faultOf(send(oneOff({ filter, gate: 2 }), { settings }));

  expect(many).toMatchObject({
    state: 'held',
    held: [{ gate: 'recipients', count: 2, limit: 1 }],
  });
  expect(other).toMatchObject({ state: 'held', held: [{ gate: 'expect', count: 2, limit: 3 }] });
  expect(raised).toMatchObject({ state: 'planned', held: [] });
  const { rows: recorded } = await store.db.pool.query<{ field: string; after: unknown }>(
    `select v.field, v.after from audit_event e join audit_value v on v.event_id = e.id
     where e.subject_id = $1 order by v.field`,
    [raised.campaignId],
  );
  expect(recorded).toEqual([
    { field: 'gate', after: 2 },
    { field: 'reason', after: reason },
  ]);
  expect(alone).toMatchObject({ kind: 'forbidden', code: 'two_people_needed' });
  expect(await raisedFor(store.db, target)).toMatchObject([
    { data: { campaignId: many.campaignId, recipients: 2, held: many.held } },
    { data: { campaignId: other.campaignId } },
  ]);
  expect(without).toMatchObject({ kind: 'usage', code: 'reason_needed' });
});

test('where nobody can get it, nothing is recorded', async () => {
  await addUsers(store.db.pool, [{ code: 'N1' }]);
  const before = (await listCampaigns(owner, {})).campaigns.length;

  const none = await faultOf(send(oneOff({ users: ['N1'] })));
  const noOne = await faultOf(send(oneOff({ filter: 'department eq "nowhere"' })));

  expect([none, noOne]).toMatchObject([{ code: 'nobody_to_send' }, { code: 'nobody_to_send' }]);
  expect((await listCampaigns(owner, {})).campaigns).toHaveLength(before);
});

test('a preview counts and names people, and records nothing', async () => {
  await addUsers(store.db.pool, [
    { code: 'P1', email: 'p1@example.org', firstName: 'Ann', lastName: 'One', department: 'Pre' },
    { code: 'P2', department: 'Pre' },
    { code: 'P3', email: 'p3@example.org', department: 'Pre' },
  ]);
  const request = oneOff({ filter: 'department eq "Pre"', at: '2027-01-04T09:00' });

  const shown = await preview(request);

  expect(shown).toMatchObject({
    letter: null,
    chosen: 3,
    recipients: 2,
    leftOut: { inactive: 0, no_address: 1, sent_recently: 0 },
    suppressed: 0,
    sample: ['Ann One', 'P3'],
    sink: true,
    sendAt: '2027-01-04T08:00:00.000Z',
    timeZone: 'Europe/Vienna',
    needsApproval: false,
  });
});

test('a one-off is checked before it is frozen, and a preview counts what people do not have', async () => {
  await addUsers(store.db.pool, [
    { code: 'K1', email: 'k1@example.org', firstName: 'Ann' },
    { code: 'K2', email: 'k2@example.org' },
  ]);
  const custom = { subject: 'Dear {{ user.firstName }}', text: '{{ values.day }}' };
  const request = { users: ['K1', 'K2'], values: { day: 'Monday' } };

  const wrong = await faultOf(send({ ...request, custom: { ...custom, text: '{{ user.pay }}' } }));
  const shown = await preview({ ...request, custom });

  expect(wrong).toMatchObject({ kind: 'usage', code: 'bad_letter' });
  expect(shown.missing).toEqual([{ path: 'user.firstName', people: 1 }]);
});

describe('a manager', () => {
  let manager: OperationContext;
  let mine: string;

  beforeAll(async () => {
    const [one, other] = await Promise.all(
      ['MINE', 'OTHER'].map((code) => createOrganization(owner, { code, name: code })),
    );
    mine = one?.id ?? '';
    manager = await actor(store.db, 'manager', [mine]);
    await addUsers(store.db.pool, [
      { code: 'O1', email: 'o1@example.org', organizationId: mine, department: 'Orgs' },
      { code: 'O2', email: 'o2@example.org', organizationId: mine, department: 'Orgs' },
      { code: 'X1', email: 'x1@example.org', organizationId: other?.id ?? '', department: 'Orgs' },
    ]);
  });

  test('sends to people of the own organizations, however they are chosen', async () => {
    const { campaignId } = await send(oneOff({ filter: 'department eq "Orgs"' }), { as: manager });
    const foreign = await faultOf(send(oneOff({ users: ['X1'] }), { as: manager }));

    expect((await frozenOf(campaignId)).map(({ code }) => code)).toEqual(['O1', 'O2']);
    expect(foreign).toMatchObject({ code: 'user_not_found' });
  });

  test('sees the own campaigns only, and nothing of people who left the reach', async () => {
    const foreign = await send(oneOff({ users: ['X1'] }));
    const own = await send(oneOff({ users: ['O1', 'O2'] }), { as: manager });
    await store.db.pool.query(`update "user" set organization_id = null where code = 'O2'`);

    const { campaigns } = await listCampaigns(manager, {});
    const hidden = await faultOf(showCampaign(manager, foreign.campaignId));
    const rows = [];
    for await (const one of await campaignRecipients(manager, {
      campaign: own.campaignId,
      key: null,
    })) {
      rows.push([one.n, one.name, one.code, one.userId === null]);
    }

    expect(campaigns.every(({ createdBy }) => createdBy.startsWith('manager'))).toBe(true);
    expect(campaigns.map(({ campaignId }) => campaignId)).toContain(own.campaignId);
    expect(hidden).toMatchObject({ kind: 'not_found', code: 'campaign_not_found' });
    expect(rows).toEqual([
      [1, 'O1', 'O1', false],
      [2, OUTSIDE, null, true],
    ]);
  });

  test('a viewer may not send, and sees no campaigns', async () => {
    const viewer = await actor(store.db, 'viewer', []);

    expect(await faultOf(send(oneOff({ users: ['O1'] }), { as: viewer }))).toMatchObject({
      kind: 'forbidden',
    });
    expect(await faultOf(listCampaigns(viewer, {}))).toMatchObject({ kind: 'forbidden' });
  });
});

test('the recipients of a campaign whose deliveries were removed are not shown as nobody', async () => {
  await addUsers(store.db.pool, [{ code: 'D1', email: 'd1@example.org' }]);
  const { campaignId } = await send(oneOff({ users: ['D1'] }));
  await store.db.pool.query(`update campaign set forgotten_at = now() where id = $1`, [campaignId]);

  const fault = await faultOf(campaignRecipients(owner, { campaign: campaignId, key: null }));

  expect(fault).toMatchObject({ kind: 'state', code: 'campaign_forgotten' });
});

test('campaigns are listed newest first, by state and page by page', async () => {
  const ids = [];
  await addUsers(store.db.pool, [{ code: 'L1', email: 'l1@example.org' }]);
  for (let n = 0; n < 3; n++) ids.unshift((await send(oneOff({ users: ['L1'] }))).campaignId);
  const [newest = ''] = ids;

  const first = await listCampaigns(owner, { limit: 2 });
  const rest = await listCampaigns(owner, { limit: 1, cursor: first.next ?? '' });
  const held = await listCampaigns(owner, { state: 'held' });

  expect(first.campaigns.map(({ campaignId }) => campaignId)).toEqual(ids.slice(0, 2));
  expect(rest.campaigns.map(({ campaignId }) => campaignId)).toEqual(ids.slice(2));
  expect(held.campaigns.every(({ state }) => state === 'held')).toBe(true);
  expect((await showCampaign(owner, newest.slice(0, 35))).campaignId).toBe(newest);
});
