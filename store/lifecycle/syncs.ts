import { RECURRING_KINDS } from '../../domain/runs/run';
import { transaction, type Db, type Queryable, type Tx } from '../database/db';
import { some } from '../database/some';
import { sqlList } from '../database/sqlList';
import type { ReadMode } from '../reads/pages';
import { IN_PARTS } from '../reads/parts';
import { createRun } from '../runs/runs';
import { gaveWay } from '../runs/lines';
import { openRunsOf } from '../sources/connectionEdits';
import { getConnection, type Connection } from '../sources/connections';
import { OWNER_ID } from '../sources/sources';

/** Why a scheduled sync does not start. */
export type Skipped = 'paused' | 'quarantined' | 'blocked' | 'busy' | 'early';

export type Begun =
  | { readonly runId: string; readonly skipped: null }
  | { readonly runId: null; readonly skipped: Skipped };

/**
 * Hours after which a source that can read changes is read completely, unless its schedule says
 * otherwise.
 */
const FULL_EVERY_HOURS = 24;

/** What a sync reads: changes only where the source has a cursor and no complete read is due. */
export function readModeOf(
  connection: Pick<Connection, 'cursor' | 'fullReadAt' | 'schedule'>,
  o: { readonly hasChanges: boolean; readonly now: Date },
): ReadMode {
  const { cursor, fullReadAt, schedule } = connection;
  if (!o.hasChanges || cursor === null || fullReadAt === null) return 'full';
  const hours = schedule?.fullEveryHours ?? FULL_EVERY_HOURS;
  return o.now.getTime() - fullReadAt.getTime() >= hours * 3_600_000 ? 'full' : 'changes';
}

/** What the declaration of a source says about its reads. */
export interface Declared {
  readonly hasChanges: boolean;
  readonly declarationSha: string;
  /** The least time between two reads. */
  readonly minIntervalMs: number;
}

/**
 * The next sync of a source. A changed declaration is first shown in a dry run of a complete read.
 */
export function nextSync(
  connection: Connection,
  o: Declared & { readonly now: Date },
): { readonly readMode: ReadMode; readonly unseen: boolean } {
  const { declarationSha } = connection;
  const unseen = declarationSha !== null && declarationSha !== o.declarationSha;
  return { readMode: unseen ? 'full' : readModeOf(connection, o), unseen };
}

/** Option of a run: why the sync is a dry run although no person asked for one. */
export const DECLARATION_CHANGED = 'declaration_changed';

/**
 * Records the run of a scheduled sync, or says why there is none. A second call by the same
 * workflow returns the same run.
 */
export async function beginSync(
  db: Pick<Db, 'pool'>,
  o: { readonly sourceId: string; readonly workflowId: string; readonly now: Date } & Declared,
): Promise<Begun> {
  return transaction(db, async (tx) => {
    const connection = await getConnection(tx, o.sourceId, true);
    const { rows: own } = await tx.query<{ id: string }>(
      `select id from run where source_id = $1 and workflow_id = $2 order by id desc limit 1`,
      [o.sourceId, o.workflowId],
    );
    if (own[0] !== undefined) return { runId: own[0].id, skipped: null };
    const skipped = await reasonNotTo(tx, connection, o);
    if (skipped !== null) {
      if (skipped === 'blocked') {
        await tx.query(
          `update connection set skipped_syncs = skipped_syncs + 1 where source_id = $1`,
          [o.sourceId],
        );
      }
      return { runId: null, skipped };
    }
    const { readMode, unseen } = nextSync(connection, o);
    if (unseen && (await isShown(tx, o.sourceId))) return { runId: null, skipped: 'blocked' };
    const { runId } = await createRun(tx, {
      kind: 'sync',
      sourceId: o.sourceId,
      actorId: OWNER_ID,
      options: { dryRun: unseen, ...(unseen ? { because: DECLARATION_CHANGED } : {}) },
      dryRun: unseen,
      readMode,
      workflowId: o.workflowId,
      at: o.now,
    });
    return { runId, skipped: null };
  });
}

