import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../config/logger';
import { codeOf } from '../../domain/passing';
import type { Db } from '../../store/database/db';
import { indexNext } from '../../store/users/index/indexing';

const EVERY_MS = 1_000;

/**
 * Keeps the index of users up to date until the signal is aborted. Several workers may do so, because one at a
 * time takes a batch.
 */
export async function keepIndexing(
  { db, log }: { readonly db: Pick<Db, 'pool'>; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let indexed = 0;
    try {
      indexed = await indexNext(db);
    } catch (error) {
      // The database is away; the next round tries again.
      log.warn({ code: codeOf(error) }, 'users were not indexed');
    }
    if (indexed === 0) await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
