import type { Queryable } from '../../database/db';
import type { UserTx } from '../userWrites';

/** What a change of users would put values into. */
export interface Filled {
  /** `null` or absent: none. */
  readonly organizationId?: string | null | undefined;
  /** Keys of properties that get a value. */
  readonly properties: readonly string[];
}

/** Those of them that are archived: the code of the organization, keys of properties. */
export interface ArchivedAmong {
  readonly organization: string | null;
  readonly properties: readonly string[];
}

/** What of it is archived now. */
export async function archivedAmong(db: Queryable, filled: Filled): Promise<ArchivedAmong> {
  const { organizationId = null, properties } = filled;
  const { rows } = await db.query<{ organization: string | null; properties: string[] }>(
    `select (select code from organization where id = $1 and archived_at is not null) as organization,
       array(select key from property_definition where key = any ($2::text[]) and archived_at is not null
         order by key) as properties`,
    [organizationId, properties],
  );
  return rows[0] ?? { organization: null, properties: [] };
}

/** What of it is archived. The rest stays open until commit. */
export async function holdOpen(tx: UserTx, filled: Filled): Promise<ArchivedAmong> {
  const { organizationId = null, properties } = filled;
  const organizations =
    organizationId === null
      ? []
      : await tx.$queryRaw<{ code: string; archived: boolean }[]>`
        select code, archived_at is not null as archived from organization
        where id = ${organizationId}::uuid for share`;
  const held =
    properties.length === 0
      ? []
      : await tx.$queryRaw<{ key: string; archived: boolean }[]>`
        select key, archived_at is not null as archived from property_definition
        where key = any (${[...properties]}) order by key for share`;
  return {
    organization: organizations.find(({ archived }) => archived)?.code ?? null,
    properties: held.filter(({ archived }) => archived).map(({ key }) => key),
  };
}
