import { compareMailboxes, comparePhones } from './compareContact';
import { compareDays } from './compareDays';
import { compareNames, mostOfNames } from './compareNames';
import { comparePlaces, MAX_PLACE_BITS, mostOfPlaces } from './comparePlaces';
import { NO_EVIDENCE, OF_ONE_PERSON, type Evidence } from './evidence';
import type { Rarity } from './rarity';
import type { PairReason } from './reasons';
import type { Traits } from './traits';

/** What is thought of two users. */
export interface Judgement {
  /** All evidence together; `scoreOf` makes a score of it. */
  readonly bits: number;
  /** The strongest first; those that speak against it last. */
  readonly reasons: readonly PairReason[];
}

/**
 * Of how many people a household has a second one with the same last name and number: two such users with
 * different first names are more often a household than one person.
 */
const HOUSEHOLDS = 0.02;

/**
 * What speaks for two users being one person: what each comparison makes of the odds. A value says the more
 * the fewer people share it, so namesakes in a large store need more than their name. `undefined`: less
 * than `least` bits. Most pairs are that, and are seen to be by the cheap comparisons.
 */
export function judge(
  a: Traits,
  b: Traits,
  { rarity, least = -Infinity }: { readonly rarity: Rarity; readonly least?: number },
): Judgement | undefined {
  const phone = comparePhones(a, b, rarity);
  const mailbox = compareMailboxes(a, b, rarity);
  const day = compareDays(a, b, rarity);
  const sure = phone.bits + mailbox.bits + day.bits;
  const most = sure + mostOfNames(a, b, rarity);
  if (most + MAX_PLACE_BITS < least || most + mostOfPlaces(a, b) < least) return undefined;
  const names = compareNames(a, b, rarity);
  if (sure + sumOf(names) + MAX_PLACE_BITS < least) return undefined;
  const rest = [day, ...comparePlaces(a, b, rarity), compareLists(a, b)];
  const isHousehold =
    hasReason(names, 'other_first_name') &&
    hasReason(names, 'same_last_name') &&
    (phone.reason === 'same_phone' || mailbox.reason !== undefined);
  const who = sumOf([...names, mailbox, phone]);
  const bits = (isHousehold ? Math.min(who, householdBits(rarity)) : who) + sumOf(rest);
  if (bits < least) return undefined;
  return { bits, reasons: reasonsOf([...names, mailbox, phone, ...rest]) };
}

function householdBits({ people }: Rarity): number {
  const ofOnePerson =
    OF_ONE_PERSON.sameName * OF_ONE_PERSON.otherFirstName * OF_ONE_PERSON.samePhone;
  return Math.log2((ofOnePerson * Math.max(people, 2)) / HOUSEHOLDS);
}

function sumOf(evidence: readonly Evidence[]): number {
  return evidence.reduce((sum, { bits }) => sum + bits, 0);
}

function hasReason(evidence: readonly Evidence[], reason: PairReason): boolean {
  return evidence.some((one) => one.reason === reason);
}

/** A source that lists both says that they are two, which it may be wrong about. */
function compareLists(a: Traits, b: Traits): Evidence {
  return a.listedIn.some((source) => b.listedIn.includes(source))
    ? { bits: Math.log2(OF_ONE_PERSON.bothListed), reason: 'both_listed' }
    : NO_EVIDENCE;
}

function reasonsOf(evidence: readonly Evidence[]): readonly PairReason[] {
  const sorted = [...evidence].sort((a, b) => b.bits - a.bits);
  return [...new Set(sorted.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))];
}
