import { Client } from 'pg';
import { DATABASE_ROLES } from '../../domain/databaseRoles';
import type { Queryable } from './db';
import { some } from './some';

/** Whose tables these are, and what the role of this session may do to the audit. */
export interface Ownership {
  /** The role of the session. */
  readonly role: string;
  /** The role that owns the tables. */
  readonly owner: string;
  /** True when the role has the rights of the owner: it may migrate. */
  readonly owns: boolean;
  /** True when the database keeps the role from changing and removing audit events. */
  readonly auditProtected: boolean;
}

/** Undefined for a database without the schema. */
export async function ownershipOf(db: Queryable): Promise<Ownership | undefined> {
  const { rows } = await db.query<Ownership>(
    `select current_user as role, pg_get_userbyid(c.relowner) as owner,
       pg_has_role(c.relowner, 'usage') as owns,
       not pg_has_role(c.relowner, 'usage')
         and not has_table_privilege(c.oid, 'update, delete, truncate, trigger') as "auditProtected"
     from pg_class c where c.oid = to_regclass('audit_event')`,
  );
  return rows[0];
}

/** What the worker's role may do to tables that are not simply read and written. */
const RESTRICTED = [
  { table: 'audit_event', without: 'update, delete, truncate' },
  { table: 'audit_value', without: 'update, truncate' },
  { table: '_prisma_migrations', without: 'insert, update, delete, truncate' },
];

const FUNCTIONS = [
  'rollcall_add_day(date)',
  'rollcall_drop_day(date)',
  'rollcall_analyze_rows(date)',
  'rollcall_analyze_plans(date)',
  'rollcall_analyze_identities()',
  'rollcall_add_delivery_day(date)',
  'rollcall_drop_delivery_day(date)',
  'rollcall_analyze_deliveries(date)',
];

/** Partitions that exist already are reached by their own names, too. */
const EACH_TABLE = `
  for t in select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and pg_has_role(c.relowner, 'usage')
  loop`;

/**
 * Gives the roles of docs/database.md, where they exist, their rights to what this session's role owns. Later
 * tables get theirs by default privileges. Safe to call twice.
 */
export async function grantRights(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'rollcall-migrate' });
  await client.connect();
  try {
    // By a right of its own: in a copy of the database that another role made, this one is no longer the
    // owner of the database, and could add no day.
    const owns = `select from pg_namespace where nspname = 'public' and pg_has_role(nspowner, 'usage')`;
    if (await some(client, owns)) {
      await client.query('grant usage, create on schema public to current_user');
    }
    for (const role of ['worker', 'reader'] as const) {
      const name = DATABASE_ROLES[role];
      const isOther = `select from pg_roles where rolname = $1 and rolname <> current_user`;
      if (await some(client, isOther, [name])) await client.query(RIGHTS[role](name));
    }
  } finally {
    await client.end();
  }
}

const RIGHTS: Readonly<Record<'worker' | 'reader', (role: string) => string>> = {
  worker: (role) => `
    do $$ declare t text; begin
      ${EACH_TABLE} execute format('grant select, insert, update, delete on %s to ${role}', t);
      end loop;
      execute format('grant connect, temporary on database %I to ${role}', current_database());
    end $$;
    grant usage on schema public to ${role};
    grant usage, select on all sequences in schema public to ${role};
    grant execute on function ${FUNCTIONS.join(', ')} to ${role};
    ${RESTRICTED.map(({ table, without }) => `revoke ${without} on ${table} from ${role};`).join('\n    ')}
    alter default privileges in schema public grant select, insert, update, delete on tables to ${role};
    alter default privileges in schema public grant usage, select on sequences to ${role}`,
  reader: (role) => `
    do $$ declare t text; begin
      ${EACH_TABLE} execute format('grant select on %s to ${role}', t);
      end loop;
      execute format('grant connect on database %I to ${role}', current_database());
    end $$;
    grant usage on schema public to ${role};
    alter default privileges in schema public grant select on tables to ${role}`,
};
