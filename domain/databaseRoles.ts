/**
 * The roles that a database may have for Rollcall, by their names in Postgres. The migrator owns
 * everything; the worker reads and writes, and owns nothing; the reader reads. `db migrate` gives the rights to
 * those that exist (docs/database.md).
 */
export const DATABASE_ROLES = {
  migrator: 'rollcall_migrator',
  worker: 'rollcall_worker',
  reader: 'rollcall_reader',
} as const;
export type DatabaseRole = keyof typeof DATABASE_ROLES;
