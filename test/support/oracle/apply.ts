import { userKey } from '../../../domain/keys';
import type { Db } from '../../../store/database/db';
import { keyOf, type Outcome, type Person, type ReadRow, type World } from '.';

/** An entry of a stored plan. */
export interface Entry {
  readonly entry: number;
  readonly line: number | null;
  readonly action: Outcome;
  readonly reason: string | null;
  readonly userId: string | null;
  readonly externalId: string | null;
  readonly changes: Readonly<Record<string, readonly [unknown, unknown]>> | null;
  readonly managerId: string | null;
  readonly late: boolean;
  readonly handOver: boolean;
  readonly links: boolean;
}

export async function readPlan(db: Db, runId: string): Promise<Entry[]> {
  const { rows } = await db.pool.query<Entry>(
    `select entry, line, action, reason, user_id as "userId", external_id as "externalId", changes,
       manager_id as "managerId", manager_late as late, hand_over as "handOver", links
     from plan_entry where run_id = $1 order by entry`,
    [runId],
  );
  return rows;
}

type Key = 'code' | 'email' | 'login';
const KEYS: readonly Key[] = ['code', 'email', 'login'];
const CHANGING: readonly Outcome[] = ['update', 'deactivate', 'reactivate'];
/** Written beside their field. */
const BESIDE = ['loginKey', 'loginOwn', 'emailKey', 'deactivatedAt', 'deactivatedReason'];

/**
 * The result of applying a plan in a world that has changed since: only what still holds is written. Entry
 * by entry, except for keys that change hands, which go together.
 */
export class Application {
  readonly people: Map<string, Person>;
  readonly identities: Map<string, string>;
  /** entry → its outcome, for those that were applied. */
  readonly outcomes = new Map<number, Outcome>();

  constructor(
    world: World,
    private readonly sourceId: string,
    private readonly rows: ReadonlyMap<number, ReadRow>,
    /** People whose status a hand set since the plan. */
    private readonly restated: ReadonlySet<string>,
  ) {
    this.people = new Map(world.people);
    this.identities = new Map(world.identities);
  }

  apply(entries: readonly Entry[]): void {
    const changing = entries.filter(({ action }) => CHANGING.includes(action));
    const open = new Map(changing.map((e) => [e, this.standing(e)]));
    this.change(
      changing.filter((e) => e.handOver),
      open,
    );
    const creates = entries.filter(({ action }) => action === 'create');
    for (const e of creates) this.create(e);
    for (const e of changing.filter((x) => !x.handOver)) this.change([e], open);
    for (const e of [...creates, ...changing].filter(({ late }) => late))
      this.setLate(e, open.get(e));
  }

  world(): World {
    return { people: this.people, identities: this.identities };
  }

  private identity(externalId: string | null): string | undefined {
    return externalId === null ? undefined : this.identities.get(`${this.sourceId} ${externalId}`);
  }

  private survivor(id: string): string {
    return this.people.get(id)?.mergedInto ?? id;
  }

  /** The fields of an entry that may still be written. */
  private standing(e: Entry): Set<string> {
    const person = this.people.get(e.userId ?? '');
    const holder = this.identity(e.externalId);
    const moved = e.links
      ? holder !== undefined && holder !== e.userId
      : e.externalId !== null && (holder === undefined || this.survivor(holder) !== e.userId);
    if (person === undefined || person.mergedInto !== null || moved) return new Set();
    const fields = Object.entries(e.changes ?? {}).filter(([field]) => !BESIDE.includes(field));
    const stand = fields.filter(([field, [old, next]]) => {
      if (field === 'identity') return true;
      if (person.sticky.includes(field)) return false;
      if (field === 'status' && next === 'inactive' && person.protected) return false;
      // Reactivated, but not from the deactivation that was in force then.
      if (field === 'status' && e.reason === 'returned' && this.restated.has(person.id))
        return false;
      const now = person.fields[field] ?? null;
      return now === (field.startsWith('properties.') ? text(old) : old);
    });
    const left = new Set(stand.map(([field]) => field));
    if (!left.has('email') && this.loginFollows(e)) left.delete('login');
    return left;
  }

  /** The login of the entry is the e-mail, and changes with it alone. */
  private loginFollows(e: Entry): boolean {
    const { login, email, loginOwn } = e.changes ?? {};
    const own = loginOwn !== undefined || this.people.get(e.userId ?? '')?.loginOwn === true;
    const same = (a: unknown, b: unknown): boolean =>
      typeof a === 'string' && typeof b === 'string'
        ? keyOf('login', a) === keyOf('login', b)
        : (a ?? null) === (b ?? null);
    return (
      !own &&
      login !== undefined &&
      email !== undefined &&
      !same(login[0], login[1]) &&
      same(login[0], email[0]) &&
      same(login[1], email[1])
    );
  }

