import { readSettings } from '../config/env';
import { readStackFile } from '../config/stackFile';
import { temporalOf } from '../config/temporal';
import { databaseAnswers } from '../operations/database';
import { installationAt } from '../operations/installation';
import { countPollers } from '../temporal/pollers';

/** The configured servers, and the workers that poll (also those that `up` did not start). */
export interface ConfiguredServers {
  readonly services: readonly {
    readonly name: string;
    readonly pid: null;
    readonly address: string;
    readonly ready: boolean;
  }[];
  /** Workers that asked for work of the database's installation in the last minute. */
  readonly pollers: number;
  /** The id of the database's installation; `null`: the database does not answer. */
  readonly installation: string | null;
  readonly databaseUrl: string | undefined;
  readonly uiUrl: string | undefined;
}

/** Asks the configured servers, and Temporal (configured or embedded) which workers poll. */
export async function configuredServers(home: string): Promise<ConfiguredServers> {
  const { settings } = readSettings({ home });
  const databaseUrl = settings.ROLLCALL_DATABASE_URL;
  const configured = settings.ROLLCALL_TEMPORAL_ADDRESS;
  const stack = readStackFile(home);
  const address = configured ?? stack?.temporalAddress;
  const url = databaseUrl ?? stack?.databaseUrl;
  const [database, installation] = await Promise.all([
    databaseUrl === undefined ? undefined : databaseAnswers(databaseUrl),
    url === undefined ? null : installationAt(url),
  ]);
  const id = installation?.id ?? null;
  const pollers =
    address === undefined ? undefined : await countPollers(temporalOf(settings, address), id);
  return {
    services: [
      ...(databaseUrl === undefined
        ? []
        : [service('postgres', new URL(databaseUrl).host, database === true)]),
      ...(configured === undefined ? [] : [service('temporal', configured, pollers !== undefined)]),
    ],
    pollers: pollers ?? 0,
    installation: id,
    databaseUrl,
    uiUrl: settings.ROLLCALL_TEMPORAL_UI_URL,
  };
}

function service(name: string, address: string, ready: boolean) {
  return { name, pid: null, address, ready };
}
