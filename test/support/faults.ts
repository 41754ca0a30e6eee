import type { FaultKind } from '../../faults/faultKinds';
import { Rig } from '../../faults/rig';
import { prepare, SCENARIOS } from '../../faults/scenarios';
import { runReference, runTrial, type Reference } from '../../faults/trial';

/** A small campaign: the same code as `npm run faults`, with few people and chosen instants. */
export interface SmallCampaign {
  readonly rig: Rig;
  /** Strikes at `share` (from 0 to 1) of a scenario's time; returns what was wrong. */
  strike(o: {
    readonly fault: FaultKind;
    readonly scenario: string;
    readonly share: number;
  }): Promise<readonly string[]>;
}

/** Its properties can be read once the tests run. */
export function smallCampaign(rows: number, scenarios: readonly string[]): SmallCampaign {
  const state = { rig: undefined as Rig | undefined };
  const references = new Map<string, Reference>();
  const rig = (): Rig => {
    if (state.rig === undefined) throw new Error('the campaign is read before its tests run');
    return state.rig;
  };
  beforeAll(async () => {
    state.rig = await Rig.start({ ROLLCALL_SLICE_ENTRIES: String(Math.ceil(rows / 40)) });
    await prepare(rig(), { rows, seed: 1, scenarios });
  }, 180_000);
  afterAll(async () => {
    await state.rig?.stop({ keep: false });
  }, 120_000);

  const referenceOf = async (name: string): Promise<Reference> => {
    const known = references.get(name);
    if (known !== undefined) return known;
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    const reference = await runReference(rig(), scenario);
    references.set(name, reference);
    return reference;
  };
  return {
    get rig() {
      return rig();
    },
    async strike({ fault, scenario, share }) {
      const reference = await referenceOf(scenario);
      return (await runTrial(rig(), { reference, fault, share, chance: 0 })).wrong;
    },
  };
}
