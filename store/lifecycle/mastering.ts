import { stagedColumn } from '../../domain/files/staged';
import { IMPORT_DEFAULTS } from '../../domain/runs/runOptions';
import { USER_FIELD_NAMES } from '../../domain/users/fields';
import type { Queryable, Tx } from '../database/db';
import { IN_PARTS } from '../reads/parts';
import { gaveWay, isOfFile } from '../runs/lines';

/**
 * The source precedence of a field: the first source with an opinion of a person decides the field.
 */
export interface Mastering {
  readonly field: string;
  /** Names of sources, the strongest first. */
  readonly sources: readonly string[];
}

/** The source precedence of every field that has one. */
export async function selectMastering(db: Queryable): Promise<Mastering[]> {
  const { rows } = await db.query<Mastering>(
    `select m.field, array_agg(s.name order by m.position) as sources
     from mastering m join source s on s.id = m.source_id group by 1 order by 1`,
  );
  return rows;
}

/**
 * Field → the name of the source that decides it for a user. Holds only fields of which one of the
 * field's sources has an opinion.
 */
export async function selectDeciders(db: Queryable, userId: string): Promise<Map<string, string>> {
  const { rows } = await db.query<{ field: string; source: string }>(
    `select distinct on (m.field) m.field, s.name as source
     from mastering m
     join source s on s.id = m.source_id
     join identity i on i.source_id = m.source_id and m.field = any(i.opinions)
     join "user" u on u.id = i.user_id and coalesce(u.merged_into_id, u.id) = $1
     order by m.field, m.position`,
    [userId],
  );
  return new Map(rows.map(({ field, source }) => [field, source]));
}

/**
 * Replaces the source precedence of a field. No source ids: the field has none. The last good run
 * of each source counts at once.
 */
export async function replaceMastering(
  tx: Tx,
  o: { readonly field: string; readonly sourceIds: readonly string[] },
): Promise<void> {
  await tx.query(`delete from mastering where field = $1`, [o.field]);
  await tx.query(
    `insert into mastering (field, position, source_id)
     select $1, n, id from unnest($2::uuid[]) with ordinality as t(id, n)`,
    [o.field, o.sourceIds],
  );
  const { rows } = await tx.query<{ runId: string }>(
    `select last_good_run_id as "runId" from source
     where id = any($1::uuid[]) and last_good_run_id is not null order by id`,
    [o.sourceIds],
  );
  for (const { runId } of rows) await rememberOpinions(tx, runId);
}

const SAID = USER_FIELD_NAMES.map((field) => {
  return `case when s.${stagedColumn(field)} is not null then '${field}' end`;
}).join(', ');

/**
 * Stores on each identity the fields of which its source has an opinion (a value or a clear), among
 * those with a source precedence. Skips runs that only fill empty fields or update no user. Does
 * nothing when no field has a source precedence.
 */
export async function rememberOpinions(tx: Queryable, runId: string): Promise<void> {
  const { rows } = await tx.query<{ fields: string[] | null }>(
    `select array_agg(distinct field) as fields from mastering`,
  );
  const fields = rows[0]?.fields ?? null;
  if (fields === null) return;
  await tx.query(
    `with said as (
       select r.source_id, s.external_id, case when s.merged_into is null then array(
         select distinct f from unnest(array[${SAID}] || s.clears
           || array(select 'properties.' || key from jsonb_object_keys(s.properties) key)
           -- A part leaves what the source said before about the other fields.
           || case when ${IN_PARTS} then before.opinions end) f
         where f = any($2) order by f) end as opinions
       from run r join staged_row s on s.run_id = r.id and s.faults is null
       left join identity before on before.source_id = r.source_id
         and before.external_id = s.external_id and ${IN_PARTS}
       where r.id = $1 and s.external_id is not null and ${isOfFile('s.line')}
         and not ${gaveWay('s')}
         and coalesce(r.options ->> 'update', '${IMPORT_DEFAULTS.update}') = 'all'
     )
     update identity i set opinions = said.opinions from said
     where i.source_id = said.source_id and i.external_id = said.external_id
       and i.opinions is distinct from said.opinions`,
    [runId, fields],
  );
  // A person who is gone from the source has no record there that could hold an opinion.
  await tx.query(
    `update identity i set opinions = null from run r
     where r.id = $1 and i.source_id = r.source_id and i.opinions is not null
       and case when r.kind = 'sync' then r.read_mode = 'full'
           and (r.listing ->> 'complete')::boolean
           and i.missing_reads >= (r.listing ->> 'absenceTimes')::int
         else r.options ->> 'missing' = 'deactivate' and r.retry_of_id is null end
       and not exists (select from staged_row s
         where s.run_id = r.id and s.external_id = i.external_id)`,
    [runId],
  );
}
