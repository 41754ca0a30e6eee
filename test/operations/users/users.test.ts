import { Fault } from '../../../domain/faults';
import { newId } from '../../../store/database/db';
import { createOrganization } from '../../../operations/users/organizations';
import { listMastering, setMastering } from '../../../operations/sources/mastering';
import { createProperty, deleteProperty } from '../../../operations/users/properties';
import { linkUser, unlinkUser } from '../../../operations/users/links';
import { createUser, editUser, protectUser } from '../../../operations/users/userEdits';
import { listUsers, showUser } from '../../../operations/users/users';
import {
  deleteFilter,
  listFilters,
  renameFilter,
  saveFilter,
} from '../../../operations/users/filters';
import type { OperationContext } from '../../../operations/context';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers, audited } from '../../support/users';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  await createOrganization(owner, { code: 'Sales', name: 'Sales and marketing' });
  await createOrganization(owner, { code: 'OPS', name: 'Operations' });
  await createProperty(owner, { key: 'level', name: 'Level', type: 'number' });
  await createProperty(owner, { key: 'badge', name: 'Badge', type: 'text' });
});

async function fault(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault) return error;
  throw new Error(`no fault but ${String(error)}`);
}

async function epochs(): Promise<Record<string, number>> {
  const { rows } = await store.db.pool.query<{ name: string; epoch: number }>(
    'select name, epoch from source',
  );
  return Object.fromEntries(rows.map(({ name, epoch }) => [name, epoch]));
}

describe('creating a user by hand', () => {
  test('keeps what is given, makes it sticky, and gives the rest its default', async () => {
    const boss = await createUser(owner, { set: { code: 'BOSS' } });

    const user = await createUser(owner, {
      set: {
        email: 'Zoe@example.com',
        'first-name': ' Zoë ',
        organization: 'sales',
        manager: 'BOSS',
        hireDate: '2024-02-29',
        'properties.level': '7.5',
      },
    });

    expect(user).toMatchObject({
      code: null,
      login: 'Zoe@example.com',
      email: 'Zoe@example.com',
      firstName: 'Zoë',
      status: 'active',
      organization: 'Sales',
      manager: 'BOSS',
      managerId: boss.id,
      hireDate: '2024-02-29',
      properties: { level: 7.5 },
      sticky: ['email', 'firstName', 'organization', 'manager', 'hireDate', 'properties.level'],
      version: 1,
      identities: [],
    });
    expect(await audited(store.db, user.id)).toEqual([
      { action: 'user.create', actorId: owner.actorId, fields: user.sticky },
    ]);
  });

  test('needs a key', async () => {
    expect(await fault(createUser(owner, { set: { firstName: 'Nobody' } }))).toMatchObject({
      kind: 'usage',
      code: 'no_key',
    });
  });

  test.each([
    [{ email: 'nobody' }, 'bad_email'],
    [{ hireDate: '31.12.2024' }, 'bad_date'],
    [{ status: 'activ' }, 'unknown_status'],
    [{ organization: 'nosuch' }, 'unknown_organization'],
    [{ 'properties.level': 'seven' }, 'bad_number'],
    [{ 'properties.nosuch': 'x' }, 'unknown_field'],
    [{ fristName: 'x' }, 'unknown_field'],
    [{ firstName: '  ' }, 'empty_value'],
    [{ firstName: 'a\u0000b' }, 'control_character'],
    [{ manager: 'nobody-like-that' }, 'user_not_found'],
  ])('refuses %j as %s', async (set, code) => {
    const { rows: before } = await store.db.pool.query('select count(*) from "user"');

    expect(await fault(createUser(owner, { set: { code: newId(), ...set } }))).toMatchObject({
      code,
    });
    expect((await store.db.pool.query('select count(*) from "user"')).rows).toEqual(before);
  });

  test('refuses a key that another user has, and names that user', async () => {
    const holder = await createUser(owner, { set: { login: 'Taken@example.com' } });

    const refused = await fault(createUser(owner, { set: { login: ' taken@EXAMPLE.com' } }));

    expect(refused).toMatchObject({ kind: 'conflict', code: 'key_taken' });
    expect(refused.message).toContain(holder.id);
  });

  test('names the key as it was given, and the code of its holder', async () => {
    const email = { email: 'given@example.com' };
    const holder = await createUser(owner, { set: { code: 'GIVEN', ...email } });

    const both = await fault(createUser(owner, { set: email }));
    await editUser(owner, { user: 'GIVEN', clear: ['email'] });
    const login = await fault(createUser(owner, { set: email }));

    const who = `user GIVEN (${holder.id})`;
    expect(both.message).toBe(`This e-mail belongs to ${who}.`);
    expect(login.message).toBe(`The login that comes of it belongs to ${who}.`);
  });

  test('lets one of several at once have a key', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 5 }, () => createUser(owner, { set: { code: 'RACE' } })),
    );

    const lost = all.filter((r) => r.status === 'rejected').map((r): unknown => r.reason);
    expect(lost).toHaveLength(4);
    for (const reason of lost) expect(reason).toMatchObject({ code: 'key_taken' });
  });
});

