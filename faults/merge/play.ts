import { setTimeout as sleep } from 'node:timers/promises';
import type { Rollcall } from '../../client/rollcall';
import { isAway } from '../../temporal/patience';
import type { Rig } from '../rig';
import { fileOf, singlePairs } from './world';

/** What an admin does while something is killed. */
export const SCENES = {
  singles: { title: 'merges of one pair, one after the other', from: 'pairs' },
  file: { title: 'a file of pairs', from: 'pairs' },
  unmerges: { title: 'unmerges, one after the other', from: 'singles' },
  undo: { title: 'the undo of a file of pairs', from: 'file' },
} as const satisfies Readonly<Record<string, Scene>>;

interface Scene {
  readonly title: string;
  /** The saved store from which it starts: the pairs, or what another scene left. */
  readonly from: 'pairs' | 'singles' | 'file';
}

export type SceneName = keyof typeof SCENES;
export const SCENE_NAMES: readonly SceneName[] = ['singles', 'file', 'unmerges', 'undo'];

export interface Playing {
  readonly rig: Rig;
  readonly owner: Rollcall;
  /** How many pairs the file names. */
  readonly pairs: number;
}

/** A restart of everything, the wait for a heart that stopped, and the rest of the run. */
const END_MS = 180_000;

/** Plays a scene to its end; returns what went wrong for the person who gives the commands. */
export async function playScene(o: Playing, scene: SceneName): Promise<string[]> {
  const { rig, owner, pairs } = o;
  switch (scene) {
    case 'singles':
      return inTurns(singlePairs(), (pair) =>
        command(o, () => owner.users.merge({ ...pair, expect: 1 })),
      );
    case 'file': {
      const { content, merges } = fileOf(pairs);
      const path = rig.write('pairs.csv', content);
      return command(o, () => owner.merges.start({ file: path, expect: merges }));
    }
    case 'unmerges': {
      const merges = await rig.sql<{ id: string }>(`select id from merge order by id desc`);
      return inTurns(merges, ({ id }) => command(o, () => owner.users.unmerge({ merge: id })));
    }
    case 'undo': {
      const [run] = await rig.sql<{ id: string; merges: number }>(
        `select run_id as id, count(*)::int as merges from merge group by 1`,
      );
      const { id = '', merges = 0 } = run ?? {};
      return command(o, () => owner.runs.undo({ run: id, expect: merges }));
    }
  }
}

async function inTurns<T>(
  all: readonly T[],
  give: (one: T) => Promise<string[]>,
): Promise<string[]> {
  for (const one of all) {
    const wrong = await give(one);
    if (wrong.length > 0) return wrong;
  }
  return [];
}

/**
 * Gives a command and waits until its run ends. One that finds a server away before a run is recorded is
 * given again, as a person would; any other fault is wrong.
 */
async function command(
  { rig, owner }: Playing,
  give: () => Promise<{ readonly runId: string }>,
): Promise<string[]> {
  const known = await newestRun(rig);
  const runId = await recorded(rig, known, give);
  if (typeof runId !== 'string') return [runId.wrong];
  const { end, document } = await owner.runs.wait(runId, { timeoutMs: END_MS });
  if (end === 'settled' && document.state === 'done') return [];
  return [`run ${runId} is ${document.state}, not done: ${document.reason?.text ?? ''}`];
}

/** Gives a command, again where a server is away before its run is recorded. Returns the id of the run. */
export async function recorded(
  rig: Rig,
  known: string,
  give: () => Promise<{ readonly runId: string }>,
): Promise<string | { readonly wrong: string }> {
  const until = Date.now() + END_MS;
  for (;;) {
    try {
      return (await give()).runId;
    } catch (error) {
      if (!isAway(error) || Date.now() > until) return { wrong: `refused: ${String(error)}` };
      // It may have been recorded before the answer was lost.
      const now = await newestRun(rig);
      if (now !== known) return now;
      await sleep(100);
    }
  }
}

/** The run that was recorded last; empty: there is none. */
export async function newestRun(rig: Rig): Promise<string> {
  for (;;) {
    const rows = await rig.trySql<{ id: string }>('select id from run order by id desc limit 1');
    if (rows !== undefined) return rows[0]?.id ?? '';
    await sleep(50);
  }
}
