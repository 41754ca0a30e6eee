import { transaction, type Db } from '../../store/database/db';
import type { PairsToAdd } from './people';

const REFERENCES = 'on update restrict on delete restrict';
const TABLES = ['"user"', 'identity', 'enrollment', 'external_credit'];

/** Copies the users of the store and their rows into a schema of their own, with the same indexes and references. */
export async function prepareFloor(db: Db): Promise<void> {
  await db.pool.query(`drop schema if exists floor cascade; create schema floor`);
  for (const table of TABLES) {
    await db.pool.query(`create table floor.${table} (like public.${table} including all);
      insert into floor.${table} select * from public.${table}`);
  }
  await db.pool.query(`
    alter table floor."user"
      add foreign key (organization_id) references public.organization (id) ${REFERENCES},
      add foreign key (manager_id) references floor."user" (id) ${REFERENCES},
      add foreign key (merged_into_id) references floor."user" (id) ${REFERENCES};
    alter table floor.identity
      add foreign key (source_id) references public.source (id) ${REFERENCES},
      add foreign key (user_id) references floor."user" (id) ${REFERENCES};
    alter table floor.enrollment
      add foreign key (course_id) references public.course (id) ${REFERENCES},
      add foreign key (user_id) references floor."user" (id) ${REFERENCES};
    alter table floor.external_credit
      add foreign key (user_id) references floor."user" (id) ${REFERENCES}`);
  for (const table of TABLES) await db.pool.query(`vacuum analyze floor.${table}`);
}

/** The most pairs of one transaction. */
const BATCH = 200;

/** The same rows moved by hand-written SQL, without anything by which it could be taken back. */
export async function mergeByHand(db: Db, { prefix, pairs }: PairsToAdd): Promise<void> {
  for (let first = 1; first <= pairs; first += BATCH) {
    await transaction(db, async (tx) => {
      await tx.query(`set local search_path = floor, public`);
      await tx.query(
        `create temp table pair on commit drop as
         select s.id as survivor, a.id as absorbed
         from generate_series($1::int, $2::int) n
         join floor."user" s on s.code = '${prefix}s' || n join floor."user" a on a.code = '${prefix}a' || n`,
        [first, Math.min(first + BATCH - 1, pairs)],
      );
      await tx.query(`analyze pair`);
      for (const statement of BY_HAND) await tx.query(statement);
    });
  }
}

const BY_HAND = [
  `select from "user" where id in (select survivor from pair union all select absorbed from pair)
   order by id for update`,
  `update "user" u set status = 'merged', merged_into_id = p.survivor, version = version + 1,
     updated_at = now()
   from pair p where u.id = p.absorbed`,
  `update "user" u set phone = coalesce(u.phone, a.phone), department = coalesce(u.department, a.department),
     version = u.version + 1, updated_at = now()
   from pair p join "user" a on a.id = p.absorbed where u.id = p.survivor`,
  `update identity i set user_id = p.survivor, record_hash = null, mapping_hash = null, user_version = null
   from pair p where i.user_id = p.absorbed
     and not exists (select from identity o where o.user_id = p.survivor and o.source_id = i.source_id)`,
  `update enrollment e set status = a.status, score = a.score, progress = a.progress,
     completed_at = a.completed_at, enrolled_at = a.enrolled_at, version = e.version + 1
   from pair p join enrollment a on a.user_id = p.absorbed
   where e.user_id = p.survivor and e.course_id = a.course_id
     and (a.status = 'completed' and e.status <> 'completed' or a.status = e.status and a.score > e.score)`,
  `update enrollment e set tombstoned_by = p.survivor
   from pair p join enrollment s on s.user_id = p.survivor
   where e.user_id = p.absorbed and s.course_id = e.course_id`,
  `update enrollment e set user_id = p.survivor
   from pair p where e.user_id = p.absorbed and e.tombstoned_by is null`,
  `update external_credit c set tombstoned_by = p.survivor
   from pair p join external_credit s on s.user_id = p.survivor
   where c.user_id = p.absorbed and s.print = c.print`,
  `update external_credit c set user_id = p.survivor
   from pair p where c.user_id = p.absorbed and c.tombstoned_by is null`,
];
