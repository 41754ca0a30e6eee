import { tokenEnd } from '../../../domain/admins/token';
import { addAdmin, disableAdmin, listAdmins, setAdmin } from '../../../operations/admins/admins';
import {
  createToken,
  listTokens,
  recoverToken,
  revokeToken,
} from '../../../operations/admins/tokens';
import { actAs, type OperationContext } from '../../../operations/context';
import { createOrganization, listOrganizations } from '../../../operations/users/organizations';
import { createBulk } from '../../../operations/users/bulk';
import { editUser } from '../../../operations/users/userEdits';
import { OWNER_ID } from '../../../store/sources/sources';
import { testDatabase } from '../../support/postgres';
import { eventually } from '../../support/stack';
import { addUsers, audited } from '../../support/users';
import { faultOf, ownerOf } from '../support';

const database = testDatabase();
const owner = (): OperationContext => ownerOf(database);

beforeEach(async () => {
  const { pool } = database.db;
  await pool.query(
    `update admin set level = 'owner', disabled_at = null, user_id = null where id = $1`,
    [OWNER_ID],
  );
  await pool.query(`delete from api_token`);
  await pool.query(`delete from admin where id <> $1 and not exists (select from run)`, [OWNER_ID]);
  await pool.query(`delete from alert_target`);
});

const comeIn = (token: string): Promise<OperationContext> => actAs(database.db, { token });
const codeOf = async (work: Promise<unknown>): Promise<unknown> => {
  const fault = await faultOf(work);
  return typeof fault === 'object' && fault !== null && 'code' in fault ? fault.code : fault;
};

/** An admin of a level with a token. */
async function withToken(name: string, level: string, organizations: readonly string[] = []) {
  const admin = await addAdmin(owner(), { name, level, organizations });
  const { token } = await createToken(owner(), { admin: name });
  return { admin, token };
}