describe('editing a user', () => {
  test('sets and clears fields, makes them sticky, and counts the version up', async () => {
    const user = await createUser(owner, {
      set: { code: 'ED-1', firstName: 'A', lastName: 'B', 'properties.badge': 'x' },
    });

    const edited = await editUser(owner, {
      user: 'ED-1',
      set: { email: 'ED1@example.com', 'properties.level': '3' },
      clear: ['lastName', 'properties.badge', 'department'],
    });

    expect(edited).toMatchObject({
      id: user.id,
      email: 'ED1@example.com',
      lastName: null,
      properties: { level: 3 },
      version: 2,
    });
    expect([...edited.sticky].sort()).toEqual([
      'code',
      'department',
      'email',
      'firstName',
      'lastName',
      'properties.badge',
      'properties.level',
    ]);
    expect((await audited(store.db, user.id)).at(-1)).toMatchObject({
      action: 'user.edit',
      fields: ['lastName', 'properties.badge', 'department', 'email', 'properties.level'],
    });
    expect(edited.updatedAt >= user.updatedAt).toBe(true);
  });

  test('takes a login that is the e-mail along, unless it is set on its own or another user has it', async () => {
    const set = (user: string, fields: Record<string, string>) =>
      editUser(owner, { user, set: fields });
    await createUser(owner, { set: { code: 'LO-1', email: 'lo1@example.com' } });
    await createUser(owner, { set: { code: 'LO-2', login: 'lo2@example.com' } });

    const first = await set('LO-1', { email: 'lo1b@example.com' });
    const other = await set('LO-1', { email: 'lo2@example.com' });
    const own = await set('LO-2', { email: 'lo3@example.com' });

    expect(first).toMatchObject({ login: 'lo1b@example.com', sticky: ['code', 'email'] });
    expect((await audited(store.db, first.id))[1]).toMatchObject({ fields: ['email', 'login'] });
    expect(other.login).toBe('lo1b@example.com');
    expect(own.login).toBe('lo2@example.com');
  });

  test('releases fields to the sources, values kept', async () => {
    await createUser(owner, { set: { code: 'REL-1', firstName: 'A', lastName: 'B' } });

    const one = await editUser(owner, { user: 'REL-1', release: ['first-name'] });
    const all = await editUser(owner, { user: 'REL-1', release: ['all'], set: { phone: '1' } });

    expect(one).toMatchObject({ firstName: 'A', sticky: ['code', 'lastName'], version: 2 });
    expect(all).toMatchObject({ lastName: 'B', sticky: ['phone'], version: 3 });
    expect((await audited(store.db, all.id)).map(({ action, fields }) => [action, fields])).toEqual(
      [
        ['user.create', ['code', 'firstName', 'lastName']],
        ['user.release', ['firstName']],
        ['user.edit', ['phone']],
        ['user.release', ['code', 'lastName']],
      ],
    );
  });

  test('writes nothing where nothing changes', async () => {
    await createUser(owner, { set: { code: 'SAME', firstName: 'A', hireDate: '2024-01-01' } });

    const same = await editUser(owner, {
      user: 'SAME',
      set: { firstName: 'A', hireDate: '2024-01-01' },
    });

    expect(same.version).toBe(1);
    expect(await audited(store.db, same.id)).toHaveLength(1);
  });

  test('keeps the moment of a deactivation that is repeated, and forgets it at an activation', async () => {
    await createUser(owner, { set: { code: 'ST-1' } });
    const off = await editUser(owner, { user: 'ST-1', set: { status: 'inactive' } });
    const again = await editUser(owner, { user: 'ST-1', set: { status: 'inactive' } });
    const on = await editUser(owner, { user: 'ST-1', set: { status: 'active' } });

    expect(off.deactivatedAt).not.toBeNull();
    expect(again).toMatchObject({ deactivatedAt: off.deactivatedAt, version: off.version });
    expect(on).toMatchObject({ status: 'active', deactivatedAt: null });
  });

  test('changes the shown login without a clash with itself', async () => {
    await createUser(owner, { set: { login: 'me@example.com' } });

    const edited = await editUser(owner, {
      user: 'me@example.com',
      set: { login: 'Me@Example.com' },
    });

    expect(edited.login).toBe('Me@Example.com');
  });

  test('does not clear the last key, nor make a user their own manager', async () => {
    await createUser(owner, { set: { code: 'LAST' } });

    expect(await fault(editUser(owner, { user: 'LAST', clear: ['code', 'login'] }))).toMatchObject({
      code: 'no_key',
    });
    expect(await fault(editUser(owner, { user: 'LAST', set: { manager: 'LAST' } }))).toMatchObject({
      code: 'own_manager',
    });
    expect(await fault(editUser(owner, { user: 'LAST', clear: ['status'] }))).toMatchObject({
      code: 'cannot_clear',
    });
  });

  test('of a merged account lands on the survivor', async () => {
    const survivor = await createUser(owner, { set: { code: 'SURV' } });
    await addUsers(store.db.pool, [{ code: 'GONE', status: 'merged', mergedIntoId: survivor.id }]);

    const edited = await editUser(owner, { user: 'GONE', set: { firstName: 'Kept' } });

    expect(edited).toMatchObject({ id: survivor.id, firstName: 'Kept' });
    expect(await showUser(owner, 'GONE')).toMatchObject({
      status: 'merged',
      mergedIntoId: survivor.id,
      firstName: null,
    });
  });

  test('by many at once loses nothing', async () => {
    await createUser(owner, { set: { code: 'MANY' } });
    const fields = ['firstName', 'lastName', 'department', 'location', 'phone', 'properties.badge'];

    await Promise.all(
      fields.map((field) => editUser(owner, { user: 'MANY', set: { [field]: field } })),
    );

    const user = await showUser(owner, 'MANY');
    expect(user).toMatchObject({ firstName: 'firstName', phone: 'phone', version: 7 });
    expect([...user.sticky].sort()).toEqual(['code', ...fields].sort());
  });

  test('says when a reference names two people', async () => {
    const a = await createUser(owner, { set: { code: 'two@example.com' } });
    const b = await createUser(owner, { set: { login: 'x2', email: 'two@example.com' } });

    const refused = await fault(editUser(owner, { user: 'two@example.com', set: { phone: '1' } }));

    expect(refused).toMatchObject({ kind: 'usage', code: 'user_ambiguous' });
    expect(refused.message).toContain(a.id);
    expect(refused.message).toContain(b.id);
  });
});

