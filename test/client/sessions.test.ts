import { Rollcall } from '../../client/rollcall';
import { addAdmin, disableAdmin, setAdmin } from '../../operations/admins/admins';
import { createToken, revokeToken } from '../../operations/admins/tokens';
import { createOrganization } from '../../operations/users/organizations';
import { faultOf, ownerOf } from '../operations/support';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';

const database = testDatabase();
const owner = () => ownerOf(database);
/** Closed before the database is dropped. */
const opened: Rollcall[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** An open library of a new admin, who has a token. */
async function come(name: string, level: string, organizations: readonly string[] = []) {
  await addAdmin(owner(), { name, level, organizations });
  const { id, token } = await createToken(owner(), { admin: name });
  const rollcall = await Rollcall.connect({
    env: { ROLLCALL_DATABASE_URL: database.url },
    folder: '/nowhere',
    token,
  });
  opened.push(rollcall);
  return { rollcall, tokenId: id };
}

async function collect(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const value of values) seen.push(value);
  return seen;
}

beforeAll(async () => {
  await createOrganization(owner(), { code: 'WEST', name: 'West' });
  await addUsers(database.db.pool, [{ login: 'kim', department: 'Wards' }]);
});

test('a program that stays connected can do nothing once its token is revoked', async () => {
  const { rollcall, tokenId } = await come('ana', 'admin');
  await rollcall.users.get('kim');

  await revokeToken(owner(), tokenId);

  const stopped = { code: 'token_revoked' };
  expect(await faultOf(rollcall.users.get('kim'))).toMatchObject(stopped);
  expect(await faultOf(collect(rollcall.users.all()))).toMatchObject(stopped);
  expect(await faultOf(rollcall.todo())).toMatchObject(stopped);
  expect(await faultOf(rollcall.runs.wait('any'))).toMatchObject(stopped);
  // Otherwise a token in wrong hands would outlive its end.
  expect(await faultOf(rollcall.tokens.create())).toMatchObject(stopped);
});

test('a program that stays connected acts with the level that its admin has by then', async () => {
  const { rollcall } = await come('ben', 'admin');
  await setAdmin(owner(), { admin: 'ben', level: 'viewer' });

  const edit = rollcall.users.edit({ user: 'kim', set: { department: 'Theatre' } });

  expect(await faultOf(edit)).toMatchObject({ kind: 'forbidden' });
  expect(await faultOf(rollcall.sources.list())).toMatchObject({ kind: 'forbidden' });
  expect(await faultOf(rollcall.alerts.list())).toMatchObject({ kind: 'forbidden' });
  expect(await rollcall.users.get('kim')).toMatchObject({ department: 'Wards' });
  await disableAdmin(owner(), 'ben');
  expect(await faultOf(rollcall.users.get('kim'))).toMatchObject({ code: 'admin_disabled' });
});

test('what is prepared and read later has the reach of when it is read', async () => {
  const { rollcall } = await come('lou', 'admin');
  const { rollcall: admin } = await come('pia', 'admin');
  const [bound, stopped] = [await rollcall.users.export(), await admin.users.export()];
  const search = await admin.duplicates.find();
  await setAdmin(owner(), { admin: 'lou', level: 'manager', organizations: ['WEST'] });
  await disableAdmin(owner(), 'pia');

  const pieces = await collect(bound);

  expect(pieces.join('')).not.toContain('kim');
  expect(bound.users).toBe(0);
  expect(await faultOf(collect(stopped))).toMatchObject({ code: 'admin_disabled' });
  expect(await faultOf(collect(search))).toMatchObject({ code: 'admin_disabled' });
});

test('organizations and properties are made, found and changed within the reach of the actor', async () => {
  const { rollcall } = await come('ora', 'owner');
  const { rollcall: west } = await come('wim', 'manager', ['WEST']);
  await rollcall.organizations.create({ code: 'EAST', name: 'East' });
  await rollcall.organizations.rename({ code: 'EAST', name: 'Far east' });
  await rollcall.properties.create({ key: 'badge', name: 'Badge', type: 'number' });

  const codes = async (by: Rollcall) => (await by.organizations.list()).map(({ code }) => code);
  expect(await codes(rollcall)).toEqual(['EAST', 'WEST']);
  expect(await codes(west)).toEqual(['WEST']);
  expect(await rollcall.organizations.get('east')).toMatchObject({ name: 'Far east', users: 0 });
  expect(await faultOf(west.organizations.get('EAST'))).toMatchObject({ kind: 'not_found' });
  expect(await faultOf(west.properties.delete('badge'))).toMatchObject({ kind: 'forbidden' });
  expect(await rollcall.properties.list()).toMatchObject([{ key: 'badge', type: 'number' }]);
  await rollcall.properties.delete('badge');
  expect(await rollcall.properties.list()).toEqual([]);
});

/** They say the same for every store. */
const SAME_FOR_ALL = ['admins.levels', 'sources.types'];

/** Every method of the library, called with nothing: `name.method` → what it answers. */
function everyMethod(rollcall: Rollcall): (readonly [name: string, call: () => unknown])[] {
  return Object.entries(rollcall).flatMap(([name, part]: [string, unknown]) => {
    if (typeof part !== 'object' || part === null) return [];
    const prototype: unknown = Object.getPrototypeOf(part);
    // The settings are data.
    const isData = prototype === Object.prototype;
    if (typeof prototype !== 'object' || prototype === null || isData) return [];
    return Object.getOwnPropertyNames(prototype).flatMap((method) => {
      const value: unknown = Reflect.get(part, method);
      if (method === 'constructor' || typeof value !== 'function') return [];
      return [[`${name}.${method}`, (): unknown => Reflect.apply(value, part, [{}])] as const];
    });
  });
}

test('no method of the library works for an admin who is disabled since', async () => {
  const { rollcall } = await come('dora', 'owner');
  await disableAdmin(owner(), 'dora');
  const methods = everyMethod(rollcall);

  const answers = await Promise.all(
    methods.map(async ([name, call]) => {
      const outcome = (async () => {
        const answer = await call();
        if (isIterable(answer)) await collect(answer);
      })();
      return [name, await outcome.then(() => 'works', codeOf)] as const;
    }),
  );

  expect(methods.length).toBeGreaterThan(60);
  const others = answers.filter(([, code]) => code !== 'admin_disabled').map(([name]) => name);
  expect(others.sort()).toEqual(SAME_FOR_ALL);
});

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

test('an owner who acts in the name of another one stops with the own rights', async () => {
  const { rollcall } = await come('olga', 'owner');
  const { rollcall: other } = await come('carl', 'admin');
  const asCarl = await rollcall.actAs(other.context.actorId);
  await asCarl.users.get('kim');

  await setAdmin(owner(), { admin: 'olga', level: 'admin' });

  expect(await faultOf(asCarl.users.get('kim'))).toMatchObject({ kind: 'forbidden' });
});

test.each([[undefined], [null], [''], [7], [['']]])(
  'a request without a token, %j, acts as no one',
  async (token: unknown) => {
    const { rollcall } = await come(`visitor ${String(token)} ${typeof token}`, 'viewer', ['WEST']);
    // As a program without types calls it.
    const as = (who: unknown): Promise<unknown> => Reflect.apply(rollcall.actAs, rollcall, [who]);

    expect(await faultOf(as({ token }))).toMatchObject({ code: 'token_unknown' });
    expect(await faultOf(as({}))).toMatchObject({ code: 'token_unknown' });
  },
);
