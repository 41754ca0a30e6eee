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
import { ownerToken } from '../ownerToken';
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
const JOINERS = 'joiners';
const LIMIT_MS = 120_000;
const HEAD = 'code,login,first name,last name\n';

interface List {
  readonly text: string;
  readonly source?: string;
  readonly createSource?: boolean;
  readonly missing?: 'deactivate';
}

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
  #token: string | undefined;
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
    await this.#copy(original);
    await this.#refusals();
    await original.worker.ready();
    this.o.tell('a copy is there, and its worker is refused');
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
    // A copy has the tokens of its original.
    this.#token ??= await ownerToken(url);
    return Rollcall.connect({ config, token: this.#token });
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
    await this.#import(rollcall, { text: people('S', 20), source: 'staff', createSource: true });
    // The first file of a second list is held; later ones go through.
    const first = { text: people('first', 1), source: JOINERS, createSource: true };
    await this.#approved(rollcall, (await this.#import(rollcall, first)).runId);
    const held = await this.#import(rollcall, {
      text: people('S', 8),
      source: 'staff',
      missing: 'deactivate',
    });
    this.#held = held.runId;
    this.#see('the list with 8 of 20 people is held', held.state === 'held');
    this.#see('the original has a row', (await count(url, `select 1 from installation`)) === 1);
  }

  /** As `create database … template`, which wants no session there; a dump and a restore give the same. */
  async #copy(original: Side): Promise<void> {
    await original.worker.kill();
    const [from, to] = [nameOf(this.o.databaseUrl), nameOf(this.#copyUrl)];
    const admin = adminOf(this.o.databaseUrl);
    await sql(
      admin,
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${from}'`,
    );
    await sql(admin, `create database ${to} template ${from}`);
    await original.worker.start();
  }

  /** Before it is said what the copy is, neither its worker nor a client of it touches Temporal. */
  async #refusals(): Promise<void> {
    const worker = new WorkerProcess(this.#env(this.#copyUrl));
    await worker.start();
    const { exit, said } = await worker.end();
    this.#see(
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
      this.#see(`the copy refuses: ${codes.join()}`, codes.join() === wanted.join());
    } finally {
      await rollcall.close();
    }
  }

  /** While the worker of one is dead, its work waits, though the worker of the other is there. */
  async #round(round: number, sides: readonly [Side, Side]): Promise<void> {
    const [struck, other] = round % 2 === 0 ? sides : [sides[1], sides[0]];
    const at = `round ${String(round)}`;
    const before = [await count(struck.url, RUNS), await count(other.url, RUNS)];
    const grown = async (wanted: readonly [number, number]): Promise<void> => {
      const after = [await count(struck.url, RUNS), await count(other.url, RUNS)];
      const by = after.map((n, i) => n - (before[i] ?? 0)).join();
      this.#see(`${at}: new runs of ${struck.name}, other: ${by}`, by === wanted.join());
    };
    const syncs = await count(struck.url, SYNCS_ENDED);
    await struck.worker.kill();
    this.#kills += 1;
    await this.o.client.schedule
      .getHandle(`sync/${struck.installation}/${this.#sourceId}`)
      .trigger();
    const waits = await this.#start(struck.rollcall, newcomer(struck, round));
    await this.#imported(at, {
      side: other,
      runId: await this.#start(other.rollcall, newcomer(other, round)),
      stranger: struck,
    });
    await grown([1, 1]);
    await struck.worker.start();
    await this.#imported(at, { side: struck, runId: waits, stranger: other });
    await this.#synced(at, { side: struck, before: syncs });
    await grown([2, 1]);
    await this.#look(round, sides);
  }

  /** The import came through, and the worker of the other database took nothing of it. */
  async #imported(
    at: string,
    o: { readonly side: Side; readonly runId: string; readonly stranger: Side },
  ): Promise<void> {
    const { name, rollcall, installation } = o.side;
    const { document } = await rollcall.runs.wait(o.runId, { timeoutMs: LIMIT_MS });
    const what = `${at}: the import of the ${name}`;
    this.#see(`${what} is ${document.state}`, document.state === 'done');
    const workflow = this.o.client.workflow.getHandle(`import/${installation}/${o.runId}`);
    const { events } = await workflow.fetchHistory();
    const strangers = (events ?? []).filter((event) => {
      const { identity } =
        event.workflowTaskStartedEventAttributes ?? event.activityTaskStartedEventAttributes ?? {};
      return o.stranger.worker.pids.has(Number.parseInt(identity ?? '', 10));
    });
    this.#see(
      `${what}: ${String(strangers.length)} tasks went to the ${o.stranger.name}`,
      (events ?? []).length > 0 && strangers.length === 0,
    );
  }

  /** What the schedule started while there was no worker. */
  async #synced(at: string, o: { readonly side: Side; readonly before: number }): Promise<void> {
    const { name, url, rollcall } = o.side;
    const until = Date.now() + LIMIT_MS;
    while ((await count(url, SYNCS_ENDED)) === o.before) {
      if (Date.now() > until) {
        this.#wrong.push(`${at}: the schedule of the ${name} made no run`);
        return;
      }
      await sleep(100);
    }
    this.#syncs += 1;
    // A held first read would keep the next ones from starting.
    for (const { runId } of (await rollcall.runs.list({ state: 'held', limit: 10 })).runs) {
      if (runId === this.#held) continue;
      await this.#approved(rollcall, runId);
    }
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
    this.#see(`${at}: schedules ${found.join()}`, found.length === wanted.length);
    for (const { name, url } of sides) {
      const failed = await count(url, `select 1 from run where state in ('failed', 'retrying')`);
      this.#see(`${at}: ${String(failed)} runs of the ${name} failed`, failed === 0);
    }
    const [{ rollcall }, copy] = sides;
    const { state } = await rollcall.runs.get(this.#held);
    this.#see(`${at}: the held run of the original is ${state}`, state === 'held');
    const cancelled = (await copy.rollcall.runs.get(this.#held)).state;
    this.#see(`${at}: that of the copy is ${cancelled}`, cancelled === 'cancelled');
  }

  /** At the end the original's run is approved: the copy's people stay as they are. */
  async #approve({ rollcall, url }: Side, copy: Side): Promise<void> {
    await this.#approved(rollcall, this.#held);
    const left = `select 1 from "user" where status = 'inactive' and code like 'S%'`;
    this.#see('12 people of the original left', (await count(url, left)) === 12);
    this.#see('nobody of the copy left', (await count(copy.url, left)) === 0);
  }

  async #import(
    rollcall: Rollcall,
    list: List,
  ): Promise<{ readonly runId: string; readonly state: string }> {
    const runId = await this.#start(rollcall, list);
    const { document } = await rollcall.runs.wait(runId, { timeoutMs: LIMIT_MS });
    return { runId, state: document.state };
  }

  async #approved(rollcall: Rollcall, run: string): Promise<void> {
    await rollcall.runs.approve({ run });
    const waiting = { timeoutMs: LIMIT_MS, leavesHeld: true };
    const { document } = await rollcall.runs.wait(run, waiting);
    this.#see(`an approved ${document.kind} ends as ${document.state}`, document.state === 'done');
  }

  async #start(rollcall: Rollcall, o: List): Promise<string> {
    const { text, ...list } = o;
    const { runId } = await rollcall.imports.start({ ...list, file: Readable.from([text]) });
    this.#imports += 1;
    return runId;
  }

  #see(what: string, isSo: boolean): void {
    if (!isSo) this.#wrong.push(what);
  }
}

const RUNS = 'select 1 from run';
const SYNCS_ENDED = `select 1 from run where kind = 'sync' and state in ('done', 'held')`;

/** A list with one person. */
function newcomer({ name }: Side, round: number): List {
  return { text: people(`${name}${String(round)}-`, 1), source: JOINERS };
}

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