test('protecting a user is recorded and counted once', async () => {
  await createUser(owner, { set: { code: 'PROT' } });

  await protectUser(owner, { user: 'PROT', on: true });
  const on = await protectUser(owner, { user: 'PROT', on: true });
  const off = await protectUser(owner, { user: 'PROT', on: false });

  expect(on).toMatchObject({ protected: true, version: 2 });
  expect(off).toMatchObject({ protected: false, version: 3 });
});

describe('links', () => {
  const csv = { source: 'csv' } as const;

  test('give a source id to a user, and make the source compare in full again', async () => {
    const user = await createUser(owner, { set: { code: 'LINK-1' } });
    const before = await epochs();

    const linked = await linkUser(owner, { ...csv, user: 'LINK-1', externalId: ' 10042 ' });

    expect(linked).toMatchObject({
      id: user.id,
      version: 2,
      identities: [{ source: 'csv', externalId: '10042' }],
    });
    expect(await epochs()).toEqual({ ...before, csv: (before['csv'] ?? 0) + 1 });
    expect((await audited(store.db, user.id)).at(-1)).toMatchObject({
      action: 'user.link',
      fields: ['identities'],
    });
  });

  test("name the user whom a source knows under a number that is nobody's code any more", async () => {
    const user = await createUser(owner, { set: { code: 'OLDNO', login: 'old-no' } });
    await linkUser(owner, { user: user.id, source: 'csv', externalId: 'OLDNO' });
    await editUser(owner, { user: user.id, set: { code: 'NEWNO' } });

    expect(await fault(showUser(owner, 'OLDNO'))).toMatchObject({
      code: 'user_not_found',
      message:
        'No user has the id, code, login or e-mail "OLDNO"; the source csv knows user NEWNO ' +
        `(${user.id}) under that number.`,
      next: { do: 'showUser', user: user.id },
    });
  });

  test('move only when asked to', async () => {
    const holder = await createUser(owner, { set: { code: 'LINK-2' } });
    const other = await createUser(owner, { set: { code: 'LINK-3' } });
    await linkUser(owner, { ...csv, user: 'LINK-2', externalId: 'M-1' });

    const refused = await fault(linkUser(owner, { ...csv, user: 'LINK-3', externalId: 'M-1' }));
    const moved = await linkUser(owner, { ...csv, user: 'LINK-3', externalId: 'M-1', move: true });

    expect(refused).toMatchObject({ kind: 'conflict', code: 'identity_held' });
    expect(refused.message).toContain(holder.id);
    expect(moved).toMatchObject({ id: other.id, identities: [{ externalId: 'M-1' }] });
    expect(await showUser(owner, 'LINK-2')).toMatchObject({ identities: [], version: 3 });
  });

  test('done twice are written once', async () => {
    await createUser(owner, { set: { code: 'LINK-4' } });
    await linkUser(owner, { ...csv, user: 'LINK-4', externalId: 'T-1' });
    const before = await epochs();

    const again = await linkUser(owner, { ...csv, user: 'LINK-4', externalId: 'T-1' });

    expect(again.version).toBe(2);
    expect(await epochs()).toEqual(before);
  });

  test('are taken away from who has them only', async () => {
    await createUser(owner, { set: { code: 'LINK-5' } });
    await linkUser(owner, { ...csv, user: 'LINK-5', externalId: 'U-1' });

    const other = await fault(unlinkUser(owner, { ...csv, user: 'BOSS', externalId: 'U-1' }));
    const unlinked = await unlinkUser(owner, { ...csv, user: 'LINK-5', externalId: 'U-1' });

    expect(other).toMatchObject({ kind: 'not_found', code: 'identity_not_found' });
    expect(unlinked).toMatchObject({ identities: [], version: 3 });
  });

  test('are between a user and a source that has ids', async () => {
    const link = (source: string) => linkUser(owner, { user: 'BOSS', source, externalId: '1' });

    expect(await fault(link('nosuch'))).toMatchObject({ kind: 'not_found' });
    expect(await fault(link('admin'))).toMatchObject({ kind: 'usage' });
  });

  test.each(['', ' ', 'a\0b', 'x'.repeat(256)])(
    'have an id that can be one, unlike %j',
    async (id) => {
      const link = linkUser(owner, { ...csv, user: 'BOSS', externalId: id });

      expect(await fault(link)).toMatchObject({ kind: 'usage', code: 'bad_external_id' });
    },
  );
});

