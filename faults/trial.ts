import { setTimeout as sleep } from 'node:timers/promises';
import { FINAL_STATES, type RunState } from '../domain/runs/run';
import type { Ended } from './command';
import { compare, hashOf, readEndState, type Difference, type EndState } from './endState';
import { FAULTS, type FaultKind } from './faultKinds';
import { brokenRules, leftovers } from './invariants';
import type { Rig } from './rig';
import type { Scenario, Step } from './scenarios';

/** The undisturbed run of a scenario. */
export interface Reference {
  readonly scenario: Scenario;
  readonly state: EndState;
  readonly hash: string;
  /**
   * From the start of the first command to the end of the run; the latest measurement, for a busy machine.
   */
  ms: number;
}

/** The result of a disturbed run. */
export interface Outcome {
  /** What was wrong; empty: nothing. */
  readonly wrong: readonly string[];
  readonly difference: Difference;
  readonly ms: number;
  /** What the run was doing when it was struck. */
  readonly struck: string;
}

/** Nothing helps a run along; after this long it counts as lost. */
const LIMIT_MS = 240_000;
const ENDED: ReadonlySet<string> = new Set(FINAL_STATES);

/** Runs a scenario, undisturbed. */
export async function runReference(rig: Rig, scenario: Scenario): Promise<Reference> {
  await rig.ready();
  await rig.restore(scenario.from);
  const watch = await RunWatch.begin(rig);
  const startedAt = Date.now();
  const played = await play(rig, { scenario, watch });
  const ms = played.endedAt - startedAt;
  const wrong = [...played.wrong, ...(await judgeStore(rig))];
  if (wrong.length > 0) throw new Error(`undisturbed ${scenario.name}:\n  ${wrong.join('\n  ')}`);
  const state = await readEndState(rig);
  return { scenario, state, hash: hashOf(state), ms };
}

/** Runs a scenario and strikes at `share` of the time that it takes undisturbed. */
export async function runTrial(
  rig: Rig,
  o: {
    readonly reference: Reference;
    readonly fault: FaultKind;
    /** From 0 to 1. */
    readonly share: number;
    /** A number from 0 to 1 for everything else that is random. */
    readonly chance: number;
  },
): Promise<Outcome> {
  const { scenario } = o.reference;
  await rig.ready();
  await rig.restore(scenario.from);
  const watch = await RunWatch.begin(rig);
  const startedAt = Date.now();
  const strike = async (): Promise<number> => {
    await sleep(o.share * o.reference.ms);
    const at = Date.now();
    await FAULTS[o.fault].strike(rig, o.chance);
    return at;
  };
  const [played, struckAt] = await Promise.all([play(rig, { scenario, watch }), strike()]);
  await rig.ready();
  const struck = await watch.phaseAt(struckAt);
  const wrong = [...played.wrong, ...(await judgeStore(rig))];
  // A command given twice was recorded twice; it was carried out once.
  const asked = (table: string, key: string): boolean =>
    played.again > 0 && table === 'audit' && key.startsWith('run.');
  const difference = compare(await readEndState(rig), o.reference.state, asked);
  const { lost, doubled, other } = difference;
  if (lost + doubled + other > 0) {
    wrong.push(
      `another end state: ${String(lost)} lost, ${String(doubled)} doubled, ${String(other)} differ`,
      ...difference.examples,
    );
  }
  return { wrong, difference, ms: played.endedAt - startedAt, struck };
}

interface Played {
  /** Commands that were given again. */
  readonly again: number;
  readonly endedAt: number;
  readonly wrong: readonly string[];
}

/** Gives the commands one after the other and waits until the run is where each leads. */
async function play(
  rig: Rig,
  { scenario, watch }: { readonly scenario: Scenario; readonly watch: RunWatch },
): Promise<Played> {
  const wrong: string[] = [];
  let again = 0;
  const until = Date.now() + LIMIT_MS;
  for (const step of scenario.steps) {
    const runId = (await watch.newest())?.id ?? '';
    const args = step.args.map((arg) => (arg === 'RUN' ? runId : (rig.words.get(arg) ?? arg)));
    const ended = await command(rig, { args, watch, until, wrong });
    again += ended.again;
    if (ended.exit !== step.exit && ended.exit !== null) wrong.push(told(ended, step));
    const state = await settled(watch, { step, until });
    if (state !== step.until) {
      wrong.push(`the run is ${state} after ${args.slice(0, 2).join(' ')}, not ${step.until}`);
      break;
    }
  }
  const endedAt = Date.now();
  const run = await watch.newest();
  if (run !== undefined) wrong.push(...(await judgeWorkflow(rig, run.workflowId)));
  return { endedAt, wrong, again };
}