/** True while the dry run that shows what a changed declaration does waits to be applied. */
async function isShown(tx: Queryable, sourceId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from run r join source s on s.id = r.source_id
     where r.source_id = $1 and r.state = 'planned' and r.options ->> 'because' = $2
       and (s.last_good_run_id is null or r.id > s.last_good_run_id) limit 1`,
    [sourceId, DECLARATION_CHANGED],
  );
  return rowCount === 1;
}

const EARLY_MS = 60_000;

/**
 * When the vendor allows the next read of a source; `null`: the source was never read, or may be at
 * any time. Syncs that staged no rows do not count.
 */
export async function readableFrom(
  db: Queryable,
  o: { readonly sourceId: string; readonly minIntervalMs: number },
): Promise<Date | null> {
  if (o.minIntervalMs === 0) return null;
  const { rows } = await db.query<{ from: Date | null }>(
    `select max(started_at) + $2 * interval '1 ms' as "from" from run
     where source_id = $1 and kind = 'sync' and (staged_at is not null or rows > 0)`,
    [o.sourceId, o.minIntervalMs],
  );
  return rows[0]?.from ?? null;
}

async function reasonNotTo(
  tx: Queryable,
  c: Connection,
  { now, minIntervalMs }: { readonly now: Date; readonly minIntervalMs: number },
): Promise<Skipped | null> {
  if (c.polling === 'paused' || c.polling === 'disabled') return 'paused';
  if (c.polling === 'quarantined') {
    const at = c.trouble?.nextTryAt ?? null;
    if (at !== null && new Date(at).getTime() > now.getTime()) return 'quarantined';
  }
  const open = await openRunsOf(tx, c.sourceId);
  if (open.some(({ blocking }) => blocking)) return 'blocked';
  if (open.some(({ kind, state }) => kind === 'sync' && state !== 'held')) return 'busy';
  const from = await readableFrom(tx, { sourceId: c.sourceId, minIntervalMs });
  // A schedule with exactly this interval sometimes fires a little early.
  return from !== null && from.getTime() - EARLY_MS > now.getTime() ? 'early' : null;
}

/**
 * Stores what an applied sync leaves behind, in the transaction that ends it: the place from which
 * changes are read next, who was missing from a complete snapshot, and what the source said about
 * each status.
 */
export async function settleRead(tx: Tx, runId: string): Promise<void> {
  await tx.query(CONNECTION, [runId]);
  await tx.query(SAID, [runId]);
  await tx.query(MERGED, [runId]);
  await settleFound(tx, runId);
  await tx.query(MISSING, [runId]);
  await tx.query(SEEN_BY_KEY, [runId]);
}

/**
 * What the days of a source took is its own word from the moment on at which it says so itself: a
 * row that calls a person inactive. In the transaction that ends the run.
 */
export async function settleDays(tx: Tx, runId: string): Promise<void> {
  const ended = `select from run r join identity i on i.source_id = r.source_id
    and i.ended_at is not null where r.id = $1`;
  if (!(await some(tx, ended, [runId]))) return;
  await tx.query(
    `update identity i set ended_at = null, ended_by = null
     from run r join staged_row s on s.run_id = r.id and s.status = 'inactive'
       and s.status_by is null and s.faults is null
     where r.id = $1 and i.source_id = r.source_id and i.ended_at is not null
       and i.external_id = s.external_id and not ${gaveWay('s')}
       and not exists (select from plan_entry p where p.run_id = r.id and p.line = s.line
         and p.action <> 'create' and p.action = 'conflict')`,
    [runId],
  );
}

/**
 * Ends the absence of people who are in an applied read, in the transaction that ends the run. That
 * an absence deactivated them stays stored until the source says something about their status, so a
 * person whose row was not approved, or did not go through, comes back with the next read.
 */
export async function settleFound(tx: Tx, runId: string): Promise<void> {
  await tx.query(FOUND, [runId]);
}

/**
 * Pauses the source of an undone sync or due run, so that the sync does not repeat what was undone.
 * The next read is complete, because changes before the cursor would not come again.
 */
export async function settleUndo(tx: Tx, undoneId: string): Promise<void> {
  await tx.query(
    `update connection c set polling = 'paused', cursor = null, full_read_at = null
     from run r where r.id = $1 and r.kind in ${sqlList(RECURRING_KINDS)} and c.source_id = r.source_id`,
    [undoneId],
  );
}

/** The only place where the cursor moves: behind the last page of a run that is applied. */
const CONNECTION = `
  update connection c set
    cursor = coalesce(nullif(r.listing -> 'cursor', 'null'), c.cursor),
    declaration_sha = r.listing ->> 'declarationSha',
    full_read_at = case when r.read_mode = 'full' and (r.listing ->> 'complete')::boolean
      then (r.listing ->> 'startedAt')::timestamptz else c.full_read_at end,
    skipped_syncs = 0,
    polling = case when c.polling in ('quarantined', 'disabled') then 'ready' else c.polling end,
    trouble = null
  from run r where r.id = $1 and c.source_id = r.source_id`;

const SAID = `
  update identity i set source_status = s.source_status, due_on = s.due_on, due_zone = s.due_zone,
    due_status = s.due_status, due_then = s.due_then
  from run r join staged_row s on s.run_id = r.id and s.faults is null
  where r.id = $1 and i.source_id = r.source_id and i.external_id = s.external_id and not ${gaveWay('s')}
    -- A part that says nothing about status and days leaves what is known of them.
    and not (${IN_PARTS} and s.source_status is null and s.status is null and s.days_known is null)
    and (i.source_status, i.due_on, i.due_zone, i.due_status, i.due_then)
      is distinct from (s.source_status, s.due_on, s.due_zone, s.due_status, s.due_then)`;

/** An id that the source merged into another one is not due any more. */
const MERGED = `
  update identity i set due_on = null, due_zone = null, due_status = null, due_then = null
  from run r join staged_row s on s.run_id = r.id
  where r.id = $1 and i.source_id = r.source_id and i.due_on is not null
    and (i.external_id = any(s.aliases) or s.merged_into is not null and i.external_id = s.external_id)`;

/** A person who is in the read is there, even in a row with faults. */
const FOUND = `
  with missed as (
    select i.source_id, i.external_id, i.user_id from run r
    join identity i on i.source_id = r.source_id
      and (i.missing_reads > 0 or i.missing_since_run_id is not null or i.left_at is not null)
    where r.id = $1
  ), found as (
    -- Finds a person by any of their ids.
    select m.source_id, m.external_id, bool_or(own.external_id = m.external_id) as itself,
      bool_or(coalesce(s.status = 'inactive', false) and s.status_by is null and s.faults is null
        and not exists (select from plan_entry p where p.run_id = s.run_id and p.line = s.line
          and p.action <> 'create' and p.action = 'conflict')
        and not ${gaveWay('s')}) as said_inactive
    from missed m
    join identity own on own.source_id = m.source_id and own.user_id = m.user_id
    join staged_row s on s.run_id = $1 and s.external_id = own.external_id
    group by 1, 2
  )
  update identity i set missing_reads = case when f.itself then 0 else i.missing_reads end,
    missing_since_run_id = case when not f.itself then i.missing_since_run_id end,
    left_at = case when not f.said_inactive then i.left_at end
  from found f
  where i.source_id = f.source_id and i.external_id = f.external_id
    and (f.itself and (i.missing_reads > 0 or i.missing_since_run_id is not null)
      or i.left_at is not null and f.said_inactive)`;

/** Only a read that is proved to be complete, with every id readable, says who is missing. */
const MISSING = `
  update identity i set missing_reads = least(i.missing_reads + 1, 1000),
    missing_since_run_id = coalesce(i.missing_since_run_id, r.id)
  from run r
  where r.id = $1 and i.source_id = r.source_id
    and r.read_mode = 'full' and (r.listing ->> 'complete')::boolean
    and not exists (select from staged_row s where s.run_id = r.id and not s.key_readable)
    and not exists (select from staged_row s where s.run_id = r.id and s.external_id = i.external_id)`;

/**
 * A row that did not go through proves the presence of the people that it may be about, as in the plan's
 * absence (`plan/entries.ts`): no read in a row has missed them.
 */
const SEEN_BY_KEY = `
  with stuck as materialized (
    select p.candidates, s.code, s.email_key, coalesce(s.login_key, s.email_key, s.code_key) as login_key
    from run r
    join plan_entry p on p.run_id = r.id and p.entry > r.entries
    join staged_row s on s.run_id = r.id and s.line = p.line
    where r.id = $1 and p.action in ('error', 'conflict', 'duplicate', 'skip')
  ), seen as (
    select unnest(candidates) as id from stuck
    union select u.id from stuck join "user" u using (code)
    union select u.id from stuck join "user" u using (login_key)
    union select u.id from stuck join "user" u using (email_key)
  ), person as (
    select id from seen
    union select u.merged_into_id from seen join "user" u using (id) where u.merged_into_id is not null
    union select a.id from seen join "user" a on a.merged_into_id = seen.id
  )
  update identity i set missing_reads = 0
  from run r, person p
  where r.id = $1 and i.source_id = r.source_id and i.user_id = p.id and i.missing_reads > 0`;
