import { newId, transaction, type Db, type Tx } from '../../../store/database/db';
import { createRun } from '../../../store/runs/runs';
import { MERGES_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';

type Patch = Readonly<Record<string, unknown>>;

/** A merge as it is written: what it gives the two users, and the rows that it changes. */
export interface MergeByHand {
  readonly survivor: string;
  readonly absorbed: string;
  /** Columns by their names in the database. */
  readonly gives?: Patch;
  readonly takes?: Patch;
  /** Identities that move. */
  readonly identities?: readonly (readonly [sourceId: string, externalId: string])[];
  readonly enrollments?: RowsByHand;
  readonly credits?: RowsByHand;
  readonly days?: number;
  readonly runId?: string;
}

interface RowsByHand {
  readonly moved?: readonly string[];
  readonly changed?: Readonly<Record<string, Patch>>;
  readonly tombstoned?: readonly string[];
}

/** Writes a merge and its images in plain SQL; returns its id. */
export async function mergeByHand(db: Db, o: MergeByHand): Promise<string> {
  return transaction(db, async (tx) => {
    const mergeId = newId();
    const runId = o.runId ?? (await recordMergeRun(tx));
    await tx.query(`set local rollcall.merging = 'on'`);
    await tx.query(
      `insert into merge (id, survivor_id, absorbed_id, run_id, entry, actor_id, merged_at, unmerge_until)
       values ($1, $2, $3, $4, 1, $5, clock_timestamp(), now() + make_interval(days => $6))`,
      [mergeId, o.survivor, o.absorbed, runId, OWNER_ID, o.days ?? 180],
    );
    const write = writer(tx, mergeId);
    const [taken, left] = [o.takes ?? {}, o.gives ?? {}];
    const away = { ...taken, status: 'merged', merged_into_id: o.survivor };
    const keys = Object.keys(taken).filter((c) => KEYS.includes(c));
    const free = Object.fromEntries(keys.map((c) => [c, null]));
    const before = await imageOf(tx, {
      table: '"user"',
      id: o.absorbed,
      columns: Object.keys(away),
    });
    await change(tx, { table: '"user"', id: o.absorbed, patch: { ...away, ...free } });
    const own = await imageOf(tx, { table: '"user"', id: o.survivor, columns: Object.keys(left) });
    await change(tx, { table: '"user"', id: o.survivor, patch: left });
    await change(tx, { table: '"user"', id: o.absorbed, patch: away });
    await write('user', { id: o.absorbed }, 'changed', before, away);
    await write('user', { id: o.survivor }, 'changed', own, left);
    const { rows: pointers } = await tx.query<{ id: string }>(
      `update "user" set merged_into_id = $1, version = version + 1 where merged_into_id = $2 returning id`,
      [o.survivor, o.absorbed],
    );
    for (const { id } of pointers) {
      const [was, is] = [o.absorbed, o.survivor].map((into) => ({ merged_into_id: into }));
      await write('pointer', { id }, 'changed', was ?? null, is ?? null);
    }
    const move = [{ user_id: o.absorbed }, { user_id: o.survivor }] as const;
    for (const [source, externalId] of o.identities ?? []) {
      await tx.query(
        `update identity set user_id = $1, record_hash = null, mapping_hash = null, user_version = null
         where source_id = $2 and external_id = $3`,
        [o.survivor, source, externalId],
      );
      await write('identity', { source_id: source, external_id: externalId }, 'moved', ...move);
    }
    for (const [what, table, rows] of [
      ['enrollment', 'enrollment', o.enrollments],
      ['credit', 'external_credit', o.credits],
    ] as const) {
      for (const id of rows?.moved ?? []) {
        await change(tx, { table, id, patch: { user_id: o.survivor } });
        await write(what, { id }, 'moved', ...move);
      }
      for (const [id, patch] of Object.entries(rows?.changed ?? {})) {
        const old = await imageOf(tx, { table, id, columns: Object.keys(patch) });
        await change(tx, { table, id, patch });
        await write(what, { id }, 'changed', old, patch);
      }
      for (const id of rows?.tombstoned ?? []) {
        await change(tx, { table, id, patch: { tombstoned_by: mergeId } });
        await write(
          what,
          { id },
          'tombstoned',
          { tombstoned_by: null },
          { tombstoned_by: mergeId },
        );
      }
    }
    return mergeId;
  });
}

const KEYS = ['code', 'login', 'login_key', 'email', 'email_key'];

/** A run of merges that is done. */
export async function recordMergeRun(tx: Tx): Promise<string> {
  const { runId } = await createRun(tx, {
    kind: 'merge',
    subject: 'merges',
    sourceId: MERGES_SOURCE_ID,
    actorId: OWNER_ID,
    options: {},
    dryRun: false,
  });
  await tx.query(
    `update run set state = 'done', staged_at = now(), planned_at = now(), approved_at = now(),
       applied_at = now(), finished_at = now() where id = $1`,
    [runId],
  );
  return runId;
}

type Write = (
  what: string,
  key: Patch,
  kind: string,
  before: Patch | null,
  after: Patch | null,
) => Promise<void>;

function writer(tx: Tx, mergeId: string): Write {
  let n = 0;
  return async (what, key, kind, before, after) => {
    n += 1;
    await tx.query(
      `insert into merge_change (merge_id, n, what, key, change, before, after)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        mergeId,
        n,
        what,
        ...[key, kind, before, after].map((v) => (v === kind ? v : JSON.stringify(v))),
      ],
    );
  };
}

interface RowOf {
  readonly table: string;
  readonly id: string;
}

async function imageOf(tx: Tx, o: RowOf & { readonly columns: readonly string[] }): Promise<Patch> {
  const { rows } = await tx.query<{ was: Patch }>(
    `select to_jsonb(t) as was from ${o.table} t where id = $1`,
    [o.id],
  );
  return Object.fromEntries(o.columns.map((c) => [c, rows[0]?.was[c] ?? null]));
}

async function change(tx: Tx, o: RowOf & { readonly patch: Patch }): Promise<void> {
  const columns = Object.keys(o.patch);
  await tx.query(
    `update ${o.table} u set version = u.version + 1 ${columns.map((c) => `, ${c} = n.${c}`).join('')}
     from ${o.table} t cross join lateral jsonb_populate_record(t, $2) n where u.id = t.id and t.id = $1`,
    [o.id, JSON.stringify(o.patch)],
  );
}
