import type { Pool } from 'pg';
import { Fault } from '../../domain/faults';
import { sqlStateOf } from '../../domain/passing';
import type { Queryable } from '../database/db';

/** What a database is, as its server says. */
export interface DatabaseIdentity {
  /** Of the cluster; `null`: this server does not let it be read. */
  readonly systemIdentifier: string | null;
  readonly oid: string;
  readonly name: string;
}

/** An installation: what of Temporal's namespace belongs to this database. */
export interface Installation {
  /** Twelve hexadecimal digits. */
  readonly id: string;
  /** The database that the installation was made in, or was moved to. */
  readonly madeIn: DatabaseIdentity;
  /** The database that has the row now. */
  readonly foundIn: DatabaseIdentity;
  /** False: the database was restored from a dump, or is a copy. */
  readonly isHere: boolean;
  /** Null: workflows of a build before are still on the queue that all installations shared. */
  readonly movedAt: Date | null;
}

interface Row {
  readonly id: string;
  readonly systemIdentifier: string | null;
  readonly databaseOid: string;
  readonly databaseName: string;
  readonly movedAt: Date | null;
}

/** The id alone: what every queue, schedule and workflow of this database carries. */
export async function installationId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>(`select id from installation`);
  return present(rows[0]).id;
}

/** The row, compared with what the server says of the database. */
export async function readInstallation(pool: Pool): Promise<Installation> {
  const { rows } = await pool.query<Row>(
    `select id, system_identifier as "systemIdentifier", database_oid::text as "databaseOid",
       database_name as "databaseName", moved_at as "movedAt"
     from installation`,
  );
  const { id, systemIdentifier, databaseOid, databaseName, movedAt } = present(rows[0]);
  const madeIn = { systemIdentifier, oid: databaseOid, name: databaseName };
  const foundIn = await identityOf(pool);
  return { id, madeIn, foundIn, isHere: isSame(madeIn, foundIn), movedAt };
}

/** What the server says of the database of this pool. */
export async function identityOf(pool: Pool): Promise<DatabaseIdentity> {
  const { rows } = await pool.query<{ oid: string; name: string }>(
    `select oid::text, datname as name from pg_database where datname = current_database()`,
  );
  return { systemIdentifier: await systemIdentifier(pool), ...present(rows[0]) };
}

async function systemIdentifier(pool: Pool): Promise<string | null> {
  try {
    const { rows } = await pool.query<{ id: string }>(
      `select system_identifier::text as id from pg_control_system()`,
    );
    return rows[0]?.id ?? null;
  } catch (error) {
    // insufficient_privilege, undefined_function, feature_not_supported: a server of a provider.
    if (['42501', '42883', '0A000'].includes(sqlStateOf(error) ?? '')) return null;
    throw error;
  }
}

/**
 * True for one and the same database. With the cluster's identifier on both sides a renamed database
 * stays the same. A copy of the server's files cannot be told from the original.
 */
function isSame(made: DatabaseIdentity, found: DatabaseIdentity): boolean {
  if (made.oid !== found.oid) return false;
  if (made.systemIdentifier === null || found.systemIdentifier === null) {
    return made.name === found.name;
  }
  return made.systemIdentifier === found.systemIdentifier;
}

/**
 * The installation of a database that may work with Temporal.
 * @throws Fault state, where the database was restored or copied: its twin may be at work.
 */
export async function requireInstallation(pool: Pool): Promise<Installation> {
  const found = await readInstallation(pool);
  if (found.isHere) return found;
  throw new Fault('state', {
    code: 'other_database',
    message: `Installation ${found.id} was made in ${worded(found.madeIn, found.foundIn)}, and this is ${worded(found.foundIn, found.madeIn)}: it was restored from a dump, or is a copy. Nothing of it runs until you say which.`,
    next: { do: 'databaseRestored' },
  });
}

/** `database "rollcall" (oid 16384)`, with the cluster where only that differs. */
function worded(one: DatabaseIdentity, other: DatabaseIdentity): string {
  const cluster =
    one.systemIdentifier !== null && one.systemIdentifier !== other.systemIdentifier
      ? ` of the cluster ${one.systemIdentifier}`
      : '';
  return `database "${one.name}" (oid ${one.oid})${cluster}`;
}

/** Records that the installation is in this database; with `newId` it becomes another one. */
export async function settleInstallation(
  tx: Queryable,
  o: { readonly here: DatabaseIdentity; readonly isNew?: boolean },
): Promise<string> {
  const { systemIdentifier: cluster, oid, name } = o.here;
  const { rows } = await tx.query<{ id: string }>(
    `update installation set system_identifier = $1, database_oid = $2, database_name = $3,
       id = case when $4 then substr(replace(gen_random_uuid()::text, '-', ''), 1, 12) else id end,
       moved_at = case when $4 then now() else moved_at end
     returning id`,
    [cluster, oid, name, o.isNew ?? false],
  );
  return present(rows[0]).id;
}

/** Records that nothing of this installation is left on the queue that all installations shared. */
export async function markMoved(db: Queryable): Promise<void> {
  await db.query(`update installation set moved_at = now() where moved_at is null`);
}

function present<T>(row: T | undefined): T {
  if (row !== undefined) return row;
  throw new Fault('schema', {
    code: 'not_migrated',
    message: 'The database has no row that says which installation it is.',
    next: { do: 'migrate' },
  });
}
