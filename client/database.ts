import { loadStoreConfig } from '../config/env';

/** The database alone: its schema can be brought up before there is a Temporal server. */
export function databaseUrl(): Promise<string> {
  return Promise.resolve(loadStoreConfig().databaseUrl);
}
