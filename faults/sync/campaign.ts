import type { DialectName } from '../../connectors/fake/dialects';
import type { SourceContext } from '../../operations/sources/polledSource';
import { diceOf } from './chance';
import { canHave, playRun, type RunResult } from './oneRun';
import { TROUBLES, VENDORS, type Trouble } from './vendors';

export interface SyncCampaign {
  readonly runs: number;
  readonly seed: number;
  /** Only troubles and vendors with these names, if any are given. */
  readonly only: readonly string[];
  /** Only these runs. */
  readonly choose?: readonly number[];
  /** Stores used at once; in each, one run goes on at a time. */
  readonly stores: readonly SourceContext[];
  readonly tell: (line: string) => void;
}

interface Planned {
  readonly run: number;
  readonly vendor: DialectName;
  readonly troubles: readonly Trouble[];
}

/** Plays the runs of a seed; each fault is reported at once, with the command that repeats it. */
export async function runSyncCampaign(o: SyncCampaign): Promise<RunResult[]> {
  const queue = planOf(o);
  const results: RunResult[] = [];
  const lane = async (context: SourceContext): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await playOrFail({ ...next, context, seed: o.seed });
      results.push(result);
      if (result.wrong.length > 0) tellWrong(o, next, result);
      if (results.length % 100 === 0) o.tell(`${String(results.length)} runs`);
    }
  };
  await Promise.all(o.stores.map(lane));
  return results;
}

async function playOrFail(input: Parameters<typeof playRun>[0]): Promise<RunResult> {
  try {
    return await playRun(input);
  } catch (error) {
    const { vendor, troubles } = input;
    const wrong = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    // prettier-ignore
    return { vendor, troubles, people: 0, syncs: 0, end: 'failed', why: [], wronglyDeactivated: 0, wrong };
  }
}

function tellWrong(o: SyncCampaign, { run }: Planned, result: RunResult): void {
  const { vendor, troubles, people } = result;
  o.tell(`FAIL run ${String(run)}: ${vendor}, ${troubles.join(' + ')}, ${String(people)} people`);
  for (const line of result.wrong) o.tell(`    ${line}`);
  const only = o.only.length === 0 ? '' : ` --only ${o.only.join(',')}`;
  o.tell(
    `    again: npm run faults -- sync --seed ${String(o.seed)} --runs ${String(o.runs)}${only} --run ${String(run)}`,
  );
}

/**
 * Each trouble with each vendor that can have it, in turns, then again; some runs have two at once.
 */
function planOf(o: SyncCampaign): Planned[] {
  const vendors = VENDORS.filter((vendor) => wanted(o.only, VENDORS, vendor));
  const troubles = TROUBLES.filter((trouble) => wanted(o.only, TROUBLES, trouble));
  const pairs = troubles.flatMap((trouble) =>
    vendors
      .filter((vendor) => canHave(vendor, [trouble]))
      .map((vendor) => [vendor, trouble] as const),
  );
  const dice = diceOf(o.seed, 'plan');
  const order = [...pairs].sort(() => dice.next() - 0.5);
  const planned: Planned[] = [];
  for (let run = 1; run <= o.runs && order.length > 0; run++) {
    const [vendor, first] = order[(run - 1) % order.length] ?? ['scim', 'none'];
    const second = dice.pick(TROUBLES);
    const both = dice.often(0.25) && second !== first && canHave(vendor, [second]);
    const troublesOf = both && first !== 'none' && second !== 'none' ? [first, second] : [first];
    planned.push({ run, vendor, troubles: troublesOf });
  }
  return planned.filter(({ run }) => o.choose === undefined || o.choose.includes(run));
}

/** Names of one kind limit that kind only. */
function wanted(only: readonly string[], all: readonly string[], name: string): boolean {
  const named = only.filter((one) => all.includes(one));
  return named.length === 0 || named.includes(name);
}
