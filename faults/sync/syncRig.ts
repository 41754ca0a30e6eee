import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { FINAL_STATES } from '../../domain/runs/run';
import type { Ended } from '../command';
import { brokenRules, leftovers } from '../invariants';
import { Rig } from '../rig';
import { differences, readKept } from './kept';
import { companyOf } from './people';
import { declarationOf, secretsOf } from './vendors';

/** A recorded sync. */
export interface BegunSync {
  readonly runId: string;
  readonly workflowId: string;
}

/** How a sync ended. */
export interface EndedSync {
  readonly state: string;
  readonly code: string | null;
}

export const SYNC_VENDOR = 'scim';
const PAGE = 10;
/** Longer than a strike takes. */
const TIMEOUT_MS = 20_000;
/** Nothing helps a sync along; after this long it counts as lost. */
const LIMIT_MS = 180_000;
const ENDED: ReadonlySet<string> = new Set(['held', ...FINAL_STATES]);

/** A stack with its worker and Temporal, and one source: a fake vendor whose pages come slowly. */
export class SyncRig {
  #strike: { readonly at: number; readonly now: () => Promise<void> } | undefined;
  #sourceId = '';

  private constructor(
    readonly rig: Rig,
    readonly fake: FakeVendor,
  ) {}

  static async start(o: { readonly people: number; readonly pageMs: number }): Promise<SyncRig> {
    const self: { made: SyncRig | undefined } = { made: undefined };
    const fake = await startFake({
      vendor: SYNC_VENDOR,
      people: companyOf(o.people),
      maxPage: PAGE,
      hold: async (call) => {
        await sleep(o.pageMs);
        await self.made?.hold(call);
      },
    });
    const secrets = Object.entries(secretsOf(SYNC_VENDOR));
    const env = Object.fromEntries(secrets.map(([name, value]) => [`FAKE_${name}`, value]));
    const rig = await Rig.start({ ...env, ROLLCALL_ALLOW_PRIVATE_HOSTS: fake.host });
    const made = new SyncRig(rig, fake);
    self.made = made;
    await made.add(secrets.map(([name]) => name)).catch(async (error: unknown) => {
      await made.stop({ keep: false });
      throw error;
    });
    return made;
  }

  async stop(o: { readonly keep: boolean }): Promise<void> {
    await this.rig.stop(o);
    await this.fake.stop();
  }

  private async add(secrets: readonly string[]): Promise<void> {
    const { rig, fake } = this;
    const connector = declarationOf(SYNC_VENDOR, PAGE);
    const slow = { ...connector, limits: { ...connector.limits, timeoutMs: TIMEOUT_MS } };
    writeFileSync(rig.path('connector.json'), JSON.stringify(slow));
    const added = await rig.run(
      ...['sources', 'add', '--connector', 'connector.json', '--name', 'hr', '--json', '--yes'],
      ...['--base-url', fake.baseUrl],
      ...Object.entries(fake.config).flatMap(([k, v]) => ['--config', `${k}=${v}`]),
      ...secrets.flatMap((name) => ['--secret', `${name}=env:FAKE_${name}`]),
    );
    if (added.exit !== 0) throw new Error(added.stdout + added.stderr);
    const [source] = await rig.sql<{ id: string }>(`select id from source where name = 'hr'`);
    this.#sourceId = source?.id ?? '';
  }

