import { agreement, crowdOf, NO_EVIDENCE, OF_ONE_PERSON, type Evidence } from './evidence';
import { sound } from './letters';
import { areNicknames } from './nicknames';
import type { Counted, Rarity } from './rarity';
import { jaroWinkler } from './similarity';
import { fullName, type Traits } from './traits';

/** From this similarity on, two names may be one with a mistake; below the second they have nothing in common. */
const SIMILAR = 0.9;
const SOMEWHAT = 0.84;
/** A mistake makes one of about so many other names of a name. */
const MISTAKES = 100;
/** Share of people whose name is by chance that similar to a given one. */
const SIMILAR_BY_CHANCE = 0.004;
const VERY_SIMILAR = 0.95;
const VERY_SIMILAR_BY_CHANCE = 0.0015;
const MIN_SIMILAR_BITS = -3;

type Words = readonly string[];

/** The evidence of the names: straight, or with first and last name swapped, whichever says more. */
export function compareNames(a: Traits, b: Traits, rarity: Rarity): readonly Evidence[] {
  const first = compareFirst(a, b, rarity);
  const last = compareLast(a, b, rarity);
  const straight = first.bits + last.bits;
  const swapped = compareSwapped(a, b, rarity);
  const names = swapped.bits > straight ? [swapped] : together(a, b, [first, last], rarity);
  return [...names, ...compareGenerations(a, b)];
}

/**
 * Both names the same: the name as a whole may be more frequent than its parts are by themselves (a Turkish
 * first name goes with a Turkish last name), so it is counted, too.
 */
function together(
  a: Traits,
  b: Traits,
  [first, last]: readonly [Evidence, Evidence],
  rarity: Rarity,
): readonly Evidence[] {
  if (first.reason !== 'same_first_name' || last.reason !== 'same_last_name') {
    return [first, last];
  }
  const whole = agreement(rarity, {
    kind: 'full',
    value: fullName(a),
    ofOnePerson: OF_ONE_PERSON.sameName,
  });
  const bits = Math.min(first.bits + last.bits, whole);
  const spelled = a.written !== '' && b.written !== '' && a.written !== b.written;
  return [{ bits, reason: spelled ? 'other_spelling' : 'same_name' }];
}

function compareFirst(a: Traits, b: Traits, rarity: Rarity): Evidence {
  const [one, other] = [a.first[0], b.first[0]];
  if (one === undefined || other === undefined) return NO_EVIDENCE;
  if (one.length === 1 || other.length === 1) return compareInitial(one, other);
  const found = (value: string, ofOnePerson: number): number =>
    agreement(rarity, { kind: 'first', value, ofOnePerson });
  if (one === other || a.given === b.given) {
    const bits = found(one, OF_ONE_PERSON.sameName);
    return { bits, reason: 'same_first_name' };
  }
  if (areNicknames(one, other)) {
    const bits = Math.min(found(one, OF_ONE_PERSON.nickname), found(other, OF_ONE_PERSON.nickname));
    return { bits, reason: 'nickname' };
  }
  const shared = sharedWord(a.first, b.first);
  if (shared !== undefined) {
    const bits = found(shared, OF_ONE_PERSON.partOfName);
    return { bits, reason: 'part_of_name' };
  }
  return (
    compareSimilar([one, other], 'first', rarity) ?? {
      bits: Math.log2(OF_ONE_PERSON.otherFirstName),
      reason: 'other_first_name',
    }
  );
}

/** An initial that fits says little: one person in ten has it. */
function compareInitial(one: string, other: string): Evidence {
  return one.charAt(0) === other.charAt(0)
    ? NO_EVIDENCE
    : { bits: Math.log2(OF_ONE_PERSON.otherFirstName), reason: 'other_first_name' };
}

function compareLast(a: Traits, b: Traits, rarity: Rarity): Evidence {
  const [one, other] = [a.family, b.family];
  if (one === '' || other === '') return NO_EVIDENCE;
  const found = (value: string, ofOnePerson: number): number =>
    agreement(rarity, { kind: 'last', value, ofOnePerson });
  if (one === other) {
    const bits = found(one, OF_ONE_PERSON.sameName);
    return { bits, reason: 'same_last_name' };
  }
  if (one.length === 1 || other.length === 1) {
    if (one.charAt(0) === other.charAt(0)) return NO_EVIDENCE;
    return { bits: Math.log2(OF_ONE_PERSON.otherLastName), reason: 'other_last_name' };
  }
  const shared = sharedWord(a.last, b.last);
  if (shared !== undefined) {
    const bits = found(shared, OF_ONE_PERSON.partOfName);
    return { bits, reason: 'part_of_name' };
  }
  return (
    compareSimilar([one, other], 'last', rarity) ?? {
      bits: Math.log2(OF_ONE_PERSON.otherLastName),
      reason: 'other_last_name',
    }
  );
}

