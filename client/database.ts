import { loadConfig, readSettings } from '../config/env';

/** The database alone: its schema can be brought up before there is a Temporal server. */
export function databaseUrl(): Promise<string> {
  const configured = readSettings().settings.ROLLCALL_DATABASE_URL;
  return Promise.resolve(configured ?? loadConfig().databaseUrl);
}
