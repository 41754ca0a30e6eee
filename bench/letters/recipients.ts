import type { Db } from '../../store/database/db';
import { benchDatabase, type BenchStack } from '../stack';

/** Adds active users with the codes `p1`, `p2`, … and an address each, in the order of their ids. */
export async function addRecipients(db: Db, people: number): Promise<void> {
  await db.pool.query(
    `insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name, department)
     select uuidv7(), c, c || '@x.org', c || '@x.org', c || '@x.org', c || '@x.org', 'First' || n % 997,
       'Last' || n, case when n % 2 = 0 then 'Sales' end
     from generate_series(1, $1::int) n, lateral (select 'p' || n as c) made`,
    [people],
  );
  await db.pool.query('vacuum analyze "user"');
}

/** As {@link addRecipients}, in the store of a stack. */
export async function addRecipientsTo(stack: BenchStack, people: number): Promise<void> {
  const db = benchDatabase(stack.place.home, 2);
  try {
    await addRecipients(db, people);
  } finally {
    await db.close();
  }
}