  private async hold(call: number): Promise<void> {
    if (call !== this.#strike?.at) return;
    const { now } = this.#strike;
    this.#strike = undefined;
    await now();
  }

  /**
   * The least number of pages of a full read: each may begin with the last row of the page before.
   */
  pages(): number {
    return Math.ceil(this.fake.world.people().length / PAGE);
  }

  /**
   * Does something once, before a page of the next read is answered; resolves to whether it did.
   */
  strikeAt(page: number, now: () => Promise<void>): () => boolean {
    this.#strike = { at: page, now };
    return () => this.#strike === undefined;
  }

  /** Records a full read and goes away. */
  async begin(): Promise<BegunSync> {
    this.fake.behave();
    const begun = await this.command('--detach');
    const runId = /"runId": "([^"]+)"/.exec(begun.stdout)?.[1];
    if (runId === undefined) throw new Error(begun.stdout + begun.stderr);
    const [run] = await this.rig.sql<{ workflowId: string }>(
      `select workflow_id as "workflowId" from run where id = $1`,
      { values: [runId] },
    );
    return { runId, workflowId: run?.workflowId ?? '' };
  }

  /** `sources sync hr --full`, as a client runs it. */
  command(...more: readonly string[]): Promise<Ended> {
    return this.rig.run('sources', 'sync', 'hr', '--full', '--json', ...more);
  }

  /** Waits until a sync ends; servers may be away meanwhile. */
  async end(runId: string): Promise<EndedSync> {
    const until = Date.now() + LIMIT_MS;
    for (;;) {
      const rows = await this.rig.trySql<EndedSync>(
        `select state, failure ->> 'code' as code from run where id = $1`,
        [runId],
      );
      const run = rows?.[0] ?? { state: 'nowhere', code: null };
      if (ENDED.has(run.state) || Date.now() > until) return run;
      await sleep(100);
    }
  }

  /** What is wrong with a sync that ended: its state, its rows, its workflow, the store. */
  async judge(sync: BegunSync): Promise<string[]> {
    const { rig } = this;
    const { state, code } = await this.end(sync.runId);
    const wrong = state === 'done' ? [] : [`the sync is ${state} (${code ?? 'no code'})`];
    const [staged] = await rig.sql<{ rows: number; lines: number; people: number }>(
      `select count(*)::int as rows, count(distinct line)::int as lines,
         count(distinct external_id)::int as people from staged_row where run_id = $1`,
      { values: [sync.runId] },
    );
    const all = this.fake.world.people().length;
    if (staged?.rows !== all || staged.lines !== all || staged.people !== all) {
      wrong.push(`of ${String(all)} people there were staged ${JSON.stringify(staged)}`);
    }
    wrong.push(...(await this.#workflow(sync.workflowId)));
    return [...wrong, ...(await brokenRules(rig)), ...(await leftovers(rig))];
  }

  async #workflow(workflowId: string): Promise<string[]> {
    const until = Date.now() + 30_000;
    for (;;) {
      const states = await this.rig.executions(workflowId).catch(() => ['out of reach']);
      if (states.length === 1 && states[0] === 'COMPLETED') return [];
      if (Date.now() > until) return [`the workflow ${workflowId} is ${states.join(', ')}`];
      await sleep(200);
    }
  }

  /** The differences between the store and the truth at the vendor. */
  async differences(): Promise<string[]> {
    const pool = new Pool({ connectionString: this.rig.databaseUrl, max: 1 });
    const store = await readKept(pool, this.#sourceId).finally(() => pool.end());
    return differences(SYNC_VENDOR, {
      truth: this.fake.world.people(),
      store,
      today: new Date().toISOString().slice(0, 10),
      told: new Set(),
    });
  }

  /**
   * Everything that a sync writes, each row as the database keeps it: any write makes a difference.
   */
  async written(): Promise<string> {
    const [row] = await this.rig.sql<{ text: string }>(
      `select concat_ws(' ',
         (select md5(string_agg(id || xmin::text, ',' order by id)) from "user"),
         (select md5(string_agg(external_id || xmin::text, ',' order by external_id)) from identity),
         (select md5(string_agg(run_id::text || line || xmin, ',' order by run_id, line)) from staged_row),
         (select md5(string_agg(run_id::text || entry || xmin, ',' order by run_id, entry)) from plan_entry),
         (select md5(string_agg(concat_ws(' ', id, xmin, fence), ',' order by id)) from run),
         (select xmin from connection)) as text`,
    );
    return row?.text ?? '';
  }
}
