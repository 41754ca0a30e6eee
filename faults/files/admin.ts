import type { Gate } from '../../domain/runs/gates';
import { countResolvable, resolveAll } from '../../operations/runs/resolveAll';
import { diffRun } from '../../operations/runs/runs';
import type { SourceContext } from '../../operations/sources/polledSource';
import type { Dice } from '../sync/chance';
import { works, type Company } from './company';
import type { End, FileFollower } from './follow';
import { isEarlierStint, personOf } from './judge';
import type { Form, Written } from './mischief';
import type { Rejections } from './rejections';
import { seeUsers, type Seen } from './seen';
import { keyOfMark } from './write';

/** Gates that name what is wrong with a read: nobody approves them. */
const TROUBLE: ReadonlySet<Gate> = new Set<Gate>([
  'empty_read',
  'incomplete_read',
  'coverage',
  'short_file',
  'unreadable_keys',
]);

/** Of a read that these hold, what it says of those who are in it may be approved. */
const PARTLY: ReadonlySet<Gate> = new Set<Gate>([
  'short_file',
  'unreadable_keys',
  'deactivations',
  'rejected_before',
]);

export interface Scene {
  /** The rows of the read; null: it read nothing. */
  readonly rows: readonly Written[] | null;
  readonly today: string;
  /** Nothing is rejected without a reason. */
  readonly calm: boolean;
}

/** Pairs of the gate `renumbered`, by whether both numbers are of one person. */
interface Pairs {
  readonly right: number;
  readonly wrong: number;
}

/** An entry of a plan that changes somebody. */
interface Change {
  readonly entry: number;
  readonly action: string;
  readonly user: string;
}

interface AdminInput {
  readonly context: SourceContext;
  readonly follower: FileFollower;
  readonly company: Company;
  readonly form: Form;
  readonly dice: Dice;
  readonly rejections: Rejections;
}

/** A person who decides about held runs as admins do: by the gate, and by the people it counts. */
export class Admin {
  readonly #o: AdminInput;

  /** Runs whose renumbered people were linked by one command. */
  resolved = 0;
  /** Held runs of which a part was approved, and the rest rejected. */
  readonly partly = new Set<string>();

  constructor(o: AdminInput) {
    this.#o = o;
  }

  /** Approves, resolves or rejects; returns how the run ended. */
  async decide(end: End, scene: Scene): Promise<End> {
    const gates = end.held.map(({ gate }) => gate);
    if (gates.some((gate) => TROUBLE.has(gate))) {
      return this.#refuse(end.runId, { gates, scene });
    }
    if (gates.includes('renumbered')) {
      const { right, wrong } = await this.#pairs(end.runId);
      if (right > 0) return wrong > 0 ? this.#reject(end.runId) : this.#link(end, scene);
    }
    return this.#decideRest(end.runId, scene);
  }

  /** Rejects a read that is not whole; what it says of those who are in it is sometimes approved. */
  async #refuse(
    runId: string,
    { gates, scene }: { readonly gates: readonly Gate[]; readonly scene: Scene },
  ): Promise<End> {
    if (!gates.every((gate) => PARTLY.has(gate)) || scene.calm || !this.#o.dice.often(0.4))
      return this.#reject(runId);
    const present = (await this.#changes(runId)).filter(({ action }) => action !== 'deactivate');
    return present.length === 0
      ? this.#reject(runId)
      : this.#approvePart(
          runId,
          present.map(({ entry }) => entry),
        );
  }

  async #reject(runId: string): Promise<End> {
    await this.#o.rejections.note(runId);
    return this.#o.follower.reject(runId);
  }

  async #approve(runId: string): Promise<End> {
    await this.#o.rejections.forget(runId);
    return this.#o.follower.approve(runId);
  }

  /** Approves these entries, and rejects the others. */
  async #approvePart(runId: string, entries: readonly number[]): Promise<End> {
    const approved = new Set(entries);
    await this.#o.rejections.forget(runId, (entry) => approved.has(entry));
    await this.#o.rejections.note(runId, (entry) => !approved.has(entry));
    this.partly.add(runId);
    return this.#o.follower.approve(runId, entries);
  }

  /** Links all pairs by one command; what is left of the run is looked at as any other. */
  async #link(end: End, scene: Scene): Promise<End> {
    const { context, follower } = this.#o;
    // A user whom two rows may mean, or who is in the read, too, is not linked at once.
    const { people } = await countResolvable(context, { run: end.runId, by: 'renumbered' });
    if (people === 0) return this.#reject(end.runId);
    const { followUp, approval } = await resolveAll(context, { run: end.runId, by: 'renumbered' });
    this.resolved += 1;
    if (approval !== null) await this.#o.rejections.forget(end.runId);
    const rest =
      approval === null ? await this.#decideRest(end.runId, scene) : await follower.take(approval);
    const made = await follower.goOn(followUp.runId);
    // In a list whose key is the login, that moves everybody's login.
    const linked = made.state === 'held' ? await this.#approve(made.runId) : made;
    if (linked.state !== 'done') {
      throw new Error(
        `the run that links people is ${linked.state}: ${JSON.stringify(linked.held)}`,
      );
    }
    return rest;
  }

  async #decideRest(runId: string, scene: Scene): Promise<End> {
    const { dice } = this.#o;
    const changes = await this.#changes(runId);
    const users = await seeUsers(this.#o.context.db.pool);
    const harmless = changes.filter(
      ({ action, user }) => action !== 'deactivate' || !this.#isHarm(users.get(user), scene),
    );
    const harms = harmless.length < changes.length;
    if (scene.calm || !dice.often(0.5)) {
      return harms ? this.#reject(runId) : this.#approve(runId);
    }
    const chosen = harms ? harmless : harmless.filter(() => dice.often(0.6));
    if (chosen.length === 0) return this.#reject(runId);
    if (chosen.length === changes.length) return this.#approve(runId);
    return this.#approvePart(
      runId,
      chosen.map(({ entry }) => entry),
    );
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

  /** What the run would do, as far as nobody decided it yet. */
  async #changes(runId: string): Promise<Change[]> {
    const { rows } = await this.#o.context.db.pool.query<Change>(
      `select entry, action, user_id as user from plan_entry
       where run_id = $1 and action in ('create', 'deactivate', 'reactivate', 'update')
         and decided is null
       order by entry`,
      [runId],
    );
    return rows;
  }

  /** True where a person who works would lose their access. */
  #isHarm(user: Seen | undefined, { rows, today }: Scene): boolean {
    const { company, form } = this.#o;
    const person = personOf(company, user?.key);
    if (user === undefined || person === undefined || !works(person, today)) return false;
    return !isEarlierStint(user, { form, rows });
  }
}