describe('a manager', () => {
  test('sees and touches the users of the own organizations only', async () => {
    const { rows } = await store.db.pool.query<{ id: string }>(
      `select id from organization where code = 'OPS'`,
    );
    const [ops = ''] = rows.map(({ id }) => id);
    const manager = await actor(store.db, 'manager', [ops]);
    await createUser(owner, { set: { code: 'OPS-1', organization: 'ops' } });
    await createUser(owner, { set: { code: 'SALES-1', organization: 'sales' } });

    expect((await listUsers(manager, { status: 'all' })).users.map(({ code }) => code)).toEqual([
      'OPS-1',
    ]);
    expect(await fault(showUser(manager, 'SALES-1'))).toMatchObject({ kind: 'not_found' });
    expect(await fault(editUser(manager, { user: 'SALES-1', set: { phone: '1' } }))).toMatchObject({
      kind: 'not_found',
    });
    expect(
      await fault(editUser(manager, { user: 'OPS-1', clear: ['organization'] })),
    ).toMatchObject({ code: 'foreign_organization' });
    // As an organization that does not exist.
    for (const organization of ['sales', 'no-such']) {
      expect(
        await fault(editUser(manager, { user: 'OPS-1', set: { organization } })),
      ).toMatchObject({ kind: 'usage', code: 'unknown_organization' });
    }
    expect(await fault(createUser(manager, { set: { code: 'N-1' } }))).toMatchObject({
      code: 'organization_needed',
    });
    expect(await createUser(manager, { set: { code: 'N-1', organization: 'OPS' } })).toMatchObject({
      organization: 'OPS',
    });
  });

  test('does not link, nor declare properties; a viewer edits nobody', async () => {
    const manager = await actor(store.db, 'manager', []);
    const viewer = await actor(store.db, 'viewer');

    const refused = [
      linkUser(manager, { user: 'BOSS', source: 'csv', externalId: '1' }),
      createProperty(manager, { key: 'mine', name: 'Mine', type: 'text' }),
      editUser(viewer, { user: 'BOSS', set: { phone: '1' } }),
      saveFilter(viewer, { name: 'x', filter: 'code pr' }),
    ];

    for (const work of refused) expect(await fault(work)).toMatchObject({ kind: 'forbidden' });
    expect(await showUser(viewer, 'BOSS')).toMatchObject({ code: 'BOSS' });
  });
});

