import { chmod, mkdir } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { launch } from '../../embedded/launch';
import { freePorts } from '../../embedded/ports';
import { initialize, postgresProgram, postgresUrl, waitForPostgres } from '../../embedded/postgres';
import { end, isAlive, refOf } from '../../embedded/processes';
import { migrate } from '../../store/database/migrate';
import { addPeople } from './people';

/** A Postgres whose databases stay between runs of the bench. */
export interface KeptServer {
  url(database: string): string;
  stop(): Promise<void>;
}

const PASSWORD = 'bench';
const START_MS = 60_000;

/** Starts the server of this folder with the settings of the embedded one. */
export async function startKept(): Promise<KeptServer> {
  const folder = join(tmpdir(), 'rollcall-bench-users');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  const [port = 0] = await freePorts(1);
  const place = { folder: join(folder, 'postgres'), password: PASSWORD };
  const lock = join(place.folder, 'postmaster.pid');
  if (existsSync(lock) && isAlive(refOf(Number.parseInt(readFileSync(lock, 'utf8'), 10)))) {
    throw new Error(`Another bench uses ${folder}.`);
  }
  const options = { ...place, port, logFile: join(folder, 'postgres.log') };
  await initialize(options);
  const server = refOf(launch(postgresProgram(options)).pid ?? 0);
  const url = (database: string): string => postgresUrl({ port, password: PASSWORD, database });
  await waitForPostgres(url('postgres'), { timeoutMs: START_MS, alive: () => isAlive(server) });
  return { url, stop: () => end(server, [['SIGINT', 60_000]]) };
}

/**
 * The URL of a database with so many people, migrated to this build's schema. It is filled once, under another
 * name until it is whole, and kept.
 */
export async function filledDatabase(server: KeptServer, people: number): Promise<string> {
  const name = `users_${String(people)}`;
  const url = server.url(name);
  const admin = new Client({ connectionString: server.url('postgres') });
  await admin.connect();
  try {
    const found = await admin.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 1) {
      await migrate({ url });
      return url;
    }
    const draft = `${name}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft} template template0`);
    await migrate({ url: server.url(draft) });
    const filler = new Client({ connectionString: server.url(draft) });
    await filler.connect();
    try {
      await filler.query('set synchronous_commit = off');
      await addPeople(filler, people);
      await filler.query('vacuum analyze "user"');
      await filler.query('vacuum analyze identity');
    } finally {
      await filler.end();
    }
    await admin.query(`alter database ${draft} rename to ${name}`);
    return url;
  } finally {
    await admin.end();
  }
}
