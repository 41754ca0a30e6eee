import type { StoredMessage } from '../../domain/runs/messages';
import type { MatchedBy } from '../../domain/runs/run';
import type { DiffEntry } from '../../domain/runs/runDocument';
import { transaction, type Db, type Tx } from '../database/db';
import { ensurePartitions } from '../database/partitions';
import { planWithin } from '../plan';
import { encodeRows, type PolledRow } from '../reads/pages';
import { copyTailed } from '../reads/staging';
import { diffEntries } from '../report/diff';
import { createRun, moveRun } from '../runs/runs';

/** What a sync would do with one record. */
export interface PreviewedRow {
  readonly matchedBy: MatchedBy;
  /** The user of the record; `null`: none, or more than one may be meant. */
  readonly userId: string | null;
  readonly code: string | null;
  readonly login: string | null;
  /** What the plan does; `null`: nothing, because the user already is as the source says. */
  readonly entry: Omit<DiffEntry, 'entry' | 'line'> | null;
  readonly messages: readonly StoredMessage[];
}

/**
 * Plans one record with the real planner, in a transaction that is rolled back: nothing of it stays
 * in the store, and the plan is the same as that of a sync of changes.
 */
export async function previewRow(
  db: Pick<Db, 'pool'>,
  o: { readonly sourceId: string; readonly actorId: string; readonly row: PolledRow },
): Promise<PreviewedRow> {
  const undone = new RolledBack();
  try {
    await transaction(db, async (tx) => {
      undone.result = await plan(tx, o);
      throw undone;
    });
  } catch (error) {
    if (error !== undone) throw error;
  }
  if (undone.result === undefined) throw new Error('a plan was made and gave nothing');
  return undone.result;
}

class RolledBack extends Error {
  result: PreviewedRow | undefined;
}

async function plan(
  tx: Tx,
  o: { readonly sourceId: string; readonly actorId: string; readonly row: PolledRow },
): Promise<PreviewedRow> {
  const { runId } = await createRun(tx, {
    kind: 'sync',
    sourceId: o.sourceId,
    actorId: o.actorId,
    options: { dryRun: true },
    dryRun: true,
    readMode: 'changes',
  });
  await ensurePartitions(tx, runId);
  await copyTailed(tx, { runId, text: encodeRows(runId, [o.row]).text });
  await tx.query(`update run set staged_at = now(), rows = 1 where id = $1`, [runId]);
  await moveRun(tx, { runId, to: 'running' });
  await planWithin(tx, runId);
  const entries: DiffEntry[] = [];
  for await (const entry of diffEntries({ pool: tx }, { runId })) entries.push(entry);
  const { rows: messages } = await tx.query<StoredMessage>(
    `select line, "column", code, message, facts, null as settled
     from run_message where run_id = $1 order by n`,
    [runId],
  );
  const [entry] = entries;
  const found = await whoIs(tx, o.sourceId, runId, entry?.userId ?? null);
  return {
    matchedBy: entry?.matchedBy ?? 'identity',
    userId: entry?.action === 'create' ? null : (found?.id ?? null),
    code: found?.code ?? null,
    login: found?.login ?? null,
    entry: entry === undefined ? null : shownEntry(entry),
    messages,
  };
}

function shownEntry({ entry: _, line: __, ...rest }: DiffEntry): Omit<DiffEntry, 'entry' | 'line'> {
  return rest;
}

/**
 * The user of the plan's entry. Without an entry nothing changes, and the identity names the user.
 */
async function whoIs(
  tx: Tx,
  sourceId: string,
  runId: string,
  userId: string | null,
): Promise<{ id: string; code: string | null; login: string | null } | undefined> {
  const { rows } = await tx.query<{ id: string; code: string | null; login: string | null }>(
    `select u.id, u.code, u.login from "user" u
     where u.id = coalesce($3::uuid, (
       select coalesce(m.merged_into_id, m.id)
       from staged_row s join identity i on i.source_id = $1 and i.external_id = s.external_id
       join "user" m on m.id = i.user_id where s.run_id = $2))`,
    [sourceId, runId, userId],
  );
  return rows[0];
}
