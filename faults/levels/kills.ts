import { setTimeout as sleep } from 'node:timers/promises';
import { Rollcall } from '../../client/rollcall';
import { chanceOf } from '../chance';
import { kill, Rig } from '../rig';
import { stateOf, STRIKES, type StrikeKind } from './trial';
import { fillWorld, type WorldIds } from './world';

/** What is killed, and whether before the right is lost or after it. */
export const KILLS = [
  { what: 'worker', order: 'before' },
  { what: 'worker', order: 'after' },
  // A step that begins between the restart and the loss still has the right, so only after it.
  { what: 'postgres', order: 'after' },
] as const;
export type Kill = (typeof KILLS)[number];

/** How the admin loses the right. */
const LOSSES = ['revoked', 'demoted', 'moved', 'deactivated'] as const satisfies StrikeKind[];

export interface KillOutcome {
  readonly kill: Kill;
  readonly loss: StrikeKind;
  /** People who were changed by then, and at the end of the run. */
  readonly struck: number;
  readonly applied: number;
  readonly wrong: readonly string[];
}

/** A restart of everything, the wait for a heart that stopped, and the rest of the run. */
const END_MS = 180_000;
/** Times of the database are rounded to a millisecond. */
const SLACK_MS = 50;

/**
 * Bulk changes through a real worker and Temporal. Amid the batches the worker or Postgres is killed and
 * the admin loses the right, in either order. All later steps begin after both, so none may write
 * anybody. Then an owner resumes the run at once.
 */
export async function runLevelKills(o: {
  readonly rows: number;
  readonly batch: number;
  readonly kills: number;
  readonly seed: string;
  readonly say: (line: string) => void;
}): Promise<KillOutcome[]> {
  const rig = await Rig.start({ ROLLCALL_SLICE_ENTRIES: String(o.batch) });
  const end = { keep: true };
  const interrupted = (): void => {
    void rig.stop({ keep: false }).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const results: KillOutcome[] = [];
    const owner = await Rollcall.connect({ home: rig.place.home, env: {}, folder: rig.place.home });
    try {
      const world = await fillWorld(owner.context.db, o.rows);
      for (let round = 0; round < o.kills; round += 1) {
        const result = await killOnce({ rig, owner, world, rows: o.rows, round, seed: o.seed });
        const { what, order } = result.kill;
        const how = result.wrong.length === 0 ? 'ok' : `WRONG ${result.wrong.join('; ')}`;
        o.say(
          `${what} killed ${order} ${result.loss}: ${String(result.struck)} and ${String(result.applied)} changed, ${how}`,
        );
        results.push(result);
      }
    } finally {
      await owner.close();
    }
    end.keep = results.some(({ wrong }) => wrong.length > 0);
    return results;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    if (end.keep) o.say(`kept: ${rig.place.folder}`);
    await rig.stop({ keep: end.keep });
  }
}

interface Round {
  readonly rig: Rig;
  readonly owner: Rollcall;
  readonly world: WorldIds;
  readonly rows: number;
  readonly round: number;
  readonly seed: string;
}

async function killOnce(o: Round): Promise<KillOutcome> {
  const { rig, owner, world, rows } = o;
  const at = KILLS[o.round % KILLS.length] ?? KILLS[0];
  const loss = LOSSES[Math.floor(o.round / KILLS.length) % LOSSES.length] ?? LOSSES[0];
  await rig.ready();
  await reset(rig, world);
  const manager = await owner.actAs(world.managerId);
  const change = { filter: 'code sw "P"', status: 'inactive', expect: rows } as const;
  const { runId } = await manager.users.change(change);
  // Early enough that batches are left.
  const share = 0.05 + 0.6 * chanceOf(o.seed, 'kill', o.round, 'at');
  const struck = await changedUpTo(rig, Math.floor(share * rows));
  const pid = rig.pidOf(at.what);
  const lose = (): Promise<unknown> => {
    const [text, values] = STRIKES[loss].sql(world);
    return rig.sql(text, { values: [...values] });
  };
  if (at.order === 'before') kill(pid, 'SIGKILL');
  await lose();
  if (at.order === 'after') kill(pid, 'SIGKILL');
  const since = new Date(Date.now() + SLACK_MS);
  const wrong = await judge(o, { runId, since });
  const { inactive: applied } = await stateOf(owner.context.db, runId);
  wrong.push(...(await resumed(o, runId)));
  return { kill: at, loss, struck, applied, wrong };
}

