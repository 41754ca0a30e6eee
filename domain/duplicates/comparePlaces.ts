import { agreement, NO_EVIDENCE, OF_ONE_PERSON, type Evidence } from './evidence';
import type { Counted, Rarity } from './rarity';
import type { PairReason } from './reasons';
import { jaroWinkler } from './similarity';
import type { Traits } from './traits';

/** How much of the weight of the best agreement counts, and of the others. */
const SHARE = 0.6;
const FURTHER_SHARE = 0.25;
export const MAX_PLACE_BITS = 9;
/** From this similarity on, two titles or places may be one with a mistake. */
const SIMILAR = 0.92;

const PLACES = [
  ['organization', 'organization', 'same_organization'],
  ['title', 'title', 'same_job_title'],
  ['department', 'department', 'same_department'],
  ['location', 'location', 'same_location'],
] as const satisfies readonly (readonly [keyof Traits, Counted, PairReason])[];

/**
 * Organization, title, department and location hang together, so only the strongest counts for much;
 * different ones are usual for two accounts of one person.
 */
export function comparePlaces(a: Traits, b: Traits, rarity: Rarity): readonly Evidence[] {
  const found = PLACES.map(([trait, kind, reason]): Evidence => {
    const [one, other] = [a[trait], b[trait]];
    if (one === '' || other === '') return NO_EVIDENCE;
    if (one !== other && (kind === 'organization' || !areSimilar(one, other))) {
      return { bits: Math.log2(OF_ONE_PERSON.otherPlace) };
    }
    // A mistake is rare, and what it is a mistake of is not.
    const ofOnePerson = one === other ? OF_ONE_PERSON.samePlace : OF_ONE_PERSON.similarPlace;
    const bits = Math.min(
      agreement(rarity, { kind, value: one, ofOnePerson }),
      agreement(rarity, { kind, value: other, ofOnePerson }),
    );
    return { bits: Math.max(0, bits), reason };
  });
  const best = Math.max(...found.map(({ bits }) => bits));
  let left = MAX_PLACE_BITS;
  return found.map((one) => {
    if (one.bits <= 0) return { bits: one.bits * SHARE };
    const bits = Math.min(left, one.bits * (one.bits === best ? SHARE : FURTHER_SHARE));
    left -= bits;
    return { ...one, bits };
  });
}

/** The most that the places of two users can come to; quick, since most compared pairs end here. */
export function mostOfPlaces(a: Traits, b: Traits): number {
  const isShared =
    mayBeOne(a.organization, b.organization) ||
    mayBeOne(a.location, b.location) ||
    mayBeOne(a.department, b.department) ||
    mayBeOne(a.title, b.title);
  return isShared ? MAX_PLACE_BITS : 0;
}

function mayBeOne(one: string, other: string): boolean {
  return one !== '' && (one === other || areSimilar(one, other));
}

/** `Department 12` and `Department 13` are two. */
function areSimilar(one: string, other: string): boolean {
  if (one.charCodeAt(0) !== other.charCodeAt(0) || Math.abs(one.length - other.length) > 3) {
    return false;
  }
  const [end, otherEnd] = [one.charCodeAt(one.length - 1), other.charCodeAt(other.length - 1)];
  if (end !== otherEnd && (isDigit(end) || isDigit(otherEnd))) return false;
  return jaroWinkler(one, other) >= SIMILAR && digitsOf(one) === digitsOf(other);
}

function isDigit(letter: number): boolean {
  return letter >= 0x30 && letter <= 0x39;
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
