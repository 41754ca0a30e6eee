import { transaction, type Db } from '../../store/database/db';

/** Pairs of users with the codes `<prefix>s1` and `<prefix>a1`, from `first` on. */
export interface PairsToAdd {
  readonly prefix: string;
  readonly pairs: number;
  /** By default 1. */
  readonly first?: number;
  /** Of each user; half of the courses are those of the other one, too. */
  readonly enrollments: number;
  readonly credits: number;
}

const SOURCES = ['00000000-0000-7000-8000-00000000be21', '00000000-0000-7000-8000-00000000be22'];
const MAX_COURSES = 1500;

const ID = (prefix: string, side: string): string => `md5('${prefix}${side}' || n)::uuid`;

/** Adds users, their enrollments, credits and one or two numbers. Without triggers, which judge one by one. */
export async function addPairs(db: Db, o: PairsToAdd): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    for (const [i, id] of SOURCES.entries()) {
      await tx.query(
        `insert into source (id, name, kind) values ($1, $2, 'list') on conflict do nothing`,
        [id, `bench ${String(i)}`],
      );
    }
    await tx.query(
      `insert into course (id, code, code_key, name)
       select md5('course' || c)::uuid, 'C' || c, 'c' || c, 'Course ' || c
       from generate_series(0, $1::int) c on conflict do nothing`,
      [MAX_COURSES],
    );
    for (const [side, courses] of [
      ['s', 0],
      ['a', Math.floor(o.enrollments / 2)],
    ] as const) {
      const id = ID(o.prefix, side);
      await tx.query(
        `insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name, phone, department)
         select ${id}, c, c || '@x.org', c || '@x.org', c || '@x.org', c || '@x.org', 'First' || n % 997, 'Last' || n,
           case when $2 = 'a' then n::text end, case when n % 2 = 0 then 'Sales' end
         from generate_series(1, $1::int) n, lateral (select '${o.prefix}' || $2::text || n as c) code`,
        [o.pairs, side],
      );
      await tx.query(
        `insert into identity (source_id, external_id, user_id, user_version, record_hash, mapping_hash)
         select s.id, '${o.prefix}${side}' || n, ${id}, 1, n, 1
         from generate_series(1, $1::int) n, unnest($2::uuid[]) with ordinality s(id, k)
         where s.k = 1 or ($3 = 'a') = (n % 2 = 0)`,
        [o.pairs, SOURCES, side],
      );
      await tx.query(
        `insert into enrollment (id, user_id, course_id, status, score, completed_at)
         select gen_random_uuid(), ${id}, md5('course' || (c + $3::int))::uuid,
           case when (n + c) % 2 = 0 then 'completed' else 'enrolled' end::enrollment_status,
           (n * 7 + c) % 100, case when (n + c) % 2 = 0 then date '2026-01-01' + c % 100 end
         from generate_series(1, $1::int) n, generate_series(0, $2::int - 1) c`,
        [o.pairs, o.enrollments, courses],
      );
      await tx.query(
        `insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
         select gen_random_uuid(), ${id}, 'Credit ' || c, 'Provider', 1.5, date '2026-01-01' + c,
           case when c = 0 then n else n * 10 + c + case when $3 = 'a' then 5 else 0 end end
         from generate_series(1, $1::int) n, generate_series(0, $2::int - 1) c`,
        [o.pairs, o.credits, side],
      );
    }
  });
  for (const table of ['"user"', 'identity', 'enrollment', 'external_credit']) {
    await db.pool.query(`vacuum analyze ${table}`);
  }
}
