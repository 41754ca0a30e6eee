import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Client as Postgres } from 'pg';
import { Rollcall } from '../../client/rollcall';
import { loadStoreConfig } from '../../config/env';
import { fakePeople } from '../../connectors/fake/people';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { Fault } from '../../domain/faults';
import { WorkerProcess, type WorkerEnv } from './worker';

export interface InstallationsInput {
  /** A migrated, empty database, whose user may create databases. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly client: Client;
  readonly rounds: number;
  readonly tell: (line: string) => void;
}

export interface InstallationsResult {
  readonly rounds: number;
  readonly imports: number;
  readonly syncs: number;
  readonly kills: number;
  /** What should not be; empty: all is well. */
  readonly wrong: readonly string[];
}

const SOURCE = 'hr';
const LIMIT_MS = 120_000;
const HEAD = 'code,login,first name,last name\n';

/** One database with its worker. */
interface Side {
  readonly name: 'original' | 'copy';
  readonly url: string;
  readonly worker: WorkerProcess;
  readonly rollcall: Rollcall;
  readonly installation: string;
}

/**
 * A database and a copy of it, made while a run is held, in one namespace: both work, with workers that
 * are killed and started again, and neither takes or deletes anything of the other.
 */
export async function playInstallations(o: InstallationsInput): Promise<InstallationsResult> {
  const home = await mkdtemp(join(tmpdir(), 'rollcall-installations-'));
  const fake = await startFake({ vendor: 'bamboohr', people: fakePeople(30) });
  const play = new Play(o, { home, fake });
  try {
    return await play.toItsEnd();
  } finally {
    await play.close();
    await fake.stop();
    await rm(home, { recursive: true, force: true });
  }
}

class Play {
  readonly #wrong: string[] = [];
  readonly #sides: Side[] = [];
  readonly #copyUrl: string;
  #held = '';
  #sourceId = '';
  #syncs = 0;
  #imports = 0;
  #kills = 0;

  constructor(
    private readonly o: InstallationsInput,
    private readonly at: { readonly home: string; readonly fake: FakeVendor },
  ) {
    const url = new URL(o.databaseUrl);
    url.pathname += '_copy';
    this.#copyUrl = url.href;
  }

  async toItsEnd(): Promise<InstallationsResult> {
    const original = await this.#open('original', this.o.databaseUrl);
    await original.worker.start();
    await original.worker.ready();
    await this.#prepare(original);
    await this.#copy();
    await this.#refusals();
    const copy = await this.#open('copy', this.#copyUrl, true);
    await copy.worker.start();
    await copy.worker.ready();
    await copy.rollcall.sources.resume(SOURCE);
    for (let round = 1; round <= this.o.rounds; round += 1) {
      await this.#round(round, [original, copy]);
      this.o.tell(`round ${String(round)}: ${String(this.#wrong.length)} wrong`);
    }
    await this.#approve(original, copy);
    return {
      rounds: this.o.rounds,
      imports: this.#imports,
      syncs: this.#syncs,
      kills: this.#kills,
      wrong: this.#wrong,
    };
  }

  async close(): Promise<void> {
    for (const { worker, rollcall } of this.#sides) {
      await worker.kill();
      await rollcall.close();
    }
    await sql(
      adminOf(this.#copyUrl),
      `drop database if exists ${nameOf(this.#copyUrl)} with (force)`,
    );
  }

  #env(url: string): WorkerEnv {
    return {
      ROLLCALL_HOME: this.at.home,
      ROLLCALL_DATABASE_URL: url,
      ROLLCALL_TEMPORAL_ADDRESS: this.o.temporalAddress,
      ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      ROLLCALL_ALLOW_PRIVATE_HOSTS: this.at.fake.host,
    };
  }

