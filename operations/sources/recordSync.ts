import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { openRunsOf, type OpenRun } from '../../store/sources/connectionEdits';
import type { Connection } from '../../store/sources/connections';
import { transaction, type Queryable } from '../../store/database/db';
import { createRun } from '../../store/runs/runs';
import {
  DECLARATION_CHANGED,
  nextSync,
  readableFrom,
  type Declared,
} from '../../store/lifecycle/syncs';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import type { StartedRun } from '../runs/imports';
import { declared } from './openSource';
import { polledSource } from './polledSource';

export interface SyncRequest {
  readonly name: string;
  readonly dryRun?: boolean;
  /** True: makes a complete read, though changes would suffice. */
  readonly full?: boolean;
}

/**
 * Records a sync by hand, whose workflow is then started like an import's; also for a source that
 * is quarantined or disabled. It is a dry run when the declaration changed since the last sync.
 * Faults: `state` (paused, a sync is under way, or the vendor allows no read yet), `blocked` (a run
 * is held), `not_found`.
 */
export async function recordSync(
  context: OperationContext,
  { name, dryRun = false, full = false }: SyncRequest,
): Promise<StartedRun> {
  requirePermission(context.level, 'sources.sync');
  return transaction(context.db, async (tx) => {
    const { source, connection } = await polledSource(tx, name, { lock: true });
    const { held, declaration, now } = await readable(tx, { name, connection, replaces: false });
    if (held !== undefined) throw blocked(name, held);
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
      ...actorOf(context),
      action: 'run.sync',
      subjectType: 'run',
      subjectId: run.runId,
      runId: run.runId,
    });
    return { ...run, kind: 'sync' };
  });
}

/**
 * The held run that a sync would replace; `null`: none. After this check the source may be read at
 * once when that run is rejected. Faults as of {@link recordSync}, except `blocked`.
 */
export async function replaceableRun(
  context: OperationContext,
  name: string,
): Promise<string | null> {
  requirePermission(context.level, 'sources.sync');
  const { connection } = await polledSource(context.db.pool, name);
  const { held } = await readable(context.db.pool, { name, connection, replaces: true });
  return held?.runId ?? null;
}

/**
 * What a sync needs to begin now, and the held run in its way. Throws when anything else is in its
 * way.
 */
async function readable(
  db: Queryable,
  o: { readonly name: string; readonly connection: Connection; readonly replaces: boolean },
): Promise<{
  readonly held: OpenRun | undefined;
  readonly declaration: Declared;
  readonly now: Date;
}> {
  const { name, connection } = o;
  const { sourceId } = connection;
  // A stopped source is tried, because that shows whether its fault is fixed.
  if (connection.polling === 'paused') throw paused(name);
  const declaration = declared(connection);
  const now = new Date();
  const open = await openRunsOf(db, sourceId);
  const held = open.find((run) => run.blocking);
  // Until the held run is decided, nothing else matters.
  if (held !== undefined && !o.replaces) return { held, declaration, now };
  const sync = open.find(({ kind, runId }) => kind === 'sync' && runId !== held?.runId);
  if (sync !== undefined) throw busy(name, sync);
  const { minIntervalMs } = declaration;
  const from = await readableFrom(db, { sourceId, minIntervalMs });
  if (from !== null && from > now) {
    throw early(name, { from, minIntervalMs, replaces: held !== undefined });
  }
  return { held, declaration, now };
}

function paused(name: string): Fault {
  return new Fault('state', {
    code: 'source_is_paused',
    message: `The source "${name}" is paused: nothing is read from it.`,
    next: { do: 'resumeSource', source: name },
  });
}

function blocked(name: string, { runId }: OpenRun): Fault {
  return new Fault('blocked', {
    code: 'blocked_by_held_run',
    message: `Run ${runId} of "${name}" is held: approve it, or reject it, or read anew in its place:`,
    ways: [
      { do: 'approve', run: runId },
      { do: 'reject', run: runId },
      { do: 'syncSource', source: name, replaceHeld: true },
    ],
    next: { do: 'diff', run: runId },
  });
}

function early(
  name: string,
  o: { readonly from: Date; readonly minIntervalMs: number; readonly replaces: boolean },
): Fault {
  const minutes = String(Math.ceil(o.minIntervalMs / 60_000));
  return new Fault('state', {
    code: 'read_too_early',
    message: `"${name}" may be read every ${minutes} minutes at most: from ${o.from.toISOString()} on again.`,
    next: { do: 'syncSource', source: name, replaceHeld: o.replaces },
  });
}

function busy(name: string, { runId, state }: OpenRun): Fault {
  return new Fault('state', {
    code: 'sync_under_way',
    message: `A sync of "${name}" is ${state} already.`,
    next: { do: 'showRun', run: runId },
  });
}
