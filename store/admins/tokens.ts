import { TOKEN_WARNING_DAYS, type TokenState } from '../../domain/admins/token';
import type { PermissionLevel } from '../../domain/permissions';
import type { Db, Queryable } from '../database/db';
import { SESSION_COLUMNS, type SessionRow } from '../database/session';
import { ADMIN_STATE, TOKEN_STATE } from './standing';

export interface TokenRow {
  readonly id: string;
  readonly adminId: string;
  readonly admin: string;
  readonly prefix: string;
  readonly name: string;
  readonly state: TokenState;
  readonly endsSoon: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const ENDS_SOON = `(${TOKEN_STATE} = 'valid'
    and t.expires_at < now() + make_interval(days => ${String(TOKEN_WARNING_DAYS)}))`;

const SELECT = `
  select t.id, t.admin_id as "adminId", a.name as admin, t.prefix, t.name, ${TOKEN_STATE} as state,
    ${ENDS_SOON} as "endsSoon", t.created_at as "createdAt", t.expires_at as "expiresAt",
    t.last_used_at as "lastUsedAt", t.revoked_at as "revokedAt"
  from api_token t join admin a on a.id = t.admin_id left join "user" u on u.id = a.user_id`;

/** Tokens, the newest first; of one admin, or of all (`null`). */
export async function selectTokens(
  db: Queryable,
  o: { readonly adminId: string | null },
): Promise<TokenRow[]> {
  const { rows } = await db.query<TokenRow>(
    `${SELECT} where $1::uuid is null or t.admin_id = $1 order by t.id desc`,
    [o.adminId],
  );
  return rows;
}

/**
 * Tokens with this id or prefix, or whose id or prefix begins so, two at most; of one admin, or of all
 * (`null`).
 */
export async function findTokens(
  db: Queryable,
  o: { readonly ref: string; readonly adminId: string | null },
): Promise<TokenRow[]> {
  const { rows } = await db.query<TokenRow>(
    `${SELECT} where (starts_with(t.prefix, $1) or starts_with(t.id::text, $1))
       and ($2::uuid is null or t.admin_id = $2)
     order by t.prefix = $1 desc, t.id limit 2`,
    [o.ref, o.adminId],
  );
  return rows;
}

export async function insertToken(
  tx: Queryable,
  t: {
    readonly id: string;
    readonly adminId: string;
    readonly name: string;
    readonly prefix: string;
    readonly hash: string;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.query(
    `insert into api_token (id, admin_id, name, prefix, hash, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [t.id, t.adminId, t.name, t.prefix, t.hash, t.expiresAt],
  );
}

/** False when it was revoked before. */
export async function revokeTokenRow(tx: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update api_token set revoked_at = now() where id = $1 and revoked_at is null`,
    [id],
  );
  return rowCount === 1;
}

/** Who comes in, and the session that the statement ran in. */
export interface Comer {
  readonly session: SessionRow;
  /** `null`: no such admin, or no such token. */
  readonly admin: {
    readonly actorId: string;
    readonly name: string;
    readonly level: PermissionLevel;
    readonly state: TokenState;
    /** `null`: named by id. */
    readonly tokenId: string | null;
    /** The minute of its last use is not written yet. */
    readonly unwritten: boolean;
  } | null;
}

type ComerRow = SessionRow & {
  readonly actorId: string | null;
  readonly name: string;
  readonly level: PermissionLevel;
  readonly state: TokenState;
  readonly tokenId: string;
  readonly unwritten: boolean;
};

/**
 * The admin of a token, looked up by its hash, whose unknown bits no time of an answer gives away.
 * Whether the admin may still act is part of the same statement.
 */
export async function comerByToken(db: Pick<Db, 'pool'>, hash: string): Promise<Comer> {
  const { rows } = await db.pool.query<ComerRow>(
    `select a.id as "actorId", a.name, a.level, ${TOKEN_STATE} as state, t.id as "tokenId",
       coalesce(t.last_used_at < now() - interval '1 minute', true) as unwritten, ${SESSION_COLUMNS}
     from (select) one left join api_token t on t.hash = $1
     left join admin a on a.id = t.admin_id left join "user" u on u.id = a.user_id`,
    [hash],
  );
  return comer(rows[0], (row) => row.tokenId);
}

/** As {@link comerByToken}, for an admin who is named by id. */
export async function comerById(db: Pick<Db, 'pool'>, adminId: string): Promise<Comer> {
  const { rows } = await db.pool.query<ComerRow>(
    `select a.id as "actorId", a.name, a.level, ${ADMIN_STATE} as state, false as unwritten, ${SESSION_COLUMNS}
     from (select) one left join admin a on a.id = $1 left join "user" u on u.id = a.user_id`,
    [adminId],
  );
  return comer(rows[0], () => null);
}

function comer(row: ComerRow | undefined, tokenOf: (row: ComerRow) => string | null): Comer {
  if (row === undefined) throw new Error('a statement without its row');
  const { actorId, name, level, state, unwritten } = row;
  if (actorId === null) return { session: row, admin: null };
  return { session: row, admin: { actorId, name, level, state, tokenId: tokenOf(row), unwritten } };
}

/** Writes that a token is used, at most once a minute. */
export async function noteUse(db: Pick<Db, 'pool'>, tokenId: string): Promise<void> {
  await db.pool.query(
    `update api_token set last_used_at = now()
     where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)`,
    [tokenId],
  );
}

/** A valid token that ends within two weeks. */
export interface EndingToken {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly adminId: string;
  readonly admin: string;
  readonly expiresAt: Date;
}

/**
 * Valid tokens that end within two weeks, of one admin or of all (`null`). One that was made for so short a
 * time is not meant to last.
 */
export async function endingTokens(
  db: Queryable,
  o: { readonly adminId: string | null } = { adminId: null },
): Promise<EndingToken[]> {
  const { rows } = await db.query<EndingToken>(
    `select t.id, t.prefix, t.name, t.admin_id as "adminId", a.name as admin, t.expires_at as "expiresAt"
     from api_token t join admin a on a.id = t.admin_id left join "user" u on u.id = a.user_id
     where ${ENDS_SOON} and ($1::uuid is null or t.admin_id = $1)
       and t.expires_at > t.created_at + make_interval(days => ${String(TOKEN_WARNING_DAYS + 1)})
     order by t.expires_at, t.id limit 1000`,
    [o.adminId],
  );
  return rows;
}
