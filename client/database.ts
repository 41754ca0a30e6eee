import { loadStoreConfig } from '../config/env';
import { readStackFile } from '../config/stackFile';

export { databaseStatus, migrateDatabase } from '../operations/database';
export { installationAt } from '../operations/installation';

/** The database alone: its schema can be created before a Temporal server exists. */
export function databaseUrl(): Promise<string> {
  return Promise.resolve(loadStoreConfig().databaseUrl);
}

/** As {@link databaseUrl}, for the role that owns the tables, where the database is that of `up`. */
export function migratorUrl(): Promise<string> {
  const { databaseUrl: url, home } = loadStoreConfig();
  const stack = readStackFile(home);
  return Promise.resolve(stack?.databaseUrl === url ? (stack.migratorUrl ?? url) : url);
}
