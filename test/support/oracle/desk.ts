import { userKey } from '../../../domain/keys';
import { givesBack, type RowDays } from './days';
import { keyOf, KEYS, type Key, type Outcome, type Person } from './types';
import type { Judged } from './twoRows';
import type { Read, ReadRow, Work, World } from './types';

/** The world and the read together, and what can be looked up and derived from them. */
export class Desk {
  readonly works: Work[];
  /** Rows that are out before matching: in error, duplicates, conflicts with each other. */
  readonly early: Map<number, Outcome>;
  readonly judged: Judged;
  /** What the days of a row come to, by its line. */
  readonly days: ReadonlyMap<number, RowDays>;
  /** Lines of rows whose user's login cannot follow the e-mail, because it is not free. */
  readonly stays = new Set<number>();
  /** True once it is known who each row is about. */
  matched = false;

  constructor(
    readonly world: World,
    readonly read: Read,
    o: { readonly judged: Judged; readonly days: ReadonlyMap<number, RowDays> },
  ) {
    this.judged = o.judged;
    this.days = o.days;
    this.early = o.judged.early;
    this.works = read.rows
      .filter((row) => !this.early.has(row.line))
      .map((row) => this.withoutYielded(row))
      .map((row) => ({ row, who: null, by: 'none', outcome: null, about: [], linked: false }));
  }

  private withoutYielded(row: ReadRow): ReadRow {
    const values = { ...row.values };
    for (const y of this.judged.yielded) if (y.row.line === row.line) values[y.kind] = undefined;
    return { ...row, values };
  }

  /** Keys that the row's person gives up, because the active row takes them. */
  private givenUp(work: Work): Key[] {
    const winners = new Set(
      this.judged.yielded.filter((y) => y.row.line === work.row.line).map((y) => y.winner.line),
    );
    if (winners.size === 0 || this.read.update !== 'all') return [];
    return KEYS.filter((kind) => {
      const held = this.currentKey(work.who ?? '', kind);
      if (kind === 'code' || held === null || work.row.values[kind] !== undefined) return false;
      return this.works.some((winner) => {
        if (!winners.has(winner.row.line) || winner.outcome !== null) return false;
        const { values } = winner.row;
        const login = newUserKeys(winner.row).login;
        const follows = winner.who === null ? login : this.followingLogin(winner);
        const wants = kind === 'login' ? (values['login'] ?? follows) : (values[kind] ?? null);
        if (wants === null || keyOf(kind, wants) !== held) return false;
        if (!this.matched) return true;
        if (winner.who === null) return this.read.create;
        return !this.person(winner.who).sticky.includes(kind);
      });
    });
  }

  /** The login of a person that changes with the e-mail, because it is the e-mail. */
  followingLogin({ row, who }: Work): string | null {
    const { read, judged } = this;
    if (who === null || this.stays.has(row.line)) return null;
    if (judged.yielded.some((y) => y.row.line === row.line)) return null;
    const { loginOwn, sticky, fields } = this.person(who);
    const set = [...sticky, ...row.clears];
    if (loginOwn || set.includes('login') || set.includes('email')) return null;
    const held = this.currentKey(who, 'login');
    if (row.values['login'] !== undefined || held !== this.currentKey(who, 'email')) return null;
    if (read.update === 'off' || (read.update === 'fill' && held !== null)) return null;
    const { email, code, status } = row.values;
    if (email !== undefined) {
      const stays = email === fields['email'] || this.isAlias(who, 'email', email);
      return stays || this.isAlias(who, 'login', email) ? null : email;
    }
    if (held !== null || status === 'inactive' || code === undefined) return null;
    return this.isAlias(who, 'login', code) ? null : code;
  }

  /** An absorbed account of the person has the key: it finds the person already. */
  private isAlias(who: string, kind: Key, value: string): boolean {
    return this.holderOf(kind, value)?.mergedInto === who;
  }

  person(id: string): Person {
    const person = this.world.people.get(id);
    if (person === undefined) throw new Error(`there is no ${id}`);
    return person;
  }

