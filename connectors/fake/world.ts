import type { Mischief } from './misbehaviours';
import type { FakePerson } from './people';
import { fakePerson } from './people';

/** A part of a list as a dialect asks for it. */
export interface Slice {
  readonly people: readonly FakePerson[];
  /** Index after the part; null at the end. */
  readonly next: number | null;
  /** Last id of the part, even when it was truncated. */
  readonly lastId: string;
  readonly total: number;
}

type Which = (person: FakePerson) => boolean;

/** The people of a fake vendor, and how it misbehaves while it is read. */
export class World {
  private list: readonly FakePerson[];
  private readonly counts = new Map<string, number>();
  /** Number of the next person who joins while the list is read. */
  private newcomer = 80_000;
  /** List calls so far, including the present one. */
  listCalls = 0;
  /** Called after each answer to a list call: for changes that happen during a read. */
  meanwhile: ((world: World) => void) | null = null;

  constructor(
    people: readonly FakePerson[],
    private mischief: readonly Mischief[],
    /** The largest page, whatever size is asked for. */
    readonly maxPage: number,
    /** Epoch ms. */
    readonly clock: () => number,
  ) {
    this.list = inOrder(people);
  }

  /** Everybody as they are now, in the order of their ids. */
  people(): readonly FakePerson[] {
    return this.list;
  }

  find(id: string): FakePerson | undefined {
    return this.list.find((person) => person.id === id);
  }

  /** Replaces a person, or adds one. */
  put(person: FakePerson): void {
    const at = this.list.findIndex(({ id }) => id === person.id);
    this.list = at === -1 ? inOrder([...this.list, person]) : this.list.with(at, person);
  }

  remove(id: string): void {
    this.list = this.list.filter((person) => person.id !== id);
  }

  /** Changes how it misbehaves from now on, or stops it; list calls are counted from here. */
  behave(mischief: readonly Mischief[] = []): void {
    this.mischief = mischief;
    this.counts.clear();
    this.listCalls = 0;
  }

  /** True when a misbehaviour applies to this list call; counts how often it did. */
  due(kind: Mischief['kind'], often = 1): boolean {
    const mischief = this.mischief.find((item) => item.kind === kind);
    if (mischief === undefined || this.listCalls < (mischief.from ?? 2)) return false;
    const count = this.counts.get(kind) ?? 0;
    if (count >= (mischief.times ?? often)) return false;
    this.counts.set(kind, count + 1);
    return true;
  }

  /** True from the list call on in which a misbehaviour begins, to the end of the list. */
  began(kind: Mischief['kind']): boolean {
    return this.mischief.some((item) => item.kind === kind && this.listCalls >= (item.from ?? 2));
  }

  /** True while a misbehaviour is switched on at all. */
  has(kind: Mischief['kind']): boolean {
    return this.mischief.some((item) => item.kind === kind);
  }

  /** Rows from an index on, of those that `which` accepts. */
  slice(at: number, size: number, which?: Which): Slice {
    if (this.due('moved_row')) this.move();
    return this.cut(this.filtered(which), Math.max(at, 0), size);
  }

  /** Rows after an id: what a cursor that holds the id returns, whatever happened before it. */
  after(id: string, size: number, which?: Which): Slice {
    if (this.due('moved_row')) this.move();
    const all = this.filtered(which);
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.id ?? '') > id) high = middle;
      else low = middle + 1;
    }
    return this.cut(all, low, size);
  }

  private filtered(which: Which | undefined): readonly FakePerson[] {
    return which === undefined ? this.list : this.list.filter(which);
  }

  /** Rows of a list in the dialect's own order. */
  cut(list: readonly FakePerson[], at: number, size: number): Slice {
    const all = this.due('empty', 1e9) ? [] : list;
    // Vendors that do not page return everybody at once.
    const end = size === Infinity ? all.length : at + Math.min(size, this.maxPage);
    const people = all.slice(at, end);
    const drift = this.has('drifting_total') ? this.listCalls - 1 : 0;
    const kept = this.due('truncated_page')
      ? people.slice(0, Math.floor(people.length / 2))
      : people;
    return {
      people: kept,
      next: end >= all.length ? null : end,
      lastId: people.at(-1)?.id ?? '',
      total: Math.max(all.length - drift, 0),
    };
  }

  /** Two leave and two join: the total stays the same. */
  private move(): void {
    const count = this.list.length;
    const come = [fakePerson(this.newcomer), fakePerson(this.newcomer + 1)];
    this.newcomer += 2;
    if (count > 2) this.list = inOrder([...this.list.slice(2), ...come]);
  }
}

function inOrder(people: readonly FakePerson[]): readonly FakePerson[] {
  return [...people].sort((a, b) => (a.id < b.id ? -1 : 1));
}