describe('tokens', () => {
  test('a token opens the door for its admin, and only its hash is stored', async () => {
    await createOrganization(owner(), { code: 'SALES', name: 'Sales' });
    await createOrganization(owner(), { code: 'OTHER', name: 'Other' });
    const { admin, token } = await withToken('anna', 'manager', ['sales']);

    const context = await comeIn(token);
    const { rows } = await database.db.pool.query<{ row: string }>(
      `select t::text as row from api_token t`,
    );

    expect(token).toMatch(/^rc_[0-9a-z]{8}_[0-9A-Za-z]{43}$/);
    expect(context).toMatchObject({
      actorId: admin.id,
      level: 'manager',
      tokenId: expect.any(String),
    });
    expect((await listOrganizations(context)).map(({ code }) => code)).toEqual(['SALES']);
    expect(rows[0]?.row).not.toContain(token.slice(12));
  });

  test('what is unknown, revoked, expired or of an admin who may not act opens nothing', async () => {
    const { token } = await withToken('ben', 'admin');
    const old = await createToken(owner(), { admin: 'ben', name: 'old' });
    const second = await createToken(owner(), { admin: 'ben', name: 'next' });

    await revokeToken(owner(), old.prefix);
    await database.db.pool.query(
      `update api_token set created_at = now() - interval '3 days', expires_at = now() where id = $1`,
      [second.id],
    );

    expect(await codeOf(comeIn('nonsense'))).toBe('token_unknown');
    expect(await codeOf(comeIn(`${token.slice(0, -1)}!`))).toBe('token_unknown');
    expect(await codeOf(comeIn(old.token))).toBe('token_revoked');
    expect(await codeOf(comeIn(second.token))).toBe('token_expired');
    expect(await comeIn(token)).toMatchObject({ level: 'admin' });
    await disableAdmin(owner(), 'ben');
    expect(await codeOf(comeIn(token))).toBe('admin_disabled');
    await setAdmin(owner(), { admin: 'ben', enable: true });
    expect(await comeIn(token)).toMatchObject({ level: 'admin' });
  });

  test('the tokens of an admin stop with the user who the admin is', async () => {
    const [id = ''] = await addUsers(database.db.pool, [{ code: 'U-1' }]);
    const [survivor = ''] = await addUsers(database.db.pool, [{ code: 'U-2' }]);
    await addAdmin(owner(), { name: 'cleo', level: 'admin', user: 'U-1' });
    const { token } = await createToken(owner(), { admin: 'cleo' });

    await editUser(owner(), { user: 'U-1', set: { status: 'inactive' } });
    const inactive = await codeOf(comeIn(token));
    const made = await codeOf(createToken(owner(), { admin: 'cleo' }));
    await editUser(owner(), { user: 'U-1', set: { status: 'active' } });
    const again = await comeIn(token);
    await database.db.pool.query(
      `with merged as (
         insert into merge (id, survivor_id, absorbed_id, images_removed_at)
         values (gen_random_uuid(), $2, $1, now())
       )
       update "user" set status = 'merged', merged_into_id = $2 where id = $1`,
      [id, survivor],
    );

    expect([inactive, made]).toEqual(['admin_user_inactive', 'admin_user_inactive']);
    expect(again).toMatchObject({ level: 'admin' });
    expect(await codeOf(comeIn(token))).toBe('admin_user_inactive');
  });

  test('its last use is written once a minute, and not again before', async () => {
    const { token } = await withToken('dora', 'viewer');
    const lastUse = async (): Promise<string | null> =>
      (await listTokens(owner(), { admin: 'dora' }))[0]?.lastUsedAt ?? null;

    await comeIn(token);
    const first = await until(lastUse);
    await comeIn(token);
    const { rows } = await database.db.pool.query<{ unwritten: boolean }>(
      `select coalesce(last_used_at < now() - interval '1 minute', true) as unwritten from api_token`,
    );

    expect(rows).toEqual([{ unwritten: false }]);
    expect(await lastUse()).toBe(first);
  });

  test('everybody replaces the own token, and only an owner makes, sees and ends those of others', async () => {
    const eve = await withToken('eve', 'admin');
    const finn = await withToken('finn', 'viewer');
    const context = await comeIn(finn.token);

    const own = await createToken(context, {});

    expect(await codeOf(createToken(context, { admin: 'eve' }))).toBe('forbidden');
    expect(await codeOf(revokeToken(context, eve.token.slice(0, 11)))).toBe('token_not_found');
    expect((await listTokens(context)).map(({ admin }) => admin)).toEqual(['finn', 'finn']);
    expect(await codeOf(listTokens(await comeIn(eve.token), { admin: 'finn' }))).toBe('forbidden');
    expect((await listTokens(owner())).length).toBe(3);
    await revokeToken(context, finn.token.slice(0, 11));
    expect(await comeIn(own.token)).toMatchObject({ level: 'viewer' });
  });

  test('without a token, one is made for an owner while no owner has a valid one, and everybody hears of it', async () => {
    await database.db.pool.query(
      `insert into alert_target (id, kind, address, events) values (gen_random_uuid(), 'email', 'a@example.org', '{held}')`,
    );
    await addAdmin(owner(), { name: 'gus', level: 'admin' });

    const refused = await recoverToken(database.db, { admin: 'gus' });
    const made = await recoverToken(database.db, { admin: 'owner' });
    const second = await recoverToken(database.db, { admin: 'owner' });
    const { rows } = await database.db.pool.query(
      `select event, data ->> 'token' as token from alert`,
    );

    expect([refused, second]).toEqual([null, null]);
    expect(await comeIn(made?.token ?? '')).toMatchObject({ actorId: OWNER_ID });
    expect(rows).toEqual([{ event: 'token_recovered', token: made?.prefix }]);
    expect(await audited(database.db, made?.id ?? '')).toMatchObject([
      { action: 'token.recovered', actorId: null },
    ]);
    await revokeToken(owner(), made?.id ?? '');
    expect(await recoverToken(database.db, { admin: 'owner' })).not.toBeNull();
  });
});

