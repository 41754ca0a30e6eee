import type { ImportOptions } from '../../../domain/runs/runOptions';
import type { ResolvedAll } from '../../../operations/runs/resolveAll';
import type { Db } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { claim } from '../../../store/lifecycle/claim';
import { hold, takeDecision } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { readWorld, row } from '../builders';
import type { ReadRow } from '../oracle';
import { LISTS } from '../oracle/worlds';
import { applyBatches, applyPlan, planImport, start, type PlannedRun } from './storeRun';

/** A file that says who is missing from a list. */
export const WHOLE: { readonly sourceId: string; readonly missing: ImportOptions['missing'] } = {
  sourceId: LISTS[0],
  missing: 'deactivate',
};

/** People without addresses; `i` tells them apart. */
export const people = (n: number, values: (i: number) => Record<string, string>): ReadRow[] =>
  Array.from({ length: n }, (_, i) =>
    row(i + 2, { firstName: `First${String(i)}`, lastName: `Last${String(i)}`, ...values(i) }),
  );

export async function holdImport(db: Db, rows: readonly ReadRow[]): Promise<PlannedRun> {
  const run = await planImport(db, { rows, ...WHOLE });
  await hold(db, run);
  return run;
}

/** What the workflows do after a resolution: the rest of the held run, then the follow-up. */
export async function carryOut(db: Db, { approval, followUp }: ResolvedAll): Promise<void> {
  if (approval !== null) {
    const { runId, decisionId } = approval;
    const fence = await takeFence(db, runId);
    const taken = await takeDecision(db, { runId, fence, decisionId });
    if (taken !== 'apply') throw new Error(`the approval is ${taken}`);
    await applyHeld(db, runId);
  }
  await applyRun(db, followUp.runId);
}

/** Applies a held run that is approved. */
export async function applyHeld(db: Db, runId: string): Promise<void> {
  const fence = await takeFence(db, runId);
  const claimed = await claim(db, { runId, fence });
  if (claimed !== 'claimed') throw new Error(`the slot of the source is ${claimed}`);
  await applyBatches(db, { runId, fence, maxEntries: 3 });
  await finish(db, { runId, fence, state: 'done', undoDays: 90 });
}

/** Plans and applies a recorded run whose rows are staged. */
export async function applyRun(db: Db, runId: string): Promise<void> {
  const fence = await start(db, runId);
  await applyPlan(db, { runId, fence, ...(await buildPlan(db, { runId, fence })) });
}

/** number → its person's code and status. */
export async function known(db: Db): Promise<Record<string, string>> {
  const { people: users, identities } = await readWorld(db.pool);
  return Object.fromEntries(
    [...identities].map(([key, id]) => {
      const fields = users.get(id)?.fields;
      return [key.split(' ')[1] ?? '', `${fields?.['code'] ?? ''} ${fields?.['status'] ?? ''}`];
    }),
  );
}

export async function userCount(db: Db): Promise<number> {
  return (await readWorld(db.pool)).people.size;
}
