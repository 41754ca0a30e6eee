import type { Gate } from '../../domain/runs/gates';
import { resolveAll } from '../../operations/runs/resolveAll';
import { diffRun } from '../../operations/runs/runs';
import type { SourceContext } from '../../operations/sources/polledSource';
import type { Dice } from '../sync/chance';
import { works, type Company } from './company';
import type { End, FileFollower } from './follow';
import { personOf, seeUsers, type Seen } from './judge';
import type { Written } from './mischief';
import type { Rejections } from './rejections';
import { keyOfMark } from './write';

/** Gates that name what is wrong with a read: nobody approves them. */
const TROUBLE: ReadonlySet<Gate> = new Set<Gate>([
  'empty_read',
  'incomplete_read',
  'coverage',
  'short_file',
  'unreadable_keys',
]);

interface Scene {
  /** The rows of the read; null: it read nothing. */
  readonly rows: readonly Written[] | null;
  readonly today: string;
}

/** Pairs of the gate `renumbered`, by whether both numbers are of one person. */
interface Pairs {
  readonly right: number;
  readonly wrong: number;
}

interface AdminInput {
  readonly context: SourceContext;
  readonly follower: FileFollower;
  readonly company: Company;
  readonly dice: Dice;
  readonly rejections: Rejections;
}

/** A person who decides about held runs as admins do: by the gate, and by the people it counts. */
export class Admin {
  readonly #o: AdminInput;

  /** Runs whose renumbered people were linked by one command. */
  resolved = 0;

  constructor(o: AdminInput) {
    this.#o = o;
  }

  /** Approves, resolves or rejects; returns how the run ended. */
  async decide(end: End, scene: Scene): Promise<End> {
    const gates = end.held.map(({ gate }) => gate);
    if (gates.some((gate) => TROUBLE.has(gate))) return this.#reject(end.runId);
    if (gates.includes('renumbered')) {
      const { right, wrong } = await this.#pairs(end.runId);
      if (right > 0) return wrong > 0 ? this.#reject(end.runId) : this.#link(end, scene);
    }
    return this.#decideRest(end.runId, scene);
  }

  async #reject(runId: string): Promise<End> {
    await this.#o.rejections.note(runId);
    return this.#o.follower.reject(runId);
  }

  async #approve(runId: string): Promise<End> {
    await this.#o.rejections.forget(runId);
    return this.#o.follower.approve(runId);
  }

  /** Links all pairs by one command; what is left of the run is looked at as any other. */
  async #link(end: End, scene: Scene): Promise<End> {
    const { context, follower } = this.#o;
    const { followUp, approval } = await resolveAll(context, { run: end.runId, by: 'renumbered' });
    this.resolved += 1;
    if (approval !== null) await this.#o.rejections.forget(end.runId);
    const rest =
      approval === null ? await this.#decideRest(end.runId, scene) : await follower.take(approval);
    const linked = await follower.goOn(followUp.runId);
    if (linked.state !== 'done') throw new Error(`the run that links people is ${linked.state}`);
    return rest;
  }

  async #decideRest(runId: string, scene: Scene): Promise<End> {
    return (await this.#harms(runId, scene)) ? this.#reject(runId) : this.#approve(runId);
  }

  async #pairs(runId: string): Promise<Pairs> {
    const { context } = this.#o;
    const users = await seeUsers(context.db.pool);
    const pairs = { right: 0, wrong: 0 };
    for await (const { changes, knownAs } of await diffRun(context, {
      run: runId,
      gate: 'renumbered',
    })) {
      const mark = changes['phone']?.[1];
      const key = keyOfMark(typeof mark === 'string' ? mark : null);
      const isRight = (knownAs ?? []).every(({ id }) => users.get(id)?.key === key);
      pairs[isRight ? 'right' : 'wrong'] += 1;
    }
    return pairs;
  }

  /** True where people who work would lose their access. */
  async #harms(runId: string, scene: Scene): Promise<boolean> {
    const { context } = this.#o;
    const users = await seeUsers(context.db.pool);
    const { rows } = await context.db.pool.query<{ user: string }>(
      `select user_id as user from plan_entry p
       where run_id = $1 and action = 'deactivate' and decided is distinct from -1`,
      [runId],
    );
    return rows.some(({ user }) => this.#isHarm(users.get(user), scene));
  }

  #isHarm(user: Seen | undefined, { rows, today }: Scene): boolean {
    const person = personOf(this.#o.company, user?.key);
    if (user === undefined || person === undefined || !works(person, today)) return false;
    return !(rows ?? []).some((row) => row.former && user.numbers.includes(row.number));
  }
}
