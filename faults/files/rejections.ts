import type { Queryable } from '../../store/database/db';
import type { Seeing } from './judge';
import type { Written } from './mischief';

const KINDS = ['deactivate', 'reactivate', 'email'] as const;
type Kind = (typeof KINDS)[number];

interface Change {
  readonly user: string;
  readonly kind: Kind;
  /** Of `email`: the new one; null: it is cleared. */
  readonly value: string | null;
}

interface Rejected extends Change {
  readonly runId: string;
}

/** What a read says about people, once it is applied. */
interface Heard {
  readonly rows: readonly Written[];
  readonly users: Seeing;
  /** People whose row did not go through: they are there. */
  readonly told: ReadonlyMap<number, string>;
}

/**
 * What a person rejected, until somebody approves it or an applied read says otherwise, in the plainest
 * form: the person is listed, or is not listed any more, or has another e-mail. A run that nobody looked
 * at must not apply it.
 */
export class Rejections {
  readonly #db: Queryable;
  readonly #rejected = new Map<string, Rejected>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Call before the run is rejected. */
  async note(runId: string): Promise<void> {
    for (const change of await this.#changesOf(runId)) {
      this.#rejected.set(keyOf(change), { ...change, runId });
    }
  }

  /** Call before the run is approved. */
  async forget(runId: string): Promise<void> {
    for (const change of await this.#changesOf(runId)) this.#rejected.delete(keyOf(change));
  }

  /** What a run that nobody looked at applied though it was rejected. */
  async applied(runId: string): Promise<string[]> {
    return (await this.#changesOf(runId)).flatMap((change) => {
      const before = this.#rejected.get(keyOf(change));
      if (before === undefined || before.value !== change.value) return [];
      return [
        `run ${runId} did (${change.kind}) to ${change.user} what was rejected in run ${before.runId}`,
      ];
    });
  }

  /** An applied read was heard: what it says otherwise is no longer rejected. */
  heard({ rows, users, told }: Heard): void {
    for (const [key, { user, kind, value }] of this.#rejected) {
      const seen = users.get(user);
      const own = rows.filter(
        (row) => row.key === seen?.key || seen?.numbers.includes(row.number) === true,
      );
      const listed = own.length > 0 || (seen?.key !== undefined && told.has(seen.key));
      const otherwise = {
        deactivate: listed && (own.length === 0 || own.some((row) => row.status !== 'Inactive')),
        reactivate: !listed || own.some((row) => row.status === 'Inactive'),
        email: own.some((row) => row.email.toLowerCase() !== value),
      };
      if (otherwise[kind]) this.#rejected.delete(key);
    }
  }

  async #changesOf(runId: string): Promise<Change[]> {
    const { rows } = await this.#db.query<{
      user: string;
      action: string;
      moves: boolean;
      email: string | null;
    }>(
      `select user_id as user, action, changes -> 'emailKey' ->> 1 as email,
         changes -> 'emailKey' ->> 0 is not null as moves
       from plan_entry
       where run_id = $1 and action in ('deactivate', 'reactivate', 'update')
         and decided is distinct from -1`,
      [runId],
    );
    return rows.flatMap(({ user, action, moves, email }) => [
      ...KINDS.filter((kind) => kind === action).map((kind) => ({ user, kind, value: null })),
      ...(moves ? [{ user, kind: 'email' as const, value: email }] : []),
    ]);
  }
}

function keyOf({ user, kind }: Change): string {
  return `${user} ${kind}`;
}
