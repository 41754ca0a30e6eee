import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as PgClient } from 'pg';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { readStackFile, type StackFile } from '../config/stackFile';
import { isAlive } from '../embedded/processes';
import { superuserUrl } from '../embedded/services';
import { stackStatus } from '../embedded/stack';
import { runCommand, startCommand, type Ended, type Place, type Running } from './command';

export type ServiceName = 'postgres' | 'temporal' | 'worker';

/** The database that the worker and the commands use. */
export const DATABASE = 'rollcall';
/** A restart of everything on a busy machine. */
const READY_MS = 120_000;

/** A stack of the campaign's own, with ways to harm it. */
export class Rig {
  readonly place: Place;
  /** The values of the capitalised words in the commands of a scenario. */
  readonly words = new Map<string, string>();
  readonly #first: StackFile;
  #client: ChildProcess | undefined;

  private constructor(place: Place, file: StackFile) {
    this.place = place;
    this.#first = file;
  }

  /** Starts a stack in a temporary folder. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-faults-'));
    // Postgres may have to run as another user, who must be able to enter.
    chmodSync(folder, 0o711);
    const place = { folder, home: join(folder, 'data'), env };
    const up = await runCommand(place, ['up', '--detach']);
    const file = readStackFile(place.home);
    if (up.exit === 0 && file !== undefined) return new Rig(place, file);
    await runCommand(place, ['down']);
    throw new Error(`rollcall up failed in ${folder}:\n${up.stdout}${up.stderr}`);
  }

  /** Ends the stack; its folder stays when `keep` is given. */
  async stop(o: { readonly keep: boolean }): Promise<void> {
    await runCommand(this.place, ['down']);
    if (!o.keep) rmSync(this.place.folder, { recursive: true, force: true });
  }

  get databaseUrl(): string {
    return this.#first.databaseUrl;
  }

  path(name: string): string {
    return join(this.place.folder, name);
  }

  /** Writes a file of the rig's folder; returns its path. */
  write(name: string, content: string): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  run(...args: readonly string[]): Promise<Ended> {
    const { child, ended } = startCommand(this.place, args);
    child.stdin?.end();
    this.#client = child;
    return ended;
  }

  /** Ends the last command, if it still runs. */
  killClient(): void {
    const child = this.#client;
    if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }

  begin(...args: readonly string[]): Running {
    return startCommand(this.place, args);
  }

  /** The present process of a service: one that ended was restarted under another number. */
  pidOf(service: ServiceName): number {
    const found = readStackFile(this.place.home)?.services.find(({ name }) => name === service);
    if (found === undefined) throw new Error(`stack.json does not name ${service}`);
    return found.pid;
  }

  /** Waits until all services of the stack answer. */
  async ready(): Promise<void> {
    const until = Date.now() + READY_MS;
    for (;;) {
      const { services } = await stackStatus(this.place.home);
      if (services.length === this.#first.services.length && services.every(({ ready }) => ready))
        return;
      if (Date.now() > until) throw new Error('the stack does not get ready again');
      await sleep(100);
    }
  }

  /** Ends every process of the stack at once, as a power cut does, and restarts it. */
  async powerCut(): Promise<void> {
    const { supervisor, services } = readStackFile(this.place.home) ?? this.#first;
    const sessions = childrenOf(this.pidOf('postgres'));
    const all = [supervisor.pid, ...services.map(({ pid }) => pid), ...sessions];
    for (const pid of all) kill(pid, 'SIGKILL');
    const until = Date.now() + 10_000;
    while (services.some(isAlive) && Date.now() < until) await sleep(20);
    const up = await this.run('up', '--detach');
    if (up.exit !== 0) throw new Error(`up after a power cut failed:\n${up.stdout}${up.stderr}`);
  }

  /** Runs SQL on one of the stack's databases, as the superuser. */
  async sql<T>(text: string, o: { database?: string; values?: unknown[] } = {}): Promise<T[]> {
    const url = superuserUrl(this.place.home, o.database ?? DATABASE);
    const client = new PgClient({ connectionString: url, application_name: 'faults' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, o.values ?? [])).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Like {@link Rig.sql}; undefined while the database does not answer. */
  async trySql<T>(text: string, values: unknown[] = []): Promise<T[] | undefined> {
    try {
      return await this.sql<T>(text, { values });
    } catch {
      return undefined;
    }
  }

  /** Keeps the store as it is now, under a name; {@link Rig.restore} brings it back. */
  async save(name: string): Promise<void> {
    await this.#copy(DATABASE, name);
  }

  /** A saved store: a copy of its files, statistics included, made in a third of a second. */
  async restore(name: string): Promise<void> {
    await this.#copy(name, DATABASE);
  }

  async #copy(from: string, to: string): Promise<void> {
    const admin = { database: 'postgres' };
    await this.sql(`drop database if exists ${to} with (force)`, admin);
    for (let tries = 1; ; tries++) {
      await this.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${from}'`,
        admin,
      );
      try {
        await this.sql(`create database ${to} template ${from} owner rollcall_migrator`, admin);
        // Without it the sequences of a copy can fall back by up to 32 when Postgres is killed: the copy
        // has their pages, which say that these values are in the log, and not that log.
        await this.sql('checkpoint', admin);
        // The same installation, as `db restored` would say.
        await this.sql(REBOUND, { database: to });
        return;
      } catch (error) {
        // The worker's health page had just opened a session.
        if (tries === 20) throw error;
        await sleep(50);
      }
    }
  }

  /** The states of a workflow's executions, the newest first. */
  async executions(workflowId: string): Promise<string[]> {
    return this.temporal(async (client) => {
      const newest = await client.workflow.getHandle(workflowId).describe();
      const states = [newest.status.name];
      // Visibility is written a moment later, so the newest execution is asked for directly.
      for await (const one of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
        if (one.runId !== newest.runId) states.push(one.status.name);
      }
      return states;
    }).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    });
  }

  /** Calls the stack's Temporal. */
  async temporal<T>(ask: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: this.#first.temporalAddress });
    try {
      return await ask(new Client({ connection, namespace: this.#first.temporalNamespace }));
    } finally {
      await connection.close();
    }
  }
}

const REBOUND = `update installation set database_oid = d.oid::bigint, database_name = d.datname
  from pg_database d where d.datname = current_database()`;

/** Sends a signal; nothing happens when the process is gone. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

/** The processes (Linux) whose parent is `parent`: the sessions and helpers of a Postgres. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
