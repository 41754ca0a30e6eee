import type { ExportedUser } from '../../domain/files/exportColumns';
import type { PropertyDefinition } from '../../domain/users/fields';
import type { Db } from '../database/db';
import type { UserChoice } from './list/choice';
import { sortOf } from './list/sorts';
import { choiceSql } from './users';
import { OWN_VIEW_COLUMNS, VIEW_COLUMNS, viewOf, type ViewRow } from './userView';

/** Users that one fetch brings: a few hundred kilobytes. */
const BLOCK = 1_000;

/**
 * How long the reader may pause between two blocks, as a person may who pages through an output. The
 * transaction keeps dead rows from being cleaned, so it does not wait for ever.
 */
const MAX_PAUSE = '10min';

export interface ExportChoice {
  readonly choice: UserChoice;
  readonly properties: readonly PropertyDefinition[];
  /** As in a list; by ids unless given. */
  readonly sort?: string;
  readonly identities: boolean;
}

/** The statements of an export. */
export interface ExportSql {
  readonly count: { readonly text: string; readonly values: readonly unknown[] };
  readonly select: { readonly text: string; readonly values: readonly unknown[] };
}

/** Faults: `usage`, as of a list. */
export function exportSql(o: ExportChoice): ExportSql {
  const { from, sql, params } = choiceSql(o.choice, o.properties);
  const values = [...params.values];
  const { orderBy } = sortOf(o.sort ?? 'id', o.properties, params);
  const columns = o.identities ? VIEW_COLUMNS : `${OWN_VIEW_COLUMNS}, '[]'::jsonb as identities`;
  return {
    count: { text: `select count(*) as n from ${from} where ${sql}`, values },
    select: {
      text: `select ${columns}, coalesce(m.code, m.login, m.email) as "managerKey"
        from ${from} where ${sql} order by ${orderBy}`,
      values: params.values,
    },
  };
}

/**
 * The chosen users in blocks, from one snapshot: each of them once, as it was when the export began,
 * whatever is written meanwhile. `begins` gets their number before the first block.
 */
export async function* exportedUsers(
  db: Pick<Db, 'pool'>,
  o: { readonly sql: ExportSql; readonly begins: (users: number) => Promise<void> },
): AsyncGenerator<readonly ExportedUser[], void> {
  const { count, select } = o.sql;
  const session = await db.pool.connect();
  let broken = true;
  try {
    await session.query('begin transaction isolation level repeatable read, read only');
    // All rows are wanted, not the first ones soon.
    await session.query(
      `set local cursor_tuple_fraction = 1;
       set local idle_in_transaction_session_timeout = '${MAX_PAUSE}'`,
    );
    const { rows: counted } = await session.query<{ n: string }>(count.text, [...count.values]);
    await o.begins(Number(counted[0]?.n ?? 0));
    await session.query(`declare exported no scroll cursor for ${select.text}`, [...select.values]);
    for (;;) {
      const { rows } = await session.query<ViewRow & { managerKey: string | null }>(
        `fetch ${String(BLOCK)} from exported`,
      );
      yield rows.map(({ managerKey, ...row }) => ({ ...viewOf(row), managerKey }));
      if (rows.length < BLOCK) break;
    }
    await session.query('rollback');
    broken = false;
  } finally {
    // A session that is still in the transaction is not used again.
    session.release(broken);
  }
}