describe('properties', () => {
  test('are deleted only while no user has a value', async () => {
    await createProperty(owner, { key: 'short', name: 'Short', type: 'text' });
    await createUser(owner, { set: { code: 'PR-1', 'properties.short': 'x' } });
    const before = await epochs();

    expect(await fault(deleteProperty(owner, 'short'))).toMatchObject({
      kind: 'conflict',
      code: 'property_used',
    });
    await editUser(owner, { user: 'PR-1', clear: ['properties.short'] });
    await deleteProperty(owner, 'short');

    expect(
      await fault(createUser(owner, { set: { code: 'x', 'properties.short': 'y' } })),
    ).toMatchObject({
      code: 'unknown_field',
    });
    expect((await epochs())['csv']).toBe((before['csv'] ?? 0) + 1);
  });

  test('take the list of the sources that decide them along', async () => {
    await createProperty(owner, { key: 'decided', name: 'Decided', type: 'text' });
    await setMastering(owner, { field: 'properties.decided', sources: ['csv'] });

    await deleteProperty(owner, 'decided');

    expect(await listMastering(owner)).toEqual([]);
  });

  test('have keys that differ in more than case', async () => {
    expect(
      await fault(createProperty(owner, { key: 'LEVEL', name: 'L', type: 'text' })),
    ).toMatchObject({
      code: 'property_exists',
    });
    expect(
      await fault(createProperty(owner, { key: 'a-b', name: 'L', type: 'text' })),
    ).toMatchObject({
      code: 'bad_key',
    });
  });
});

describe('saved filters', () => {
  test('are checked, kept, used, renamed and deleted', async () => {
    await createUser(owner, { set: { code: 'SF-1', department: 'Legal' } });
    await saveFilter(owner, { name: 'legal', filter: 'department eq "legal"' });

    const { users, count } = await listUsers(owner, { saved: 'legal', count: true });
    await renameFilter(owner, { name: 'legal', to: 'Lawyers' });

    expect(users.map(({ code }) => code)).toEqual(['SF-1']);
    expect(count).toBe(1);
    expect((await listFilters(owner)).map(({ name }) => name)).toEqual(['Lawyers']);
    expect(await fault(listUsers(owner, { saved: 'legal' }))).toMatchObject({ kind: 'not_found' });
    await deleteFilter(owner, 'Lawyers');
    expect(await listFilters(owner)).toEqual([]);
  });

  test('that do not parse are not kept', async () => {
    expect(await fault(saveFilter(owner, { name: 'bad', filter: 'nosuch eq 1' }))).toMatchObject({
      kind: 'usage',
      code: 'filter_attribute',
    });
    expect(await listFilters(owner)).toEqual([]);
  });
});
