import type { DialectName } from '../../connectors/fake/dialects';
import type { FakePerson } from '../../connectors/fake/people';
import type { World } from '../../connectors/fake/world';
import type { Dice } from '../sync/chance';
import { Staff, type Happening } from '../sync/people';
import { isActive, TELLS_DAYS } from '../sync/truth';

const DAY_MS = 86_400_000;
/** A person joins or leaves within this many days. */
const AHEAD_DAYS = 21;

/** How often it happens on a day, per person who works there. */
const RATES: readonly (readonly [Happening, number])[] = [
  ['hire', 0.001],
  ['leave', 0.0007],
  // Half of them will join, half of them will leave.
  ['later', 0.001],
  ['move', 0.005],
  ['rename', 0.0003],
  ['return', 0.0001],
  ['vanish', 0.00005],
  ['merge', 0.00003],
];

/**
 * A share that leaves on one day when a site is closed: more than a source may deactivate at once.
 */
const CLOSED_SHARE = 0.065;

export interface CompanyInput {
  readonly vendor: DialectName;
  readonly world: World;
  readonly dice: Dice;
  readonly now: () => Date;
  /** Multiplies the usual rates: in a small company more has to happen. */
  readonly pace: number;
}

/** A company in which people join, leave and change as in others, day by day. */
export class Company {
  readonly #staff: Staff;
  /** How often each thing happened. */
  readonly happened = new Map<Happening, number>();

  constructor(private readonly o: CompanyInput) {
    const { vendor, world, dice, now } = o;
    const later = (): string =>
      new Date(now().getTime() + (1 + dice.below(AHEAD_DAYS)) * DAY_MS).toISOString().slice(0, 10);
    this.#staff = new Staff(vendor, world, dice, () => now().getTime(), later);
  }

  /** A usual day. */
  day(): void {
    for (const [what, rate] of RATES) {
      const wanted = this.working().length * rate * this.o.pace;
      const times = Math.floor(wanted) + (this.o.dice.often(wanted % 1) ? 1 : 0);
      for (let i = 0; i < times; i++) this.#make(what);
    }
  }

  /** Many leave at once. Returns how many. */
  closeSite(): number {
    const leavers = Math.ceil(this.working().length * CLOSED_SHARE);
    for (let i = 0; i < leavers; i++) this.#make('leave');
    return leavers;
  }

  /** The people who should have access today. */
  working(): FakePerson[] {
    const today = this.o.now().toISOString().slice(0, 10);
    return this.o.world.people().filter((p) => isActive(this.o.vendor, p, today));
  }

  #make(what: Happening): void {
    if (what === 'later' && !TELLS_DAYS.has(this.o.vendor)) return;
    const present = this.working();
    if (present.length === 0) return;
    this.#staff.make(what, { somebody: this.o.dice.pick(present), present });
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }
}
