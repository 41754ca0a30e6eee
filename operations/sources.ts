import type { StoredRunState } from '../domain/run';
import { requirePermission } from '../domain/permissions';
import { selectSources, type SourceKind } from '../store/sources';
import type { OperationContext } from './context';

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
  /** The held run before whose decision no other one of this source starts. */
  readonly blockedBy: { readonly runId: string; readonly since: string } | null;
  /** Active people whom this source knows. */
  readonly activePeople: number;
}

/** Every source, by name. */
export async function listSources(context: OperationContext): Promise<SourceView[]> {
  requirePermission(context.level, 'sources.read');
  const rows = await selectSources(context.db.pool);
  return rows.map(({ name, kind, createdAt, lastRun, blockedBy, activePeople }) => ({
    name,
    kind,
    createdAt: createdAt.toISOString(),
    lastRun: lastRun === null ? null : { ...lastRun, createdAt: instant(lastRun.createdAt) },
    blockedBy: blockedBy === null ? null : { ...blockedBy, since: instant(blockedBy.since) },
    activePeople,
  }));
}

/** As all documents write it; JSON that Postgres made has its own form. */
function instant(text: string): string {
  return new Date(text).toISOString();
}
