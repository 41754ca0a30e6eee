import type { DialectName } from '../../connectors/fake/dialects';
import { fakePerson, type FakePerson } from '../../connectors/fake/people';
import type { World } from '../../connectors/fake/world';
import type { Dice } from './chance';
import { TELLS_DAYS, TELLS_MERGES, TELLS_REMOVED } from './truth';

const DAY_MS = 86_400_000;
const FAR = '2099-12-31';

/** Events that happen to people. */
export type Happening =
  'hire' | 'leave' | 'vanish' | 'rename' | 'swap' | 'merge' | 'return' | 'later' | 'move';

/** Out of a hundred events: this many are the first, this many the second, and so on. */
const DRAWS: readonly (readonly [below: number, Happening])[] = [
  [22, 'hire'],
  [34, 'leave'],
  [42, 'vanish'],
  [54, 'rename'],
  [64, 'swap'],
  [70, 'merge'],
  [78, 'return'],
  [82, 'later'],
  [100, 'move'],
];

/**
 * The people at a vendor, who join, leave and change; the vendor's own clock stamps each change.
 */
export class Staff {
  #next: number;
  /** A person who gave an address to another stays: otherwise a leaver would still hold it. */
  readonly #swapped = new Set<string>();

  constructor(
    readonly vendor: DialectName,
    readonly world: World,
    private readonly dice: Dice,
    /** Epoch ms, the vendor's. */
    private readonly now: () => number,
    /** The day, `YYYY-MM-DD`, on which a person joins or leaves later. */
    private readonly later: () => string = () => FAR,
  ) {
    this.#next = world.people().length;
  }

  /** This many events happen, all stamped with one time or each with its own. */
  happen(times: number): void {
    for (let i = 0; i < times; i++) this.#one();
  }

  /** A batch job of the vendor touches everybody at one instant. */
  touchAll(): void {
    const modifiedAt = this.now();
    for (const person of [...this.world.people()]) this.world.put({ ...person, modifiedAt });
  }

  #one(): void {
    const present = this.#present();
    const somebody = present.length === 0 ? undefined : this.dice.pick(present);
    const draw = this.dice.below(100);
    const what = DRAWS.find(([below]) => draw < below)?.[1] ?? 'move';
    this.make(somebody === undefined ? 'hire' : what, { somebody, present });
  }

  #present(): FakePerson[] {
    return this.world.people().filter((p) => !p.deleted && p.mergedInto === '');
  }

  /** One event happens, to a random person unless one is given. */
  make(
    what: Happening,
    o: {
      readonly somebody?: FakePerson | undefined;
      readonly present?: readonly FakePerson[];
    } = {},
  ): void {
    const present = o.present ?? this.#present();
    if (what === 'hire' || present.length === 0) {
      this.#hire();
      return;
    }
    if (what === 'return') {
      this.#return();
      return;
    }
    const somebody = o.somebody ?? this.dice.pick(present);
    switch (what) {
      case 'leave':
        this.#leave(somebody);
        break;
      case 'vanish':
        this.#vanish(somebody);
        break;
      case 'rename':
        this.#rename(somebody);
        break;
      case 'swap':
        this.#swap(somebody, this.dice.pick(present));
        break;
      case 'merge':
        this.#merge(somebody, this.dice.pick(present));
        break;
      case 'later':
        this.#later(somebody);
        break;
      case 'move':
        this.#move(somebody);
        break;
    }
  }

  #put(person: FakePerson, change: Partial<FakePerson>): void {
    this.world.put({ ...person, ...change, modifiedAt: this.now() });
  }

  #hire(): void {
    const n = this.#next++;
    const boss = this.#bossOf(fakePerson(n).id);
    this.#put(fakePerson(n), { managerId: boss });
  }

  /** A person who is listed before another: no cycle of managers can arise. */
  #bossOf(id: string): string {
    const above = this.world.people().filter((p) => p.id < id && !p.deleted && p.mergedInto === '');
    return above.length === 0 || this.dice.often(0.1) ? '' : this.dice.pick(above).id;
  }

  #leave(person: FakePerson): void {
    // A contact has no status: it exists, or is in the bin.
    if (TELLS_MERGES.has(this.vendor)) {
      this.#put(person, { deleted: true });
      return;
    }
    const leaveDate = TELLS_DAYS.has(this.vendor) ? this.#day(-1) : '';
    this.#put(person, { status: 'inactive', leaveDate });
  }

  /** Reported as removed where the vendor does so, else no longer listed. */
  #vanish(person: FakePerson): void {
    if (this.#swapped.has(person.id)) return;
    this.#orphan(person.id);
    if (TELLS_REMOVED.has(this.vendor) && this.dice.often(0.7))
      this.#put(person, { deleted: true });
    else this.world.remove(person.id);
  }

  #orphan(id: string): void {
    for (const p of this.world.people().filter(({ managerId }) => managerId === id)) {
      this.#put(p, { managerId: this.#bossOf(p.id < id ? p.id : id) });
    }
  }

  #rename(person: FakePerson): void {
    const n = this.#next++;
    const lastName = `Renamed${String(n)}`;
    this.#put(person, {
      lastName,
      ...(this.dice.often(0.5) ? { email: `new${String(n)}@staff.example` } : {}),
    });
  }

  #swap(one: FakePerson, other: FakePerson): void {
    if (one.id === other.id) return;
    this.#swapped.add(one.id).add(other.id);
    this.#put(one, { email: other.email });
    this.#put(other, { email: one.email });
  }

  /**
   * The survivor keeps its own address; where the vendor cannot merge, the other one just leaves.
   */
  #merge(survivor: FakePerson, other: FakePerson): void {
    if (survivor.id === other.id || this.#swapped.has(other.id)) return;
    this.#orphan(other.id);
    if (!TELLS_MERGES.has(this.vendor)) {
      this.world.remove(other.id);
      return;
    }
    // The survivor itself may have reported to the other.
    const now = this.world.find(survivor.id) ?? survivor;
    this.#put(now, { mergedIds: [...now.mergedIds, other.id, ...other.mergedIds] });
    this.#put(other, { mergedInto: survivor.id, deleted: true });
  }

  /** A person who left, or was removed, comes back under the same number. */
  #return(): void {
    const gone = this.world
      .people()
      .filter((p) => p.mergedInto === '' && (p.deleted || p.status === 'inactive'));
    if (gone.length === 0) return;
    this.#put(this.dice.pick(gone), { status: 'active', deleted: false, leaveDate: '' });
  }

  /** Joins, or leaves, on a future day. */
  #later(person: FakePerson): void {
    if (!TELLS_DAYS.has(this.vendor)) return;
    if (this.dice.often(0.5)) this.#put(person, { leaveDate: this.later(), status: 'active' });
    else this.#put(fakePerson(this.#next++), { hireDate: this.later() });
  }

  #move(person: FakePerson): void {
    this.#put(person, {
      department: this.dice.often(0.1) ? '' : this.dice.pick(['Archive', 'Stores', 'Sales']),
      jobTitle: this.dice.often(0.1) ? '' : this.dice.pick(['Lead', 'Clerk', 'Engineer']),
      location: this.dice.pick(['Berlin', 'Vienna', 'Graz']),
      managerId: this.#bossOf(person.id),
    });
  }

  #day(days: number): string {
    return new Date(this.now() + days * DAY_MS).toISOString().slice(0, 10);
  }
}

/** A company with one person above another. */
export function companyOf(size: number): FakePerson[] {
  return Array.from({ length: size }, (_, n) =>
    fakePerson(n, { managerId: n === 0 ? '' : fakePerson(Math.floor((n - 1) / 5)).id }),
  );
}