  private change(entries: readonly Entry[], open: ReadonlyMap<Entry, Set<string>>): void {
    const fieldsOf = (e: Entry): Set<string> => open.get(e) ?? new Set();
    for (const e of entries) {
      const manager = e.changes?.['manager']?.[1];
      if (!e.late && typeof manager === 'string' && !this.people.has(manager)) {
        fieldsOf(e).delete('manager');
      }
    }
    this.settleKeys(entries, fieldsOf);
    for (const e of entries) {
      const left = fieldsOf(e);
      const written = [...left].filter((field) => !(e.late && field === 'manager'));
      this.write(e, written);
      this.outcomes.set(
        e.entry,
        left.size === 0
          ? 'skip'
          : e.action !== 'update' && !left.has('status')
            ? 'update'
            : e.action,
      );
    }
  }

  /** Removes keys that another person has and keeps, and changes that would leave no key. */
  private settleKeys(entries: readonly Entry[], fieldsOf: (e: Entry) => Set<string>): void {
    const nextKey = (e: Entry, kind: Key): string | null | undefined => {
      const change = e.changes?.[kind];
      if (change === undefined || !fieldsOf(e).has(kind)) return undefined;
      return typeof change[1] === 'string' ? keyOf(kind, change[1]) : null;
    };
    for (let again = true; again;) {
      again = false;
      for (const e of entries) {
        for (const kind of KEYS) {
          const wish = nextKey(e, kind);
          if (wish === undefined || wish === null) continue;
          const holder = this.holder(kind, wish);
          if (holder === undefined || holder.id === e.userId) continue;
          const giver = entries.find((g) => g.userId === holder.id);
          const gives = giver === undefined ? undefined : nextKey(giver, kind);
          if (gives !== undefined && gives !== wish) continue;
          fieldsOf(e).delete(kind);
          if (kind === 'email' && this.loginFollows(e)) fieldsOf(e).delete('login');
          again = true;
        }
        const person = this.people.get(e.userId ?? '');
        const last = KEYS.every((kind) => {
          const next = nextKey(e, kind);
          return (next === undefined ? (person?.fields[kind] ?? null) : next) === null;
        });
        if (last && KEYS.some((kind) => fieldsOf(e).has(kind))) {
          for (const kind of KEYS) fieldsOf(e).delete(kind);
          again = true;
        }
      }
    }
  }

  private holder(kind: Key, key: string): Person | undefined {
    return [...this.people.values()].find((p) => {
      const held = p.fields[kind] ?? null;
      return held !== null && keyOf(kind, held) === key;
    });
  }

  private write(e: Entry, written: readonly string[]): void {
    const person = this.people.get(e.userId ?? '');
    if (person === undefined) return;
    const fields = { ...person.fields };
    for (const field of written) {
      const next = e.changes?.[field]?.[1];
      if (field === 'identity') {
        if (typeof next === 'string') this.identities.set(`${this.sourceId} ${next}`, person.id);
        continue;
      }
      const value = typeof next === 'string' ? next : null;
      fields[field] = field.startsWith('properties.') ? text(next) : value;
    }
    const own = written.includes('login') ? e.changes?.['loginOwn']?.[1] : undefined;
    const loginOwn = typeof own === 'boolean' ? own : person.loginOwn;
    this.people.set(person.id, { ...person, fields, loginOwn });
  }

  private create(e: Entry): void {
    const row = this.rows.get(e.line ?? 0);
    if (row === undefined || e.userId === null)
      throw new Error(`entry ${String(e.entry)} has no row`);
    const { values } = row;
    if (this.identity(row.externalId) !== undefined) {
      this.outcomes.set(e.entry, 'skip');
      return;
    }
    const login = row.clears.includes('login')
      ? null
      : (values['login'] ?? values['email'] ?? values['code'] ?? null);
    const taken =
      (values['code'] !== undefined && this.holder('code', values['code']) !== undefined) ||
      (values['email'] !== undefined &&
        this.holder('email', userKey(values['email'])) !== undefined) ||
      (login !== null && this.holder('login', userKey(login)) !== undefined);
    if (taken) {
      this.outcomes.set(e.entry, 'conflict');
      return;
    }
    const fields: Record<string, string | null> = Object.fromEntries(
      Object.entries(values).map(([field, value]) => [field, value ?? null]),
    );
    const known = e.managerId === e.userId || this.people.has(e.managerId ?? '');
    this.people.set(e.userId, {
      id: e.userId,
      fields: {
        ...fields,
        login,
        status: values['status'] ?? 'active',
        manager: known && !e.late ? e.managerId : null,
      },
      sticky: [],
      loginOwn: values['login'] !== undefined || row.clears.includes('login'),
      protected: false,
      mergedInto: null,
    });
    if (row.externalId !== null)
      this.identities.set(`${this.sourceId} ${row.externalId}`, e.userId);
    this.outcomes.set(e.entry, 'create');
  }

  private setLate(e: Entry, open: Set<string> | undefined): void {
    const manager = e.action === 'create' ? e.managerId : e.changes?.['manager']?.[1];
    const person = this.people.get(e.userId ?? '');
    if (person === undefined || typeof manager !== 'string' || !this.people.has(manager)) return;
    if (open !== undefined && !open.has('manager')) return;
    if (e.action === 'create' && this.outcomes.get(e.entry) !== 'create') return;
    this.people.set(person.id, { ...person, fields: { ...person.fields, manager } });
  }
}

function text(json: unknown): string | null {
  return json === null || json === undefined ? null : JSON.stringify(json);
}
