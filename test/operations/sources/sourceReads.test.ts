import { randomBytes } from 'node:crypto';
import { addSource } from '../../../operations/sources/addSource';
import type { SourceContext } from '../../../operations/sources/polledSource';
import { previewPerson, readPerson } from '../../../operations/sources/previewPerson';
import { setSource } from '../../../operations/sources/setSource';
import { testSource } from '../../../operations/sources/testSource';
import { wordedPerson, wordedPreview } from '../../../client/words';
import { addIdentity, everything } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { tinyHr } from '../../support/fakes/tinyHr';
import { addUsers } from '../../support/users';
import { faultOf, ownerOf } from '../support';
import { faultWords } from '../../support/words';

const store = testDatabase();
const hr = tinyHr([
  { id: '1', number: 'E1', email: 'ann@example.org', firstName: 'Ann', department: 'Sales' },
  { id: '2', number: 'E2', email: 'not an address', firstName: 'Bo' },
  { id: '3', number: 'E3', email: 'cy@example.org', firstName: 'Cy', status: 'Sabbatical' },
]);
const keys = [randomBytes(32)];
const source = { id: '' };

const context = (): SourceContext => ({ ...ownerOf(store), keys, allowPrivateHosts: [hr.host] });

beforeAll(async () => {
  await addSource(context(), {
    name: 'hr',
    type: 'bamboohr',
    config: { company: 'acme' },
    secrets: { apiKey: hr.key },
    baseUrl: hr.baseUrl,
  });
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from source where name = 'hr'`,
  );
  source.id = rows[0]?.id ?? '';
});

/** The complete store, and how many runs and staged rows it has. */
async function all(): Promise<unknown> {
  const { rows } = await store.db.pool.query(
    `select (select count(*)::int from run) as runs, (select count(*)::int from staged_row) as staged,
       (select count(*)::int from plan_entry) as entries, (select count(*)::int from run_message) as told`,
  );
  return [await everything(store.db.pool), rows];
}

test('a test shows the first people with what is wrong, and stores nothing', async () => {
  const before = await all();

  const test = await testSource(context(), { name: 'hr', people: 2 });
  const people = test.people.map(wordedPerson);

  expect({ ...test, people }).toMatchObject({
    read: { pages: 1, people: 3, ended: true, total: 3, complete: true, why: null },
    people: [
      {
        externalId: '1',
        status: 'active',
        sourceStatus: 'Active',
        fields: { code: 'E1', email: 'ann@example.org', department: 'Sales' },
        faults: [],
      },
      { externalId: '2', faults: [{ field: 'email', code: 'bad_email' }] },
    ],
    coverage: { email: 3, firstName: 3, department: 1, lastName: 0 },
    empty: expect.arrayContaining(['lastName', 'manager']),
    faulty: 2,
  });
  expect(test.read.calls).toBeGreaterThan(0);
  expect(await all()).toEqual(before);
});

test('refused credentials are reported without the credentials, though the system repeats them', async () => {
  await setSource(context(), { name: 'hr', secrets: { apiKey: 'canary-wrong-key-55' } });

  const fault = await faultOf(testSource(context(), { name: 'hr' }));

  await setSource(context(), { name: 'hr', secrets: { apiKey: hr.key } });
  expect(faultWords(fault)).toMatchObject({
    kind: 'forbidden',
    code: 'credentials_refused',
    next: expect.stringContaining('rollcall sources set hr --secret apiKey=-'),
  });
  expect(JSON.stringify(fault) + String(fault) + ((fault as Error).stack ?? '')).not.toMatch(
    /canary-wrong|Y2FuYXJ5/,
  );
});

test('a system that asks for a longer pause than a person waits is reported as such', async () => {
  hr.busySeconds = 1_800;

  const fault = await faultOf(testSource(context(), { name: 'hr' }));

  expect(fault).toMatchObject({ kind: 'unavailable', code: 'source_asks_to_wait' });
});

test('a private address that is not allowed is not called', async () => {
  const calls = hr.calls;

  const fault = await faultOf(testSource({ ...context(), allowPrivateHosts: [] }, { name: 'hr' }));

  expect(faultWords(fault)).toMatchObject({
    code: 'host_refused',
    next: expect.stringContaining(`ROLLCALL_ALLOW_PRIVATE_HOSTS=${hr.host}`),
  });
  expect(hr.calls).toBe(calls);
});

test('one person is asked for by the id that the source has', async () => {
  const found = await readPerson(context(), { name: 'hr', externalId: '1' });
  const gone = await readPerson(context(), { name: 'hr', externalId: '99' });

  expect(found).toMatchObject({ read: 'found', mapped: { fields: { firstName: 'Ann' } } });
  expect(gone).toMatchObject({ read: 'gone', mapped: null });
});

describe('a preview of one person', () => {
  const preview = async (externalId: string) =>
    wordedPreview(await previewPerson(context(), { name: 'hr', externalId }));

  test('shows with whom they would be matched, by what, and what would be changed', async () => {
    const [userId = ''] = await addUsers(store.db.pool, [
      { email: 'Ann@example.org', code: 'E1', firstName: 'Anna' },
    ]);
    const before = await all();

    const { matched, planned } = await preview('1');

    expect(matched).toEqual({ matchedBy: 'code', userId, code: 'E1', login: null });
    expect(planned).toMatchObject({ action: 'update', changes: { firstName: ['Anna', 'Ann'] } });
    expect(await all()).toEqual(before);
  });

  test('shows a new person, and one who stays as they are', async () => {
    hr.people = [...hr.people, { id: '5', number: 'E5', email: 'di@example.org' }];
    const created = await preview('5');
    const [userId = ''] = await addUsers(store.db.pool, [
      { code: 'E5', login: 'di@example.org', email: 'di@example.org', hireDate: '2020-01-01' },
    ]);
    await addIdentity(store.db.pool, { userId, sourceId: source.id, externalId: '5' });
    const same = await preview('5');

    expect(created).toMatchObject({
      matched: { matchedBy: 'none', userId: null },
      planned: { action: 'create', changes: { email: [null, 'di@example.org'] } },
    });
    expect(same).toMatchObject({ matched: { matchedBy: 'identity', userId }, planned: null });
  });

  test('shows a conflict with the command that resolves it', async () => {
    hr.people = [...hr.people, { id: '6', number: 'E1', email: 'di@example.org' }];

    const { planned, messages } = await preview('6');

    expect(planned).toMatchObject({ action: 'conflict' });
    expect(messages).toMatchObject([{ message: expect.stringMatching(/E1|users/) }]);
  });

  test('ends at the faults of a record that would be an error', async () => {
    const { mapped, matched, planned } = await preview('3');

    expect(mapped?.faults).toMatchObject([{ code: 'unknown_status' }]);
    expect([matched, planned]).toEqual([null, null]);
  });
});
