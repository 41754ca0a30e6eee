import { isId } from '../../domain/ids';
import type { UserStatus } from '../../domain/users/fields';
import { userKey } from '../../domain/keys';
import type { Queryable } from '../database/db';

/** A user that a reference names. */
export interface FoundUser {
  /** Index of the reference, from 0. */
  readonly n: number;
  readonly id: string;
  readonly status: UserStatus;
  readonly organizationId: string | null;
  /** The user to write to: the user itself, or the survivor that it was merged into. */
  readonly survivorId: string;
  readonly survivorOrganizationId: string | null;
}

/**
 * The users that each reference names by id, code, login or e-mail; several for an ambiguous one.
 * All references in one statement, each key by its index.
 */
export async function findUsers(db: Queryable, refs: readonly string[]): Promise<FoundUser[]> {
  const clean = refs.map((ref) => ref.replaceAll('\0', '').trim());
  const { rows } = await db.query<FoundUser>(
    `with ref as (
       select * from unnest($1::text[], $2::text[], $3::uuid[]) with ordinality r(code, key, id, n)
     ), named as (
       select r.n, u.id from ref r join "user" u on u.id = r.id
       union select r.n, u.id from ref r join "user" u on u.code = r.code
       union select r.n, u.id from ref r join "user" u on u.login_key = r.key
       union select r.n, u.id from ref r join "user" u on u.email_key = r.key
     )
     select (n.n - 1)::int as n, u.id, u.status, u.organization_id as "organizationId",
       s.id as "survivorId", s.organization_id as "survivorOrganizationId"
     from named n join "user" u on u.id = n.id
       join "user" s on s.id = coalesce(u.merged_into_id, u.id)
     order by n.n, u.id`,
    [clean, clean.map(userKey), clean.map((ref) => (isId(ref) ? ref : null))],
  );
  return rows;
}

/** The users that sources know under this number; a merged one has the organization of the survivor. */
export async function knownUnder(
  db: Queryable,
  externalId: string,
): Promise<
  readonly {
    readonly source: string;
    readonly id: string;
    readonly code: string | null;
    readonly organizationId: string | null;
  }[]
> {
  const { rows } = await db.query<{
    source: string;
    id: string;
    code: string | null;
    organizationId: string | null;
  }>(
    `select s.name as source, u.id, u.code, v.organization_id as "organizationId"
     from identity i join source s on s.id = i.source_id join "user" u on u.id = i.user_id
     join "user" v on v.id = coalesce(u.merged_into_id, u.id)
     where i.external_id = $1 order by s.name limit 20`,
    [externalId.replaceAll('\0', '').trim()],
  );
  return rows;
}

/** The organizations that an admin is bound to. */
export async function organizationsOf(db: Queryable, adminId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select organization_id as id from admin_organization where admin_id = $1 order by 1`,
    [adminId],
  );
  return rows.map(({ id }) => id);
}
