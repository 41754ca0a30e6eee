import { userKey } from '../../domain/keys';
import { USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';
import { newId, transaction, type Db, type Queryable } from '../../store/database/db';
import type { Person, ReadRow, World } from './oracle';

/** A row of a CSV file: its code is its external id too. `rest` wins. */
export function row(
  line: number,
  values: Readonly<Record<string, string | undefined>>,
  rest: Partial<ReadRow> = {},
): ReadRow {
  return { line, externalId: values['code'] ?? null, values, clears: [], ...rest };
}

/** Rows numbered as in a file with a header: the first is line 2. */
export function rows(...values: readonly Readonly<Record<string, string>>[]): ReadRow[] {
  return values.map((v, i) => row(i + 2, v));
}

export interface PersonSeed {
  readonly id?: string;
  readonly fields: Readonly<Record<string, string | null | undefined>>;
  readonly sticky?: readonly string[];
  readonly protected?: boolean;
  readonly mergedInto?: string | null;
}

/** Creates a person as an admin would by hand; returns the id. */
export async function addPerson(db: Queryable, seed: PersonSeed): Promise<string> {
  const id = seed.id ?? newId();
  const { login, email } = seed.fields;
  const columns = USER_FIELD_NAMES.filter((f) => f !== 'status').map((f) => USER_FIELDS[f].column);
  const status = seed.mergedInto == null ? (seed.fields['status'] ?? 'active') : 'merged';
  await db.query(
    `with merged as (
       -- Merged before merges were recorded.
       insert into merge (id, survivor_id, absorbed_id, images_removed_at)
       select gen_random_uuid(), $7, $1, now() where $7::uuid is not null
     )
     insert into "user" (id, login_key, email_key, status, sticky, protected, merged_into_id,
       deactivated_at, properties, ${columns.join(', ')})
     values ($1, $2, $3, $4::text::user_status, $5, $6, $7, case when $4::text = 'inactive' then now() end, $8,
       ${columns.map((_, i) => `$${String(i + 9)}`).join(', ')})`,
    [
      id,
      typeof login === 'string' ? userKey(login) : null,
      typeof email === 'string' ? userKey(email) : null,
      status,
      seed.sticky ?? [],
      seed.protected ?? false,
      seed.mergedInto ?? null,
      propertiesOf(seed.fields),
      ...USER_FIELD_NAMES.filter((f) => f !== 'status').map((f) => seed.fields[f] ?? null),
    ],
  );
  return id;
}

function propertiesOf(fields: PersonSeed['fields']): string {
  const own = Object.entries(fields).flatMap(([name, value]) =>
    name.startsWith('properties.') && value != null
      ? [`${JSON.stringify(name.slice('properties.'.length))}:${value}`]
      : [],
  );
  return `{${own.join(',')}}`;
}

/** Links a source's id to a user by hand. */
export async function addIdentity(
  db: Queryable,
  o: { readonly sourceId: string; readonly externalId: string; readonly userId: string },
): Promise<void> {
  await db.query(`insert into identity (source_id, external_id, user_id) values ($1, $2, $3)`, [
    o.sourceId,
    o.externalId,
    o.userId,
  ]);
}

/** An edit by hand: the fields become sticky and the version grows. */
export async function editPerson(
  db: Queryable,
  id: string,
  fields: Readonly<Record<string, string | null>>,
  o: { readonly sticky?: boolean } = {},
): Promise<void> {
  const sets = Object.keys(fields).map((field, i) => {
    const known = USER_FIELD_NAMES.find((f) => f === field);
    if (known === undefined) throw new Error(`no field ${field}`);
    const { column, kind } = USER_FIELDS[known];
    const cast = {
      date: '::date',
      status: '::user_status',
      organization: '::uuid',
      manager: '::uuid',
    };
    return `${column} = $${String(i + 3)}${kind === 'key' || kind === 'text' ? '' : cast[kind]}`;
  });
  for (const field of ['login', 'email'] as const) {
    const value = fields[field];
    if (value !== undefined) {
      sets.push(`${field}_key = ${value === null ? 'null' : `'${userKey(value)}'`}`);
    }
  }
  if (fields['status'] === 'active') sets.push('deactivated_at = null, deactivated_reason = null');
  if (fields['status'] === 'inactive') sets.push('deactivated_at = now()');
  await db.query(
    `update "user" set ${sets.join(', ')}, version = version + 1, updated_at = now(),
       sticky = array(select distinct f from unnest(sticky || $2::text[]) f order by f)
     where id = $1`,
    [id, o.sticky === false ? [] : Object.keys(fields), ...Object.values(fields)],
  );
}

interface PersonRow {
  readonly id: string;
  readonly sticky: string[];
  readonly loginOwn: boolean;
  readonly protected: boolean;
  readonly merged: string | null;
  readonly properties: Record<string, string>;
  readonly fields: Record<string, string | null>;
}

/** The store as the oracle knows it. */
export async function readWorld(db: Queryable): Promise<World> {
  const { rows: people } = await db.query<PersonRow>(
    `select id, sticky, login_own as "loginOwn", protected, merged_into_id as merged,
       (select coalesce(jsonb_object_agg('properties.' || p.key, p.value::text), '{}')
        from jsonb_each(properties) p) as properties,
       jsonb_build_object(${USER_FIELD_NAMES.map((f) => `'${f}', ${USER_FIELDS[f].column}::text`).join(', ')})
         as fields
     from "user" order by id`,
  );
  const { rows: identities } = await db.query<{ key: string; userId: string }>(
    `select source_id || ' ' || external_id as key, user_id as "userId" from identity order by 1`,
  );
  return {
    people: new Map(
      people.map((p): [string, Person] => [
        p.id,
        {
          id: p.id,
          fields: { ...p.fields, ...p.properties },
          sticky: p.sticky,
          loginOwn: p.loginOwn,
          protected: p.protected,
          mergedInto: p.merged,
        },
      ]),
    ),
    identities: new Map(identities.map((i) => [i.key, i.userId])),
  };
}

/**
 * A world as lines of text, for comparison: people by `name` (default: their ids), fields that have a value.
 */
export function described(world: World): string[] {
  const people = [...world.people.values()].map((p) => {
    const filled = Object.entries(p.fields).filter(([, value]) => value !== null);
    const { id, loginOwn, mergedInto } = p;
    return JSON.stringify([
      id,
      filled.sort(),
      [...p.sticky].sort(),
      loginOwn,
      p.protected,
      mergedInto,
    ]);
  });
  const links = [...world.identities].map((link) => link.join(' → '));
  return [...people.sort(), ...links.sort()];
}

/**
 * Everything of `user` and `identity`, the rows' versions in the database included: shows that nothing was written.
 */
export async function everything(db: Queryable): Promise<string> {
  const { rows: all } = await db.query<{ text: string | null }>(
    `select string_agg(line, e'\\n' order by line) as text from (
       select 'user ' || u.xmin || ' ' || u::text as line from "user" u
       union all select 'identity ' || i.xmin || ' ' || i::text from identity i
     ) t`,
  );
  return all[0]?.text ?? '';
}

/** user id → xmin: shows which rows of `user` were written. */
export async function rowVersions(db: Queryable): Promise<Map<string, string>> {
  const { rows: all } = await db.query<{ id: string; xmin: string }>(
    `select id, xmin::text from "user"`,
  );
  return new Map(all.map((r) => [r.id, r.xmin]));
}

const EMPTIED = [
  'user_pair',
  'merge_change',
  'enrollment',
  'external_credit',
  'merge',
  'list_person',
  'identity',
  'entry_outcome',
  'run_message',
  'decision',
  'staged_row',
  'plan_entry',
  'rejection',
  '"user"',
  'run',
];

/**
 * Empties the store between two cases of a property; sources and the owner stay. Without triggers,
 * as users are never deleted; a truncate of all these files takes ten times as long.
 */
export async function emptyStore(db: Db): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    for (const table of EMPTIED) await tx.query(`delete from ${table}`);
    await tx.query(`update source set last_good_run_id = null, last_absence_run_id = null,
      coverage = '{}', epoch = 1, settings = '{}'`);
  });
}
