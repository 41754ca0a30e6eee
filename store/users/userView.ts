import type { UserStatus } from '../../domain/users/fields';
import type { IdentityView, PropertyValue, UserView } from '../../domain/users/userView';
import type { Queryable } from '../database/db';

/** One user as it is shown; `u`, `o` and `m` as in store/users/filter.ts. Days and keys as text. */
export const VIEW_COLUMNS = `u.id, u.code, u.login, u.email, u.first_name, u.last_name, u.display_name,
  u.status, u.organization_id, o.code as organization, u.job_title, u.department, u.location,
  u.manager_id, m.code as manager, u.locale, u.time_zone, u.phone, u.hire_date::text,
  u.leave_date::text, u.properties, u.sticky, u.protected, u.version, u.created_at, u.updated_at,
  u.deactivated_at, u.deactivated_reason, u.merged_into_id,
  (select coalesce(jsonb_agg(jsonb_build_object('source', s.name, 'externalId', i.external_id)
     order by s.name collate "C", i.external_id collate "C"), '[]')
   from identity i join source s on s.id = i.source_id where i.user_id = u.id) as identities`;

export interface ViewRow {
  readonly id: string;
  readonly code: string | null;
  readonly login: string | null;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly display_name: string | null;
  readonly status: UserStatus;
  readonly organization_id: string | null;
  readonly organization: string | null;
  readonly job_title: string | null;
  readonly department: string | null;
  readonly location: string | null;
  readonly manager_id: string | null;
  readonly manager: string | null;
  readonly locale: string | null;
  readonly time_zone: string | null;
  readonly phone: string | null;
  readonly hire_date: string | null;
  readonly leave_date: string | null;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly sticky: readonly string[] | null;
  readonly protected: boolean;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deactivated_at: Date | null;
  readonly deactivated_reason: string | null;
  readonly merged_into_id: string | null;
  readonly identities: readonly IdentityView[];
}

/** A row of {@link VIEW_COLUMNS} as the world sees it. */
export function viewOf(row: ViewRow): UserView {
  return {
    id: row.id,
    code: row.code,
    login: row.login,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    displayName: row.display_name,
    status: row.status,
    organizationId: row.organization_id,
    organization: row.organization,
    jobTitle: row.job_title,
    department: row.department,
    location: row.location,
    managerId: row.manager_id,
    manager: row.manager,
    locale: row.locale,
    timeZone: row.time_zone,
    phone: row.phone,
    hireDate: row.hire_date,
    leaveDate: row.leave_date,
    properties: row.properties,
    sticky: row.sticky ?? [],
    protected: row.protected,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    deactivatedAt: row.deactivated_at?.toISOString() ?? null,
    deactivatedReason: row.deactivated_reason,
    mergedIntoId: row.merged_into_id,
    identities: row.identities,
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
