import { loadStoreConfig } from '../config/env';

export { databaseStatus, migrateDatabase } from '../operations/database';
export { installationAt } from '../operations/installation';

/** The database alone: its schema can be created before a Temporal server exists. */
export function databaseUrl(): Promise<string> {
  return Promise.resolve(loadStoreConfig().databaseUrl);
}
