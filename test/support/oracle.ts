import { USER_FIELD_NAMES } from '../../domain/fields';
import { userKey } from '../../domain/keys';

/**
 * What DESIGN sections 4 and 5 say, as slow and plain as it can be said: the store's set-based SQL
 * has to come to the same. Nothing here was taken from it.
 */

/** One row of a read. `organization` is an id here, `manager` a reference as the source writes it. */
export interface ReadRow {
  readonly line: number;
  readonly externalId: string | null;
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly clears: readonly string[];
  readonly fault?: boolean;
  readonly keyReadable?: boolean;
}

export interface Person {
  readonly id: string;
  /** All fields and `properties.x`; null: empty. `manager` and `organization` are ids. */
  readonly fields: Readonly<Record<string, string | null>>;
  readonly sticky: readonly string[];
  readonly protected: boolean;
  readonly mergedInto: string | null;
}

export interface World {
  readonly people: ReadonlyMap<string, Person>;
  /** `<source id> <external id>` → user id. */
  readonly identities: ReadonlyMap<string, string>;
}

export interface Read {
  readonly sourceId: string;
  readonly rows: readonly ReadRow[];
  readonly update: 'all' | 'fill' | 'off';
  readonly create: boolean;
  readonly absence: boolean;
  /** The id of the user that a row would create. */
  readonly newId: (line: number) => string;
}

export type Outcome =
  | 'error'
  | 'conflict'
  | 'duplicate'
  | 'create'
  | 'deactivate'
  | 'reactivate'
  | 'update'
  | 'unchanged'
  | 'skip';

export interface Expected {
  /** line → outcome. */
  readonly rows: ReadonlyMap<number, Outcome>;
  /** user id → outcome. */
  readonly absent: ReadonlyMap<string, Outcome>;
  readonly matchedBy: ReadonlyMap<number, string>;
  readonly kept: number;
  readonly linked: number;
  readonly keyChanges: number;
  readonly unknownManagers: readonly number[];
  readonly cycles: readonly number[];
  readonly after: World;
}

type Key = 'code' | 'email' | 'login';
const KEYS: readonly Key[] = ['code', 'email', 'login'];
const FIELDS: readonly string[] = USER_FIELD_NAMES;

export const keyOf = (kind: Key, value: string): string =>
  kind === 'code' ? value : userKey(value);

/** One row on its way: who it is about, and what it says of them. */
interface Work {
  readonly row: ReadRow;
  who: string | null;
  by: string;
  outcome: Outcome | null;
  /** People whom the row may be about; they are not absent. */
  about: string[];
  linked: boolean;
}

class Planner {
  private readonly works: Work[];
  /** Rows that are out before matching: in error, duplicates, conflicts of each other. */
  private readonly early = new Map<number, Outcome>();

  constructor(
    private readonly world: World,
    private readonly read: Read,
  ) {
    for (const row of read.rows) {
      if (row.fault === true) this.early.set(row.line, 'error');
    }
    this.findDuplicates();
    this.works = read.rows
      .filter((row) => !this.early.has(row.line))
      .map((row) => ({ row, who: null, by: 'none', outcome: null, about: [], linked: false }));
  }

  plan(): Expected {
    this.matchByIdentity();
    this.matchByKeys();
    this.findTwoRows();
    this.judgeKeys();
    const managers = this.resolveManagers();
    return this.conclude(managers);
  }

  private person(id: string): Person {
    const person = this.world.people.get(id);
    if (person === undefined) throw new Error(`there is no ${id}`);
    return person;
  }

  private survivor(id: string): string {
    return this.person(id).mergedInto ?? id;
  }

  private identity(externalId: string | null): string | undefined {
    if (externalId === null) return undefined;
    return this.world.identities.get(`${this.read.sourceId} ${externalId}`);
  }

