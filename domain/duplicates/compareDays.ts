import { agreement, NO_EVIDENCE, OF_ONE_PERSON, type Evidence } from './evidence';
import type { Rarity } from './rarity';
import type { Traits } from './traits';

/** Days that differ from one day in one digit, by one or two days, or by day and month. */
const SIMILAR_DAYS = 60;
const NEAR_DAYS = 2;
const DAY_MS = 86_400_000;
const ZERO = 0x30;
/** The most that different days are worth. */
const MAX_OTHER_DAY_BITS = 7;

/** The evidence of the first days. A day on which many people began says little. */
export function compareDays(a: Traits, b: Traits, rarity: Rarity): Evidence {
  if (a.hireDate === '' || b.hireDate === '') return NO_EVIDENCE;
  const found = (value: string, ofOnePerson: number): number =>
    agreement(rarity, { kind: 'day', value, ofOnePerson });
  if (a.hireDate === b.hireDate) {
    return { bits: found(a.hireDate, OF_ONE_PERSON.sameDay), reason: 'same_hire_date' };
  }
  if (areSimilar(a.hireDate, b.hireDate)) {
    const share = OF_ONE_PERSON.similarDay / SIMILAR_DAYS;
    const bits = Math.min(found(a.hireDate, share), found(b.hireDate, share));
    const least = Math.log2(OF_ONE_PERSON.otherDay);
    return {
      bits: Math.min(MAX_OTHER_DAY_BITS, Math.max(bits, least)),
      reason: 'similar_hire_date',
    };
  }
  return { bits: Math.log2(OF_ONE_PERSON.otherDay), reason: 'other_hire_date' };
}

/** Of two different days, YYYY-MM-DD. */
function areSimilar(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let i = 0; i < a.length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) different += 1;
  if (different === 1) return true;
  const isSwapped =
    a.slice(0, 5) === b.slice(0, 5) && a.slice(5, 7) === b.slice(8) && a.slice(8) === b.slice(5, 7);
  if (isSwapped || (different === 2 && swapsDigits(a, b))) return true;
  return areNear(a, b);
}

function areNear(a: string, b: string): boolean {
  // Two days that near have their year and month in common, or one begins a month.
  const begins = a.charCodeAt(8) === ZERO || b.charCodeAt(8) === ZERO;
  if (!begins && a.slice(0, 7) !== b.slice(0, 7)) return false;
  return Math.abs(Date.parse(a) - Date.parse(b)) <= NEAR_DAYS * DAY_MS;
}

/** 1984 and 1948: two digits beside each other, in the other order. */
function swapsDigits(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a.charAt(at) === b.charAt(at)) at += 1;
  return a.charAt(at) === b.charAt(at + 1) && a.charAt(at + 1) === b.charAt(at);
}
