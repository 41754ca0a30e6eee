import type { Dice } from '../sync/chance';
import type { Form } from './form';

/** A time for which a person worked, under one number. */
export interface Stint {
  readonly number: string;
  readonly first: string;
  readonly last: string;
}

/** What is true about a person. */
export interface Employee {
  /** Who they are, whatever else changes. */
  readonly key: number;
  readonly first: string;
  readonly last: string;
  readonly email: string;
  readonly number: string;
  readonly department: string;
  /** A second job, in this department; '' for most people. */
  readonly secondJob: string;
  readonly firstDay: string;
  /** The last day of work; '' while none is known. */
  readonly lastDay: string;
  /** The person has no value in the key column. */
  readonly bare: boolean;
  /** The person had no value there at first. */
  readonly wasBare: boolean;
  /** The person has the e-mail that was another person's: without a number, that is all one has. */
  readonly swapped: boolean;
  /** Earlier stints. */
  readonly former: readonly Stint[];
}

/** How a company writes its numbers. */
export const NUMBERINGS = ['zeros', 'plain', 'letters', 'round'] as const;
export type Numbering = (typeof NUMBERINGS)[number];

export const EVENTS = {
  join: 'somebody joins',
  joinLater: 'somebody will join on a later day',
  leave: 'somebody leaves',
  leaveLater: 'somebody will leave on a later day',
  rehire: 'a leaver comes back under the old number',
  rehireNew: 'a leaver comes back under a new number',
  renumber: 'somebody gets a new number',
  rename: 'somebody gets another last name',
  mail: 'somebody gets another e-mail address',
  swap: 'two people swap their e-mail addresses',
  secondJob: 'somebody gets a second job',
  numbered: 'somebody without a number gets one',
} as const;
export type CompanyEvent = keyof typeof EVENTS;

const FIRST = [
  'Ann',
  'Bob',
  'Cleo',
  'Dag',
  'Eva',
  'Finn',
  'Gil',
  'Hana',
  'Ivo',
  'Jo',
  'Kim',
  'Lea',
];
const DEPARTMENTS = ['Sales', 'Stores', 'Care', 'Works'];

/** The truth: a company whose people join, leave, come back and change, day by day. */
export class Company {
  readonly #people = new Map<number, Employee>();
  readonly #dice: Dice;
  readonly #numbering: Numbering;
  /** True when some people share their full name. */
  readonly #namesakes: boolean;
  readonly #key: Form['key'];
  /** The share of people who have no number in the list. */
  readonly #bare: number;
  /** Days alone say who left: of a person without a number the list does not remember that they did. */
  readonly #onlyDays: boolean;
  #numbers = 0;
  #keys = 0;
  #mails = 0;

  constructor(o: {
    readonly dice: Dice;
    readonly size: number;
    readonly numbering: Numbering;
    readonly namesakes: boolean;
    readonly form: Pick<Form, 'key' | 'bare' | 'status' | 'days'>;
    readonly today: string;
  }) {
    this.#dice = o.dice;
    this.#numbering = o.numbering;
    this.#namesakes = o.namesakes;
    this.#key = o.form.key;
    this.#bare = o.form.bare ? 0.3 : 0;
    this.#onlyDays = o.form.days && !o.form.status;
    for (let i = 0; i < o.size; i++) this.#hire(addDays(o.today, -200 - i));
  }

