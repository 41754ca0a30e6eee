import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Rollcall } from '../../client/rollcall';
import { superuserUrl } from '../../embedded/services';
import { chanceOf } from '../chance';
import { compare, hashOf, type Difference, type EndState } from '../endState';
import { FAULTS } from '../faultKinds';
import { leftovers } from '../invariants';
import { DATABASE, Rig } from '../rig';
import { playScene, SCENE_NAMES, SCENES, type Playing, type SceneName } from './play';
import { halfMerged, readMergeState } from './state';
import { fillPairs } from './world';

export const VICTIMS = ['worker', 'postgres'] as const;
export type Victim = (typeof VICTIMS)[number];

/** What one trial kills, and when. */
export interface Trial {
  readonly trial: number;
  readonly scene: SceneName;
  readonly victim: Victim;
  /** `held`: within the transaction that merges, at the first write to some table. */
  readonly when: 'random' | 'held';
}

export interface KillResult extends Trial {
  /** What the store held at the kill: merges that are there, and those that are taken back. */
  readonly struck: string;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: readonly string[];
}

/** The trials of a campaign, in turns: four scenes, two victims, and both kinds of instants. */
export function trialOf(trial: number): Trial {
  const n = trial - 1;
  const scene = SCENE_NAMES[n % 4] ?? 'singles';
  const victim = VICTIMS[Math.floor(n / 4) % 2] ?? 'worker';
  return { trial, scene, victim, when: Math.floor(n / 8) % 2 === 1 ? 'held' : 'random' };
}

/** Tables that a merge and an unmerge write, each at another moment of their transaction. */
const WRITTEN = ['"user"', 'identity', 'enrollment', 'external_credit', 'merge', 'audit_value'];

interface Reference {
  readonly state: EndState;
  /** The shortest time that it took. */
  ms: number;
}

/** A stack with pairs to be merged, and the undisturbed end of each scene. */
export class MergeKills {
  readonly #playing: Playing;
  readonly #references = new Map<SceneName, Reference>();
  readonly #say: (line: string) => void;

  private constructor(playing: Playing, say: (line: string) => void) {
    this.#playing = playing;
    this.#say = say;
  }

  static async start(o: {
    readonly pairs: number;
    readonly say: (line: string) => void;
  }): Promise<MergeKills> {
    // Many transactions, to be struck at their edges, too.
    const rig = await Rig.start({ ROLLCALL_SLICE_ENTRIES: '50' });
    try {
      await fillPairs(rig, o.pairs);
      await rig.save(savedAs('pairs'));
      const owner = await Rollcall.connect({
        home: rig.place.home,
        env: {},
        folder: rig.place.folder,
      });
      const kills = new MergeKills({ rig, owner, pairs: o.pairs }, o.say);
      for (const scene of SCENE_NAMES) await kills.#undisturbed(scene);
      return kills;
    } catch (error) {
      await rig.stop({ keep: true });
      throw error;
    }
  }

  async stop(o: { readonly keep: boolean }): Promise<void> {
    await this.#playing.owner.close();
    if (o.keep) this.#say(`kept: ${this.#playing.rig.place.folder}`);
    await this.#playing.rig.stop(o);
  }

  async #undisturbed(scene: SceneName): Promise<void> {
    const { rig } = this.#playing;
    await this.#restore(scene);
    const startedAt = Date.now();
    const wrong = await playScene(this.#playing, scene);
    const ms = Date.now() - startedAt;
    wrong.push(...((await halfMerged(rig)) ?? ['the database does not answer']));
    if (wrong.length > 0) throw new Error(`undisturbed ${scene}:\n  ${wrong.join('\n  ')}`);
    const state = await readMergeState(rig);
    if (scene === 'singles' || scene === 'file') await rig.save(savedAs(scene));
    this.#references.set(scene, { state, ms });
    this.#say(`undisturbed ${scene}: ${(ms / 1000).toFixed(1)} s, end state ${hashOf(state)}`);
  }

