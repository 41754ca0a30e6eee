import { agreement, NO_EVIDENCE, OF_ONE_PERSON, type Evidence } from './evidence';
import type { Rarity } from './rarity';
import { jaroWinkler } from './similarity';
import { mailbox, type Traits } from './traits';

/** What an address that follows from the name says about two people of that name, by each digit behind it. */
const BY_NAME_BITS = 1.5;
const BITS_A_DIGIT = 3;
/** From this similarity on, an address may be made from a name, and a name be the same with a mistake. */
const SIMILAR = 0.9;
const VERY_SIMILAR = 0.95;

/** The evidence of e-mail addresses and logins. */
export function compareMailboxes(a: Traits, b: Traits, rarity: Rarity): Evidence {
  if (a.local !== '' && a.local === b.local && a.domain === b.domain) {
    const ofOnePerson = OF_ONE_PERSON.sameMailbox;
    const bits = agreement(rarity, { kind: 'mailbox', value: mailbox(a), ofOnePerson });
    return { bits, reason: 'same_mailbox' };
  }
  const shared = sharedLocal(a, b);
  if (shared === '') return NO_EVIDENCE;
  const ofOnePerson = OF_ONE_PERSON.sameLocal;
  const rare = agreement(rarity, { kind: 'local', value: shared, ofOnePerson });
  const digits = /\d*$/.exec(shared)?.[0].length ?? 0;
  const letters = shared.slice(0, shared.length - digits);
  // anna.meyer@ follows from the name, so it repeats what the name says, in every organization. After a
  // wedding it does not: the address still has the other name.
  const follows = haveOneName(a, b) && (isNamed(letters, a) || isNamed(letters, b));
  const bits = follows ? Math.min(rare, BY_NAME_BITS + digits * BITS_A_DIGIT) : rare;
  return { bits: Math.max(bits, 0), reason: 'same_local' };
}

function sharedLocal(a: Traits, b: Traits): string {
  if (a.local !== '' && (a.local === b.local || a.local === b.login)) return a.local;
  return a.login !== '' && (a.login === b.local || a.login === b.login) ? a.login : '';
}

/** True for the forms of an address that are made from a name: first.last, flast, last.f, first. */
function isNamed(letters: string, { first, last, given, family }: Traits): boolean {
  const firsts = [given, first[0] ?? '', given.charAt(0), given.slice(0, 3)];
  const lasts = [family, last[0] ?? '', last[last.length - 1] ?? '', family.charAt(0)];
  const forms = firsts.flatMap((one) => lasts.flatMap((other) => [one + other, other + one]));
  // Programs drop letters that they do not know (Małgorzata: magorzata).
  return [given, family, ...forms].some(
    (form) => letters === form || (form.length > 5 && jaroWinkler(letters, form) >= VERY_SIMILAR),
  );
}

/** True unless the last names have nothing in common; swapped ones are the same. */
function haveOneName(a: Traits, b: Traits): boolean {
  return [a.family, a.given].some((name) =>
    [b.family, b.last[0] ?? ''].some((other) => jaroWinkler(name, other) >= SIMILAR),
  );
}

/** The evidence of phone numbers. One number of many people (a reception) says little. */
export function comparePhones(a: Traits, b: Traits, rarity: Rarity): Evidence {
  if (a.phone === '' || b.phone === '') return NO_EVIDENCE;
  if (a.phone !== b.phone) {
    return { bits: Math.log2(OF_ONE_PERSON.otherPhone), reason: 'other_phone' };
  }
  const ofOnePerson = OF_ONE_PERSON.samePhone;
  const bits = agreement(rarity, { kind: 'phone', value: a.phone, ofOnePerson });
  return { bits, reason: 'same_phone' };
}
