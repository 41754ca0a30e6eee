import { actAs, openStore, WITHOUT_TOKEN, type OperationContext } from '../../operations/context';
import { createOrganization } from '../../operations/users/organizations';
import { newId, type Db } from '../../store/database/db';
import { OWNER_ID } from '../../store/sources/sources';
import { testDatabase } from '../support/postgres';
import { actor, audited } from '../support/users';
import { faultOf } from './support';

const APPLICATION = 'many actors';
const state: { store: Db | undefined } = { store: undefined };

// Runs before the database is dropped.
afterAll(async () => {
  await state.store?.close();
});
const database = testDatabase();
beforeAll(() => {
  const { url: databaseUrl } = database;
  state.store = openStore({ databaseUrl, applicationName: APPLICATION, maxConnections: 2 });
});

function store(): Db {
  if (state.store === undefined) throw new Error('the store is not open');
  return state.store;
}

/** An admin of the store, acting over the open pool. */
async function adminOf(level: 'admin' | 'viewer'): Promise<OperationContext> {
  const { actorId } = await actor(database.db, level);
  return actAs(store(), { actorId });
}

const make = (context: OperationContext, code: string) =>
  createOrganization(context, { code, name: code });

async function connections(): Promise<number> {
  const { rows } = await database.db.pool.query<{ n: number }>(
    'select count(*)::int as n from pg_stat_activity where application_name = $1',
    [APPLICATION],
  );
  return rows[0]?.n ?? 0;
}

test('many actors at work at once share the pool of the store', async () => {
  const actors = await Promise.all(Array.from({ length: 12 }, () => adminOf('admin')));

  await Promise.all(actors.map((admin, n) => make(admin, `TEAM${String(n)}`)));

  expect(await connections()).toBe(2);
  expect(store().pool.totalCount).toBe(2);
});

test('each actor has its own permissions and its own name in the audit', async () => {
  const [owner, admin, viewer] = [
    await actAs(store(), WITHOUT_TOKEN),
    await adminOf('admin'),
    await adminOf('viewer'),
  ];

  const made = [await make(owner, 'OWN'), await make(admin, 'ADM')];
  const refused = await faultOf(make(viewer, 'VIEW'));

  expect([owner, admin, viewer].map(({ level }) => level)).toEqual(['owner', 'admin', 'viewer']);
  const audits = await Promise.all(made.map(({ id }) => audited(database.db, id)));
  expect(audits).toMatchObject([[{ actorId: OWNER_ID }], [{ actorId: admin.actorId }]]);
  expect(refused).toMatchObject({ kind: 'forbidden' });
});

test('an admin who is not in the store may not act', async () => {
  const unknown = newId();

  expect(await faultOf(actAs(store(), { actorId: unknown }))).toMatchObject({
    code: 'unknown_actor',
  });
});