describe('the last owner', () => {
  test('can be neither demoted nor disabled, and two who do it to each other leave one', async () => {
    expect(await codeOf(disableAdmin(owner(), 'owner'))).toBe('last_owner');
    expect(await codeOf(setAdmin(owner(), { admin: 'owner', level: 'viewer' }))).toBe('last_owner');

    for (let round = 0; round < 10; round++) {
      await setAdmin(owner(), { admin: 'owner', enable: true, level: 'owner' });
      const name = `second ${String(round)}`;
      await addAdmin(owner(), { name, level: 'owner' });

      const ends = await Promise.allSettled([
        disableAdmin(owner(), name),
        setAdmin(owner(), { admin: 'owner', level: 'admin' }),
      ]);

      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const standing = (await listAdmins(owner())).filter(
        ({ level, state }) => level === 'owner' && state === 'enabled',
      );
      expect(standing).toHaveLength(1);
      await database.db.pool.query(`update admin set level = 'owner', disabled_at = null`);
      await database.db.pool.query(`delete from admin where name = $1`, [name]);
    }
  });

  test('stays active as a user', async () => {
    await addUsers(database.db.pool, [{ code: 'O-1' }, { code: 'O-2' }]);
    await addAdmin(owner(), { name: 'hana', level: 'owner', user: 'O-1' });
    await disableAdmin(owner(), 'owner');

    const edit = await codeOf(editUser(owner(), { user: 'O-1', set: { status: 'inactive' } }));
    const bulk = { users: ['O-1', 'O-2'], status: 'inactive', dryRun: false, expect: 2 } as const;
    const many = await codeOf(createBulk(owner(), bulk));
    const byHand = database.db.pool.query(
      `update "user" set status = 'inactive', deactivated_at = now() where code = 'O-1'`,
    );

    expect([edit, many]).toEqual(['last_owner', 'last_owner']);
    await expect(byHand).rejects.toMatchObject({ constraint: 'admin_keeps_an_owner' });
    await setAdmin(owner(), { admin: 'owner', enable: true });
    await editUser(owner(), { user: 'O-1', set: { status: 'inactive' } });
  });

  test('is refused in the same words when the other owner goes at the same moment', async () => {
    const { pool } = database.db;
    await addUsers(pool, [{ code: 'O-3' }]);
    await addAdmin(owner(), { name: 'noor', level: 'owner', user: 'O-3' });
    const other = await pool.connect();
    await other.query('begin');
    await other.query(`update admin set disabled_at = now() where name = 'owner'`);

    const edit = codeOf(editUser(owner(), { user: 'O-3', set: { status: 'inactive' } }));
    await eventually(async () => {
      const { rowCount } = await pool.query(`select from pg_locks where not granted`);
      return rowCount === 0 ? undefined : true;
    });
    await other.query('commit');
    other.release();

    expect(await edit).toBe('last_owner');
    await pool.query(`update admin set disabled_at = null where name = 'owner'`);
  });
});

describe('admins', () => {
  test('every fault of a new admin is named at once', async () => {
    const fault = await faultOf(addAdmin(owner(), { name: ' ', level: 'manger' }));

    expect(fault).toMatchObject({
      code: 'bad_admin',
      message: expect.stringMatching(/name[^]*manager/),
    });
    expect(await codeOf(addAdmin(owner(), { name: 'x', level: 'manager' }))).toBe('bad_admin');
    const org = { name: 'x', level: 'admin', organizations: ['SALES'] };
    expect(await codeOf(addAdmin(owner(), org))).toBe('bad_admin');
    expect(
      await codeOf(addAdmin(owner(), { name: 'x', level: 'viewer', organizations: ['NONE'] })),
    ).toBe('organization_not_found');
  });

  test('names differ by more than case, and a user is one admin', async () => {
    await addUsers(database.db.pool, [{ code: 'A-1' }]);
    await addAdmin(owner(), { name: 'Ida', level: 'viewer', user: 'A-1' });

    expect(await codeOf(addAdmin(owner(), { name: 'IDA', level: 'viewer' }))).toBe('admin_exists');
    expect(await codeOf(addAdmin(owner(), { name: 'jo', level: 'viewer', user: 'A-1' }))).toBe(
      'admin_user_taken',
    );
  });
});

test.each([
  ['90d', '2027-02-28T12:00:00.000Z'],
  ['2W', '2026-12-14T12:00:00.000Z'],
  ['8h', '2026-11-30T20:00:00.000Z'],
  ['2026-11-30', '2026-12-01T00:00:00.000Z'],
  ['2027-03-01', '2027-03-02T00:00:00.000Z'],
  ['2026-11-29', null],
  ['2027-02-30', null],
  ['0d', null],
  ['400d', null],
  ['2036-01-01', null],
  ['soon', null],
])('a token that ends with %s', (given, end) => {
  const read = tokenEnd(given, new Date('2026-11-30T12:00:00.000Z'));

  expect(typeof read === 'string' ? null : read.toISOString()).toBe(end);
});

async function until(look: () => Promise<string | null>): Promise<string> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
  }
}
