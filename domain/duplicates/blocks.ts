import { sound } from './letters';
import { nicknameLines } from './nicknames';
import { hashOf } from './rarity';
import { fullName, type Traits } from './traits';

/**
 * What two users must have in common to be compared at all: name → what it is, for the documentation. Two
 * spellings of a name with one mistake share its beginning or its end, so `name_start`, `name_end` and
 * `last_name` find every name with one mistake, as trigrams would.
 */
export const BLOCKS = {
  phone: 'the last nine digits of the phone number',
  mailbox: 'the e-mail address up to the @, without dots and tags, or the login',
  name: 'first and last name in any order, short forms of the first name included',
  last_name: 'the last name and the initial of the first name',
  name_start: 'the first name and how the last name begins',
  name_end: 'the first name and how the last name ends',
  last_name_end: 'the last name and how the first name ends',
  day: 'the first day and the initials',
  day_first: 'the first day and the first name',
  day_last: 'the first day and the last name',
  day_place: 'the first day and the location',
  place: 'the location and the initials',
} as const;

export type Block = keyof typeof BLOCKS;

/** Every block, in the order of its number in the store. */
export const BLOCK_NAMES: readonly Block[] = [
  'phone',
  'mailbox',
  'name',
  'last_name',
  'name_start',
  'name_end',
  'last_name_end',
  'day',
  'day_first',
  'day_last',
  'day_place',
  'place',
];

/** More people than this in one block are no evidence: they are not compared. */
export const MAX_BLOCK_PEOPLE = 200;

/** A block of a user: `number` in {@link BLOCK_NAMES}, and a key below 2^53 that the block's users share. */
export interface BlockKey {
  readonly number: number;
  readonly key: number;
}

/** Letters of a name's beginning, and of its end. */
const LETTERS = 3;

export function blockKeys(t: Traits): readonly BlockKey[] {
  const found: BlockKey[] = [];
  const add = (block: Block, ...parts: readonly string[]): void => {
    if (parts.some((part) => part === '')) return;
    const number = BLOCK_NAMES.indexOf(block);
    const { high, low } = hashOf(parts.join(' '), number + 1);
    const key = (high & 0x1fffff) * 0x100000000 + low;
    if (!found.some((one) => one.key === key)) found.push({ number, key });
  };
  const [first, last] = [t.first[0] ?? '', t.family];
  const heard = sound(last);
  const initials = [first.charAt(0), last.charAt(0)].sort().join('');
  add('phone', t.phone);
  add('mailbox', t.local);
  add('mailbox', t.login);
  if (first !== '' && last !== '') {
    add('name', fullName(t));
    for (const line of nicknameLines(first)) add('name', String(line), last);
    add('last_name', last, first.charAt(0));
    add('name_start', first, heard.slice(0, LETTERS));
    add('name_end', first, heard.slice(-LETTERS));
    add('last_name_end', last, first.slice(-2));
  } else {
    add('name', first + last);
  }
  add('day', t.hireDate, initials);
  add('day_first', t.hireDate, first);
  add('day_last', t.hireDate, last);
  add('day_place', t.hireDate, t.location);
  add('place', t.location, initials);
  return found;
}
