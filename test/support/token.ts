import type { Queryable } from '../../store/database/db';
import { insertToken } from '../../store/admins/tokens';
import { newId } from '../../store/database/db';
import { OWNER_ID } from '../../store/sources/sources';
import { hashToken } from '../../operations/admins/secret';
import { TEST_TOKEN } from './jest/testToken';

/** Gives the owner of a migrated database the {@link TEST_TOKEN}. */
export async function addTestToken(db: Queryable): Promise<void> {
  await insertToken(db, {
    id: newId(),
    adminId: OWNER_ID,
    name: 'tests',
    prefix: TEST_TOKEN.slice(0, 11),
    hash: hashToken(TEST_TOKEN),
    expiresAt: new Date(Date.now() + 7 * 86_400_000 * 52),
  });
}