async function judge(
  { owner, rows }: Round,
  { runId, since }: { readonly runId: string; readonly since: Date },
): Promise<string[]> {
  const { end, document } = await owner.runs.wait(runId, { timeoutMs: END_MS });
  if (end !== 'settled') return [`the run does not end: ${document.state}`];
  const is = await stateOf(owner.context.db, runId);
  const wrong: string[] = [];
  if (is.lastWrite !== null && is.lastWrite > since) wrong.push('a later step wrote a person');
  if (is.inactive < rows && (is.state !== 'failed' || is.code !== 'forbidden')) {
    wrong.push(`the run is ${is.state} (${is.code ?? 'no code'})`);
  }
  if (is.deactivated !== is.inactive) {
    wrong.push(`${String(is.inactive)} changed, ${String(is.deactivated)} counted`);
  }
  if (is.events !== is.inactive) {
    wrong.push(`${String(is.events)} audit events of ${String(is.inactive)}`);
  }
  return wrong;
}

/** An owner goes on at once: everybody is changed, and each has one event. */
async function resumed({ owner, rig, rows }: Round, runId: string): Promise<string[]> {
  if ((await owner.runs.get(runId)).state === 'done') return [];
  await owner.runs.resume({ run: runId });
  const { document } = await owner.runs.wait(runId, { timeoutMs: END_MS });
  const is = await stateOf(owner.context.db, runId);
  const [people] = await rig.sql<{ n: number }>(
    `select count(distinct subject_id)::int as n from audit_event
     where run_id = $1 and subject_type = 'user'`,
    { values: [runId] },
  );
  const all = [is.inactive, is.deactivated, is.events, people?.n ?? 0];
  if (document.state === 'done' && all.every((n) => n === rows)) return [];
  return [`resumed: ${document.state}, ${all.join(', ')} of ${String(rows)}`];
}

/** Waits until a share of the people is changed; returns how many are. */
async function changedUpTo(rig: Rig, wanted: number): Promise<number> {
  for (let looks = 0; looks < 6_000; looks += 1) {
    const [row] = await rig.sql<{ n: number }>(
      `select count(*)::int as n from "user" where code like 'P%' and status = 'inactive'`,
    );
    if (row !== undefined && row.n >= wanted) return row.n;
    await sleep(20);
  }
  throw new Error('the run changes nobody');
}

/** Everybody is active again, and the manager has the right. */
async function reset(rig: Rig, { managerId, mine }: WorldIds): Promise<void> {
  await rig.sql(
    `update "user" set status = 'active', deactivated_at = null, deactivated_reason = null,
       sticky = '{}' where status = 'inactive'`,
  );
  await rig.sql(`update admin set disabled_at = null, level = 'manager' where id = $1`, {
    values: [managerId],
  });
  await rig.sql(`update admin_organization set organization_id = $2 where admin_id = $1`, {
    values: [managerId, mine],
  });
}

/** The rounds as a Markdown table. */
export function killTable(results: readonly KillOutcome[]): string {
  const lines = KILLS.map((one) => {
    const all = results.filter(({ kill: { what, order } }) => {
      return what === one.what && order === one.order;
    });
    const wrong = all.filter((result) => result.wrong.length > 0).length;
    const name = one.what === 'worker' ? 'the worker' : 'Postgres';
    return `| \`kill -9\` of ${name} ${one.order} the loss | ${String(all.length)} | ${String(wrong)} |`;
  });
  return ['| amid the run | trials | wrong |', '| --- | --: | --: |', ...lines].join('\n');
}
