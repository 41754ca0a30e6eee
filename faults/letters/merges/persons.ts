import { diceOf, type Dice } from '../../sync/chance';
import type { Rig } from '../../rig';

/** An account of the campaign: number `n` of the people of a stack. */
export interface Account {
  readonly n: number;
  /** False: the filter of the letter does not find it. */
  readonly isChosen: boolean;
  readonly hasAddress: boolean;
}

/** Accounts of one person. The last one absorbs those before it, one after the other. */
export type Person = readonly Account[];

/** A merge, by codes. */
export interface Merge {
  readonly survivor: string;
  readonly redundant: string;
}

const CHOSEN = { isChosen: true, hasAddress: true };
/** What the accounts of a person may be; the survivor is the last one. */
const KINDS = [
  [CHOSEN, CHOSEN],
  [CHOSEN, { isChosen: true, hasAddress: false }],
  [{ isChosen: true, hasAddress: false }, CHOSEN],
  [CHOSEN, { isChosen: false, hasAddress: true }],
  [{ isChosen: false, hasAddress: true }, CHOSEN],
  [CHOSEN, { isChosen: false, hasAddress: false }],
  [CHOSEN, CHOSEN, CHOSEN],
  [CHOSEN, { isChosen: true, hasAddress: false }, CHOSEN],
] as const;

export const codeOf = ({ n, isChosen }: Account): string => `${isChosen ? 'P' : 'Q'}${String(n)}`;
export const addressOf = ({ n }: Account): string => `p${String(n)}@people.example`;

/** People with so many merges among them; their accounts are spread over all of the stack. */
export function personsFor(o: {
  readonly seed: string;
  readonly merges: number;
  readonly recipients: number;
}): Person[] {
  const dice = diceOf(o.seed, 'merges');
  const free = shuffled(
    dice,
    Array.from({ length: o.recipients }, (_, i) => i + 1),
  );
  const persons: Person[] = [];
  for (let left = o.merges; left > 0;) {
    const kind = KINDS[persons.length % KINDS.length] ?? KINDS[0];
    const accounts = kind.slice(0, left + 1).map((of) => ({ n: free.pop() ?? 0, ...of }));
    if (accounts.some(({ n }) => n === 0)) throw new Error('too few recipients for these merges');
    persons.push(accounts);
    left -= accounts.length - 1;
  }
  return persons;
}

/** The merges that make one account of each person. */
export function mergesOf(persons: readonly Person[]): Merge[] {
  return persons.flatMap((accounts) =>
    accounts.slice(1).map((survivor, i) => ({
      survivor: codeOf(survivor),
      redundant: codeOf(accounts[i] ?? survivor),
    })),
  );
}

/** Makes the accounts of the stack what the persons say. */
export async function dress(rig: Rig, persons: readonly Person[]): Promise<void> {
  const accounts = persons.flat();
  const codes = (of: readonly Account[]): string[] => of.map(({ n }) => `P${String(n)}`);
  await rig.sql(`update "user" set email = null, email_key = null where code = any ($1::text[])`, {
    values: [codes(accounts.filter(({ hasAddress }) => !hasAddress))],
  });
  await rig.sql(`update "user" set code = 'Q' || substr(code, 2) where code = any ($1::text[])`, {
    values: [codes(accounts.filter(({ isChosen }) => !isChosen))],
  });
}

function shuffled<T>(dice: Dice, list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = dice.below(i + 1);
    const [one, other] = [list[i], list[j]];
    if (one !== undefined && other !== undefined) [list[i], list[j]] = [other, one];
  }
  return list;
}
