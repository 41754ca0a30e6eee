import type { RowFaultCode } from '../../../domain/files/rowFaults';
import type { Queryable } from '../../database/db';
import { some } from '../../database/some';
import type { MatchInput } from '../input';

/**
 * Collects rows of one read that may be about one person: they share an external id, a code, a login or an
 * e-mail, or the source knows their user under the ids of both. A row in error counts by its external id
 * only, because its other cells may have shifted, but where its status is a word that nobody knows: then
 * nobody knows which of the rows is active. `twoRows.ts` judges them.
 *
 * Needs `work` and `known_twice`; leaves `member(line, kind, name, value, record_hash, bad)`.
 *
 * Only external ids are grouped over the complete read. Rows proved unchanged by their hash hold their
 * other keys in the store, where they are unique; a row that shares one of those shows up as a wanted key
 * (`match.ts`). Grouping a 64-bit hash instead of the text: 0.6 s against 1.0 s for a million rows.
 */
export async function collectMembers(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(`create temp table member (line int, kind text, name text, value text,
    record_hash bigint, bad bool) on commit drop`);
  await collect(tx, {
    kind: 'number',
    name: numberName(o),
    from: `staged_row s`,
    column: 's.external_id',
    where: `s.run_id = '${o.runId}' and s.key_readable`,
    only: '',
    bad: 's.faults is not null',
  });
  for (const [kind, name, column] of [
    ['number', 'code', 's.code'],
    ['key', 'login', 's.login_key'],
    ['key', 'email', 's.email_key'],
  ] as const) {
    // In CSV a key is the external id: compare it once.
    const isId = name === o.key;
    await collect(tx, {
      kind,
      name,
      ...candidates(o),
      column,
      only: isId || name === 'code' ? `and ${column} is distinct from s.external_id` : '',
      bad: 'false',
    });
    if (kind === 'key' && !isId) await tx.query(OF_UNKNOWN_STATUS(o, { name, column }));
  }
  await tx.query(`
    insert into member
    select w.line, 'user', 'user', w.user_id::text, w.record_hash, false
    from work w
    where w.problem is null and w.matched_by = 'identity' and not w.alias
      and w.user_id in (select user_id from known_twice)`);
}

/** The name of the key that is the number of this source. */
export function numberName({ key }: MatchInput): Key['name'] {
  return typeof key === 'string' ? key : 'key';
}

/**
 * Where rows are looked for that share a key. A run that fills only empty fields remembers rows whose keys
 * their users do not have, so it groups the complete read.
 */
function candidates(o: MatchInput): Pick<Key, 'from' | 'where'> {
  if (o.update !== 'fill') return { from: 'work s', where: 's.problem is null' };
  return {
    from: 'staged_row s',
    where: `s.run_id = '${o.runId}' and s.faults is null
      and not exists (select from work w where w.line = s.line and w.problem is not null)`,
  };
}

/** Rows in error for their status alone, which name a key of another row. */
const OF_UNKNOWN_STATUS = (o: MatchInput, k: Pick<Key, 'name' | 'column'>): string => `
  with unknown as materialized (
    select s.line, ${k.column} as value, s.record_hash from staged_row s
    where s.run_id = '${o.runId}' and s.faults is not null and ${k.column} is not null
      and (select bool_and(f ->> 1 = '${UNKNOWN_STATUS}') from jsonb_array_elements(s.faults) f)
  ), known as (
    select s.line, u.value, s.record_hash from work s join unknown u on ${k.column} = u.value
    where s.problem is null
  )
  insert into member
  select line, 'key', '${k.name}', value, record_hash, false from known
  union
  select line, 'key', '${k.name}', value, record_hash, true from unknown
  where value in (select value from known)`;

const UNKNOWN_STATUS: RowFaultCode = 'unknown_status';

interface Key {
  /** `number`: rows with one value are one person; `key`: two people may claim one value. */
  readonly kind: 'number' | 'key';
  /** The name of a key in messages. */
  readonly name: 'code' | 'login' | 'email' | 'key';
  readonly from: string;
  readonly column: string;
  readonly where: string;
  /** SQL that ends the condition. */
  readonly only: string;
  readonly bad: string;
}

async function collect(tx: Queryable, k: Key): Promise<void> {
  const rows = `${k.where} and ${k.column} is not null ${k.only}`;
  await tx.query(`
    create temp table repeated on commit drop as
    select hashtextextended(${k.column}, 0) as hash from ${k.from} where ${rows}
    group by 1 having count(*) > 1`);
  if (await some(tx, `select from repeated`)) {
    await tx.query(`
      insert into member
      select s.line, '${k.kind}', '${k.name}', ${k.column}, s.record_hash, ${k.bad}
      from ${k.from} where ${rows}
        and hashtextextended(${k.column}, 0) in (select hash from repeated)`);
  }
  await tx.query(`drop table repeated`);
}
