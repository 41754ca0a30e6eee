import type { Queryable } from '../db';

/**
 * Finds rows of one read that are about one person: they share an external id, a code, a login or
 * an e-mail. Identical rows: the later ones are duplicates. Different ones: all are conflicts.
 * A row in error counts by its external id only; its other cells may have shifted.
 *
 * Leaves `dup(line, conflict, first_line)`.
 */
export async function findDuplicates(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `create temp table repeated on commit drop as ${KEYS.map(
      (k) => `
      select '${k.name}' as name, ${k.column} as value from staged_row
      where run_id = '${runId}' and ${k.rows} group by ${k.column} having count(*) > 1`,
    ).join(' union all ')}`,
  );
  const { rows } = await tx.query<{ name: string }>(`select distinct name from repeated`);
  const found = KEYS.filter((k) => rows.some((row) => row.name === k.name));
  const members = found.map(
    (k) => `
    select s.line, r.name, r.value, s.record_hash, s.faults is not null as bad
    from repeated r join staged_row s on s.${k.column} = r.value
    where r.name = '${k.name}' and s.run_id = '${runId}' and ${k.rows}`,
  );
  await tx.query(`
    create temp table dup on commit drop as
    with member as (${members.length > 0 ? members.join(' union all ') : NOBODY}),
    judged as (
      select line,
        min(record_hash) over who <> max(record_hash) over who or bool_or(bad) over who as differs,
        min(line) over who as first_line
      from member window who as (partition by name, value)
    )
    select line, bool_or(differs) as conflict, min(first_line) as first_line
    from judged group by line
    having bool_or(differs) or line > min(first_line)`);
}

interface Key {
  readonly name: string;
  readonly column: string;
  readonly rows: string;
}

const KEYS: readonly Key[] = [
  {
    name: 'external_id',
    column: 'external_id',
    rows: 'key_readable and external_id is not null',
  },
  // In CSV the code is the external id: compared once.
  {
    name: 'code',
    column: 'code',
    rows: 'faults is null and code is not null and code is distinct from external_id',
  },
  { name: 'login', column: 'login_key', rows: 'faults is null and login_key is not null' },
  { name: 'email', column: 'email_key', rows: 'faults is null and email_key is not null' },
];

const NOBODY = `select 0 as line, '' as name, '' as value, 0::bigint as record_hash, false as bad
  where false`;
