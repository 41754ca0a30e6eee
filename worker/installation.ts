import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../config/logger';
import { Fault } from '../domain/faults';
import { codeOf } from '../domain/passing';
import type { Db } from '../store/database/db';
import { requireInstallation } from '../store/installation/installation';

const EVERY_MS = 30_000;

/**
 * Looks now and then whether the database is still the one whose queue the worker polls: one may be
 * restored in its place. Returns the fault once it is another, undefined when the signal is aborted.
 */
export async function watchInstallation(
  o: { readonly db: Pick<Db, 'pool'>; readonly id: string; readonly log: Logger },
  signal: AbortSignal,
): Promise<Fault | undefined> {
  for (;;) {
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      const { id } = await requireInstallation(o.db.pool);
      if (id !== o.id) return changed(o.id, id);
    } catch (error) {
      if (error instanceof Fault && error.code === 'other_database') return error;
      o.log.warn({ code: codeOf(error) }, 'the installation could not be looked at');
    }
  }
}

function changed(from: string, to: string): Fault {
  return new Fault('state', {
    code: 'other_database',
    message: `The database became installation ${to}; this worker polls for ${from}.`,
    next: 'It is started again for the new one by what supervises it, or start it.',
  });
}
