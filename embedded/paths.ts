import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds package.json, found from the sources and from `dist/` alike. */
export function projectRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return process.cwd();
  }
}

/** The files and folders of a data folder. */
export interface DataPaths {
  readonly data: string;
  /** Postgres's own folder. */
  readonly postgres: string;
  readonly temporalDb: string;
  readonly logs: string;
  /** Ports and the database's password; kept across restarts. */
  readonly settings: string;
  /**
   * The children of the running supervisor, so that the next one can end those that a killed one left.
   */
  readonly children: string;
  /** Held by the one supervisor of this folder. */
  readonly lock: string;
}

export function dataPaths(data: string): DataPaths {
  return {
    data,
    postgres: join(data, 'postgres'),
    temporalDb: join(data, 'temporal.db'),
    logs: join(data, 'logs'),
    settings: join(data, 'settings.json'),
    children: join(data, 'children.json'),
    lock: join(data, 'supervisor.lock'),
  };
}
