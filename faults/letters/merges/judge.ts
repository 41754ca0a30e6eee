import { UNKNOWABLE } from '../faultyMail';
import type { Line } from '../server';
import { addressOf, codeOf, type Person } from './persons';

/** A delivery as the store has it after the merges. */
export interface Delivered {
  /** Code of the account that it is of now. */
  readonly code: string;
  /** Where it went; null: it was never claimed. */
  readonly address: string | null;
  /** Epoch ms by the database's clock: when it was claimed last; null: never. */
  readonly claimed: number | null;
  readonly state: string;
  readonly reason: string | null;
}

export interface PersonsVerdict {
  readonly persons: number;
  readonly gotOne: number;
  /** Their address was refused for good. */
  readonly refused: number;
  readonly unknown: number;
  /** People of whom two accounts had got one, or were being sent it, before they were merged. */
  readonly before: number;
  readonly doubles: readonly string[];
  readonly lost: readonly string[];
  readonly wrong: readonly string[];
}

/**
 * Judges by person, over all accounts of each: at most one letter, unless each was claimed before the accounts were
 * merged, when they were people of their own; and one, unless the server refused the
 * address that the person has in the end for good, or hung up so that nobody can know.
 */
export function judgePersons(o: {
  readonly persons: readonly Person[];
  readonly deliveries: readonly Delivered[];
  readonly lines: readonly Line[];
  /** By code of the survivor: the address in the end. */
  readonly addresses: ReadonlyMap<string, string | null>;
  /** By code of the absorbed account: epoch ms at which its merge was done. */
  readonly mergedAt: ReadonlyMap<string, number>;
}): PersonsVerdict {
  const met = grouped(o.lines, ({ rcpt }) => rcpt);
  const byCode = grouped(o.deliveries, ({ code }) => code);
  const doubles: string[] = [];
  const lost: string[] = [];
  const wrong: string[] = [];
  const counts = { gotOne: 0, refused: 0, unknown: 0, before: 0 };
  for (const accounts of o.persons) {
    const survivor = accounts.at(-1);
    if (survivor === undefined) continue;
    const name = accounts.map(codeOf).join('+');
    const lines = accounts.flatMap((account) => met.get(addressOf(account)) ?? []);
    const deliveries = accounts.flatMap((account) => byCode.get(codeOf(account)) ?? []);
    const got = lines.filter(({ taken }) => taken).length;
    const isUnknown = deliveries.some(({ state }) => state === 'unknown');
    const address = o.addresses.get(codeOf(survivor)) ?? null;
    const isRefused = (met.get(address ?? '') ?? []).some(({ reply }) => reply?.startsWith('5'));
    const says = deliveries.map(({ code, state, reason }) => `${code} ${state} ${reason ?? ''}`);
    if (got > 1 && isBefore({ accounts, deliveries, got }, o.mergedAt)) counts.before += 1;
    else if (got > 1) doubles.push(`${name} got ${String(got)}: ${says.join(', ')}`);
    else if (got === 1) counts.gotOne += 1;
    else if (isUnknown) counts.unknown += 1;
    else if (isRefused) counts.refused += 1;
    else lost.push(`${name} (${address ?? 'no address'}): ${says.join(', ')}`);
    const isTold = deliveries.some(({ state }) => state === 'accepted' || state === 'unknown');
    if (got > 0 && !isTold) wrong.push(`${name} got one: ${says.join(', ')}`);
    if (deliveries.some(({ state }) => state === 'planned' || state === 'claimed'))
      wrong.push(`${name} is not done: ${says.join(', ')}`);
  }
  return {
    persons: o.persons.length,
    ...counts,
    ...{ doubles, lost },
    wrong: [...wrong, ...falseOutcomes(o.deliveries, met), ...strangers(o)],
  };
}

/** True when each letter was claimed before the accounts of any two of them were one. */
function isBefore(
  o: {
    readonly accounts: Person;
    readonly deliveries: readonly Delivered[];
    readonly got: number;
  },
  mergedAt: ReadonlyMap<string, number>,
): boolean {
  // By number of the account that the address was of; each got one.
  const claims = o.accounts.map((account) =>
    o.deliveries.filter(
      ({ address, state }) =>
        address === addressOf(account) && (state === 'accepted' || state === 'unknown'),
    ),
  );
  if (claims.some(({ length }) => length > 1)) return false;
  const sent = claims.flatMap(([one], i) => (one?.claimed == null ? [] : [{ i, at: one.claimed }]));
  if (sent.length < o.got) return false;
  // Account j absorbs those before it, the last of them at this time.
  const mergedInto = (j: number): number => mergedAt.get(codeOf(o.accounts[j - 1] ?? ABSENT)) ?? 0;
  return sent.every(({ i, at }) =>
    sent.every((other) => other.i === i || at < mergedInto(Math.max(i, other.i))),
  );
}

const ABSENT = { n: 0, isChosen: true, hasAddress: false };

/** Outcomes that are not what the server did at the address that the letter went to. */
function falseOutcomes(
  deliveries: readonly Delivered[],
  met: ReadonlyMap<string, readonly Line[]>,
): string[] {
  const unknown = deliveries.filter(({ state }) => state === 'unknown').length;
  const unknowable = [...met.values()]
    .flat()
    .filter(({ misdeed }) => UNKNOWABLE.some((one) => one === misdeed)).length;
  return [
    ...deliveries.flatMap(({ code, address, state }) => {
      const lines = met.get(address ?? '') ?? [];
      const got = lines.some(({ taken }) => taken);
      if (state === 'accepted' && !got) return [`${code} is accepted and got none`];
      if (state !== 'failed') return [];
      if (got) return [`${code} is failed and got one`];
      const isRefused = lines.some(({ reply }) => reply?.startsWith('5'));
      return isRefused ? [] : [`${code} is failed and was not refused`];
    }),
    ...(unknown > unknowable
      ? [`${String(unknown)} unknown, at most ${String(unknowable)} explained`]
      : []),
  ];
}

/** Addresses that got one and are of no person. */
function strangers(o: {
  readonly persons: readonly Person[];
  readonly lines: readonly Line[];
}): string[] {
  const known = new Set(o.persons.flat().map(addressOf));
  return o.lines
    .filter(({ taken, rcpt }) => taken && !known.has(rcpt))
    .map(({ rcpt }) => `${rcpt} is nobody`);
}

function grouped<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const known = groups.get(keyOf(one));
    if (known === undefined) groups.set(keyOf(one), [one]);
    else known.push(one);
  }
  return groups;
}
