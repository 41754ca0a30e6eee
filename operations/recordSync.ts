import { Fault } from '../domain/faults';
import { requirePermission } from '../domain/permissions';
import { audit } from '../store/audit';
import { openRunsOf, type OpenRun } from '../store/connectionEdits';
import { transaction } from '../store/db';
import { createRun } from '../store/runs';
import { DECLARATION_CHANGED, nextSync, readableFrom } from '../store/syncs';
import type { OperationContext } from './context';
import type { StartedRun } from './imports';
import { declared } from './openSource';
import { polledSource } from './polledSource';

export interface SyncRequest {
  readonly name: string;
  readonly dryRun?: boolean;
  /** Everybody is read, though changes would do. */
  readonly full?: boolean;
}

/**
 * Records a sync by hand, whose workflow is then started as an import's is; also of a source that is
 * quarantined or disabled. A dry one where the declaration changed since the last sync. Faults: `state` (paused, a sync is
 * under way, or the vendor allows no read yet), `blocked` (a run is held), `not_found`.
 */
export async function recordSync(
  context: OperationContext,
  { name, dryRun = false, full = false }: SyncRequest,
): Promise<StartedRun> {
  requirePermission(context.level, 'sources.sync');
  return transaction(context.db, async (tx) => {
    const { source, connection } = await polledSource(tx, name, { lock: true });
    // One that is set aside for its trouble is tried: that is how one sees whether it is mended.
    if (connection.polling === 'paused') throw paused(name);
    const open = await openRunsOf(tx, source.id);
    const blocking = open.find((run) => run.blocking);
    if (blocking !== undefined) throw blocked(name, blocking);
    const sync = open.find(({ kind }) => kind === 'sync');
    if (sync !== undefined) throw busy(name, sync);
    const declaration = declared(connection);
    const now = new Date();
    const { minIntervalMs } = declaration;
    const from = await readableFrom(tx, { sourceId: source.id, minIntervalMs });
    if (from !== null && from > now) throw early(name, { from, minIntervalMs });
    const next = nextSync(connection, { ...declaration, now });
    const dry = dryRun || next.unseen;
    const run = await createRun(tx, {
      kind: 'sync',
      sourceId: source.id,
      actorId: context.actorId,
      options: { dryRun: dry, ...(next.unseen ? { because: DECLARATION_CHANGED } : {}) },
      dryRun: dry,
      readMode: full ? 'full' : next.readMode,
    });
    await audit(tx, {
      actorId: context.actorId,
      action: 'run.sync',
      subjectType: 'run',
      subjectId: run.runId,
      runId: run.runId,
    });
    return { ...run, kind: 'sync' };
  });
}

/** The held run that keeps a source's syncs from starting; null: none. */
export async function heldRunOf(context: OperationContext, name: string): Promise<string | null> {
  requirePermission(context.level, 'sources.read');
  const { source } = await polledSource(context.db.pool, name);
  const open = await openRunsOf(context.db.pool, source.id);
  return open.find((run) => run.blocking)?.runId ?? null;
}

function paused(name: string): Fault {
  return new Fault('state', {
    code: 'source_is_paused',
    message: `The source "${name}" is paused: nothing is read from it.`,
    next: `rollcall sources resume ${name}`,
  });
}

function blocked(name: string, { runId }: OpenRun): Fault {
  return new Fault('blocked', {
    code: 'blocked_by_held_run',
    message: [
      `Run ${runId} of "${name}" is held: approve it, or reject it, or read anew in its place:`,
      `rollcall runs approve ${runId}`,
      `rollcall runs reject ${runId}`,
      `rollcall sources sync ${name} --replace-held`,
    ].join('\n  '),
    next: `rollcall runs diff ${runId}`,
  });
}

function early(name: string, o: { readonly from: Date; readonly minIntervalMs: number }): Fault {
  const minutes = String(Math.ceil(o.minIntervalMs / 60_000));
  return new Fault('state', {
    code: 'read_too_early',
    message: `"${name}" may be read every ${minutes} minutes at most: from ${o.from.toISOString()} on again.`,
    next: `rollcall sources sync ${name}`,
  });
}

function busy(name: string, { runId, state }: OpenRun): Fault {
  return new Fault('state', {
    code: 'sync_under_way',
    message: `A sync of "${name}" is ${state} already.`,
    next: `rollcall runs show ${runId}`,
  });
}
