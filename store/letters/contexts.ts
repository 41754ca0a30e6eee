import type { LetterContext } from '../../domain/letters/content';
import { nameOf, type PropertyValue } from '../../domain/users/userView';
import type { Queryable } from '../database/db';

interface Row extends Omit<LetterContext['user'], 'name' | 'properties'> {
  readonly id: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly organizationCode: string | null;
  readonly organizationName: string | null;
  readonly fromName: string | null;
  readonly replyTo: string | null;
  readonly sender: string | null;
}

/**
 * What a letter may say about each of these people, by user id: one query, and a plain copy. `campaignId` or
 * `actorId` says who sends. A user who is not there has no entry.
 */
export async function contextsOf(
  db: Queryable,
  o: {
    readonly campaignId?: string | undefined;
    readonly actorId?: string | undefined;
    readonly userIds: readonly string[];
  },
): Promise<Map<string, LetterContext>> {
  const { rows } = await db.query<Row>(
    `with sending as (
       select a.name as admin, s.display_name, s.first_name, s.last_name
       from admin a left join "user" s on s.id = a.user_id
       where a.id = coalesce((select c.actor_id from campaign c where c.id = $2), $3)
     )
     select u.id, u.first_name as "firstName", u.last_name as "lastName",
       u.display_name as "displayName", u.login, u.email, u.code, u.job_title as "jobTitle",
       u.department, u.location, u.locale, u.hire_date::text as "hireDate", u.properties,
       o.code as "organizationCode", o.name as "organizationName", o.mail_name as "fromName",
       o.reply_to as "replyTo",
       (select coalesce(nullif(display_name, ''), nullif(concat_ws(' ', nullif(first_name, ''),
          nullif(last_name, '')), ''), admin) from sending) as sender
     from "user" u left join organization o on o.id = u.organization_id
     where u.id = any ($1::uuid[])`,
    [o.userIds, o.campaignId ?? null, o.actorId ?? null],
  );
  return new Map(rows.map((row) => [row.id, contextOf(row)]));
}

function contextOf(row: Row): LetterContext {
  const { organizationCode, organizationName, fromName, replyTo, sender, id, ...user } = row;
  return {
    user: { ...user, name: nameOf({ id, ...user }) },
    organization: { code: organizationCode, name: organizationName },
    sender: { name: sender },
    mail: { fromName, replyTo },
  };
}
