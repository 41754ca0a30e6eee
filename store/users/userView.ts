import { USER_FIELDS, USER_FIELD_NAMES, type UserField } from '../../domain/users/fields';
import type { UserView } from '../../domain/users/userView';
import type { UserScope } from '../../domain/permissions';
import type { Queryable } from '../database/db';
import { userFrom } from './filter';
import { Params } from './params';
import { reachOf } from './reach';

/** {@link VIEW_COLUMNS} without the identities. */
export const OWN_VIEW_COLUMNS = `u.id, ${USER_FIELD_NAMES.map(shown).join(', ')},
  u.properties, u.sticky, u.protected, u.version, u.created_at as "createdAt",
  u.updated_at as "updatedAt", u.deactivated_at as "deactivatedAt",
  u.deactivated_reason as "deactivatedReason", u.merged_into_id as "mergedIntoId"`;

/** One user as it is shown; `u`, `o` and `m` as in `userJoins`. Days and keys as text. */
export const VIEW_COLUMNS = `${OWN_VIEW_COLUMNS},
  (select coalesce(jsonb_agg(jsonb_build_object('source', s.name, 'externalId', i.external_id)
     order by s.name collate "C", i.external_id collate "C"), '[]')
   from identity i join source s on s.id = i.source_id where i.user_id = u.id) as identities`;

function shown(field: UserField): string {
  const { column, kind } = USER_FIELDS[field];
  switch (kind) {
    case 'organization':
      return `u.${column} as "organizationId", o.code as "${field}"`;
    case 'manager':
      return `m.id as "managerId", m.code as "${field}", u.${column} is not null and m.id is null as "managerOutside"`;
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
  'managerOutside' | 'sticky' | 'createdAt' | 'updatedAt' | 'deactivatedAt'
> {
  readonly managerOutside: boolean;
  readonly sticky: readonly string[] | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deactivatedAt: Date | null;
}

/** A row of {@link VIEW_COLUMNS}, and nothing else, as documents show it. */
export function viewOf({ managerOutside, ...row }: ViewRow): UserView {
  return {
    ...row,
    ...(managerOutside ? { managerOutside: true } : {}),
    sticky: row.sticky ?? [],
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    deactivatedAt: row.deactivatedAt?.toISOString() ?? null,
  };
}

/** The user with this id, whatever its status; `null` also outside the scope. */
export async function readUser(
  db: Queryable,
  o: { readonly id: string; readonly scope: UserScope },
): Promise<UserView | null> {
  const params = new Params();
  const reach = reachOf(o.scope, params);
  const { rows } = await db.query<ViewRow>(
    `select ${VIEW_COLUMNS} from ${userFrom(reach)}
     where u.id = ${params.add(o.id)} and ${reach.of('u')}`,
    params.values,
  );
  const [row] = rows;
  return row === undefined ? null : viewOf(row);
}