/** A word of names of which at least one has several. */
function sharedWord(a: Words, b: Words): string | undefined {
  if (a.length === 1 && b.length === 1) return undefined;
  return a.find((word) => word.length > 1 && b.includes(word));
}

/**
 * Two names that differ in a few letters. A mistake makes a name that hardly anybody has; two frequent
 * names (Marie and Maria, Schmid and Schmidt) are two names, however similar they are.
 */
function compareSimilar(
  [one, other]: readonly [string, string],
  kind: Extract<Counted, 'first' | 'last'>,
  rarity: Rarity,
): Evidence | undefined {
  const likeness = jaroWinkler(one, other);
  if (likeness < SOMEWHAT) return undefined;
  if (likeness < SIMILAR && sound(one) !== sound(other)) return { bits: 0, reason: 'similar_name' };
  const rarer = Math.min(rarity.count(kind, one), rarity.count(kind, other));
  const share = Math.max(rarer - 1, 0.3) / crowdOf(rarity);
  const byChance = likeness < VERY_SIMILAR ? SIMILAR_BY_CHANCE : VERY_SIMILAR_BY_CHANCE;
  const bits = Math.log2(OF_ONE_PERSON.similarName / (share * MISTAKES + byChance));
  return { bits: Math.max(MIN_SIMILAR_BITS, bits), reason: 'similar_name' };
}

function compareSwapped(a: Traits, b: Traits, rarity: Rarity): Evidence {
  const { given: one, family: other } = a;
  const { given: first, family: last } = b;
  const never = { bits: -Infinity };
  if (!mayBeSwapped(a, b) || one === other) return never;
  const isExact = one === last && other === first;
  if (!isExact && !(isNear(one, last) && isNear(other, first))) return never;
  // Which of the two is the right way round is not known: each word counts in the field where it is usual.
  const share = (word: string): number =>
    Math.max(rarity.count('first', word), rarity.count('last', word), 2) - 1;
  const all = crowdOf(rarity);
  const chance = (share(one) / all) * (share(other) / all);
  const bits = Math.log2(OF_ONE_PERSON.swappedName / chance) - (isExact ? 0 : 4);
  return { bits, reason: 'swapped_name' };
}

/** The initials crosswise: without them, names are not swapped. */
function mayBeSwapped(a: Traits, b: Traits): boolean {
  return (
    a.given !== '' &&
    a.family !== '' &&
    a.given.charCodeAt(0) === b.family.charCodeAt(0) &&
    a.family.charCodeAt(0) === b.given.charCodeAt(0)
  );
}

/** The most that similar names, and names that share a word, are worth. */
const MAX_SIMILAR_BITS = Math.log2(OF_ONE_PERSON.similarName / VERY_SIMILAR_BY_CHANCE);

/** More bits than the names of two users can come to; quick, since most compared pairs end here. */
export function mostOfNames(a: Traits, b: Traits, rarity: Rarity): number {
  if (mayBeSwapped(a, b)) return Infinity;
  return mostOf(a, b, { kind: 'first', rarity }) + mostOf(a, b, { kind: 'last', rarity });
}

function mostOf(
  a: Traits,
  b: Traits,
  { kind, rarity }: { readonly kind: 'first' | 'last'; readonly rarity: Rarity },
): number {
  const [one = '', other = ''] = [a[kind][0], b[kind][0]];
  if (one === '' || other === '') return 0;
  const isPart = a[kind].length + b[kind].length > 2;
  if (!isPart && one !== other && !(kind === 'first' && areNicknames(one, other))) {
    return MAX_SIMILAR_BITS;
  }
  if (isPart && one !== other) return Infinity;
  const value = kind === 'last' && a.family === b.family ? a.family : one;
  return agreement(rarity, { kind, value, ofOnePerson: OF_ONE_PERSON.sameName });
}

function isNear(a: string, b: string): boolean {
  return a.charCodeAt(0) === b.charCodeAt(0) && jaroWinkler(a, b) >= SIMILAR;
}

function compareGenerations(a: Traits, b: Traits): readonly Evidence[] {
  if (a.generation === b.generation || a.generation === '' || b.generation === '') return [];
  return [{ bits: Math.log2(OF_ONE_PERSON.otherGeneration), reason: 'other_generation' }];
}
