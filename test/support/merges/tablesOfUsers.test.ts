import { Client } from 'pg';
import { addPerson, editPerson } from '../builders';
import { testDatabase } from '../postgres';
import { tablesOfUsers } from './tablesOfUsers';

const store = testDatabase();

test('a new table of users fails until it is known how it is compared', async () => {
  const known = await tablesOfUsers(store.db.pool);
  const superuser = new Client({ connectionString: store.superuserUrl });
  await superuser.connect();
  await superuser.query(`create table badge (id uuid, person_id uuid);
    create table ribbon (id uuid, run_id uuid);
    grant select on badge, ribbon to public`);
  await superuser.end();

  expect(Object.keys(known)).toEqual(
    expect.arrayContaining(['user', 'identity', 'enrollment', 'external_credit', 'admin']),
  );
  await expect(tablesOfUsers(store.db.pool)).rejects.toThrow('badge has a column of users');
});

describe('a value of a person', () => {
  const store = testDatabase();

  test('is compared, the version is not', async () => {
    const id = await addPerson(store.db.pool, { fields: { code: 'c1', firstName: 'Ann' } });
    const before = await tablesOfUsers(store.db.pool);
    await editPerson(store.db.pool, id, { firstName: 'Ann' }, { sticky: false });
    const same = await tablesOfUsers(store.db.pool);
    await editPerson(store.db.pool, id, { firstName: 'Bob' }, { sticky: false });

    expect(same).toEqual(before);
    expect(await tablesOfUsers(store.db.pool)).not.toEqual(before);
  });
});
