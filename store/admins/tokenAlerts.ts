import { isAskedFor, raiseAlerts } from '../alerts/alerts';
import type { Db } from '../database/db';
import { endingTokens } from './tokens';

/** Raises an alert for each token that ends within two weeks: once. Returns how many were raised. */
export async function alertEndingTokens(db: Pick<Db, 'pool'>): Promise<number> {
  if (!(await isAskedFor(db.pool, 'token_ending'))) return 0;
  const ending = await endingTokens(db.pool);
  return raiseAlerts(
    db.pool,
    ending.map(({ id, prefix, adminId, expiresAt }) => ({
      event: 'token_ending',
      key: `token_ending:${id}`,
      data: {
        source: null,
        state: 'ending',
        ...{ token: prefix, adminId, expiresAt: expiresAt.toISOString() },
        next: { do: 'listTokens' },
      },
    })),
  );
}
