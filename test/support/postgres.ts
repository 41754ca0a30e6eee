import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { DATABASE_ROLES } from '../../domain/databaseRoles';
import { openDatabase, type Db } from '../../store/database/db';
import { migrate } from '../../store/database/migrate';
import { addTestToken } from './token';
import { ADMIN_URL, asRole, databaseUrl, TEMPLATE } from './jest/globalSetup';

/** A database of a test file's own; its properties can be read once the tests run. */
export interface TestDatabase {
  /** For the role of the worker, unless the options say otherwise; of the migrator where it is empty. */
  readonly url: string;
  readonly db: Db;
  /** For the superuser of the server: no part of Rollcall connects as it. */
  readonly superuserUrl: string;
}

export interface TestDatabaseOptions {
  /** An empty database instead of a migrated one. */
  readonly empty?: boolean;
  readonly maxConnections?: number;
  /**
   * Opened as the superuser, who owns what the migrator made: a store of one role, for rehearsals that change
   * the schema or the audit.
   */
  readonly oneRole?: boolean;
}

/**
 * Gives the test file (or `describe`) its own database, cloned from the migrated template before
 * its tests and dropped after them. Fails when a connection is still open then: the code that opened it
 * did not close it.
 */
export function testDatabase(options: TestDatabaseOptions = {}): TestDatabase {
  const state: { created: Created | undefined } = { created: undefined };
  beforeAll(async () => {
    state.created = await createDatabase(options);
  });
  afterAll(async () => {
    await state.created?.drop();
  });
  const created = (): Created => {
    if (state.created === undefined) throw new Error('testDatabase() is read before its tests run');
    return state.created;
  };
  return {
    get url() {
      return created().url;
    },
    get db() {
      return created().db;
    },
    get superuserUrl() {
      return created().superuserUrl;
    },
  };
}

/** A database by itself, for tests that need several; call `drop` at the end. */
export interface Created extends TestDatabase {
  drop(): Promise<void>;
}

/** Clones the template (or makes an empty database) under a new name. */
export async function createDatabase(options: TestDatabaseOptions = {}): Promise<Created> {
  const adminUrl = setting(ADMIN_URL);
  const name = `rollcall_test_${randomBytes(6).toString('hex')}`;
  const template = options.empty === true ? 'template0' : await migratedTemplate(adminUrl);
  await withClient(adminUrl, (admin) =>
    admin.query(`create database ${name} template ${template} owner ${DATABASE_ROLES.migrator}`),
  );
  const superuserUrl = databaseUrl(adminUrl, name);
  const url =
    options.oneRole === true
      ? superuserUrl
      : asRole(superuserUrl, options.empty === true ? 'migrator' : 'worker');
  // A clone is an installation of its own, as `db restored --as-copy` makes it.
  if (options.empty !== true) await withClient(url, (client) => client.query(OWN));
  const db = openDatabase({
    url,
    applicationName: 'test',
    maxConnections: options.maxConnections ?? 5,
  });
  return {
    url,
    db,
    superuserUrl,
    async drop() {
      await db.close();
      await withClient(adminUrl, async (admin) => {
        const leaked = await openConnections(admin, name);
        await admin.query(`drop database if exists ${name} with (force)`);
        if (leaked.length > 0) {
          throw new Error(`connections left open:\n${leaked.join('\n')}`);
        }
      });
    },
  };
}

/**
 * The template of this jest run: the first test file that needs it creates it, the others wait. It gets
 * its name only once it is migrated.
 */
async function migratedTemplate(adminUrl: string): Promise<string> {
  const name = setting(TEMPLATE);
  await withClient(adminUrl, async (admin) => {
    await admin.query('select pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 1) return;
    const draft = `${name}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(
      `create database ${draft} template template0 owner ${DATABASE_ROLES.migrator}`,
    );
    const url = asRole(databaseUrl(adminUrl, draft), 'migrator');
    await migrate({ url });
    await withClient(url, addTestToken);
    await admin.query(`alter database ${draft} rename to ${name}`);
  });
  return name;
}

const OWN = `update installation set
  id = substr(replace(gen_random_uuid()::text, '-', ''), 1, 12),
  database_oid = d.oid::bigint, database_name = d.datname
  from pg_database d where d.datname = current_database()`;

/** Sessions still there two seconds after the pool was closed (ending one takes a moment). */
async function openConnections(admin: Client, name: string): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const { rows } = await admin.query<{ session: string }>(
      `select concat_ws(' ', pid, application_name, state, left(query, 80)) as session
       from pg_stat_activity where datname = $1`,
      [name],
    );
    if (rows.length === 0 || attempt === 40) return rows.map((row) => row.session);
    await sleep(50);
  }
}

/** Runs SQL that the role of the worker may not run, as the superuser. */
export async function asSuperuser<R extends QueryResultRow>(
  { superuserUrl }: Pick<TestDatabase, 'superuserUrl'>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  return withClient(superuserUrl, async (client) => {
    const { rows } = await client.query<R>(sql, [...values]);
    return rows;
  });
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is unset: run the tests through npm test`);
  return value;
}
