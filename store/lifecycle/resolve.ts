import type { Action } from '../../domain/runs/run';
import { STAGED_COLUMNS } from '../../domain/files/staged';
import type { Queryable } from '../database/db';
import { isUndone } from '../report/sequels';

/** What the store knows about an entry that a person resolves. */
export interface EntryFacts {
  readonly line: number | null;
  readonly action: Action;
  readonly externalId: string | null;
  readonly code: string | null;
  readonly login: string | null;
  readonly loginKey: string | null;
  readonly emailKey: string | null;
  /** The user that the row's external id leads to today, merges followed. */
  readonly identityUserId: string | null;
  /** False when the row is no longer kept. */
  readonly staged: boolean;
}

export async function entryFacts(
  tx: Queryable,
  o: { readonly runId: string; readonly entry: number },
): Promise<EntryFacts | null> {
  const { rows } = await tx.query<EntryFacts>(
    `select p.line, p.action, s.external_id as "externalId", s.code, s.login,
       s.login_key as "loginKey", s.email_key as "emailKey",
       coalesce(u.merged_into_id, u.id) as "identityUserId", s.line is not null as staged
     from plan_entry p
     join run r on r.id = p.run_id
     left join staged_row s on s.run_id = p.run_id and s.line = p.line
     left join identity i on i.source_id = r.source_id and i.external_id = s.external_id
     left join "user" u on u.id = i.user_id
     where p.run_id = $1 and p.entry = $2`,
    [o.runId, o.entry],
  );
  return rows[0] ?? null;
}

export type KeyName = 'code' | 'login' | 'email';

/** The users who hold the keys of a row, merges followed. */
export async function keyHolders(
  tx: Queryable,
  row: Pick<EntryFacts, 'code' | 'loginKey' | 'emailKey'>,
): Promise<{ key: KeyName; userId: string }[]> {
  const { rows } = await tx.query<{ key: KeyName; userId: string }>(
    `select h.key, coalesce(u.merged_into_id, u.id) as "userId"
     from (
       select 'code' as key, id from "user" where code = $1
       union all select 'login', id from "user" where login_key = $2
       union all select 'email', id from "user" where email_key = $3
     ) h join "user" u on u.id = h.id`,
    [row.code, row.loginKey, row.emailKey],
  );
  return rows;
}

/** The user whom an earlier answer for this entry created, where that was undone. */
export async function undoneCreation(
  tx: Queryable,
  o: { readonly runId: string; readonly entry: number },
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `select coalesce(u.merged_into_id, u.id) as id
     from decision d
     join run f on f.id = (d.detail ->> 'followUp')::uuid
     join "user" u on u.created_run_id = f.id
     where d.run_id = $1 and d.kind = 'resolve' and d.detail ->> 'as' = 'create'
       and (d.detail ->> 'entry')::int = $2 and ${isUndone('f')}
     order by d.created_at desc limit 1`,
    [o.runId, o.entry],
  );
  return rows[0]?.id ?? null;
}

/** Links an external id to a user and locks the user until commit. */
export async function linkIdentity(
  tx: Queryable,
  o: { readonly sourceId: string; readonly externalId: string; readonly userId: string },
): Promise<void> {
  await tx.query(`select 1 from "user" where id = $1 for update`, [o.userId]);
  await tx.query(`insert into identity (source_id, external_id, user_id) values ($1, $2, $3)`, [
    o.sourceId,
    o.externalId,
    o.userId,
  ]);
}

const KEY_COLUMNS: Readonly<Record<KeyName, readonly string[]>> = {
  code: ['code'],
  login: ['login', 'login_key'],
  email: ['email', 'email_key'],
};

/**
 * Copies one staged row of another run into this run, without some keys. The run then counts as
 * read, so its workflow goes on with the plan. `codeKey`: the key of the login that a new user
 * would get from the code. `activates`: a row without a status says active.
 */
export async function stageCopy(
  tx: Queryable,
  o: {
    readonly from: string;
    readonly line: number;
    readonly to: string;
    readonly without: readonly KeyName[];
    readonly codeKey: string | null;
    readonly activates: boolean;
  },
): Promise<void> {
  const dropped = new Set(o.without.flatMap((key) => KEY_COLUMNS[key]));
  const values = STAGED_COLUMNS.map((column) => {
    if (column === 'status' && o.activates) return `coalesce(status, 'active')`;
    return dropped.has(column) ? 'null' : `"${column}"`;
  });
  await tx.query(
    `insert into staged_row (run_id, ${STAGED_COLUMNS.map((c) => `"${c}"`).join(', ')}, code_key)
     select $1, ${values.join(', ')}, $4 from staged_row where run_id = $2 and line = $3`,
    [o.to, o.from, o.line, o.codeKey],
  );
  await tx.query(
    `update run set staged_at = now(), rows = 1,
       headers = (select headers from run where id = $2) where id = $1`,
    [o.to, o.from],
  );
}
