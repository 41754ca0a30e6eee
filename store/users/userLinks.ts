import type { UserTx } from './userWrites';

/** (source, external id) → user. */
export interface IdentityKey {
  readonly sourceId: string;
  readonly externalId: string;
}

/** The user of this identity, locked until commit; null when there is none. */
export async function lockIdentity(tx: UserTx, key: IdentityKey): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ userId: string }[]>`
    select user_id as "userId" from identity
    where source_id = ${key.sourceId}::uuid and external_id = ${key.externalId} for update`;
  return row?.userId ?? null;
}

/**
 * Gives the identity to a user; what the source last said is deleted, so that the next read compares in full.
 */
export async function putIdentity(tx: UserTx, key: IdentityKey, userId: string): Promise<void> {
  const fresh = {
    userId,
    recordHash: null,
    mappingHash: null,
    userVersion: null,
    linkedRunId: null,
    missingSinceRunId: null,
    missingReads: 0,
    leftAt: null,
    endedAt: null,
    endedBy: null,
  };
  await tx.identity.upsert({
    where: { sourceId_externalId: key },
    create: { ...key, ...fresh },
    update: fresh,
  });
}

export async function removeIdentity(tx: UserTx, key: IdentityKey): Promise<void> {
  await tx.identity.delete({ where: { sourceId_externalId: key } });
}

/** The next read of every source compares in full: a user lost the code that rows may name. */
export async function bumpSources(tx: UserTx): Promise<void> {
  await tx.source.updateMany({ data: { epoch: { increment: 1 } } });
}

/** The next read of the source compares in full: a link changed. */
export async function bumpSource(tx: UserTx, sourceId: string): Promise<void> {
  await tx.source.update({ where: { id: sourceId }, data: { epoch: { increment: 1 } } });
}
