import type { SourceContext } from '../../operations/sources/polledSource';
import { startAnswers } from '../answers';
import type { WorldResult } from './result';
import { playWorld } from './world';

export interface FilesCampaign {
  readonly seed: number;
  /** The numbers of the worlds that are played. */
  readonly worlds: readonly number[];
  /** Stores used at once; in each, one world goes on at a time. */
  readonly stores: readonly SourceContext[];
  /** No world begins after this moment, epoch ms. */
  readonly until?: number;
  readonly tell: (line: string) => void;
  readonly done?: (result: WorldResult) => void;
  /** Receives every read of every world. */
  readonly show?: (text: string) => void;
}

/** Plays worlds; each fault is reported at once, with the command that repeats it. */
export async function runFilesCampaign(o: FilesCampaign): Promise<WorldResult[]> {
  const queue = [...o.worlds];
  const results: WorldResult[] = [];
  const lane = async (context: SourceContext): Promise<void> => {
    const answers = await startAnswers();
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (o.until !== undefined && Date.now() > o.until) return;
        const result = await playOrFail({
          ...{ context, answers, seed: o.seed, world: next },
          ...(o.show === undefined ? {} : { show: o.show }),
        });
        results.push(result);
        o.done?.(result);
        if (result.wrong.length > 0) tellWrong(o, result);
        if (results.length % 100 === 0) o.tell(`${String(results.length)} worlds`);
      }
    } finally {
      await answers.stop();
    }
  };
  await Promise.all(o.stores.map(lane));
  return results;
}

async function playOrFail(input: Parameters<typeof playWorld>[0]): Promise<WorldResult> {
  try {
    return await playWorld(input);
  } catch (error) {
    const wrong = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    // prettier-ignore
    return { world: input.world, kind: 'list', key: 'code', bare: false, reads: [], dueRuns: 0, linked: 0, resolved: 0, partly: 0, events: {}, wrong };
  }
}

function tellWrong({ seed, tell }: FilesCampaign, { world, kind, wrong }: WorldResult): void {
  tell(`FAIL world ${String(world)}: ${kind}`);
  for (const line of wrong.slice(0, 8)) tell(`    ${line}`);
  tell(
    `    again: npm run faults -- files --seed ${String(seed)} --from ${String(world)} --trials 1`,
  );
}