  people(): readonly Employee[] {
    return [...this.#people.values()];
  }

  find(key: number): Employee | undefined {
    return this.#people.get(key);
  }

  /** Something happens; false when nobody is there for it. */
  happen(event: CompanyEvent, today: string): boolean {
    const working = this.people().filter(
      (p) => works(p, today) && p.lastDay === '' && this.#mayMeet(event, p),
    );
    const one = working.length === 0 ? undefined : this.#dice.pick(working);
    switch (event) {
      case 'join':
        this.#hire(today);
        return true;
      case 'joinLater':
        this.#hire(addDays(today, 1 + this.#dice.below(3)));
        return true;
      case 'rehire':
      case 'rehireNew':
        return this.#rehire(today, event === 'rehireNew');
      default:
        return one === undefined ? false : this.#change(event, { one, working, today });
    }
  }

  /** The only key that says who a person is changes under nobody: such a person would be a stranger. */
  #mayMeet(event: CompanyEvent, { bare, wasBare }: Employee): boolean {
    switch (event) {
      case 'numbered':
        return bare;
      case 'swap':
        return this.#key !== 'email' && !wasBare;
      case 'mail':
        return this.#key === 'email' || !bare;
      case 'renumber':
        return this.#key !== 'email' || !bare;
      default:
        return true;
    }
  }

  #change(
    event: Exclude<CompanyEvent, 'join' | 'joinLater' | 'rehire' | 'rehireNew'>,
    o: { readonly one: Employee; readonly working: readonly Employee[]; readonly today: string },
  ): boolean {
    const { one, today } = o;
    switch (event) {
      case 'leave':
        return this.#put(one, { lastDay: addDays(today, -1) });
      case 'leaveLater':
        return this.#put(one, { lastDay: addDays(today, this.#dice.below(3)) });
      case 'renumber':
        return this.#put(one, { number: this.#number() });
      case 'rename':
        return this.#put(one, { last: `Renamed${String(this.#keys++)}` });
      case 'mail':
        return this.#put(one, { email: this.#mail() });
      case 'secondJob':
        return this.#put(one, { secondJob: 'Academy' });
      case 'numbered':
        return this.#put(one, { bare: false });
      case 'swap': {
        const other = this.#dice.pick(o.working);
        if (other.key === one.key) return false;
        this.#put(one, { email: other.email, swapped: true });
        return this.#put(other, { email: one.email, swapped: true });
      }
    }
  }

  #rehire(today: string, anew: boolean): boolean {
    const left = this.people().filter(
      (p) => p.lastDay !== '' && p.lastDay < today && !(p.bare && this.#onlyDays),
    );
    if (left.length === 0) return false;
    const one = this.#dice.pick(left);
    const stint = { number: one.number, first: one.firstDay, last: one.lastDay };
    return this.#put(one, {
      firstDay: today,
      lastDay: '',
      secondJob: '',
      former: [...one.former, stint],
      ...(anew && this.#mayMeet('renumber', one) ? { number: this.#number() } : {}),
    });
  }

  #hire(firstDay: string): void {
    const key = this.#keys++;
    const known = this.people();
    const bare = this.#bare > 0 && this.#dice.often(this.#bare);
    const namesake =
      this.#namesakes && known.length > 0 && this.#dice.often(0.15) ? this.#dice.pick(known) : null;
    this.#people.set(key, {
      key,
      first: namesake?.first ?? FIRST[key % FIRST.length] ?? 'Ann',
      last: namesake?.last ?? `Abel${String(key)}`,
      email: this.#mail(),
      number: this.#number(),
      department: this.#dice.pick(DEPARTMENTS),
      secondJob: '',
      firstDay,
      lastDay: '',
      bare,
      wasBare: bare,
      swapped: false,
      former: [],
    });
  }

  #put(one: Employee, change: Partial<Employee>): boolean {
    this.#people.set(one.key, { ...one, ...change });
    return true;
  }

  #mail(): string {
    return `m${String(this.#mails++)}@company.example`;
  }

  /** No two numbers are the same once zeros, case and the like are taken off. */
  #number(): string {
    const n = 1_001 + this.#numbers++;
    switch (this.#numbering) {
      case 'zeros':
        return String(n).padStart(7, '0');
      case 'plain':
        return String(n);
      case 'letters':
        return `AB-${String(n)}`;
      case 'round':
        return String(n * 10_000);
    }
  }
}

/** True when a person works on a day; the last day is one of work. */
export function works(p: Employee, day: string): boolean {
  return p.firstDay <= day && (p.lastDay === '' || p.lastDay >= day);
}

/** The day this many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}