  survivor(id: string): string {
    return this.person(id).mergedInto ?? id;
  }

  identity(externalId: string | null): string | undefined {
    if (externalId === null) return undefined;
    return this.world.identities.get(`${this.read.sourceId} ${externalId}`);
  }

  rowsAbout(userId: string): Work[] {
    return this.works.filter((work) => work.who === userId && work.outcome === null);
  }

  holderOf(kind: Key, value: string): Person | undefined {
    const key = keyOf(kind, value);
    return [...this.world.people.values()].find((p) => {
      const held = p.fields[kind] ?? null;
      return held !== null && keyOf(kind, held) === key;
    });
  }

  currentKey(userId: string, kind: Key): string | null {
    const held = this.person(userId).fields[kind] ?? null;
    return held === null ? null : keyOf(kind, held);
  }

  /** Values that a row gives to fields of an existing person: allowed ones, and those kept by hand. */
  opinions(work: Work): { field: string; next: string | null; kept: boolean }[] {
    const person = this.person(work.who ?? '');
    const said: [string, string | null][] = work.row.clears.map((field) => [field, null]);
    for (const [field, value] of Object.entries(work.row.values)) {
      if (value !== undefined && field !== 'manager') said.push([field, value]);
    }
    for (const kind of this.givenUp(work)) said.push([kind, null]);
    const login = this.followingLogin(work);
    if (login !== null) said.push(['login', login]);
    // A person who was missing from this source and is in its read again, or whose days include today.
    const back = this.goneFrom(person.id) || givesBack(this, work.row, person);
    if (work.row.values['status'] === undefined && back) {
      said.push(['status', 'active']);
    }
    return said.flatMap(([field, next]) => {
      const old = person.fields[field] ?? null;
      if (old === next) return [];
      const kind = KEYS.find((k) => k === field);
      if (kind !== undefined && next !== null && this.isAlias(person.id, kind, next)) return [];
      const kept =
        person.sticky.includes(field) ||
        (field === 'status' && person.protected && next === 'inactive');
      return [{ field, next, kept }];
    });
  }

  goneFrom(userId: string): boolean {
    return this.world.gone?.get(userId) === this.read.sourceId;
  }

  allowed(work: Work, field: string): boolean {
    if (this.read.update === 'all') return true;
    return (
      this.read.update === 'fill' && (this.person(work.who ?? '').fields[field] ?? null) === null
    );
  }

  keyChanges(work: Work): [Key, string | null][] {
    return this.opinions(work).flatMap(({ field, next, kept }): [Key, string | null][] => {
      const kind = KEYS.find((k) => k === field);
      if (kind === undefined || kept || !this.allowed(work, field)) return [];
      return [[kind, next === null ? null : keyOf(kind, next)]];
    });
  }

  /** The keys that a row's person has in the end, if the row goes through. */
  keysAfter(work: Work): Record<Key, string | null> {
    if (work.who === null) {
      const { code, email, login } = newUserKeys(work.row);
      return {
        code,
        email: email === null ? null : userKey(email),
        login: login === null ? null : userKey(login),
      };
    }
    const { who } = work;
    const changed = new Map(this.keyChanges(work));
    const after = (kind: Key): string | null =>
      changed.has(kind) ? (changed.get(kind) ?? null) : this.currentKey(who, kind);
    return { code: after('code'), email: after('email'), login: after('login') };
  }

  pending(): Work[] {
    return this.works.filter((work) => work.outcome === null);
  }

  goesThrough(work: Work): boolean {
    return work.outcome === null && (work.who !== null || this.read.create);
  }

  idOf(work: Work): string {
    return work.who ?? this.read.newId(work.row.line);
  }
}

/** The keys of a user made of a row. */
export function newUserKeys(row: ReadRow): Record<Key, string | null> {
  const code = row.values['code'] ?? null;
  const email = row.values['email'] ?? null;
  const login = row.clears.includes('login') ? null : (row.values['login'] ?? email ?? code);
  return { code, email, login };
}
