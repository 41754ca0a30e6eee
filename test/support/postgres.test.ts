import { Client } from 'pg';
import { createDatabase, testDatabase } from './postgres';

const store = testDatabase();

test('a test file has a migrated database of its own', async () => {
  const { rows } = await store.db.pool.query<{ name: string }>('select current_database() as name');
  const { rows: tables } = await store.db.pool.query(
    `select 1 from information_schema.tables where table_name = 'user' and table_schema = 'public'`,
  );

  expect(rows[0]?.name).toMatch(/^rollcall_test_/);
  expect(tables).toHaveLength(1);
});

test('a connection that is left open fails the test file', async () => {
  const other = await createDatabase();
  const leak = new Client({ connectionString: other.url, application_name: 'leak' });
  leak.on('error', () => undefined);
  await leak.connect();

  await expect(other.drop()).rejects.toThrow(/connections left open:\n\d+ leak/);
});