  /** Two rows for one person: the same external id, or one of the keys that are unique. */
  private findDuplicates(): void {
    const groups = new Map<string, ReadRow[]>();
    for (const row of this.read.rows) {
      const shares: string[] = [];
      if (row.externalId !== null && row.keyReadable !== false) shares.push(`id ${row.externalId}`);
      for (const kind of row.fault === true ? [] : KEYS) {
        const value = row.values[kind];
        if (value !== undefined) shares.push(`${kind} ${keyOf(kind, value)}`);
      }
      for (const share of shares) groups.set(share, [...(groups.get(share) ?? []), row]);
    }
    const mark = (row: ReadRow, outcome: Outcome): void => {
      if (row.fault !== true) this.early.set(row.line, outcome);
    };
    const all = [...groups.values()].filter((group) => group.length > 1);
    const same = (a: ReadRow, b: ReadRow): boolean => said(a) === said(b) && b.fault !== true;
    for (const group of all) {
      for (const row of group) if (row !== group[0]) mark(row, 'duplicate');
    }
    for (const group of all) {
      const [first] = group;
      if (first === undefined || group.every((row) => same(first, row) && row.fault !== true))
        continue;
      for (const row of group) mark(row, 'conflict');
    }
  }

  private matchByIdentity(): void {
    for (const work of this.works) {
      const holder = this.identity(work.row.externalId);
      if (holder === undefined) continue;
      work.who = this.survivor(holder);
      work.by = 'identity';
      work.about.push(work.who);
      if (holder !== work.who && this.ownRowIsThere(work.who)) work.outcome = 'skip';
    }
  }

  private ownRowIsThere(userId: string): boolean {
    return this.read.rows.some((row) => this.identity(row.externalId) === userId);
  }

  private matchByKeys(): void {
    const leaving = this.keysGivenUpByIdentity();
    for (const work of this.works) {
      if (work.by !== 'none') continue;
      const hits = new Map<string, Key>();
      for (const kind of KEYS) {
        const value = work.row.values[kind];
        if (value === undefined) continue;
        const holder = this.holderOf(kind, value);
        if (holder === undefined || leaving.has(`${kind} ${holder.id}`)) continue;
        const survivor = this.survivor(holder.id);
        if (!hits.has(survivor)) hits.set(survivor, kind);
      }
      work.about.push(...hits.keys());
      const [hit, second] = [...hits];
      if (hit === undefined) continue;
      if (second !== undefined || this.knownUnderAnotherId(work, hit[0])) {
        work.outcome = 'conflict';
        continue;
      }
      [work.who, work.by] = hit;
      work.linked = work.row.externalId !== null;
    }
  }

  private knownUnderAnotherId(work: Work, userId: string): boolean {
    const ids = [...this.world.identities].filter(
      ([key, holder]) => key.startsWith(`${this.read.sourceId} `) && holder === userId,
    );
    return work.row.externalId !== null && ids.length > 0;
  }

  /** Keys that people let go by rows that are surely theirs: whoever has them next is somebody else. */
  private keysGivenUpByIdentity(): Set<string> {
    const leaving = new Set<string>();
    for (const work of this.works) {
      if (work.by !== 'identity' || work.outcome !== null || work.who === null) continue;
      if (this.rowsAbout(work.who).length > 1) continue;
      for (const [kind, next] of this.keyChanges(work)) {
        if (next !== this.currentKey(work.who, kind)) leaving.add(`${kind} ${work.who}`);
      }
    }
    return leaving;
  }

  private rowsAbout(userId: string): Work[] {
    return this.works.filter((work) => work.who === userId && work.outcome === null);
  }

  private holderOf(kind: Key, value: string): Person | undefined {
    const key = keyOf(kind, value);
    return [...this.world.people.values()].find((p) => {
      const held = p.fields[kind] ?? null;
      return held !== null && keyOf(kind, held) === key;
    });
  }

  private currentKey(userId: string, kind: Key): string | null {
    const held = this.person(userId).fields[kind] ?? null;
    return held === null ? null : keyOf(kind, held);
  }

