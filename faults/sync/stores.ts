import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { launch } from '../../embedded/launch';
import { freePorts } from '../../embedded/ports';
import { initialize, postgresProgram, postgresUrl, waitForPostgres } from '../../embedded/postgres';
import { end, isAlive, refOf } from '../../embedded/processes';
import type { SourceContext } from '../../operations/sources/polledSource';
import { openDatabase } from '../../store/database/db';
import { migrate } from '../../store/database/migrate';
import { OWNER_ID } from '../../store/sources/sources';

/** Empty stores on a Postgres of their own, which runs as long as they are used. */
export interface Stores {
  readonly contexts: readonly SourceContext[];
  close(): Promise<void>;
}

/** What the operations on a store need; its fake vendors are on the loopback interface. */
export function contextOf(url: string): SourceContext {
  return {
    db: openDatabase({ url, applicationName: 'faults', maxConnections: 4 }),
    actorId: OWNER_ID,
    level: 'owner',
    door: 'library',
    tokenId: null,
    keys: [randomBytes(32)],
    allowPrivateHosts: ['127.0.0.1'],
  };
}

/** Starts Postgres in a temporary folder, with this many migrated databases. */
export async function openStores(count: number): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-faults-'));
  // Postgres may have to run as another user, who must be able to enter.
  await chmod(folder, 0o711);
  const [port = 0] = await freePorts(1);
  const options = {
    folder: join(folder, 'postgres'),
    port,
    password: randomBytes(12).toString('hex'),
    logFile: join(folder, 'postgres.log'),
  };
  await initialize(options);
  const program = postgresProgram(options);
  // These databases live for minutes: they need not survive a power cut.
  const lasting = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
  // Their tables are tiny: finding the best plan of a statement takes longer than any plan.
  const plans = ['join_collapse_limit=1', 'from_collapse_limit=1', 'enable_mergejoin=off'];
  const fast = [...lasting, ...plans].flatMap((setting) => ['-c', setting]);
  const child = launch({ ...program, args: [...program.args, ...fast] });
  child.unref();
  const server = refOf(child.pid ?? 0);
  const stop = async (): Promise<void> => {
    await end(server, [['SIGQUIT', 10_000]]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const admin = postgresUrl({ ...options, database: 'postgres' });
    await waitForPostgres(admin, { timeoutMs: 30_000, alive: () => isAlive(server) });
    const urls = Array.from({ length: count }, (_, i) =>
      postgresUrl({ ...options, database: `faults_${String(i)}` }),
    );
    for (const [i, url] of urls.entries()) {
      await sql(admin, `create database faults_${String(i)} template template0`);
      await migrate({ url });
    }
    const contexts = urls.map(contextOf);
    return {
      contexts,
      close: async () => {
        for (const { db } of contexts) await db.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs statements in a connection of their own. */
export async function sql(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
