import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DialectName } from '../../connectors/fake/dialects';
import type { FakeVendor } from '../../connectors/fake/server';
import type { Gate } from '../../domain/runs/gates';
import { FINAL_STATES, RUN_KINDS, type RunKind, type StoredRunState } from '../../domain/runs/run';
import { approveRun } from '../../operations/runs/decisions';
import { addSource } from '../../operations/sources/addSource';
import type { SourceContext } from '../../operations/sources/polledSource';
import { sqlList } from '../../store/database/sqlList';
import { retain } from '../../store/lifecycle/retention';
import { openTemporal } from '../../temporal/gateway';
import { findSource } from '../../store/sources/sources';
import { installationId } from '../../store/installation/installation';
import { runsQueue } from '../../workflows/queues';
import { DUE_WORKFLOW } from '../../workflows/ids';
import { differences, readKept } from '../sync/kept';
import type { Happening } from '../sync/people';
import { TELLS_REMOVED, TELLS_REMOVED_IN_FULL, isActive } from '../sync/truth';
import { secretsOf } from '../sync/vendors';
import type { YearClock } from './clock';
import type { Company } from './company';
import { sizesOn, tablesWithOlder, type Sizes } from './tables';

export interface YearInput {
  readonly context: SourceContext;
  readonly env: TestWorkflowEnvironment;
  readonly clock: YearClock;
  readonly company: Company;
  readonly fake: FakeVendor;
  readonly vendor: DialectName;
  readonly days: number;
  readonly retention: { readonly plansDays: number; readonly filesDays: number };
  /** Days on which the sizes of the tables are noted. */
  readonly marks: readonly number[];
  readonly tell: (line: string) => void;
}

/** The result of a year. */
export interface YearResult {
  readonly sizes: readonly Sizes[];
  readonly syncs: number;
  readonly fullReads: number;
  readonly dueRuns: number;
  /** Held for a reason that was expected, and approved. */
  readonly approved: number;
  readonly workflows: number;
  /** The largest number of events in a history. */
  readonly longestHistory: number;
  /** Milliseconds of all days, by what they were spent on. */
  readonly spent: ReadonlyMap<string, number>;
  /** How often each event happened at the vendor. */
  readonly happened: ReadonlyMap<Happening, number>;
  /** What should not be; empty: all is well. */
  readonly wrong: readonly string[];
}

const SOURCE = 'hr';
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const WEEK_HOURS = 7 * 24 - 1;
/** DESIGN: continue-as-new happens before. */
const MAX_EVENTS = 4_096;
/** Nothing happens on the last days, whose two full reads show who has left. */
const CALM_DAYS = 2;
/** How often a run is checked for a hold; a run that takes longer hangs. */
const LOOK_MS = 100;
const LONGEST_MS = 5 * 60_000;
/** More shows nothing new. */
const MAX_WRONG = 20;
const READS_FOR_ABSENCE = 2;
const TOLD_EVERY = 25;
/** A plan is kept until the day after its undo window ends. */
const MORE_DAYS = 2;

interface RunSeen {
  readonly id: string;
  readonly kind: RunKind;
  readonly workflowId: string;
  readonly state: StoredRunState;
  readonly gates: readonly Gate[];
}

/** The days of one company at one vendor: people change, are read, join and leave on their day. */
export class Year {
  readonly #wrong: string[] = [];
  readonly #sizes: Sizes[] = [];
  /** Removed people who still have access, and how many full reads have missed them. */
  readonly #missed = new Map<string, number>();
  readonly #spent = new Map<string, number>();
  #sourceId = '';
  #approved = 0;
  #started = 0;
  #day = 0;

  constructor(private readonly o: YearInput) {}