  async #restore(scene: SceneName): Promise<void> {
    const { rig } = this.#playing;
    await rig.ready();
    await rig.restore(savedAs(SCENES[scene].from));
  }

  /** One kill: again, if it came after the end of the scene. */
  async kill(seed: number, trial: Trial): Promise<KillResult> {
    for (let tries = 1; ; tries++) {
      const result = await this.#killOnce(chance(seed, trial, tries), trial);
      if (result.struck !== AFTER || result.wrong.length > 0 || tries === 5) return result;
    }
  }

  async #killOnce(random: (what: string) => number, trial: Trial): Promise<KillResult> {
    const { rig } = this.#playing;
    const { scene } = trial;
    const reference = this.#references.get(scene);
    if (reference === undefined) throw new Error(`there is no scene ${scene}`);
    await this.#restore(scene);
    const startedAt = Date.now();
    const ended = { at: Infinity };
    const play = playScene(this.#playing, scene).finally(() => (ended.at = Date.now()));
    const [wrong, { at, struck, half }] = await Promise.all([
      play,
      this.#strike(trial, { random, ms: reference.ms }),
    ]);
    await rig.ready();
    wrong.push(...half, ...((await halfMerged(rig)) ?? []), ...(await leftovers(rig)));
    const late = ended.at < at;
    if (late) reference.ms = Math.min(reference.ms, ended.at - startedAt);
    const difference = compare(await readMergeState(rig), reference.state);
    wrong.push(...differing(difference));
    const { lost, doubled } = difference;
    return { ...trial, struck: late ? AFTER : struck, lost, doubled, wrong };
  }

  async #strike(
    { victim, when }: Trial,
    o: { readonly random: (what: string) => number; readonly ms: number },
  ): Promise<{ readonly at: number; readonly struck: string; readonly half: string[] }> {
    const { rig } = this.#playing;
    await sleep(o.random('at') * o.ms);
    const blocker = when === 'held' ? await holdAtWrite(rig, o.random('table')) : undefined;
    const at = Date.now();
    await FAULTS[victim].strike(rig);
    await sleep(o.random('after') * 100);
    await blocker?.release();
    const half = await soon(() => halfMerged(rig));
    const struck = await soon(() => rig.trySql<{ n: number; undone: number }>(STRUCK));
    const [row] = struck;
    return {
      at,
      half,
      struck: `${blocker?.what ?? 'at'} ${String(row?.n)}-${String(row?.undone)}`,
    };
  }
}

const STRUCK = `select count(*) filter (where unmerged_at is null)::int as n,
  count(*) filter (where unmerged_at is not null)::int as undone from merge`;

/** A strike that came too late to disturb anything. */
export const AFTER = 'after its end';

const savedAs = (from: 'pairs' | 'singles' | 'file'): string => `merge_${from}`;

function chance(seed: number, { trial }: Trial, tries: number): (what: string) => number {
  return (what) => chanceOf(seed, 'merge', trial, tries, what);
}

function differing({ lost, doubled, other, examples }: Difference): string[] {
  if (lost + doubled + other === 0) return [];
  return [
    `another end state: ${String(lost)} lost, ${String(doubled)} doubled, ${String(other)} differ`,
    ...examples,
  ];
}

/** Asks until the database answers. */
async function soon<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(20);
  }
}

interface Blocker {
  readonly what: string;
  release(): Promise<void>;
}

/** Waits until the transaction of a run stops at its first write to a table; undefined: none comes. */
async function holdAtWrite(rig: Rig, random: number): Promise<Blocker | undefined> {
  const table = WRITTEN[Math.floor(random * WRITTEN.length)] ?? 'merge';
  const client = new Client({ connectionString: superuserUrl(rig.place.home, DATABASE) });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query(`lock table ${table} in share mode`);
  const release = async (): Promise<void> => {
    await client.end().catch(() => undefined);
  };
  for (let looks = 0; looks < 200; looks++) {
    const waiting = await rig.trySql(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and application_name like 'rollcall run %'`,
    );
    if ((waiting?.length ?? 0) > 0) return { what: `held at ${table},`, release };
    await sleep(10);
  }
  await release();
  return undefined;
}
