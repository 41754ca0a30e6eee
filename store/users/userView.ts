import { USER_FIELDS, USER_FIELD_NAMES, type UserField } from '../../domain/users/fields';
import type { UserView } from '../../domain/users/userView';
import type { Queryable } from '../database/db';

/** One user as it is shown; `u`, `o` and `m` as in store/users/filter.ts. Days and keys as text. */
export const VIEW_COLUMNS = `u.id, ${USER_FIELD_NAMES.map(shown).join(', ')},
  u.properties, u.sticky, u.protected, u.version, u.created_at as "createdAt",
  u.updated_at as "updatedAt", u.deactivated_at as "deactivatedAt",
  u.deactivated_reason as "deactivatedReason", u.merged_into_id as "mergedIntoId",
  (select coalesce(jsonb_agg(jsonb_build_object('source', s.name, 'externalId', i.external_id)
     order by s.name collate "C", i.external_id collate "C"), '[]')
   from identity i join source s on s.id = i.source_id where i.user_id = u.id) as identities`;

function shown(field: UserField): string {
  const { column, kind } = USER_FIELDS[field];
  switch (kind) {
    case 'organization':
      return `u.${column} as "organizationId", o.code as "${field}"`;
    case 'manager':
      return `u.${column} as "managerId", m.code as "${field}"`;
    case 'date':
      return `u.${column}::text as "${field}"`;
    case 'key':
    case 'text':
    case 'status':
      return `u.${column} as "${field}"`;
  }
}

/** A user in the columns of {@link VIEW_COLUMNS}, which have the names and the order of the view. */
export interface ViewRow extends Omit<
  UserView,
  'sticky' | 'createdAt' | 'updatedAt' | 'deactivatedAt'
> {
  readonly sticky: readonly string[] | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deactivatedAt: Date | null;
}

/** A row of {@link VIEW_COLUMNS}, and nothing else, as documents show it. */
export function viewOf(row: ViewRow): UserView {
  return {
    ...row,
    sticky: row.sticky ?? [],
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    deactivatedAt: row.deactivatedAt?.toISOString() ?? null,
  };
}

/** The user with this id, whatever its status. */
export async function readUser(db: Queryable, id: string): Promise<UserView | null> {
  const { rows } = await db.query<ViewRow>(
    `select ${VIEW_COLUMNS} from "user" u
     left join organization o on o.id = u.organization_id
     left join "user" m on m.id = u.manager_id where u.id = $1`,
    [id],
  );
  const [row] = rows;
  return row === undefined ? null : viewOf(row);
}
