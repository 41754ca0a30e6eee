import type { Queryable } from '../../store/database/db';
import { opinionOf } from './judge';
import { idIn, type Form, type Written } from './mischief';
import type { Seeing } from './seen';

const KINDS = ['deactivate', 'reactivate', 'email'] as const;
type Kind = (typeof KINDS)[number];

interface Change {
  readonly entry: number;
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
  readonly today: string;
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
  readonly #form: Form;
  readonly #rejected = new Map<string, Rejected>();

  constructor(o: { readonly db: Queryable; readonly form: Form }) {
    this.#db = o.db;
    this.#form = o.form;
  }

  /** How many changes are rejected now. */
  get standing(): number {
    return this.#rejected.size;
  }

  /** Call before these entries of the run are rejected. */
  async note(runId: string, entries: (entry: number) => boolean = () => true): Promise<void> {
    for (const change of await this.#changesOf(runId)) {
      if (entries(change.entry)) this.#rejected.set(keyOf(change), { ...change, runId });
    }
  }

  /** Call before these entries of the run are approved. */
  async forget(runId: string, entries: (entry: number) => boolean = () => true): Promise<void> {
    for (const change of await this.#changesOf(runId)) {
      if (entries(change.entry)) this.#rejected.delete(keyOf(change));
    }
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
  heard({ rows, today, users, told }: Heard): void {
    for (const [key, { user, kind, value }] of this.#rejected) {
      const seen = users.get(user);
      const own = rows.filter(
        (row) =>
          (row.key !== undefined && row.key === seen?.key) ||
          seen?.numbers.includes(idIn(this.#form, row)) === true,
      );
      const says = own.map((row) => opinionOf(row, this.#form, today));
      const listed = own.length > 0 || (seen?.key !== undefined && told.has(seen.key));
      const otherwise = {
        deactivate: listed && (own.length === 0 || says.some((one) => one !== 'inactive')),
        reactivate: !listed || says.some((one) => one === 'inactive'),
        email: own.some((row) => row.email !== '' && row.email.toLowerCase() !== value),
      };
      if (otherwise[kind]) this.#rejected.delete(key);
    }
  }

  async #changesOf(runId: string): Promise<Change[]> {
    const { rows } = await this.#db.query<{
      entry: number;
      user: string;
      action: string;
      moves: boolean;
      email: string | null;
    }>(
      `select entry, user_id as user, action, changes -> 'emailKey' ->> 1 as email,
         changes -> 'emailKey' ->> 0 is not null as moves
       from plan_entry
       where run_id = $1 and action in ('deactivate', 'reactivate', 'update')
         and decided is distinct from -1`,
      [runId],
    );
    return rows.flatMap(({ entry, user, action, moves, email }) => [
      ...KINDS.filter((kind) => kind === action).map((kind) => ({
        entry,
        user,
        kind,
        value: null,
      })),
      ...(moves ? [{ entry, user, kind: 'email' as const, value: email }] : []),
    ]);
  }
}

function keyOf({ user, kind }: Change): string {
  return `${user} ${kind}`;
}
