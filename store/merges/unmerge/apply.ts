import { sqlStateOf } from '../../../domain/passing';
import type { Tx } from '../../database/db';
import { sqlList } from '../../database/sqlList';
import { HIDDEN_FIELDS } from '../../users/fieldValue';
import type { BatchRange } from '../../apply/batch';
import { KEY_COLUMNS, WRITTEN_COLUMNS } from './columns';
import { giveBackLetters } from './letters';
import { levelsOf, type MergedPair } from './levels';
import { CONFLICTS, findObstacles } from './obstacles';
import { reportObstacles } from './reports';
import { giveBackRows, images } from './rows';
import { judgeUsers, loadUsers } from './users';

/** A merge that a run takes back. */
export interface Unmerging extends MergedPair {
  readonly mergeId: string;
  /** Its entry in the plan; while it is planned, its place among the others. */
  readonly entry: number;
}

/**
 * Takes back the merges of a batch, newest first; one transaction is whole or absent. Each is judged once
 * more under the locks of its users: what was changed since the plan stays and is an outcome of its entry.
 */
export async function applyUnmerges(tx: Tx, o: BatchRange): Promise<void> {
  const { rows } = await tx.query<Unmerging>(
    `select m.id as "mergeId", p.entry, m.survivor_id as "survivorId", m.absorbed_id as "absorbedId"
     from plan_entry p join merge m on m.id = p.object_id
     where p.run_id = $1 and p.entry > $2 and p.entry <= $3 and p.action = 'update'
       and p.reason = 'unmerge' and ${o.decided}
     order by p.entry`,
    [o.runId, o.from, o.to],
  );
  if (rows.length === 0) return;
  await beginUnmerges(tx, rows);
  await lockUsers(tx);
  await loadUsers(tx);
  // One by one after an error: only the merge that made it stays.
  const levels = o.careful ? rows.map((_, i) => i + 1) : levelsOf(rows);
  if (o.careful) await tx.query(`update unmerging set level = place`);
  for (let level = 1; level <= Math.max(...levels); level++) {
    if (o.careful) await oneOf(tx, o, level);
    else await unmergeLevel(tx, o, level);
  }
  await tx.query(OUTCOMES, [o.runId]);
  await reportObstacles(tx, o.runId);
}

/** Makes the table of the merges that are taken back: `unmerging`. */
export async function beginUnmerges(tx: Tx, merges: readonly Unmerging[]): Promise<void> {
  await tx.query(`
    create temp table unmerging (
      merge_id uuid primary key, entry int, place int, level int, survivor_id uuid, absorbed_id uuid,
      merged_at timestamptz, problem text, blocker uuid, keyless uuid, at_work boolean not null default false
    ) on commit drop`);
  await tx.query(
    `insert into unmerging (merge_id, entry, place, level, survivor_id, absorbed_id, merged_at)
     select m.id, n.entry, n.place, n.level, m.survivor_id, m.absorbed_id, m.merged_at
     from unnest($1::uuid[], $2::int[], $3::int[]) with ordinality n(id, entry, level, place)
     join merge m on m.id = n.id`,
    [merges.map(({ mergeId }) => mergeId), merges.map(({ entry }) => entry), levelsOf(merges)],
  );
  await tx.query(`analyze unmerging`);
}

/** Root users in the order of their ids, then the accounts that they absorbed. */
async function lockUsers(tx: Tx): Promise<void> {
  await tx.query(`
    create temp table unmerge_lock on commit drop as
    select survivor_id as id from unmerging union select absorbed_id from unmerging
    union select (c.key ->> 'id')::uuid from merge_change c join unmerging m using (merge_id)
      where c.what = 'pointer'`);
  for (const which of ['null', 'not null']) {
    await tx.query(`select from "user" where id in (select id from unmerge_lock)
      and merged_into_id is ${which} order by id for update`);
  }
  await tx.query(`select from identity where user_id in (select id from unmerge_lock)
    order by source_id, external_id for update`);
}

/** Errors of one pair, as of a race: the pair stays merged. */
const OF_ONE_PAIR = new Set(['23505', '23503', '23514']);

async function oneOf(tx: Tx, o: BatchRange, level: number): Promise<void> {
  await tx.query('savepoint one_merge');
  try {
    await unmergeLevel(tx, o, level);
    // Judged now, and not for all of them at the end.
    await tx.query('set constraints all immediate');
    await tx.query('set constraints all deferred');
    await tx.query('release savepoint one_merge');
  } catch (error) {
    if (!OF_ONE_PAIR.has(sqlStateOf(error) ?? '')) throw error;
    await tx.query('rollback to savepoint one_merge');
    await tx.query(`update unmerging set problem = 'changed_since' where level = $1`, [level]);
  }
}

async function unmergeLevel(tx: Tx, o: BatchRange, level: number): Promise<void> {
  await findObstacles(tx, level);
  await judgeUsers(tx, level);
  await tx.query(
    `update unmerging set at_work = level = $1 and problem is null where at_work or level = $1`,
    [level],
  );
  await tx.query(`set local rollcall.merging = 'on'`);
  await tx.query(GIVE_UP_KEYS);
  await tx.query(WRITE(true));
  await tx.query(WRITE(false));
  await tx.query(POINTERS);
  await tx.query(`set local rollcall.merging = 'off'`);
  await tx.query(IDENTITIES);
  await tx.query(FORGET_HASHES);
  await giveBackRows(tx);
  await giveBackLetters(tx);
  await tx.query(EPOCH);
  const { actorId, door, tokenId } = o.by;
  await tx.query(EVENTS, [o.runId, actorId, door, tokenId]);
  await tx.query(DIFFERENT, [o.runId, actorId]);
  await tx.query(CLOSE, [o.runId, actorId]);
}