  private findTwoRows(): void {
    const twice = this.works.filter(
      (work) => work.who !== null && this.rowsAbout(work.who).length > 1 && work.outcome === null,
    );
    // A row without an id for a person whose own row is bad, or a twin's: two rows of one person too.
    const besideBad = this.works.filter(
      (work) =>
        work.outcome === null &&
        work.row.externalId === null &&
        work.who !== null &&
        this.read.rows.some(
          (row) =>
            this.early.has(row.line) &&
            this.early.get(row.line) !== 'duplicate' &&
            this.identity(row.externalId) === work.who,
        ),
    );
    for (const work of [...twice, ...besideBad]) work.outcome = 'conflict';
  }

  /** Values that a row gives to fields of an existing person: allowed ones, and those kept by hand. */
  private opinions(work: Work): { field: string; next: string | null; kept: boolean }[] {
    const person = this.person(work.who ?? '');
    const said: [string, string | null][] = work.row.clears.map((field) => [field, null]);
    for (const [field, value] of Object.entries(work.row.values)) {
      if (value !== undefined && field !== 'manager') said.push([field, value]);
    }
    return said.flatMap(([field, next]) => {
      const old = person.fields[field] ?? null;
      if (old === next) return [];
      const kept =
        person.sticky.includes(field) ||
        (field === 'status' && person.protected && next === 'inactive');
      return [{ field, next, kept }];
    });
  }

  private allowed(work: Work, field: string): boolean {
    if (this.read.update === 'all') return true;
    return (
      this.read.update === 'fill' && (this.person(work.who ?? '').fields[field] ?? null) === null
    );
  }

  private keyChanges(work: Work): [Key, string | null][] {
    return this.opinions(work).flatMap(({ field, next, kept }): [Key, string | null][] => {
      const kind = KEYS.find((k) => k === field);
      if (kind === undefined || kept || !this.allowed(work, field)) return [];
      return [[kind, next === null ? null : keyOf(kind, next)]];
    });
  }

