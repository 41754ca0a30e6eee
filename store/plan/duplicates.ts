import type { Queryable } from '../database/db';

/**
 * Finds rows of one read that are about one person: they share an external id, a code, a login or
 * an e-mail. Of identical rows, the later ones are duplicates. Different rows are all conflicts.
 * A row in error counts by its external id only; its other cells may have shifted.
 *
 * Needs `work`; leaves `dup(line, conflict, k, other)`: the key that a row shares and the first other
 * line that has it. Their rows stay in `work` until {@link dropFromWork}.
 *
 * Only external ids are grouped over the complete read. Rows proved unchanged by their hash hold their
 * other keys in the store, where they are unique; a row that shares one of those shows up as a wanted key
 * (`match.ts`). Grouping a 64-bit hash instead of the text: 0.6 s against 1.0 s for a million rows.
 */
export async function findDuplicates(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`create temp table member (line int, name text, value text, record_hash bigint, bad bool)
    on commit drop`);
  await collect(tx, {
    name: 'code',
    from: `staged_row s`,
    column: 's.external_id',
    where: `s.run_id = '${runId}' and s.key_readable`,
    bad: 's.faults is not null',
  });
  // In CSV the code is the external id: compare it once.
  for (const [name, column, only] of [
    ['code', 's.code', 'and s.code is distinct from s.external_id'],
    ['login', 's.login_key', ''],
    ['email', 's.email_key', ''],
  ] as const) {
    await collect(tx, {
      name,
      from: 'work s',
      column,
      where: `s.problem is null ${only}`,
      bad: 'false',
    });
  }
  await tx.query(`
    create temp table dup on commit drop as
    with person as (
      select name, value, min(record_hash) <> max(record_hash) or bool_or(bad) as differs,
        min(line) as first_line, (array_agg(line order by line))[2] as second_line
      from member group by name, value
    ), judged as (
      select line, name, differs, first_line,
        case when line = first_line then second_line else first_line end as other
      from member join person using (name, value)
    )
    select distinct on (line) line, differs as conflict, name as k, other
    from judged where differs or line > first_line
    order by line, differs desc, array_position(array['code', 'email', 'login'], name)`);
}

/** Rows that are duplicates or conflicts of other rows are not matched. */
export async function dropFromWork(tx: Queryable): Promise<void> {
  await tx.query(`delete from work w using dup d where d.line = w.line`);
  await tx.query(`delete from claim c using dup d where d.line = c.line`);
}

interface Key {
  /** The name of a key in messages. */
  readonly name: 'code' | 'login' | 'email';
  readonly from: string;
  readonly column: string;
  readonly where: string;
  readonly bad: string;
}

async function collect(tx: Queryable, k: Key): Promise<void> {
  const rows = `${k.where} and ${k.column} is not null`;
  await tx.query(`
    create temp table repeated on commit drop as
    select hashtextextended(${k.column}, 0) as hash from ${k.from} where ${rows}
    group by 1 having count(*) > 1`);
  const { rows: some } = await tx.query<{ some: boolean }>(
    `select exists (select from repeated) as some`,
  );
  if (some[0]?.some === true) {
    await tx.query(`
      insert into member
      select s.line, '${k.name}', ${k.column}, s.record_hash, ${k.bad}
      from ${k.from} where ${rows}
        and hashtextextended(${k.column}, 0) in (select hash from repeated)`);
  }
  await tx.query(`drop table repeated`);
}
