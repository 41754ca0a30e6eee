import { bitsFor, scoreOf } from '../../domain/duplicates/prior';
import {
  survivorFirst,
  type DuplicatePair,
  type PairUser,
  type SearchSummary,
} from '../../domain/duplicates/pair';
import type { Db, Queryable, Tx } from '../database/db';
import { indexed } from '../database/indexed';
import { comparePeople } from './compare';
import { gatherPeople } from './gather';

/** Pairs that one fetch brings. */
const BATCH_PAIRS = 500;
/** As of an export: the reader of the pairs may pause so long. */
const MAX_PAUSE = '10min';

export interface SearchInput {
  /** 0 to 100. */
  readonly min: number;
  readonly onProgress: (phase: 'reading' | 'comparing', done: number, total: number) => void;
  /** Called before the first user is read. */
  readonly onBegin: (db: Queryable) => Promise<void>;
  /** Called before the first pair. */
  readonly onCompared: (summary: SearchSummary) => void;
}

/**
 * Pairs of users that may be one person, from one snapshot: those that a source proposes, then by score,
 * in one order whenever the store is the same. Never a pair that was dismissed, nor a merged user. Memory
 * does not grow with the number of people.
 */
export async function* searchPairs(
  db: Pick<Db, 'pool'>,
  o: SearchInput,
): AsyncGenerator<readonly DuplicatePair[], void> {
  await o.onBegin(db.pool);
  const session = await db.pool.connect();
  let broken = true;
  try {
    await session.query('begin transaction isolation level repeatable read');
    await session.query(`set local idle_in_transaction_session_timeout = '${MAX_PAUSE}'`);
    const total = await countPeople(session);
    const rarity = await gatherPeople(session, (people) => {
      o.onProgress('reading', people, total);
    });
    const { prior, ...compared } = await comparePeople(session, {
      rarity,
      onProgress: (done, blocks) => {
        o.onProgress('comparing', done, blocks);
      },
    });
    const pairs = await choosePairs(session, bitsFor(o.min, prior));
    o.onCompared({ people: rarity.people, ...compared, pairs });
    yield* readPairs(session, prior);
    await session.query('rollback');
    broken = false;
  } finally {
    // A session that is still in the transaction is not used again.
    session.release(broken);
  }
}

async function countPeople(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    `select count(*)::int as n from "user" where status <> 'merged'`,
  );
  return rows[0]?.n ?? 0;
}

/** Pairs of `user_pair` in one state, merges followed; a pair that was merged since is none. */
function remembered(state: 'proposed' | 'different'): string {
  return `
    select distinct on (1, 2) least(a.root, b.root) as a, greatest(a.root, b.root) as b, p.source_id, p.at
    from user_pair p
    cross join lateral (select coalesce(u.merged_into_id, u.id) as root from "user" u where u.id = p.user_a) a
    cross join lateral (select coalesce(u.merged_into_id, u.id) as root from "user" u where u.id = p.user_b) b
    where p.state = '${state}' and a.root <> b.root
    order by 1, 2, p.at`;
}

/** Leaves `duplicate_chosen(a, b, bits, reasons, source)`. */
async function choosePairs(tx: Tx, bits: number): Promise<number> {
  await tx.query(
    `create temp table duplicate_proposed on commit drop as ${remembered('proposed')}`,
  );
  await tx.query(
    `create temp table duplicate_different on commit drop as ${remembered('different')}`,
  );
  await indexed(tx, 'duplicate_proposed', ['a', 'b']);
  await indexed(tx, 'duplicate_different', ['a', 'b']);
  const { rowCount } = await tx.query(
    `create temp table duplicate_chosen on commit drop as
     select coalesce(f.a, p.a) as a, coalesce(f.b, p.b) as b, f.bits, f.reasons,
       p.a is not null as proposed, s.name as source
     from duplicate_pair f
     full join duplicate_proposed p on p.a = f.a and p.b = f.b
     left join source s on s.id = p.source_id
     where (p.a is not null or f.bits >= $1)
       and not exists (
         select from duplicate_different d where d.a = coalesce(f.a, p.a) and d.b = coalesce(f.b, p.b))`,
    [Number.isFinite(bits) ? bits : -1e9],
  );
  return rowCount ?? 0;
}

interface PairRow {
  readonly a: PairUser;
  readonly b: PairUser;
  readonly bits: number | null;
  readonly reasons: readonly string[] | null;
  readonly proposed: boolean;
  readonly source: string | null;
}

/** One user as a document in the names of {@link PairUser}. */
function shown(user: string, organization: string): string {
  const u = user;
  return `jsonb_build_object('id', ${u}.id, 'code', ${u}.code, 'login', ${u}.login, 'email', ${u}.email,
    'firstName', ${u}.first_name, 'lastName', ${u}.last_name, 'displayName', ${u}.display_name,
    'status', ${u}.status, 'organization', ${organization}.code, 'jobTitle', ${u}.job_title,
    'phone', ${u}.phone, 'hireDate', ${u}.hire_date::text,
    'createdAt', to_char(${u}.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'identities', (select count(*)::int from identity i where i.user_id = ${u}.id))`;
}

async function* readPairs(tx: Tx, prior: number): AsyncGenerator<readonly DuplicatePair[], void> {
  await tx.query(
    `declare chosen no scroll cursor for
     select ${shown('x', 'xo')} as a, ${shown('y', 'yo')} as b, c.bits, c.reasons, c.proposed, c.source
     from duplicate_chosen c
     join "user" x on x.id = c.a left join organization xo on xo.id = x.organization_id
     join "user" y on y.id = c.b left join organization yo on yo.id = y.organization_id
     order by c.proposed desc, c.bits desc nulls last, c.a, c.b`,
  );
  await tx.query(`create temp table duplicate_redundant (id uuid primary key) on commit drop`);
  for (;;) {
    const { rows } = await tx.query<PairRow>(`fetch ${String(BATCH_PAIRS)} from chosen`);
    yield await markRepeated(
      tx,
      rows.map((row) => pairOf(row, prior)),
    );
    if (rows.length < BATCH_PAIRS) break;
  }
}

type PairAlone = Omit<DuplicatePair, 'redundantBefore'>;

/** The database remembers who was redundant, so that a long list takes no memory. */
async function markRepeated(tx: Tx, pairs: readonly PairAlone[]): Promise<DuplicatePair[]> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into duplicate_redundant select distinct unnest($1::uuid[]) on conflict do nothing returning id`,
    [pairs.map(({ redundant }) => redundant.id)],
  );
  const first = new Set(rows.map(({ id }) => id));
  return pairs.map((pair) => ({ ...pair, redundantBefore: !first.delete(pair.redundant.id) }));
}

function pairOf(row: PairRow, prior: number): PairAlone {
  const [survivor, redundant] = survivorFirst(row.a, row.b);
  const found = row.reasons ?? [];
  return {
    survivor,
    redundant,
    score: row.bits === null ? null : scoreOf(row.bits, prior),
    reasons: row.proposed ? ['merged_at_source', ...found] : found,
    source: row.source,
  };
}
