import { transaction, type Db, type Tx } from '../../../store/database/db';
import { IMAGE_TABLES, type ImageKind } from '../../../store/merges/images';

interface Image {
  readonly what: ImageKind;
  readonly key: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, unknown>>;
}

/**
 * Undoes a merge by its images alone, the last one first: each column gets its value of before. Without
 * triggers: the images are what is tested.
 */
export async function playBackward(db: Db, mergeId: string): Promise<void> {
  await transaction(db, async (tx) => {
    const { rows } = await tx.query<Image>(
      `select what, key, before from merge_change where merge_id = $1 order by n desc`,
      [mergeId],
    );
    await tx.query(`set local session_replication_role = replica`);
    for (const { key, before } of rows.filter(({ what }) => what === 'user')) {
      // Keys that were swapped: each is let go before one is taken.
      await tx.query(
        `update "user" set
           code = case when $2 and code is not null then chr(1) || id else code end,
           login_key = case when $3 and login_key is not null then chr(1) || id else login_key end,
           email_key = case when $4 and email_key is not null then chr(1) || id else email_key end
         where id = $1`,
        [key['id'], 'code' in before, 'login_key' in before, 'email_key' in before],
      );
    }
    for (const image of rows) await restore(tx, image);
    await tx.query(`update merge set unmerged_at = now(), unmerged_by = actor_id where id = $1`, [
      mergeId,
    ]);
  });
}

async function restore(tx: Tx, { what, key, before }: Image): Promise<void> {
  const columns = Object.keys(before);
  if (columns.length === 0) return;
  const table = IMAGE_TABLES[what];
  const where = Object.keys(key).map((column, i) => `t.${column} = $${String(i + 2)}`);
  await tx.query(
    `update "${table}" t set ${columns.map((c) => `${c} = n.${c}`).join(', ')}
     from jsonb_populate_record(null::"${table}", $1) n where ${where.join(' and ')}`,
    [JSON.stringify(before), ...Object.values(key)],
  );
}
