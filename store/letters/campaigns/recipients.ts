import type { CampaignKind } from '../../../domain/letters/campaigns';
import type { LeftOut, LeftOutCounts } from '../../../domain/letters/leftOut';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { nameOf } from '../../../domain/users/userView';
import type { Queryable } from '../../database/db';
import { chosen, type BulkSelection } from '../../users/chosen';
import { recentlyNotified, recentlyReached } from './recent';

/** The people that are chosen, and what is sent to them. */
export interface People {
  readonly kind: CampaignKind;
  readonly mails: boolean;
  readonly people: BulkSelection;
  readonly properties: readonly PropertyDefinition[];
}

/** A query of people by id, and its parameters. */
export interface PeopleSql {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Why a user `u` gets nothing by mail; null: they get it. */
const REASON = `case when u.status <> 'active' then 'inactive' when u.email is null then 'no_address' end`;

/**
 * Each chosen person as (id, reason), the reason null for those who are to get it by mail. `recent`: campaigns
 * of the same letter, whose people are left out; without one, their deliveries are not looked at.
 */
export function fateSql(
  { kind, people, properties }: Pick<People, 'kind' | 'people' | 'properties'>,
  recent: readonly string[],
): PeopleSql {
  const { from, where, values } = chosen(people, properties);
  if (recent.length === 0) {
    return { sql: `select u.id, ${REASON} as reason from ${from} where ${where}`, values };
  }
  const campaigns = `$${String(values.length + 1)}`;
  if (kind === 'announcement') {
    return {
      sql: `
      select u.id, coalesce(${REASON}, case when exists (select from notification n
        where n.user_id = u.id and n.campaign_id = any (${campaigns}::uuid[])) then 'sent_recently' end) as reason
      from ${from} where ${where}`,
      values: [...values, recent],
    };
  }
  return {
    sql: `
      with reached as (select distinct user_id from (${recentlyReached(campaigns)}) r)
      select u.id, coalesce(${REASON}, case when r.user_id is not null then 'sent_recently' end) as reason
      from ${from} left join reached r on r.user_id = u.id where ${where}`,
    values: [...values, recent],
  };
}

/** The chosen people, as (id), who are to get it by mail. */
export function plannedSql(
  o: Pick<People, 'kind' | 'people' | 'properties'>,
  recent: readonly string[],
): PeopleSql {
  const { sql, values } = fateSql(o, recent);
  return { sql: `select f.id from (${sql}) f where f.reason is null`, values };
}

/**
 * The chosen people, as (id), who get an announcement into their lists: those whose account is active, without
 * those who have it by the `recent` campaigns. A named user who was merged since it was looked up is among them,
 * because the wall around merged users then refuses the whole, and the people are looked up again.
 */
export function notifiedSql(
  { people, properties }: Pick<People, 'people' | 'properties'>,
  recent: readonly string[],
): PeopleSql {
  const { from, where, values } = chosen(people, properties);
  const campaigns = `$${String(values.length + 1)}`;
  return {
    sql: `
      select u.id from ${from} where ${where} and u.status in ('active', 'merged')
        and not exists (select from notification n
          where n.user_id = u.id and n.campaign_id = any (${campaigns}::uuid[]))`,
    values: [...values, recent],
  };
}

/** How many people would have an announcement in their lists. */
export async function countNotified(
  db: Queryable,
  o: Pick<People, 'people' | 'properties'>,
  recent: readonly string[],
): Promise<number> {
  const { sql, values } = notifiedSql(o, recent);
  const { rows } = await db.query<{ people: number }>(
    `select count(*)::int as people from (${sql}) f`,
    [...values],
  );
  return rows[0]?.people ?? 0;
}

/**
 * How many of the chosen people got the same by these campaigns, or will get it, and which campaign most of them;
 * null: nobody.
 */
export async function recentlyAmong(
  db: Queryable,
  o: People,
  recent: readonly string[],
): Promise<{ readonly people: number; readonly campaign: string } | null> {
  if (recent.length === 0) return null;
  const { from, where, values } = chosen(o.people, o.properties);
  const campaigns = `$${String(values.length + 1)}`;
  const reached =
    o.kind === 'letter'
      ? `select r.* from (${recentlyReached(campaigns)}) r join chosen p on p.id = r.user_id where p.reason is null`
      : recentlyNotified(campaigns);
  const { rows } = await db.query<{ people: number; campaign: string | null }>(
    `with chosen as (select u.id, ${REASON} as reason from ${from} where ${where}),
       hit as materialized (${reached})
     select (select count(distinct user_id)::int from hit) as people,
       (select campaign_id from hit group by 1 order by count(*) desc, campaign_id desc limit 1) as campaign`,
    [...values, recent],
  );
  const [row] = rows;
  return row?.campaign == null ? null : { people: row.people, campaign: row.campaign };
}

/** The chosen people, counted before anything is sent. */
export interface CountedPeople {
  readonly chosen: number;
  /** Those who are to get it. */
  readonly planned: number;
  readonly leftOut: LeftOutCounts;
}

/** What a campaign to these people would freeze. */
export async function countPeople(
  db: Queryable,
  o: Pick<People, 'kind' | 'people' | 'properties'>,
  recent: readonly string[],
): Promise<CountedPeople> {
  const { sql, values } = fateSql(o, recent);
  const { rows } = await db.query<{ reason: LeftOut | null; people: number }>(
    `select f.reason, count(*)::int as people from (${sql}) f group by 1`,
    [...values],
  );
  const of = (reason: LeftOut | null): number =>
    rows.find((row) => row.reason === reason)?.people ?? 0;
  return {
    chosen: rows.reduce((sum, { people }) => sum + people, 0),
    planned: of(null),
    leftOut: {
      inactive: of('inactive'),
      no_address: of('no_address'),
      sent_recently: of('sent_recently'),
    },
  };
}

/** The names of the first of these people, in the order of ids. */
export async function samplePeople(
  db: Queryable,
  { sql, values }: PeopleSql,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<Parameters<typeof nameOf>[0]>(
    `select u.id, u.code, u.login, u.email, u.first_name as "firstName", u.last_name as "lastName",
       u.display_name as "displayName"
     from (select f.id from (${sql}) f order by f.id limit ${String(limit)}) s
     join "user" u on u.id = s.id order by u.id`,
    [...values],
  );
  return rows.map(nameOf);
}

/** The ids and addresses of the people who are to get it, page by page in the order of ids. */
export async function* addressesOf(
  db: Queryable,
  o: Pick<People, 'kind' | 'people' | 'properties'> & { readonly page: number },
  recent: readonly string[],
): AsyncGenerator<readonly { readonly id: string; readonly email: string }[]> {
  const { sql, values } = fateSql(o, recent);
  const after = `$${String(values.length + 1)}::uuid`;
  let last: string | null = null;
  for (;;) {
    const { rows }: { rows: { id: string; email: string }[] } = await db.query(
      `select u.id, u.email from (${sql}) f join "user" u on u.id = f.id
       where f.reason is null and (${after} is null or f.id > ${after})
       order by f.id limit ${String(o.page)}`,
      [...values, last],
    );
    if (rows.length > 0) yield rows;
    last = rows.at(-1)?.id ?? null;
    if (rows.length < o.page) return;
  }
}