  async #connect(url: string): Promise<Rollcall> {
    const config = loadStoreConfig({ env: this.#env(url), folder: this.at.home });
    return Rollcall.connect({ config });
  }

  async #open(name: Side['name'], url: string, asCopy = false): Promise<Side> {
    const rollcall = await this.#connect(url);
    if (asCopy) await rollcall.installation.restored({ asCopy });
    const { id: installation } = await rollcall.installation.get();
    const side = { name, url, worker: new WorkerProcess(this.#env(url)), rollcall, installation };
    this.#sides.push(side);
    return side;
  }

  /** A system with a schedule, a list, and a run of the list that is held. */
  async #prepare({ rollcall, url }: Side): Promise<void> {
    const { config, secrets, baseUrl } = this.at.fake;
    await rollcall.sources.add({ name: SOURCE, type: 'bamboohr', config, secrets, baseUrl });
    const { sourceId } = await rollcall.sources.schedule({ name: SOURCE, times: { every: '1d' } });
    this.#sourceId = sourceId;
    await this.#import(rollcall, people('S', 20), { source: 'staff', createSource: true });
    const held = await this.#import(rollcall, people('S', 8), {
      source: 'staff',
      missing: 'deactivate',
    });
    this.#held = held.runId;
    await this.#see('the list with 8 of 20 people is held', held.state === 'held');
    await this.#see(
      'the original has a row',
      (await count(url, `select 1 from installation`)) === 1,
    );
  }

  /** As `create database … template`; a dump and a restore give the same. */
  async #copy(): Promise<void> {
    const [from, to] = [nameOf(this.o.databaseUrl), nameOf(this.#copyUrl)];
    const admin = adminOf(this.o.databaseUrl);
    for (let tries = 1; ; tries += 1) {
      await sql(
        admin,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${from}'`,
      );
      try {
        await sql(admin, `create database ${to} template ${from}`);
        return;
      } catch (error) {
        if (tries === 50) throw error;
        await sleep(20);
      }
    }
  }

  /** Before it is said what the copy is, neither its worker nor a client of it touches Temporal. */
  async #refusals(): Promise<void> {
    const worker = new WorkerProcess(this.#env(this.#copyUrl));
    await worker.start();
    const { exit, said } = await worker.end();
    await this.#see(
      'the worker of the copy does not start',
      exit === 1 && said.includes('other_database'),
    );
    const rollcall = await this.#connect(this.#copyUrl);
    try {
      const codes = [
        await codeOf(rollcall.imports.start({ file: Readable.from([people('X', 1)]) })),
        await codeOf(rollcall.installation.restored()),
      ];
      const wanted = ['other_database', 'installation_in_use'];
      await this.#see(`the copy refuses: ${codes.join()}`, codes.join() === wanted.join());
    } finally {
      await rollcall.close();
    }
  }

  async #round(round: number, sides: readonly [Side, Side]): Promise<void> {
    const [a, b] = sides;
    const struck = round % 2 === 0 ? a : b;
    await struck.worker.kill();
    this.#kills += 1;
    const imported = Promise.all(
      sides.map(async ({ rollcall, name }) => {
        const { state } = await this.#import(rollcall, people(`${name}${String(round)}-`, 1));
        await this.#see(
          `round ${String(round)}: the import of the ${name} is ${state}`,
          state === 'done',
        );
      }),
    );
    await struck.worker.start();
    await imported;
    await struck.worker.ready();
    await this.#sync(round, round % 4 < 2 ? [a, b] : [b, a]);
    await this.#look(round, sides);
  }

  /** A schedule that fires makes one run in its own store, and none in the other. */
  async #sync(round: number, [fires, other]: readonly [Side, Side]): Promise<void> {
    const ended = `select 1 from run where kind = 'sync' and state in ('done', 'held')`;
    const before = [await count(fires.url, ended), await count(other.url, SYNCS)];
    const id = `sync/${fires.installation}/${this.#sourceId}`;
    await this.o.client.schedule.getHandle(id).trigger();
    const until = Date.now() + LIMIT_MS;
    while ((await count(fires.url, ended)) === before[0]) {
      if (Date.now() > until) {
        this.#wrong.push(`round ${String(round)}: the schedule of the ${fires.name} made no run`);
        return;
      }
      await sleep(100);
    }
    this.#syncs += 1;
    // A held first read would keep the next ones from starting.
    for (const { runId } of (await fires.rollcall.runs.list({ state: 'held', limit: 10 })).runs) {
      if (runId === this.#held) continue;
      await fires.rollcall.runs.approve({ run: runId });
      await fires.rollcall.runs.wait(runId, { timeoutMs: LIMIT_MS, leavesHeld: true });
    }
    const after = [await count(fires.url, SYNCS), await count(other.url, SYNCS)];
    await this.#see(
      `round ${String(round)}: a sync of the ${fires.name} came to the ${other.name}`,
      after[1] === before[1],
    );
  }

  async #look(round: number, sides: readonly [Side, Side]): Promise<void> {
    const at = `round ${String(round)}`;
    const wanted = sides.flatMap(({ installation }) => [
      `due/${installation}`,
      `sync/${installation}/${this.#sourceId}`,
    ]);
    const found: string[] = [];
    for (const id of wanted) {
      const there = await this.o.client.schedule
        .getHandle(id)
        .describe()
        .catch(() => undefined);
      if (there !== undefined && !there.state.paused) found.push(id);
    }
    await this.#see(`${at}: schedules ${found.join()}`, found.length === wanted.length);
    for (const { name, url } of sides) {
      const failed = await count(url, `select 1 from run where state in ('failed', 'retrying')`);
      await this.#see(`${at}: ${String(failed)} runs of the ${name} failed`, failed === 0);
    }
    const [{ rollcall }, copy] = sides;
    const { state } = await rollcall.runs.get(this.#held);
    await this.#see(`${at}: the held run of the original is ${state}`, state === 'held');
    const cancelled = (await copy.rollcall.runs.get(this.#held)).state;
    await this.#see(`${at}: that of the copy is ${cancelled}`, cancelled === 'cancelled');
  }

  /** At the end the original's run is approved: the copy's people stay as they are. */
  async #approve({ rollcall, url }: Side, copy: Side): Promise<void> {
    await rollcall.runs.approve({ run: this.#held });
    const { document } = await rollcall.runs.wait(this.#held, {
      timeoutMs: LIMIT_MS,
      leavesHeld: true,
    });
    await this.#see(`the held run ends as ${document.state}`, document.state === 'done');
    const left = `select 1 from "user" where status = 'inactive' and code like 'S%'`;
    await this.#see('12 people of the original left', (await count(url, left)) === 12);
    await this.#see('nobody of the copy left', (await count(copy.url, left)) === 0);
  }

  async #import(
    rollcall: Rollcall,
    text: string,
    o: { source?: string; createSource?: boolean; missing?: 'deactivate' } = {},
  ): Promise<{ readonly runId: string; readonly state: string }> {
    const { runId } = await rollcall.imports.start({ ...o, file: Readable.from([text]) });
    this.#imports += 1;
    const { document } = await rollcall.runs.wait(runId, { timeoutMs: LIMIT_MS });
    return { runId, state: document.state };
  }

  async #see(what: string, isSo: boolean): Promise<void> {
    if (!isSo) this.#wrong.push(what);
  }
}

const SYNCS = `select 1 from run where kind = 'sync'`;

function people(prefix: string, n: number): string {
  const rows = Array.from({ length: n }, (_, i) => {
    const code = `${prefix}${String(i + 1)}`;
    return `${code},${code.toLowerCase()},First,Last ${code}\n`;
  });
  return HEAD + rows.join('');
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function adminOf(url: string): string {
  const admin = new URL(url);
  admin.pathname = '/postgres';
  return admin.href;
}

async function count(url: string, query: string): Promise<number> {
  return (await sql(url, query)) ?? 0;
}

async function sql(url: string, text: string): Promise<number | null> {
  const client = new Postgres({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rowCount;
  } finally {
    await client.end();
  }
}
