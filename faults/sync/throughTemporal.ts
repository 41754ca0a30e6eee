import type { ServiceName } from '../rig';
import { FAULTS } from '../faultKinds';
import { diceOf, type Dice } from './chance';
import { Staff } from './people';
import { SYNC_VENDOR, SyncRig } from './syncRig';

/** What is killed at the edge of a page. */
export const KILLED = ['worker', 'postgres', 'temporal'] as const satisfies readonly ServiceName[];
export type Killed = (typeof KILLED)[number];

/** One strike: what was killed, before which page, and what was wrong after the sync ended. */
export interface KillResult {
  readonly killed: Killed;
  readonly page: number;
  readonly wrong: readonly string[];
}

/** What happens at the company before each round: few enough for every gate. */
const EVENTS = 4;

/**
 * Reads the company twice, completely, and kills something in the middle of each read. All earlier events
 * have come through after both: an absent person is absent in two reads.
 */
export async function killRound(
  sync: SyncRig,
  o: { readonly seed: number; readonly round: number; readonly kills: readonly Killed[] },
): Promise<KillResult[]> {
  const dice = diceOf(o.seed, 'temporal', o.round);
  new Staff(SYNC_VENDOR, sync.fake.world, dice, Date.now).happen(o.round === 0 ? 0 : EVENTS);
  const results: KillResult[] = [];
  for (const killed of o.kills) results.push(await killOnce(sync, { killed, dice }));
  const left = await sync.differences();
  const last = results.at(-1);
  if (last === undefined || left.length === 0) return results;
  return [...results.slice(0, -1), { ...last, wrong: [...last.wrong, ...left] }];
}

async function killOnce(
  sync: SyncRig,
  { killed, dice }: { readonly killed: Killed; readonly dice: Dice },
): Promise<KillResult> {
  await sync.rig.ready();
  const page = 1 + dice.below(sync.pages());
  const struck = sync.strikeAt(page, () => FAULTS[killed].strike(sync.rig));
  const begun = await sync.begin();
  const wrong = await sync.judge(begun);
  if (!struck()) wrong.push(`page ${String(page)} was never asked for`);
  return { killed, page, wrong };
}

/** Rounds of two kills each, on a stack of their own. */
export async function runKillCampaign(o: {
  readonly kills: number;
  readonly seed: number;
  readonly tell: (line: string) => void;
}): Promise<KillResult[]> {
  const sync = await SyncRig.start({ people: 120, pageMs: 200 });
  const end = { keep: true };
  const interrupted = (): void => {
    void sync.stop({ keep: false }).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    o.tell(`stack in ${sync.rig.place.folder}`);
    const results: KillResult[] = [];
    for (let round = 0; results.length < o.kills; round++) {
      const kills = [0, 1].map((i) => KILLED[(round * 2 + i) % KILLED.length] ?? 'worker');
      for (const result of await killRound(sync, { ...o, round, kills })) {
        const good = result.wrong.length === 0;
        o.tell(`${good ? 'ok  ' : 'FAIL'} ${result.killed} before page ${String(result.page)}`);
        for (const line of result.wrong) o.tell(`    ${line}`);
        results.push(result);
      }
    }
    end.keep = results.some(({ wrong }) => wrong.length > 0);
    return results;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    if (end.keep) o.tell(`kept: ${sync.rig.place.folder}`);
    await sync.stop({ keep: end.keep });
  }
}

/** The campaign as a Markdown table. */
export function killTable(results: readonly KillResult[]): string {
  const lines = KILLED.map((killed) => {
    const all = results.filter((one) => one.killed === killed);
    const bad = all.filter(({ wrong }) => wrong.length > 0).length;
    return `| \`kill -9\` of ${killed} before a page is answered | ${String(all.length)} | ${String(bad)} |`;
  });
  return ['| through Temporal | syncs | wrong |', '| --- | --: | --: |', ...lines].join('\n');
}