/**
 * Gives a command. A command that reports that a server is away before anything was recorded, or was killed
 * before that, is repeated, as a person would do. Any other error is a failure.
 */
async function command(
  rig: Rig,
  o: {
    readonly args: readonly string[];
    readonly watch: RunWatch;
    readonly until: number;
    readonly wrong: string[];
  },
): Promise<Ended & { readonly again: number }> {
  for (let again = 0; ; again++) {
    const ended = await rig.run(...o.args, '--json');
    const refused = ended.exit === 1 && AWAY.test(ended.stdout);
    if ((!refused && ended.exit !== null) || Date.now() > o.until) return { ...ended, again };
    await rig.ready();
    const run = await o.watch.newest();
    const decides = o.args[1] === 'approve';
    const undone = decides ? run?.untaken === true : run === undefined;
    if (undone) continue;
    if (refused) {
      o.wrong.push(`the client gave up, but something was recorded: ${ended.stdout.trim()}`);
    }
    return { ...ended, again };
  }
}

/** What a client reports when nothing was recorded, because a server did not answer. */
const AWAY = /"code": "(database_unavailable|temporal_unavailable|nothing_up)"/;

function told(ended: Ended, step: Step): string {
  const words = [ended.stdout, ended.stderr].join('\n').trim().slice(0, 1_500);
  return `rollcall ${step.args.slice(0, 2).join(' ')} ended with ${String(ended.exit)}, not ${String(step.exit)}:\n${words}`;
}

interface FoundRun {
  readonly id: string;
  readonly state: RunState;
  readonly workflowId: string;
  /** It is held, and no decision on it was carried out. */
  readonly untaken: boolean;
}

/** The runs recorded since it began. */
class RunWatch {
  readonly #rig: Rig;
  readonly #known: readonly string[];

  private constructor(rig: Rig, known: readonly string[]) {
    this.#rig = rig;
    this.#known = known;
  }

  static async begin(rig: Rig): Promise<RunWatch> {
    const rows = await rig.sql<{ id: string }>('select id from run');
    return new RunWatch(
      rig,
      rows.map(({ id }) => id),
    );
  }

  /** The newest run; undefined: none yet, or the database does not answer. */
  async newest(): Promise<FoundRun | undefined> {
    const rows = await this.#rig.trySql<FoundRun>(
      `select id, state, workflow_id as "workflowId", state = 'held' and approved_at is null as untaken
       from run where id <> all ($1::uuid[]) order by id desc limit 1`,
      [this.#known],
    );
    return rows?.[0];
  }

  /** What the newest run was doing at a moment (milliseconds since 1970), by its present row. */
  async phaseAt(moment: number): Promise<string> {
    const rows = await this.#rig.trySql<{ phase: string }>(
      `select case when finished_at < at then '${AFTER}' when approved_at < at then 'applying'
           when planned_at < at then 'held' when staged_at < at then 'planning'
           when started_at < at then 'reading' when created_at < at then 'waiting'
           else 'storing' end as phase
       from run, to_timestamp($2 / 1000.0) as at where id <> all ($1::uuid[])
       order by id desc limit 1`,
      [this.#known, moment],
    );
    return rows?.[0]?.phase ?? 'storing';
  }
}

/** A strike that came too late to disturb anything. */
export const AFTER = 'after its end';

/** Waits until the run ends or is where the step leads; servers may be away meanwhile. */
async function settled(
  watch: RunWatch,
  o: { readonly step: Step; readonly until: number },
): Promise<string> {
  for (;;) {
    const state = (await watch.newest())?.state ?? 'nowhere';
    if (state === o.step.until || ENDED.has(state) || Date.now() > o.until) return state;
    await sleep(50);
  }
}

/** The workflow of a run that has ended is completed; it may have continued as new on its way. */
async function judgeWorkflow(rig: Rig, workflowId: string): Promise<string[]> {
  const until = Date.now() + 30_000;
  for (;;) {
    const states = await rig.executions(workflowId).catch(() => ['out of reach']);
    const [newest, ...older] = states;
    if (newest === 'COMPLETED' && older.every((state) => state === 'CONTINUED_AS_NEW')) return [];
    if (Date.now() > until) return [`the workflow ${workflowId} is ${states.join(', ')}`];
    await sleep(200);
  }
}

async function judgeStore(rig: Rig): Promise<string[]> {
  return [...(await brokenRules(rig)), ...(await leftovers(rig))];
}
