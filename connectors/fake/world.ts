import type { Mischief } from './misbehaviours';
import type { FakePerson } from './people';
import { fakePerson } from './people';

/** A slice of a list as a dialect asks for it. */
export interface Slice {
  readonly people: readonly FakePerson[];
  /** Index after the slice; null at the end. */
  readonly next: number | null;
  /** Last id of the slice, also of one that was truncated. */
  readonly lastId: string;
  readonly total: number;
}

type Which = (person: FakePerson) => boolean;

/** What a fake vendor knows, and how it misbehaves while it is asked. */
export class World {
  private list: readonly FakePerson[];
  private readonly counts = new Map<string, number>();
  /** Number of the next one who comes while the list is read. */
  private newcomer = 80_000;
  /** List calls so far, the present one included. */
  listCalls = 0;
  /** Called after each answer to a list call: what happens there while somebody reads. */
  meanwhile: ((world: World) => void) | null = null;

  constructor(
    people: readonly FakePerson[],
    private mischief: readonly Mischief[],
    /** The most that a page holds, whatever is asked for. */
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

  /** Misbehaves in another way from now on, or not at all; list calls are counted from here. */
  behave(mischief: readonly Mischief[] = []): void {
    this.mischief = mischief;
    this.counts.clear();
    this.listCalls = 0;
  }

  /** True when a misbehaviour is due in this list call; counts how often it was. */
  due(kind: Mischief['kind'], often = 1): boolean {
    const mischief = this.mischief.find((item) => item.kind === kind);
    if (mischief === undefined || this.listCalls < (mischief.from ?? 2)) return false;
    const count = this.counts.get(kind) ?? 0;
    if (count >= (mischief.times ?? often)) return false;
    this.counts.set(kind, count + 1);
    return true;
  }

  /** True while a misbehaviour is switched on at all. */
  has(kind: Mischief['kind']): boolean {
    return this.mischief.some((item) => item.kind === kind);
  }

  /** Rows from an index on, of those that `which` lets through. */
  slice(at: number, size: number, which?: Which): Slice {
    if (this.due('moved_row')) this.move();
    return this.cut(this.filtered(which), Math.max(at, 0), size);
  }

  /** Rows after an id: what a cursor that holds the id gives, whatever happened before it. */
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

  /** Rows of a list that a dialect put in its own order. */
  cut(list: readonly FakePerson[], at: number, size: number): Slice {
    const all = this.due('empty', 1e9) ? [] : list;
    // Vendors that do not page give everybody at once.
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

  /** Two go and two come: the total stays what it was. */
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
