import { requirePermission } from '../domain/permissions';
import { audit } from '../store/database/audit';
import { openDatabase, transaction } from '../store/database/db';
import {
  cancelOpenRuns,
  countAlertTargets,
  dropAlerts,
  pauseSystems,
} from '../store/installation/copy';
import {
  readInstallation,
  requireInstallation,
  settleInstallation,
  type Installation,
} from '../store/installation/installation';
import { cancelCopied, pauseRestored } from '../store/letters/restored';
import { readdressAll } from '../store/installation/sharedQueue';
import { actorOf } from './actor';
import type { OperationContext } from './context';

export type { DatabaseIdentity, Installation } from '../store/installation/installation';

/** What `db restored` did. */
export interface Restored {
  /** The id from now on. */
  readonly installation: string;
  readonly asCopy: boolean;
  /** False: the installation was in this database already. */
  readonly changed: boolean;
  /** Of a copy: runs that had not ended. */
  readonly cancelledRuns: number;
  /** Of a copy: systems that are read again once they are resumed. */
  readonly pausedSources: number;
  /** Of a copy: receivers that get alerts of it from now on. */
  readonly alertTargets: number;
  /** Campaigns that go on once a person resumes or approves them. */
  readonly pausedCampaigns: number;
  /** Deliveries that may have been sent after the backup was made. */
  readonly unknownDeliveries: number;
  /** Of a copy: campaigns that had not ended. */
  readonly cancelledCampaigns: number;
}

/** Which installation this database is, and whether it is the database that it was made in. */
export async function showInstallation(context: OperationContext): Promise<Installation> {
  requirePermission(context.level, 'installation.read');
  return readInstallation(context.db.pool);
}

/**
 * The id of the installation, of a database that may work with Temporal. Faults: `state` for one
 * that was restored or copied.
 */
export async function workingInstallation(db: OperationContext['db']): Promise<string> {
  return (await requireInstallation(db.pool)).id;
}

/** As {@link showInstallation}, of a database by its address; null: it does not answer, or is not migrated. */
export async function installationAt(url: string): Promise<Installation | null> {
  const db = openDatabase({ url, applicationName: 'rollcall-status', maxConnections: 1 });
  try {
    return await readInstallation(db.pool);
  } catch {
    return null;
  } finally {
    await db.close();
  }
}

/**
 * Says what a restored database is. The same installation, moved or put back in place: it keeps its id, its
 * open runs and its schedules; the database before must no longer be used. Its open campaigns stop, because
 * what they sent after the backup is not in it. Or a copy beside it: it gets an id of its own, its open runs
 * and campaigns are cancelled and its systems paused, and nothing of the original's is touched. Safe to
 * repeat. Faults: `forbidden`.
 */
export async function restoreInstallation(
  context: OperationContext,
  o: { readonly asCopy: boolean; readonly undoDays: number },
): Promise<Restored> {
  requirePermission(context.level, 'installation.write');
  const { db } = context;
  const { id, isHere, foundIn: here } = await readInstallation(db.pool);
  if (!o.asCopy) {
    return transaction(db, async (tx) => {
      if (!isHere) await settleInstallation(tx, { here });
      const { paused, unknown } = await pauseRestored(tx);
      if (!isHere || paused > 0) await audit(tx, event(context, 'installation.move', id));
      return {
        ...{ installation: id, asCopy: false, changed: !isHere },
        ...{ cancelledRuns: 0, pausedSources: 0, alertTargets: 0 },
        ...{ pausedCampaigns: paused, unknownDeliveries: unknown, cancelledCampaigns: 0 },
      };
    });
  }
  const cancelledRuns = await cancelOpenRuns(db, { undoDays: o.undoDays });
  // The new id comes last: until then no worker takes the database, and the command can be repeated.
  return transaction(db, async (tx) => {
    const cancelledCampaigns = await cancelCopied(tx);
    const paused = await pauseSystems(tx);
    await dropAlerts(tx);
    const installation = await settleInstallation(tx, { here, isNew: true });
    await readdressAll(tx, installation);
    await audit(tx, event(context, 'installation.copy', installation));
    return {
      installation,
      asCopy: true,
      changed: true,
      cancelledRuns,
      pausedSources: paused.length,
      alertTargets: await countAlertTargets(tx),
      ...{ pausedCampaigns: 0, unknownDeliveries: 0, cancelledCampaigns },
    };
  });
}

function event(context: OperationContext, action: string, subjectId: string) {
  return { ...actorOf(context), action, subjectType: 'installation', subjectId } as const;
}
