import { makeToken } from '../operations/admins/secret';
import { insertToken } from '../store/admins/tokens';
import { newId, openDatabase } from '../store/database/db';
import { OWNER_ID } from '../store/sources/sources';

/** Gives the owner of a migrated database a token, without a trace in what campaigns compare. */
export async function ownerToken(databaseUrl: string): Promise<string> {
  const { token, prefix, hash } = makeToken();
  const db = openDatabase({ url: databaseUrl, applicationName: 'faults', maxConnections: 1 });
  try {
    const expiresAt = new Date(Date.now() + 30 * 86_400_000);
    await insertToken(db.pool, {
      ...{ id: newId(), adminId: OWNER_ID, name: 'faults' },
      ...{ prefix, hash, expiresAt },
    });
  } finally {
    await db.close();
  }
  return token;
}
