import { transaction, type Db, type Tx } from '../../database/db';
import { SEARCHED } from '../list/search';
import { EQUAL_VALUES, PROPERTY_GRAMS, SORTED } from './columns';

/** Users that one transaction indexes: a fraction of a second. */
const BATCH = 2_000;
/** One indexer at a time: of two that index one user at once, the older reading could be written last. */
const LOCK = `hashtext('rollcall.user_index')`;

/** Users that one statement may write and have indexed at once, even while a run is applied. */
const FEW = 100;
/** A run that is applied for longer does not keep its users from the index. */
const MAX_WAIT = '10 minutes';

/**
 * Indexes one batch of the users whose row in the index is missing or old. Returns how many; 0: none is left,
 * another worker does it, or only users are left that a run writes that is still being applied.
 */
export async function indexNext(db: Pick<Db, 'pool'>): Promise<number> {
  return transaction(db, async (tx) => {
    // Lost with the server, the batch is done again: the users are still noted then.
    await tx.query('set local synchronous_commit = off');
    const { rows } = await tx.query<{ locked: boolean }>(
      `select pg_try_advisory_xact_lock(${LOCK}) as locked`,
    );
    if (rows[0]?.locked !== true) return 0;
    // Read in a later statement than the notes: each user is as new as its note at least.
    const ids = await takeBatch(tx);
    if (ids.length > 0) await tx.query(INDEX, [ids]);
    return ids.length;
  });
}

/** SQL: what is indexed now. A run that is applied and the index of its users would write to the same disk. */
const NOW = `users <= ${String(FEW)} or noted_at < now() - interval '${MAX_WAIT}' or not exists (
  select from run where active and state = 'running' and planned_at is not null and applied_at is null)`;

interface Noted {
  readonly n: string;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly ids: readonly string[] | null;
}

/** The next users, whose notes go with the transaction. Users by name come before those of an import. */
async function takeBatch(tx: Tx): Promise<readonly string[]> {
  const { rows: notes } = await tx.query<Noted>(
    `select n, first_id as "firstId", last_id as "lastId", ids from (
       select *, sum(users) over (order by ids is null, n) - users as before from user_unindexed where ${NOW}
     ) u where before < ${String(BATCH)} order by ids is null, n`,
  );
  const ids = new Set<string>();
  const done: string[] = [];
  for (const note of notes) {
    const room = BATCH - ids.size;
    if (room <= 0) break;
    const noted = note.ids ?? (await inRange(tx, note, room));
    for (const id of noted.slice(0, room)) ids.add(id);
    if (noted.length <= room && (note.ids !== null || noted.length < room)) done.push(note.n);
    else await shorten(tx, note, noted.slice(0, room));
  }
  await tx.query('delete from user_unindexed where n = any ($1::bigint[])', [done]);
  return [...ids];
}

async function inRange(tx: Tx, { firstId, lastId }: Noted, limit: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from "user" where id >= $1 and id <= $2 order by id limit $3`,
    [firstId, lastId, limit],
  );
  return rows.map(({ id }) => id);
}

async function shorten(tx: Tx, note: Noted, taken: readonly string[]): Promise<void> {
  await tx.query(
    `update user_unindexed set users = greatest(users - $2, 1), first_id = case when ids is null then $3::uuid end,
       ids = ids[$2 + 1:] where n = $1`,
    [note.n, taken.length, taken.at(-1)],
  );
}

const COLUMNS = Object.values(SORTED).map(({ column }) => column);
const NEW = ['grams', ...COLUMNS, 'searched'];

/** The rows of these users. A row with the values of before is not written. */
const INDEX = `
  insert into user_index as i (user_id, ${NEW.join(', ')})
  select u.id,
    rollcall_grams(t.searched, true)
    || rollcall_typo_grams(rollcall_folded(concat_ws(' ', u.first_name, u.last_name, u.display_name)))
    || array(select rollcall_equal_gram(e.name, e.value) from (values ${EQUAL_VALUES}) e(name, value)
        where e.value is not null)
    || array(${PROPERTY_GRAMS}),
    ${Object.values(SORTED)
      .map(({ sql }) => sql)
      .join(', ')},
    t.searched
  from "user" u, lateral (select ${SEARCHED} as searched offset 0) t
  where u.id = any ($1::uuid[]) order by u.id
  on conflict (user_id) do update set (${NEW.join(', ')}) = (${NEW.map((c) => `excluded.${c}`).join(', ')})
  where (${NEW.map((c) => `i.${c}`).join(', ')}) is distinct from (${NEW.map((c) => `excluded.${c}`).join(', ')})`;