  /** The keys that a row's person has in the end, if the row goes through. */
  private keysAfter(work: Work): Record<Key, string | null> {
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

  /** Who takes a key must find it free once everything that goes through has gone through. */
  private judgeKeys(): void {
    for (;;) {
      const blocked = this.pending().filter((work) => this.isBlocked(work));
      for (const work of blocked) work.outcome = 'conflict';
      if (blocked.length > 0) continue;
      const twice = this.pending().filter((work) => this.sharesATakenKey(work));
      if (twice.length === 0) return;
      for (const work of twice) work.outcome = 'conflict';
    }
  }

  private pending(): Work[] {
    return this.works.filter((work) => work.outcome === null);
  }

  private isBlocked(work: Work): boolean {
    const after = this.keysAfter(work);
    if (KEYS.every((kind) => after[kind] === null)) return this.goesThrough(work);
    return KEYS.some((kind) => {
      const key = after[kind];
      if (key === null || (work.who !== null && key === this.currentKey(work.who, kind)))
        return false;
      const holder = [...this.world.people.values()].find(
        (p) => this.currentKey(p.id, kind) === key,
      );
      if (holder === undefined || (work.who !== null && this.survivor(holder.id) === work.who)) {
        return false;
      }
      const givers = this.pending().filter((other) => other.who === holder.id);
      return !givers.some((other) => this.keysAfter(other)[kind] !== key);
    });
  }

  private sharesATakenKey(work: Work): boolean {
    if (!this.goesThrough(work)) return false;
    const after = this.keysAfter(work);
    const others = this.pending().filter((other) => other !== work && this.goesThrough(other));
    return KEYS.some(
      (kind) =>
        after[kind] !== null && others.some((other) => this.keysAfter(other)[kind] === after[kind]),
    );
  }

  private goesThrough(work: Work): boolean {
    return work.outcome === null && (work.who !== null || this.read.create);
  }

  private idOf(work: Work): string {
    return work.who ?? this.read.newId(work.row.line);
  }

  /** line → the manager's id; undefined: nobody is meant. */
  private resolveManagers(): Map<number, string | undefined> {
    const found = new Map<number, string | undefined>();
    for (const work of this.pending()) {
      const ref = work.row.values['manager'];
      if (ref === undefined) continue;
      const known = this.identity(ref);
      const through = this.pending().filter((other) => this.goesThrough(other));
      const inRead =
        through.find((other) => other.row.externalId === ref) ??
        through.find(
          ({ row, who }) => row.externalId === null && who === null && row.values['code'] === ref,
        );
      const byCode = this.holderOf('code', ref);
      found.set(
        work.row.line,
        known !== undefined
          ? this.survivor(known)
          : inRead !== undefined
            ? this.idOf(inRead)
            : byCode === undefined
              ? undefined
              : this.survivor(byCode.id),
      );
    }
    return found;
  }

  private conclude(managers: Map<number, string | undefined>): Expected {
    const people = new Map(this.world.people);
    const identities = new Map(this.world.identities);
    const rows = new Map(this.early);
    const totals = { kept: 0, linked: 0, keyChanges: 0 };
    const led: number[] = [];
    for (const work of this.works) {
      if (work.outcome !== null) {
        rows.set(work.row.line, work.outcome);
        continue;
      }
      const manager = managers.get(work.row.line);
      const done = work.who === null ? this.create(work, manager) : this.change(work, manager);
      rows.set(work.row.line, done.outcome);
      totals.kept += done.kept;
      if (done.person === undefined) continue;
      const before = people.get(done.person.id);
      people.set(done.person.id, done.person);
      if (done.person.fields['manager'] !== (before?.fields['manager'] ?? null))
        led.push(work.row.line);
      if (work.row.externalId !== null && work.by !== 'identity') {
        identities.set(`${this.read.sourceId} ${work.row.externalId}`, done.person.id);
      }
      if (work.linked && done.outcome === 'update') totals.linked++;
      if (
        before !== undefined &&
        (lost(before, done.person, 'login') || lost(before, done.person, 'email'))
      ) {
        totals.keyChanges++;
      }
    }
    this.giveUpAbsorbedKeys(people);
    const absent = this.absent(people);
    for (const outcome of absent.values()) if (outcome === 'skip') totals.kept++;
    const byLine = new Map(this.works.map((work) => [work.row.line, work]));
    return {
      rows,
      absent,
      matchedBy: new Map(
        this.read.rows.map(({ line }) => {
          const work = byLine.get(line);
          return [line, work?.outcome === null ? work.by : 'none'];
        }),
      ),
      ...totals,
      unknownManagers: [...managers].filter(([, id]) => id === undefined).map(([line]) => line),
      cycles: led.filter((line) => {
        const work = byLine.get(line);
        return work !== undefined && isOwnManager(people, this.idOf(work));
      }),
      after: { people, identities },
    };
  }

  private create(work: Work, manager: string | undefined): Done {
    if (!this.read.create) return { outcome: 'skip', kept: 0 };
    const { values } = work.row;
    const fields: Record<string, string | null> = Object.fromEntries(
      FIELDS.map((field) => [field, values[field] ?? null]),
    );
    for (const [field, value] of Object.entries(values)) {
      if (field.startsWith('properties.')) fields[field] = value ?? null;
    }
    fields['login'] = newUserKeys(work.row).login;
    fields['status'] = values['status'] ?? 'active';
    fields['manager'] = manager ?? null;
    const id = this.idOf(work);
    return {
      outcome: 'create',
      kept: 0,
      person: { id, fields, sticky: [], protected: false, mergedInto: null },
    };
  }

  private change(work: Work, manager: string | undefined): Done {
    const before = this.person(work.who ?? '');
    const opinions = this.opinions(work);
    if (manager !== undefined && manager !== before.fields['manager']) {
      opinions.push({ field: 'manager', next: manager, kept: before.sticky.includes('manager') });
    }
    const kept = opinions.filter((o) => o.kept).length;
    const open = opinions.filter((o) => !o.kept);
    const written = open.filter((o) => this.allowed(work, o.field));
    const fields = { ...before.fields };
    for (const { field, next } of written) fields[field] = next;
    const status = written.find((o) => o.field === 'status')?.next;
    const outcome =
      status === 'inactive'
        ? 'deactivate'
        : status === 'active'
          ? 'reactivate'
          : written.length > 0 || work.linked
            ? 'update'
            : this.read.update === 'off' && open.length > 0
              ? 'skip'
              : 'unchanged';
    return { outcome, kept, person: { ...before, fields } };
  }

  /** A key that the survivor takes from an account it absorbed, that account gives up. */
  private giveUpAbsorbedKeys(people: Map<string, Person>): void {
    for (const person of people.values()) {
      const survivor = person.mergedInto === null ? undefined : people.get(person.mergedInto);
      if (survivor === undefined) continue;
      const fields = { ...person.fields };
      for (const kind of KEYS) {
        const [own, theirs] = [fields[kind] ?? null, survivor.fields[kind] ?? null];
        if (own !== null && theirs !== null && keyOf(kind, own) === keyOf(kind, theirs)) {
          fields[kind] = null;
        }
      }
      people.set(person.id, { ...person, fields });
    }
  }

  /** Who should be in the read and is not; bad rows prove presence too. Changes `people`. */
  private absent(people: Map<string, Person>): Map<string, Outcome> {
    const absent = new Map<string, Outcome>();
    if (!this.read.absence) return absent;
    const present = new Set(this.works.flatMap((work) => work.about));
    const stuck = new Set(
      this.works.filter((work) => work.outcome === 'conflict').map((work) => work.row),
    );
    for (const row of this.read.rows) {
      const holder = this.identity(row.externalId);
      if (holder !== undefined) present.add(holder).add(this.survivor(holder));
      if (!this.early.has(row.line) && !stuck.has(row)) continue;
      // Whoever a row that does not go through may be about, or is in its way, is there.
      const keys = stuck.has(row) && holder === undefined ? newUserKeys(row) : row.values;
      for (const kind of KEYS) {
        const value = keys[kind] ?? null;
        const named = value === null ? undefined : this.holderOf(kind, value);
        if (named !== undefined) present.add(this.survivor(named.id));
      }
    }
    for (const [key, userId] of this.world.identities) {
      if (!key.startsWith(`${this.read.sourceId} `) || present.has(userId)) continue;
      const person = this.person(userId);
      if (person.fields['status'] !== 'active' || person.mergedInto !== null) continue;
      if (person.protected || person.sticky.includes('status')) {
        absent.set(userId, 'skip');
      } else {
        absent.set(userId, 'deactivate');
        const now = people.get(userId) ?? person;
        people.set(userId, { ...now, fields: { ...now.fields, status: 'inactive' } });
      }
    }
    return absent;
  }
}

interface Done {
  readonly outcome: Outcome;
  readonly kept: number;
  readonly person?: Person;
}

/** Everything that a row says, for comparing two rows; the line is not part of it. */
function said(row: ReadRow): string {
  const values = Object.entries(row.values).filter(([, value]) => value !== undefined);
  return JSON.stringify([row.externalId, values.sort(), [...row.clears].sort()]);
}

function newUserKeys(row: ReadRow): Record<Key, string | null> {
  const code = row.values['code'] ?? null;
  const email = row.values['email'] ?? null;
  return { code, email, login: row.values['login'] ?? email ?? code };
}

function lost(before: Person, after: Person, kind: Key): boolean {
  const old = before.fields[kind] ?? null;
  const next = after.fields[kind] ?? null;
  return old !== null && (next === null || keyOf(kind, next) !== keyOf(kind, old));
}

function isOwnManager(people: ReadonlyMap<string, Person>, id: string): boolean {
  const seen = new Set<string>();
  for (let at = people.get(id)?.fields['manager'] ?? null; at !== null;) {
    if (at === id) return true;
    if (seen.has(at)) return false;
    seen.add(at);
    at = people.get(at)?.fields['manager'] ?? null;
  }
  return false;
}

/** What a read leads to in a world. */
export function expectRead(world: World, read: Read): Expected {
  return new Planner(world, read).plan();
}
