import type { Queryable } from '../database/db';
import { Fault } from '../../domain/faults';

export type PollingState = 'ready' | 'paused' | 'quarantined' | 'disabled';

/** How often a source is read, as given to `sources schedule`. */
export interface SyncSchedule {
  /** Minutes between two syncs. Either this or `cron` is set. */
  readonly everyMinutes?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly jitterSeconds?: number;
  /** Hours after which reading changes is not enough, and everybody is read. */
  readonly fullEveryHours?: number;
}

/** Why a source is quarantined. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly since: string;
  readonly tries: number;
  readonly nextTryAt: string | null;
}

/** How a polled source is reached, and the state of its reading. */
export interface Connection {
  readonly sourceId: string;
  readonly name: string;
  readonly connector: string;
  /** The user's own declaration; null: the built-in one. */
  readonly declaration: unknown;
  readonly declarationSha: string | null;
  readonly config: Readonly<Record<string, string>>;
  readonly baseUrl: string | null;
  /** Sealed (secrets.ts). */
  readonly secrets: Buffer | null;
  readonly cursor: unknown;
  readonly fullReadAt: Date | null;
  readonly polling: PollingState;
  readonly trouble: Trouble | null;
  readonly schedule: SyncSchedule | null;
  readonly skippedSyncs: number;
  /** IANA zone of people for whom the source names none; null: that of the configuration. */
  readonly timeZone: string | null;
}

/**
 * SQL: the zone of a source's people, unless their own is known; null: the source names none, so it
 * is that of the configuration. Aliases of `source`: s, of `connection`: c.
 */
export const ZONE_OF_SOURCE = `coalesce(s.settings ->> 'timeZone', c.schedule ->> 'timeZone')`;

const SELECT = `
  select c.source_id as "sourceId", s.name, c.connector, c.declaration,
    c.declaration_sha as "declarationSha", c.config, c.base_url as "baseUrl", c.secrets, c.cursor,
    c.full_read_at as "fullReadAt", c.polling, c.trouble, c.schedule,
    c.skipped_syncs as "skippedSyncs", ${ZONE_OF_SOURCE} as "timeZone"
  from connection c join source s on s.id = c.source_id`;

/** The connection of a source; null where it is not a polled one. */
export async function findConnection(
  db: Queryable,
  sourceId: string,
  lock = false,
): Promise<Connection | null> {
  const { rows } = await db.query<Connection>(
    `${SELECT} where c.source_id = $1 ${lock ? 'for update of c' : ''}`,
    [sourceId],
  );
  return rows[0] ?? null;
}

/** @throws Fault not_found */
export async function getConnection(
  db: Queryable,
  sourceId: string,
  lock = false,
): Promise<Connection> {
  const found = await findConnection(db, sourceId, lock);
  if (found !== null) return found;
  throw new Fault('not_found', {
    code: 'not_polled',
    message: 'The source is not one that is polled.',
    next: { do: 'listSources' },
  });
}

export interface NewConnection {
  readonly sourceId: string;
  readonly name: string;
  readonly connector: string;
  readonly declaration: unknown;
  readonly config: Readonly<Record<string, string>>;
  readonly baseUrl: string | null;
  readonly secrets: Buffer | null;
}

/** Creates a polled source. @throws Postgres 23505 where the name is taken. */
export async function insertConnection(tx: Queryable, c: NewConnection): Promise<void> {
  await tx.query(`insert into source (id, name, kind) values ($1, $2, 'connector')`, [
    c.sourceId,
    c.name,
  ]);
  await tx.query(
    `insert into connection (source_id, connector, declaration, config, base_url, secrets)
     values ($1, $2, $3, $4, $5, $6)`,
    settingValues(c),
  );
}

/** The columns source_id, connector, declaration, config, base_url, secrets. */
export function settingValues(c: Omit<NewConnection, 'name'>): unknown[] {
  return [
    c.sourceId,
    c.connector,
    c.declaration === null ? null : JSON.stringify(c.declaration),
    JSON.stringify(c.config),
    c.baseUrl,
    c.secrets,
  ];
}

/** Replaces the secrets after the vendor sent a new refresh token. */
export async function saveSecrets(tx: Queryable, sourceId: string, secrets: Buffer): Promise<void> {
  await tx.query(`update connection set secrets = $2 where source_id = $1`, [sourceId, secrets]);
}

/** Where the next read of changes begins, in the form that the source's reader returned. */
export async function cursorOf<Cursor>(db: Queryable, sourceId: string): Promise<Cursor | null> {
  const { rows } = await db.query<{ cursor: Cursor | null }>(
    `select cursor from connection where source_id = $1`,
    [sourceId],
  );
  return rows[0]?.cursor ?? null;
}
