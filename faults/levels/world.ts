import type { OperationContext } from '../../operations/context';
import { createBulk } from '../../operations/users/bulk';
import { newId, type Db } from '../../store/database/db';
import { contextOf, openStores, sql, type Stores } from '../sync/stores';
import { LevelSteps } from './steps';

/** Who is in the store, by ids. */
export interface WorldIds {
  /** The admin of the bulk change: a manager of the organization of all people. */
  readonly managerId: string;
  /** The user that the admin is linked to; not one of the people. */
  readonly managerUserId: string;
  /** The organization of all people. */
  readonly mine: string;
  /** An organization with nobody in it. */
  readonly elsewhere: string;
}

/** A store in which an admin's bulk change is planned, to be copied for each trial. */
export interface PreparedWorld extends WorldIds {
  readonly runId: string;
  readonly rows: number;
  /** A copy of its own for one trial, and what drops it. */
  copy(): Promise<{ readonly context: OperationContext; drop(): Promise<void> }>;
  close(): Promise<void>;
}

/** Makes a store with `rows` people of one organization, and a planned run that deactivates all of them. */
export async function prepareWorld(rows: number): Promise<PreparedWorld> {
  const stores = await openStores(1);
  const [context] = stores.contexts;
  if (context === undefined) throw new Error('a store was opened');
  const { url } = context.db;
  try {
    const ids = await fillWorld(context.db, rows);
    const manager: OperationContext = { ...context, actorId: ids.managerId, level: 'manager' };
    const { runId } = await createBulk(manager, {
      filter: 'id pr',
      status: 'inactive',
      dryRun: false,
      expect: rows,
    });
    const steps = new LevelSteps(context.db, 2_000);
    await steps.begin(runId);
    await context.db.pool.query('vacuum analyze');
    await context.db.close();
    return { ...ids, runId, rows, ...copies(url, stores) };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** Makes the people, codes P1 and so on, and their manager. */
export async function fillWorld(db: Db, rows: number): Promise<WorldIds> {
  const [mine, elsewhere, managerId, managerUserId] = [newId(), newId(), newId(), newId()];
  await db.pool.query(
    `insert into organization (id, code, code_key, name)
     values ($1, 'MINE', 'mine', 'Mine'), ($2, 'ELSEWHERE', 'elsewhere', 'Elsewhere')`,
    [mine, elsewhere],
  );
  await db.pool.query(
    `insert into "user" (id, code, first_name, last_name, organization_id)
     select uuidv7(), 'P' || n, 'First ' || n, 'Last ' || n, $1 from generate_series(1, $2::int) n`,
    [mine, rows],
  );
  await db.pool.query(`insert into "user" (id, code) values ($1, 'THE-ADMIN')`, [managerUserId]);
  await db.pool.query(
    `insert into admin (id, name, level, user_id) values ($1, 'the manager', 'manager', $2)`,
    [managerId, managerUserId],
  );
  await db.pool.query(
    `insert into admin_organization (admin_id, organization_id) values ($1, $2)`,
    [managerId, mine],
  );
  return { managerId, managerUserId, mine, elsewhere };
}

function copies(url: string, stores: Stores): Pick<PreparedWorld, 'copy' | 'close'> {
  const state = { made: 0 };
  const admin = new URL(url);
  const template = admin.pathname.slice(1);
  admin.pathname = '/postgres';
  return {
    copy: async () => {
      state.made += 1;
      const name = `trial_${String(state.made)}`;
      await sql(admin.href, `create database ${name} template ${template} strategy file_copy`);
      const own = new URL(url);
      own.pathname = `/${name}`;
      const context = contextOf(own.href);
      return {
        context,
        drop: async () => {
          await context.db.close();
          await sql(admin.href, `drop database ${name} with (force)`);
        },
      };
    },
    close: () => stores.close(),
  };
}
