import type { Block } from './blocks';

/** A user of a pair, as far as a person needs it to tell the two apart. */
export interface PairUser {
  readonly id: string;
  readonly code: string | null;
  readonly login: string | null;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
  readonly status: 'active' | 'inactive' | 'merged';
  /** Its code. */
  readonly organization: string | null;
  readonly jobTitle: string | null;
  readonly phone: string | null;
  /** YYYY-MM-DD. */
  readonly hireDate: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Numbers by which sources know the user. */
  readonly identities: number;
}

/** Two users that may be one person. */
export interface DuplicatePair {
  /** The one that a merge should keep. */
  readonly survivor: PairUser;
  readonly redundant: PairUser;
  /** How likely they are one person, 0 to 100; `null`: nothing but a source says so. */
  readonly score: number | null;
  /** Codes of `PAIR_REASONS`, the strongest first. */
  readonly reasons: readonly string[];
  /** The source that merged the two; `null`: found by comparing. */
  readonly source: string | null;
  /** True when an earlier pair of the list has the same redundant user, who can be merged once. */
  readonly redundantBefore: boolean;
}

/**
 * Which of two users a merge should keep: the active one, then the one that more sources know, the older
 * one, the more complete one. One order for all users, so that pairs of three users make no circle.
 */
export function survivorFirst(a: PairUser, b: PairUser): readonly [PairUser, PairUser] {
  const better =
    Number(b.status === 'active') - Number(a.status === 'active') ||
    b.identities - a.identities ||
    compareTexts(a.createdAt, b.createdAt) ||
    filled(b) - filled(a) ||
    compareTexts(a.id, b.id);
  return better <= 0 ? [a, b] : [b, a];
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function filled(user: PairUser): number {
  return Object.values(user).filter((value) => value !== null).length;
}

/** Pairs with a lower score are not listed, unless asked for. */
export const DEFAULT_MIN_SCORE = 80;

/** Blocks of so many people that what they share is no evidence: their users are not compared by it. */
export interface PassedOver {
  readonly block: Block;
  readonly groups: number;
  /** In the largest of them. */
  readonly people: number;
}

/** What a search compared. */
export interface SearchSummary {
  /** Users who are not merged. */
  readonly people: number;
  /** Two users may share several blocks. */
  readonly comparisons: number;
  readonly passedOver: readonly PassedOver[];
  /** Pairs with at least the wanted score, and those that a source proposes. */
  readonly pairs: number;
}
