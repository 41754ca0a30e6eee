import type { Logger } from '../config/logger';
import type { Db } from '../store/database/db';
import { lookAtSessions } from '../store/database/session';

/**
 * Looks for a pooler between the worker and its database, and warns of settings that it drops.
 * @throws Fault unavailable (`session_settings`) when times would be stored wrongly.
 */
export async function requireSessions(db: Pick<Db, 'pool'>, log: Logger): Promise<void> {
  const { pooled, shared, missing, remedy } = await lookAtSessions(db.pool);
  if (!pooled) return;
  log.info({ mode: shared ? 'transaction' : 'session' }, 'a pooler stands before the database');
  if (missing.length === 0) return;
  const settings = missing.map(({ name, value }) => `${name} = ${value}`);
  log.warn({ settings, next: remedy }, 'the pooler drops settings that make runs faster');
}