  async toItsEnd(): Promise<YearResult> {
    await this.#add();
    const first = Date.parse(`${this.o.clock.today}T00:00:00Z`);
    for (this.#day = 1; this.#day <= this.o.days; this.#day++) {
      await this.#dayFrom(first + this.#day * DAY_MS);
      if (this.#wrong.length >= MAX_WRONG) break;
    }
    const { longestHistory, workflows } = await this.#histories();
    const { rows } = await this.o.context.db.pool.query<{ full: number; due: number }>(
      `select count(*) filter (where read_mode = 'full')::int as full,
         count(*) filter (where kind = 'due')::int as due from run`,
    );
    return {
      sizes: this.#sizes,
      syncs: Math.min(this.#day, this.o.days),
      fullReads: rows[0]?.full ?? 0,
      dueRuns: rows[0]?.due ?? 0,
      approved: this.#approved,
      workflows,
      longestHistory,
      spent: this.#spent,
      happened: this.o.company.happened,
      wrong: this.#wrong,
    };
  }

  async #dayFrom(midnight: number): Promise<void> {
    const { clock, company, context, days } = this.o;
    const { pool } = context.db;
    const day = this.#day;
    await clock.putTo(pool, new Date(midnight + 6 * HOUR_MS));
    const closes = day === Math.ceil(days / 2);
    await this.#timed('changes at the vendor', async () => {
      if (closes) company.closeSite();
      else if (day > 1 && day <= days - CALM_DAYS) company.day();
    });
    if (day === days - CALM_DAYS + 1) await this.#readFullEvery(1);
    await clock.putTo(pool, new Date(midnight + 7 * HOUR_MS));
    await this.#timed('sync', () => this.#sync(closes ? ['deactivations'] : []));
    await clock.putTo(pool, new Date(midnight + 8 * HOUR_MS));
    await this.#timed('due', () => this.#due());
    await this.#timed('retention', async () => {
      await retain(context.db, { now: clock.now(), ...this.o.retention });
    });
    await this.#timed('checks', () => this.#check());
  }

  async #timed(what: string, work: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await work();
    this.#spent.set(what, (this.#spent.get(what) ?? 0) + performance.now() - startedAt);
  }

  /** As its schedule starts it. */
  async #sync(expected: readonly Gate[]): Promise<void> {
    const workflowId = `sync/${this.#sourceId}-${this.o.clock.now().toISOString()}`;
    const started = await this.o.env.client.workflow.start(RUN_KINDS.sync.workflow, {
      workflowId,
      taskQueue: runsQueue(await installationId(this.o.context.db.pool)),
      args: [{ sourceId: this.#sourceId }],
    });
    this.#started += 1;
    const result: unknown = await this.#untilEnd(workflowId, () => started.result(), expected);
    if (typeof result === 'object' && result !== null && 'skipped' in result) {
      this.#tell(`the sync did not start: ${String(result.skipped)}`);
    }
  }

  /** As its hourly schedule starts it: the runs go on by themselves. */
  async #due(): Promise<void> {
    const { client } = this.o.env;
    await client.workflow.execute(DUE_WORKFLOW, {
      workflowId: `due-${this.o.clock.now().toISOString()}`,
      taskQueue: runsQueue(await installationId(this.o.context.db.pool)),
      args: [],
    });
    this.#started += 1;
    for (const { workflowId } of await this.#runs(`kind = 'due' and state not in ${FINAL}`, [])) {
      this.#started += 1;
      await this.#untilEnd(workflowId, () => client.workflow.getHandle(workflowId).result(), []);
    }
  }

  /** Waits for a workflow; its run is approved where it is held for an expected reason. */
  async #untilEnd(
    workflowId: string,
    result: () => Promise<unknown>,
    expected: readonly Gate[],
  ): Promise<unknown> {
    const over = new AbortController();
    const { signal } = over;
    const late = sleep(LONGEST_MS, undefined, { signal }).then(() => {
      throw new Error('it has not ended');
    });
    const watched = this.#approveHeld(workflowId, { expected, signal });
    try {
      return await Promise.race([result(), late]);
    } catch (error) {
      this.#tell(`${workflowId}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    } finally {
      over.abort();
      await Promise.allSettled([late, watched]);
      for (const run of await this.#runs('workflow_id = $1', [workflowId])) {
        if (run.state !== 'done') this.#tell(`run ${run.id} (${run.kind}) is ${run.state}`);
      }
    }
  }

  async #approveHeld(
    workflowId: string,
    { expected, signal }: { readonly expected: readonly Gate[]; readonly signal: AbortSignal },
  ): Promise<void> {
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal });
      const [run] = await this.#runs(`workflow_id = $1 and state = 'held'`, [workflowId]);
      if (run === undefined) continue;
      const odd = run.gates.filter((gate) => !expected.includes(gate));
      if (odd.length > 0) this.#tell(`run ${run.id} (${run.kind}) is held by ${odd.join(', ')}`);
      else this.#approved += 1;
      const { decisionId } = await approveRun(this.o.context, { run: run.id });
      const { connection, namespace = 'default' } = this.o.env;
      const installation = await installationId(this.o.context.db.pool);
      const temporal = await openTemporal({ connection, namespace, embedded: true, installation });
      await temporal.deliver({ ...run, runId: run.id }, decisionId);
      return;
    }
  }

  async #runs(where: string, values: readonly string[]): Promise<RunSeen[]> {
    const { rows } = await this.o.context.db.pool.query<RunSeen>(
      `select id, kind, workflow_id as "workflowId", state,
         array(select g ->> 'gate' from jsonb_array_elements(coalesce(held, '[]')) g) as gates
       from run where ${where} order by id`,
      [...values],
    );
    return rows;
  }

  async #check(): Promise<void> {
    const { context, clock, retention, marks } = this.o;
    const { pool } = context.db;
    const [full] = await this.#runs(
      `kind = 'sync' and read_mode = 'full' and id = (select id from run where kind = 'sync'
       order by id desc limit 1)`,
      [],
    );
    await this.#checkAccess(full !== undefined);
    if (full !== undefined) await this.#checkAll();
    const oldest = clock.now().getTime() - (retention.plansDays + MORE_DAYS) * DAY_MS;
    const older = await tablesWithOlder(pool, new Date(oldest));
    if (older.length > 0) this.#tell(`rows too old are in ${older.join(', ')}`);
    if (this.#day % TOLD_EVERY === 0) this.#progress();
    if (marks.includes(this.#day)) this.#sizes.push(await sizesOn(pool, this.#day));
  }

  #progress(): void {
    const each = [...this.#spent].map(
      ([what, ms]) => `${what} ${String(Math.round(ms / this.#day))} ms`,
    );
    this.o.tell(`day ${String(this.#day)}; a day: ${each.join(', ')}`);
  }

  /**
   * Each day: everybody who should have access has it, and nobody else that the vendor reports. Removal
   * before a full read shows only in two such reads without the person.
   */
  async #checkAccess(full: boolean): Promise<void> {
    const { vendor, fake, clock, context } = this.o;
    const { rows } = await context.db.pool.query<{ id: string; active: boolean }>(
      `select i.external_id as id, u.status = 'active' as active
       from identity i join "user" u on u.id = i.user_id where i.source_id = $1`,
      [this.#sourceId],
    );
    const active = new Map(rows.map((row) => [row.id, row.active]));
    for (const person of fake.world.people()) {
      if (person.mergedInto !== '') continue;
      if (person.deleted && !TELLS_REMOVED.has(vendor)) continue;
      if (person.deleted && !full && TELLS_REMOVED_IN_FULL.has(vendor)) continue;
      const should = isActive(vendor, person, clock.today);
      const is = active.get(person.id) ?? false;
      if (should === is) {
        this.#missed.delete(person.id);
        continue;
      }
      if (person.deleted && is && (full || this.#missed.has(person.id))) {
        const reads = (this.#missed.get(person.id) ?? 0) + (full ? 1 : 0);
        this.#missed.set(person.id, reads);
        if (reads < READS_FOR_ABSENCE) continue;
      }
      this.#tell(`${person.id} is ${is ? 'active' : 'inactive'}, wrongly`);
    }
  }

  /** After a full read: listed people are as the vendor reports them. Absence takes two reads. */
  async #checkAll(): Promise<void> {
    const { vendor, fake, clock, context, days } = this.o;
    const found = differences(vendor, {
      truth: fake.world.people(),
      store: await readKept(context.db.pool, this.#sourceId),
      today: clock.today,
      told: new Set(),
    });
    const last = this.#day === days;
    const pending = (line: string): boolean =>
      !last &&
      (line.endsWith('not there any more') || this.#missed.has(line.slice(0, line.indexOf(' '))));
    for (const line of found.filter((one) => !pending(one))) this.#tell(line);
  }

  async #histories(): Promise<{ readonly longestHistory: number; readonly workflows: number }> {
    let longestHistory = 0;
    let workflows = 0;
    const { client } = this.o.env;
    for (let tries = 0; tries < 50 && workflows < this.#started; tries++) {
      if (tries > 0) await sleep(200);
      workflows = 0;
      for await (const { historyLength } of client.workflow.list()) {
        workflows += 1;
        longestHistory = Math.max(longestHistory, historyLength);
      }
    }
    if (workflows < this.#started) this.#tell('some workflows are not listed');
    if (longestHistory >= MAX_EVENTS) {
      this.#tell(`a history has ${String(longestHistory)} events`);
    }
    return { longestHistory, workflows };
  }

  #tell(what: string): void {
    const line = `day ${String(this.#day)}: ${what}`;
    if (this.#wrong.length >= MAX_WRONG || this.#wrong.includes(line)) return;
    this.#wrong.push(line);
    this.o.tell(`WRONG ${line}`);
  }

  async #add(): Promise<void> {
    const { context, fake, vendor } = this.o;
    await addSource(context, {
      name: SOURCE,
      type: vendor,
      config: fake.config,
      secrets: secretsOf(vendor),
      baseUrl: fake.baseUrl,
    });
    this.#sourceId = (await findSource(context.db.pool, SOURCE))?.id ?? '';
    await this.#readFullEvery(WEEK_HOURS);
  }

  async #readFullEvery(fullEveryHours: number): Promise<void> {
    await this.o.context.db.pool.query(`update connection set schedule = $2 where source_id = $1`, [
      this.#sourceId,
      JSON.stringify({ everyMinutes: 1_440, fullEveryHours }),
    ]);
  }
}

const FINAL = sqlList(FINAL_STATES);
