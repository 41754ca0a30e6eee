import { createHash } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { DATABASE_ROLES, type DatabaseRole } from '../domain/databaseRoles';
import { POSTGRES_USER } from './postgres';

/** A server of Rollcall's own, and the password of its superuser. */
export interface Server {
  readonly port: number;
  readonly password: string;
}

/** URL of a database of this server for a role; its password does not tell that of the superuser. */
export function roleUrl(o: Server & { readonly role: DatabaseRole; readonly database: string }) {
  const { role, port, database } = o;
  return `postgres://${DATABASE_ROLES[role]}:${passwordOf(o.password, role)}@127.0.0.1:${String(port)}/${database}`;
}

/** The password of a role, by that of the superuser. */
export function passwordOf(password: string, role: DatabaseRole): string {
  return createHash('sha256').update(`${password}:${role}`).digest('hex').slice(0, 36);
}

/** Makes the three roles (domain/databaseRoles.ts) where they are missing. `url`: the superuser's. */
export async function ensureRoles(url: string, password: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const role of ROLES) {
      const name = DATABASE_ROLES[role];
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
      await client.query(
        `${rowCount === 0 ? 'create' : 'alter'} role ${name} login password ${escapeLiteral(passwordOf(password, role))}`,
      );
    }
  });
}

const ROLES = ['migrator', 'worker', 'reader'] as const satisfies readonly DatabaseRole[];

/** Creates the database of the migrator unless it exists. `url`: the superuser's, of another database. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    const [owner, database] = [DATABASE_ROLES.migrator, escapeIdentifier(name)];
    await client.query(
      rowCount === 0
        ? `create database ${database} owner ${owner}`
        : `alter database ${database} owner to ${owner}`,
    );
  });
}

/**
 * Gives the migrator what a build older than 2026-12-02 made, when the superuser owned everything. (`reassign
 * owned` refuses the first superuser.) `url`: the superuser's, of the database itself.
 */
export async function handOver(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(HAND_OVER);
  });
}

const { migrator } = DATABASE_ROLES;

/** Sequences of columns follow their tables. */
const HAND_OVER = `
  do $$ declare said text; begin
    for said in
      select format('alter table %s owner to ${migrator}', c.oid::regclass) from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relowner = '${POSTGRES_USER}'::regrole
        and c.relkind in ('r', 'p', 'v', 'm', 'S')
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
          and d.objid = c.oid and d.deptype in ('a', 'i') and c.relkind = 'S')
      union all
      select format('alter function %s owner to ${migrator}', p.oid::regprocedure) from pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.proowner = '${POSTGRES_USER}'::regrole
      union all
      select format('alter type %s owner to ${migrator}', t.oid::regtype) from pg_type t
      where t.typnamespace = 'public'::regnamespace and t.typowner = '${POSTGRES_USER}'::regrole
        and t.typtype in ('e', 'd')
    loop execute said; end loop;
  end $$`;

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
