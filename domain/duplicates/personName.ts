import { fold } from './letters';

/** A name as it is compared: folded words, without titles and particles. */
export interface PersonName {
  readonly first: readonly string[];
  readonly last: readonly string[];
  /** `jr`, `sr`, `iii` …; empty when the name has none. */
  readonly generation: string;
}

export interface NameFields {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
}

const TITLES = words(
  'dr prof mr mrs ms miss mx sir dame herr frau hr fr ing dipl mag med phil jur rer nat phd msc bsc mba',
);
const PARTICLES = words(
  'von vom van der den de da das do dos du del della di la le les zu zur zum ter ten af av el al bin ibn ben y und',
);
const GENERATIONS = words('jr sr junior senior ii iii iv');
const ALIKE: Readonly<Record<string, string>> = { junior: 'jr', senior: 'sr' };

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' ').map(fold));
}

const NOTHING: readonly string[] = [];

/**
 * The name of a person. Where neither first nor last name is known, the display name counts (`Anna Meyer`,
 * `Meyer, Anna`).
 */
export function personName({ firstName, lastName, displayName }: NameFields): PersonName {
  const first = plainWords(firstName, TITLES);
  const last = plainWords(lastName, TITLES);
  if (first.length === 0 && last.length === 0) return displayed(displayName ?? '');
  return split(first, last);
}

function displayed(name: string): PersonName {
  const [before = '', after] = name.split(',', 2);
  if (after !== undefined && !GENERATIONS.has(fold(after))) {
    return split(plainWords(after, TITLES), plainWords(before, TITLES));
  }
  return split(NOTHING, plainWords(name, TITLES));
}

/** One field with the complete name is parted: its last word is the last name, particles go with it. */
function split(first: readonly string[], last: readonly string[]): PersonName {
  const generation = [...first, ...last].find((word) => GENERATIONS.has(word)) ?? '';
  const given = first.filter((word) => !GENERATIONS.has(word));
  const family = last.filter((word) => !GENERATIONS.has(word));
  const one = given.length === 0 ? family : family.length === 0 ? given : NOTHING;
  const at = one.findIndex((word) => PARTICLES.has(word));
  const cut = at > 0 ? at : one.length - 1;
  const [a, b] = one.length > 1 ? [one.slice(0, cut), one.slice(cut)] : [given, family];
  return { first: a, last: withoutParticles(b), generation: ALIKE[generation] ?? generation };
}

function plainWords(text: string | null, but: ReadonlySet<string>): readonly string[] {
  if (text === null || text === '') return NOTHING;
  const folded = fold(text);
  if (folded === '') return NOTHING;
  return folded.split(' ').filter((word) => !but.has(word));
}

function withoutParticles(name: readonly string[]): readonly string[] {
  const own = name.filter((word) => !PARTICLES.has(word));
  return own.length === 0 ? name : own;
}
