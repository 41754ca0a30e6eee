import { readSettings } from '../config/env';
import { readStackFile } from '../config/stackFile';
import { temporalOf } from '../config/temporal';
import { databaseAnswers } from '../operations/database';
import { countPollers } from '../temporal/pollers';

/** The configured servers, and the workers that poll (also those that `up` did not start). */
export interface ConfiguredServers {
  readonly services: readonly {
    readonly name: string;
    readonly pid: null;
    readonly address: string;
    readonly ready: boolean;
  }[];
  /** Workers that asked for work of the queue `runs` in the last minute. */
  readonly pollers: number;
  readonly databaseUrl: string | undefined;
  readonly uiUrl: string | undefined;
}

/** Asks the configured servers, and Temporal (configured or embedded) which workers poll. */
export async function configuredServers(home: string): Promise<ConfiguredServers> {
  const { settings } = readSettings({ home });
  const databaseUrl = settings.ROLLCALL_DATABASE_URL;
  const configured = settings.ROLLCALL_TEMPORAL_ADDRESS;
  const address = configured ?? readStackFile(home)?.temporalAddress;
  const [database, pollers] = await Promise.all([
    databaseUrl === undefined ? undefined : databaseAnswers(databaseUrl),
    address === undefined ? undefined : countPollers(temporalOf(settings, address)),
  ]);
  return {
    services: [
      ...(databaseUrl === undefined
        ? []
        : [service('postgres', new URL(databaseUrl).host, database === true)]),
      ...(configured === undefined ? [] : [service('temporal', configured, pollers !== undefined)]),
    ],
    pollers: pollers ?? 0,
    databaseUrl,
    uiUrl: settings.ROLLCALL_TEMPORAL_UI_URL,
  };
}

function service(name: string, address: string, ready: boolean) {
  return { name, pid: null, address, ready };
}
