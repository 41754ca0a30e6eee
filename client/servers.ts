import { readSettings } from '../config/env';
import { readStackFile } from '../config/stackFile';
import { temporalConnection, temporalOf } from '../config/temporal';
import { tryLogin } from '../embedded/postgres';
import { RUNS_QUEUE } from '../workflows/ids';

/** The servers that are configured, and the workers that poll (also those that `up` knows nothing of). */
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

/** Asks the configured servers, and Temporal (configured or embedded) who polls. */
export async function configuredServers(home: string): Promise<ConfiguredServers> {
  const { settings } = readSettings({ home });
  const databaseUrl = settings.ROLLCALL_DATABASE_URL;
  const configured = settings.ROLLCALL_TEMPORAL_ADDRESS;
  const address = configured ?? readStackFile(home)?.temporalAddress;
  const [database, pollers] = await Promise.all([
    databaseUrl === undefined ? undefined : tryLogin(databaseUrl),
    address === undefined ? undefined : countPollers(temporalOf(settings, address)),
  ]);
  return {
    services: [
      ...(databaseUrl === undefined
        ? []
        : [service('postgres', new URL(databaseUrl).host, database === undefined)]),
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

/** A worker asks again at least once a minute; one that was killed stays listed for five. */
const RECENT_MS = 70_000;

/** Undefined when Temporal does not answer. */
async function countPollers(config: ReturnType<typeof temporalOf>): Promise<number | undefined> {
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({
      ...temporalConnection(config),
      connectTimeout: '3s',
    });
    try {
      const { pollers } = await connection.withDeadline(Date.now() + 3_000, () =>
        connection.workflowService.describeTaskQueue({
          namespace: config.namespace,
          taskQueue: { name: RUNS_QUEUE },
          taskQueueType: 1,
        }),
      );
      const since = Date.now() - RECENT_MS;
      return pollers.filter(
        ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since,
      ).length;
    } finally {
      await connection.close();
    }
  } catch {
    return undefined;
  }
}
