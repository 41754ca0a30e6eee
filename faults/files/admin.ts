import type { Gate } from '../../domain/runs/gates';
import type { SourceContext } from '../../operations/sources/polledSource';
import type { Dice } from '../sync/chance';
import { works, type Company } from './company';
import type { End, FileFollower } from './follow';
import { personOf, seeUsers, type Seen } from './judge';
import type { Written } from './mischief';
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

/** What the plan of a run would do to people. */
interface Planned {
  /** People who would lose their access and work. */
  readonly harmed: number;
  /** Creates for people who have an active user. */
  readonly again: number;
}

interface AdminInput {
  readonly context: SourceContext;
  readonly follower: FileFollower;
  readonly company: Company;
  readonly dice: Dice;
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
    const { follower } = this.#o;
    const gates = end.held.map(({ gate }) => gate);
    if (gates.some((gate) => TROUBLE.has(gate))) return follower.reject(end.runId);
    const { harmed } = await this.#planned(end.runId, scene);
    return harmed > 0 ? follower.reject(end.runId) : follower.approve(end.runId);
  }

  async #planned(runId: string, { rows, today }: Scene): Promise<Planned> {
    const { context } = this.#o;
    const users = await seeUsers(context.db.pool);
    const entries = await context.db.pool.query<{
      action: string;
      user: string;
      mark: string | null;
    }>(
      `select p.action, p.user_id as user, s.phone as mark from plan_entry p
       left join staged_row s on s.run_id = p.run_id and s.line = p.line
       where p.run_id = $1 and p.action in ('create', 'deactivate')`,
      [runId],
    );
    const active = new Set([...users.values()].filter((user) => user.active).map(({ key }) => key));
    let [harmed, again] = [0, 0];
    for (const { action, user, mark } of entries.rows) {
      if (action === 'create') again += active.has(keyOfMark(mark)) ? 1 : 0;
      else harmed += this.#isHarm(users.get(user), { rows, today }) ? 1 : 0;
    }
    return { harmed, again };
  }

  #isHarm(user: Seen | undefined, { rows, today }: Scene): boolean {
    const person = personOf(this.#o.company, user?.key);
    if (user === undefined || person === undefined || !works(person, today)) return false;
    return !(rows ?? []).some((row) => row.former && user.numbers.includes(row.number));
  }
}
