import type { Counted, Rarity } from './rarity';
import type { PairReason } from './reasons';

/**
 * What one comparison says: the logarithm (base 2) of how much more often it is seen of two accounts of one
 * person than of two different people (Fellegi and Sunter, A Theory for Record Linkage, 1969).
 */
export interface Evidence {
  readonly bits: number;
  readonly reason?: PairReason;
}

export const NO_EVIDENCE: Evidence = { bits: 0 };

/**
 * How often a comparison comes out so for two accounts of one person. Set by judgement, not fitted: people
 * keep names and first days, use several phones, and change last names, organizations and titles.
 */
export const OF_ONE_PERSON = {
  sameName: 0.85,
  nickname: 0.1,
  /** A word of several: a second first name, one half of a double name. */
  partOfName: 0.05,
  similarName: 0.1,
  otherFirstName: 0.02,
  otherLastName: 0.05,
  swappedName: 0.03,
  sameMailbox: 0.3,
  sameLocal: 0.3,
  samePhone: 0.5,
  otherPhone: 0.45,
  sameDay: 0.7,
  similarDay: 0.08,
  otherDay: 0.2,
  samePlace: 0.7,
  similarPlace: 0.1,
  otherPlace: 0.8,
  bothListed: 0.25,
  otherGeneration: 0.05,
} as const;

/**
 * People besides the two who are expected to share a value by chance, where the store shows none: every
 * tenth pair of strangers with one full name, one couple of fifty with one number.
 */
const UNSEEN = {
  first: 2,
  last: 0.5,
  full: 0.1,
  day: 0.3,
  mailbox: 0.002,
  local: 0.05,
  phone: 0.02,
  organization: 1,
  title: 1,
  department: 1,
  location: 1,
} as const satisfies Readonly<Record<Counted, number>>;

/** People of other stores, as which {@link UNSEEN} counts: a small store knows little of what is frequent. */
const ELSEWHERE = 500;

/** How many people say how frequent a value is. */
export function crowdOf({ people }: Rarity): number {
  return people + ELSEWHERE;
}

/** A value that both users have, and how often two accounts of one person have such a value in common. */
export interface Shared {
  readonly kind: Counted;
  readonly value: string;
  readonly ofOnePerson: number;
}

/**
 * The weight of a value that both have: the fewer people share it, the more it says. The two themselves say
 * nothing about how frequent it is.
 */
export function agreement(rarity: Rarity, { kind, value, ofOnePerson }: Shared): number {
  const others = Math.max(rarity.count(kind, value) - 2, 0) + UNSEEN[kind];
  return Math.log2((ofOnePerson * crowdOf(rarity)) / others);
}
