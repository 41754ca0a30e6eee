import type { Pool } from 'pg';

/**
 * A clock that runs on and can be put forward, for a program and its database alike: an unqualified
 * `now()` means `clock.now()` in sessions that begin after {@link YearClock.install}.
 */
export class YearClock {
  #aheadMs = 0;

  readonly now = (): Date => new Date(Date.now() + this.#aheadMs);

  /** `YYYY-MM-DD`, in UTC. */
  get today(): string {
    return this.now().toISOString().slice(0, 10);
  }

  /** For a database that only `admin` has opened so far. */
  async install(admin: Pick<Pool, 'query'>): Promise<void> {
    await admin.query('create schema clock');
    await this.#tell(admin);
    await admin.query(DEFAULTS);
    await admin.query(
      `do $$ begin execute format('alter database %I set search_path = public, clock, pg_catalog',
         current_database()); end $$`,
    );
  }

  /** Puts the clock forward to a moment; never back. */
  async putTo(db: Pick<Pool, 'query'>, moment: Date): Promise<void> {
    const more = moment.getTime() - this.now().getTime();
    if (more < 0) throw new Error(`it is later than ${moment.toISOString()} already`);
    this.#aheadMs += more;
    await this.#tell(db);
  }

  async #tell(db: Pick<Pool, 'query'>): Promise<void> {
    await db.query(
      `create or replace function clock.now() returns timestamptz language sql stable
       as $$ select pg_catalog.now() + interval '${String(this.#aheadMs)} ms' $$`,
    );
  }
}

/** Defaults of columns were bound to the function when they were created. */
const DEFAULTS = `
  do $$ declare d record; begin
    for d in select f.adrelid::regclass as name, a.attname as field
      from pg_attrdef f join pg_class c on c.oid = f.adrelid
      join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
      where c.relnamespace = 'public'::regnamespace
        and pg_get_expr(f.adbin, f.adrelid) ~* '^(now\\(\\)|current_timestamp)$'
    loop
      execute format('alter table %s alter column %I set default clock.now()', d.name, d.field);
    end loop;
  end $$`;