/** SQL: what is written now. */
const VALUES = `(select v.* from unmerge_value v join unmerging m using (merge_id) where m.at_work)`;

/** The absorbed user is merged still, and may be without any key until the last of these three steps. */
const GIVE_UP_KEYS = `
  update "user" u set code = case when v.value ? 'code' then null else u.code end,
    login = case when v.value ? 'login_key' then null else u.login end,
    login_key = case when v.value ? 'login_key' then null else u.login_key end,
    email = case when v.value ? 'email_key' then null else u.email end,
    email_key = case when v.value ? 'email_key' then null else u.email_key end
  from ${VALUES} v
  where not v.survives and u.id = v.user_id and v.value ?| array[${KEY_COLUMNS.map((key) => `'${key}'`).join(', ')}]`;

const WRITE = (survives: boolean): string => `
  update "user" u set ${WRITTEN_COLUMNS.map((column) => `${column} = n.${column}`).join(', ')},
    version = u.version + 1, updated_at = now()
  from ${VALUES} v join "user" t on t.id = v.user_id
  cross join lateral jsonb_populate_record(t, v.value) n
  where ${survives ? '' : 'not '}v.survives and u.id = t.id`;

/** Accounts that the absorbed user had absorbed, unless they were unmerged since. */
const POINTERS = `
  update "user" u set merged_into_id = i.absorbed_id, version = u.version + 1, updated_at = now()
  from (${images('pointer', 'changed')}) i
  where u.id = (i.key ->> 'id')::uuid and u.merged_into_id = i.survivor_id`;

const IDENTITIES = `
  update identity n set user_id = i.absorbed_id
  from (${images('identity', 'moved')}) i
  where n.source_id = (i.key ->> 'source_id')::uuid and n.external_id = i.key ->> 'external_id'
    and n.user_id = i.survivor_id`;

/** Each source says its own about both of them again with its next read. */
const FORGET_HASHES = `
  update identity i set record_hash = null, mapping_hash = null, user_version = null
  from unmerging m
  where m.at_work and i.user_id in (m.survivor_id, m.absorbed_id)
    and num_nonnulls(i.record_hash, i.mapping_hash, i.user_version) > 0`;

/** Rows about other people name managers by code, and by numbers that led to the survivor. */
const EPOCH = `
  update source set epoch = epoch + 1
  where exists (select from ${VALUES} v where v.value ? 'code')
    or exists (select from unmerging m join "user" u on u.manager_id in (m.survivor_id, m.absorbed_id)
      where m.at_work)`;

const EVENTS = `
  with told as materialized (
    select nextval('audit_event_id_seq') as id, v.* from ${VALUES} v
  ), shown as (
    select t.id, f.* from told t
    join unmerge_field f on f.merge_id = t.merge_id and f.user_id = t.user_id and f.stands
    where f.field not in ${sqlList(HIDDEN_FIELDS)}
  ), events as (
    insert into audit_event (id, actor_id, door, token_id, action, subject_type, subject_id, run_id,
      reason, fields)
    select t.id, $2::uuid, $3::text, $4::uuid, 'user.unmerge', 'user', t.user_id, $1::uuid, 'unmerge',
      array(select s.field from shown s where s.id = t.id order by s.field)
        || case when t.value ? 'sticky' then array['sticky'] else '{}' end
    from told t
  )
  insert into audit_value (event_id, field, before, after)
  select id, field, nullif(now, 'null'), case when taken is null then nullif(old, 'null') end
  from shown where now is distinct from old`;

/** Nobody proposes them as one person again. */
const DIFFERENT = `
  insert into user_pair (user_a, user_b, state, actor_id, at)
  select least(m.survivor_id, m.absorbed_id), greatest(m.survivor_id, m.absorbed_id), 'different',
    coalesce($2::uuid, r.actor_id), now()
  from unmerging m join run r on r.id = $1 where m.at_work
  on conflict (user_a, user_b) do update set state = 'different', actor_id = excluded.actor_id, at = excluded.at`;

const CLOSE = `
  update merge g set unmerged_at = now(), unmerged_by = coalesce($2::uuid, r.actor_id), unmerged_run_id = r.id
  from unmerging m join run r on r.id = $1
  where m.at_work and g.id = m.merge_id`;

/** A merge that could not be taken back after all, or not as fully as planned. */
const OUTCOMES = `
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select $1::uuid, m.entry, case when m.problem is null then 'update'
      when m.problem in ${sqlList(CONFLICTS)} then 'conflict' else 'skip' end::plan_action,
    coalesce(m.problem, 'changed_since'),
    case when m.problem is null then k.fields else array(select jsonb_object_keys(p.changes)) end
  from unmerging m join plan_entry p on p.run_id = $1 and p.entry = m.entry
  cross join lateral (
    select array_agg(f.field order by f.field) as fields from unmerge_field f
    where f.merge_id = m.merge_id and f.survives and (not f.stands or f.taken is not null)
      and p.changes ? f.field
  ) k
  where m.problem is not null or k.fields is not null`;
