import { requirePermission } from '../../domain/permissions';
import type { StoredRunState } from '../../domain/runs/run';
import type { SourceKind } from '../../domain/sources/sourceKind';
import type { PollingState, SyncSchedule, Trouble } from '../../store/sources/connections';
import { selectSources } from '../../store/sources/sources';
import type { OperationContext } from '../context';

/** A source as it is shown. */
export interface SourceView {
  readonly name: string;
  readonly kind: SourceKind;
  readonly createdAt: string;
  readonly lastRun: {
    readonly runId: string;
    readonly state: StoredRunState;
    readonly createdAt: string;
  } | null;
  /** The held run that keeps every other run of this source from starting before a decision. */
  readonly blockedBy: {
    readonly runId: string;
    readonly since: string;
    /** Scheduled syncs that have not started since then. */
    readonly skipped: number;
  } | null;
  /** Active people that this source knows. */
  readonly activePeople: number;
  /** Of a polled source: its type, or the id of the user's own declaration. */
  readonly connector: string | null;
  /**
   * The state of a polled source; `removed`: only its runs and links are left. `null` for other
   * sources.
   */
  readonly state: PollingState | 'removed' | null;
  /** Why it is quarantined or disabled. */
  readonly trouble: Trouble | null;
  readonly schedule: SyncSchedule | null;
  /** When the last sync that was applied ended. */
  readonly lastSyncAt: string | null;
}

/** Every source, by name. */
export async function listSources(context: OperationContext): Promise<SourceView[]> {
  requirePermission(context.level, 'sources.read');
  const rows = await selectSources(context.db.pool);
  return rows.map(({ name, kind, createdAt, lastRun, blockedBy, activePeople, polled }) => ({
    name,
    kind,
    createdAt: createdAt.toISOString(),
    lastRun: lastRun === null ? null : { ...lastRun, createdAt: instant(lastRun.createdAt) },
    blockedBy:
      blockedBy === null
        ? null
        : {
            ...blockedBy,
            since: instant(blockedBy.since),
            skipped: polled?.skippedSyncs ?? 0,
          },
    activePeople,
    connector: polled?.connector ?? null,
    state: polled?.polling ?? (kind === 'connector' ? 'removed' : null),
    trouble: polled?.trouble ?? null,
    schedule: polled?.schedule ?? null,
    lastSyncAt: polled?.lastSyncAt == null ? null : instant(polled.lastSyncAt),
  }));
}

/**
 * Ids of the polled sources that have a schedule, by name: Temporal's schedules are named by id.
 */
export async function scheduledIds(context: OperationContext): Promise<Map<string, string>> {
  requirePermission(context.level, 'sources.read');
  const rows = await selectSources(context.db.pool);
  return new Map(
    rows.flatMap(({ name, polled }) =>
      polled === null || polled.schedule === null ? [] : [[name, polled.sourceId] as const],
    ),
  );
}

/** An instant as all documents write it; JSON made by Postgres has another form. */
function instant(text: string): string {
  return new Date(text).toISOString();
}
