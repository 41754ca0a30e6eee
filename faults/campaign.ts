import { chanceOf } from './chance';
import { FAULTS, type FaultKind } from './faultKinds';
import { Rig } from './rig';
import { EXTRAS, type ExtraKind } from './together';
import { prepare, SCENARIOS } from './scenarios';
import { AFTER, runReference, runTrial, type Reference } from './trial';

export interface CampaignOptions {
  readonly rows: number;
  readonly seed: number;
  /** Entries of one transaction. */
  readonly slice: number;
  readonly kinds: readonly FaultKind[];
  readonly extras: readonly ExtraKind[];
  /** Names of scenarios; all by default. */
  readonly scenarios?: readonly string[];
  /** Trials of each kind; by default the number that its fault gives. */
  readonly trials?: number;
  /** The instant of every strike, from 0 to 1, instead of a random one. */
  readonly at?: number;
  /** Only this trial of each kind. */
  readonly trial?: number;
  readonly keep: boolean;
  readonly tell: (line: string) => void;
}

export interface TrialResult {
  readonly kind: FaultKind;
  readonly trial: number;
  readonly lost: number;
  readonly doubled: number;
  /** What was wrong; empty: nothing. */
  readonly wrong: readonly string[];
  readonly extraMs: number;
  readonly struck: string;
}

/** The results of a test that is not a fault at an instant. */
export interface ExtraResult {
  readonly kind: ExtraKind;
  readonly trials: number;
  /** How many of them went wrong. */
  readonly bad: number;
  readonly wrong: readonly string[];
}

export interface CampaignResult {
  readonly results: readonly TrialResult[];
  readonly extras: readonly ExtraResult[];
  /** Everything that was wrong, in words. */
  readonly failed: readonly string[];
}

/** Runs a complete campaign on a stack of its own. */
export async function runCampaign(o: CampaignOptions): Promise<CampaignResult> {
  const rig = await Rig.start({ ROLLCALL_SLICE_ENTRIES: String(o.slice) });
  const state = { keep: o.keep };
  const interrupted = (): void => {
    void rig.stop({ keep: o.keep }).then(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    o.tell(`stack in ${rig.place.folder}`);
    await prepare(rig, o);
    const references = o.kinds.length === 0 ? [] : await undisturbed(rig, o);
    const results: TrialResult[] = [];
    for (const { kind, trial } of planOf(o)) {
      const result = await oneTrial(rig, { kind, trial, references, options: o });
      results.push(result);
      if (result.wrong.length > 0) {
        state.keep = true;
        await rig.save(`failed_${kind}_${String(trial)}`);
      }
    }
    const extras: ExtraResult[] = [];
    for (const kind of o.extras) extras.push(await playExtra(rig, kind, o));
    const failed = [...results, ...extras].flatMap(({ wrong }) => wrong);
    state.keep ||= failed.length > 0;
    return { results, extras, failed };
  } catch (error) {
    state.keep = true;
    throw error;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    if (state.keep) o.tell(`kept: ${rig.place.folder}`);
    await rig.stop({ keep: state.keep });
  }
}

async function playExtra(rig: Rig, kind: ExtraKind, o: CampaignOptions): Promise<ExtraResult> {
  const trials = await EXTRAS[kind].play(rig, o.trials ?? EXTRAS[kind].trials);
  const bad = trials.filter((wrong) => wrong.length > 0).length;
  o.tell(`${bad === 0 ? 'ok  ' : 'FAIL'} ${kind}, ${String(trials.length)} times`);
  const wrong = trials.flat();
  for (const line of wrong) o.tell(`    ${line}`);
  return { kind, trials: trials.length, bad, wrong };
}

/** Runs each scenario undisturbed, twice: the result must be the same. */
async function undisturbed(rig: Rig, o: CampaignOptions): Promise<Reference[]> {
  const references: Reference[] = [];
  for (const scenario of SCENARIOS) {
    if (o.scenarios?.includes(scenario.name) === false) continue;
    const first = await runReference(rig, scenario);
    const second = await runReference(rig, scenario);
    if (first.hash !== second.hash) {
      throw new Error(`${scenario.name}: two undisturbed runs end in different states`);
    }
    references.push({ ...second, ms: Math.min(first.ms, second.ms) });
    o.tell(
      `undisturbed ${scenario.name}: ${(first.ms / 1000).toFixed(1)} and ${(second.ms / 1000).toFixed(1)} s, end state ${first.hash}`,
    );
  }
  return references;
}

/** The kinds in turns, so that every service has some rest between two of its own faults. */
function planOf(o: CampaignOptions): { kind: FaultKind; trial: number }[] {
  const all = o.kinds.flatMap((kind) => {
    const trials = o.trials ?? FAULTS[kind].trials;
    return Array.from({ length: trials }, (_, i) => ({
      kind,
      trial: i + 1,
      at: (i + 0.5) / trials,
    }));
  });
  return all
    .filter(({ trial }) => o.trial === undefined || trial === o.trial)
    .sort((a, b) => a.at - b.at);
}

async function oneTrial(
  rig: Rig,
  o: {
    readonly kind: FaultKind;
    readonly trial: number;
    readonly references: readonly Reference[];
    readonly options: CampaignOptions;
  },
): Promise<TrialResult> {
  const { kind, trial, references, options } = o;
  const { seed, rows, slice, tell } = options;
  const reference = references[(trial - 1) % references.length];
  if (reference === undefined) throw new Error('there is no scenario');
  const share = options.at ?? chanceOf(seed, kind, trial, 'instant');
  const strike = () =>
    runTrial(rig, { reference, fault: kind, share, chance: chanceOf(seed, kind, trial, 'else') });
  let outcome = await strike();
  // The machine is faster than before: that run was undisturbed, and gives the time that one takes now.
  for (let late = 1; outcome.struck === AFTER && outcome.wrong.length === 0 && late <= 3; late++) {
    tell(`late ${kind} ${String(trial)} (${reference.scenario.name}): struck after its end; again`);
    reference.ms = Math.min(reference.ms, outcome.ms);
    outcome = await strike();
  }
  const extraMs = outcome.ms - reference.ms;
  const name = `${kind} ${String(trial)} (${reference.scenario.name}, at ${(share * 100).toFixed(0)} %: ${outcome.struck})`;
  const good = outcome.wrong.length === 0;
  tell(`${good ? 'ok  ' : 'FAIL'} ${name}: ${signed(extraMs / 1000)} s`);
  const again = `npm run faults -- import --rows ${String(rows)} --seed ${String(seed)} --slice ${String(slice)} --only ${kind} --trial ${String(trial)}${options.scenarios === undefined ? '' : ` --scenario ${options.scenarios.join(',')}`}`;
  if (!good) for (const line of [...outcome.wrong, `again: ${again}`]) tell(`    ${line}`);
  return {
    kind,
    trial,
    lost: outcome.difference.lost,
    doubled: outcome.difference.doubled,
    wrong: outcome.wrong,
    extraMs,
    struck: outcome.struck,
  };
}

function signed(n: number): string {
  return `${n < 0 ? '' : '+'}${n.toFixed(1)}`;
}
