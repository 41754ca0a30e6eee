import type { LetterContext } from '../../domain/letters/content';
import {
  columnsOfPaths,
  ORGANIZATION_PATHS,
  USER_PATHS,
  userValues,
  type OrganizationPathValues,
  type UserPathValues,
} from '../../domain/letters/person/letterPaths';
import { nameOf, type PropertyValue } from '../../domain/users/userView';
import type { Queryable } from '../database/db';

const USER_COLUMNS = columnsOfPaths(USER_PATHS)
  .map(({ name, column }) => `u.${column}::text as "${name}"`)
  .join(', ');

const ORGANIZATION = `jsonb_build_object(${columnsOfPaths(ORGANIZATION_PATHS)
  .map(({ name, column }) => `'${name}', o.${column}`)
  .join(', ')})`;

/** A user as {@link CONTEXT_COLUMNS} reads them. */
export interface ContextRow extends Omit<UserPathValues, 'name'> {
  readonly id: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly organization: OrganizationPathValues;
  readonly fromName: string | null;
  readonly replyTo: string | null;
  readonly sender: string | null;
}

/** SQL: the query `sending`, of the admin whose id `actor` gives. */
export function sendingSql(actor: string): string {
  return `sending as (
       select a.name as admin, s.display_name, s.first_name, s.last_name
       from admin a left join "user" s on s.id = a.user_id where a.id = ${actor}
     )`;
}

/** SQL: what a letter may say about the user `u` of the organization `o`, beside the query of {@link sendingSql}. */
export const CONTEXT_COLUMNS = `u.id, u.properties, ${USER_COLUMNS},
       ${ORGANIZATION} as organization, o.mail_name as "fromName", o.reply_to as "replyTo",
       (select coalesce(nullif(display_name, ''), nullif(concat_ws(' ', nullif(first_name, ''),
          nullif(last_name, '')), ''), admin) from sending) as sender`;

/**
 * What a letter may say about each of these people, by user id: one query, and a plain copy. A user who is not
 * there has no entry.
 */
export async function contextsOf(
  db: Queryable,
  o: {
    /** Who sends. */
    readonly actorId: string;
    readonly userIds: readonly string[];
  },
): Promise<Map<string, LetterContext>> {
  const { rows } = await db.query<ContextRow>(
    `with ${sendingSql('$2')}
     select ${CONTEXT_COLUMNS}
     from "user" u left join organization o on o.id = u.organization_id
     where u.id = any ($1::uuid[])`,
    [o.userIds, o.actorId],
  );
  return new Map(rows.map((row) => [row.id, contextOf(row)]));
}

/** A plain copy, which has what a letter may say and nothing else. */
export function contextOf(row: ContextRow): LetterContext {
  const { organization, fromName, replyTo, sender, properties } = row;
  return {
    user: { ...userValues({ ...row, name: nameOf(row) }), properties },
    organization,
    sender: { name: sender },
    mail: { fromName, replyTo },
  };
}
