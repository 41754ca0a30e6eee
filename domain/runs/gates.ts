import { RUN_KINDS, type RunKind } from './run';

/**
 * Gates on a number of people. Their defaults apply where neither the source nor the run sets a
 * number.
 */
export const NUMBER_GATES = [
  'deactivations',
  'reactivations',
  'key_changes',
  'creations',
  'updates',
] as const;
export type NumberGate = (typeof NUMBER_GATES)[number];

/** All gates, in the order in which they are shown. */
export const GATES = [
  ...NUMBER_GATES,
  'renumbered',
  'rejected_before',
  'first_link',
  'empty_read',
  'incomplete_read',
  'coverage',
  'short_file',
  'unreadable_keys',
  'expect',
] as const;
export type Gate = (typeof GATES)[number];

/** A gate that holds a plan: `count` is what the plan has, `limit` what needs no approval. */
export interface HeldGate {
  readonly gate: Gate;
  readonly count: number;
  readonly limit: number;
  /** Of `rejected_before`: the runs in which a person rejected the same changes, newest first. */
  readonly runs?: readonly string[];
}

/** Gates that a run may raise with `--gate G=N`. */
export const RAISABLE: readonly Gate[] = NUMBER_GATES;

const SHARE = 0.05;
const MOST = 500;
const LEAST = 5;
/**
 * The number of active people from which the limit stays the same, so that counting can stop there.
 */
export const ACTIVE_THAT_COUNT = MOST / SHARE;

/**
 * How many people one read may deactivate, reactivate or give another key without an approval: 5 %
 * of the active people linked to the source or 500, whichever is smaller, but never fewer than 5.
 */
export function defaultLimit(activeLinked: number): number {
  return Math.max(LEAST, Math.min(Math.floor(activeLinked * SHARE), MOST));
}

/** What the gates judge: facts of one plan. Counts are of people. */
export interface PlanFacts {
  readonly kind: RunKind;
  /** True for a named list and a polled source. */
  readonly named: boolean;
  readonly rows: number;
  readonly counts: Readonly<Record<NumberGate, number>>;
  /** People to be created though the source seems to know another number of theirs. */
  readonly renumbered: number;
  /** People with a change that an admin rejected before, and the runs in which that happened. */
  readonly rejectedBefore: { readonly count: number; readonly runs: readonly string[] };
  /** Active people linked to the source before the run. */
  readonly activeLinked: number;
  /**
   * True when no earlier applied run of this source linked or changed a person, and this one would.
   */
  readonly firstRun: boolean;
  readonly usersInStore: number;
  /** True when the run computes who is absent. */
  readonly absence: boolean;
  /** Absent people that the plan deactivates. */
  readonly absentDeactivated: number;
  readonly unreadableKeys: number;
  /** True when the read holds only some of the people on purpose. */
  readonly partial: boolean;
  /**
   * People that a complete read should have had, when it is not proved complete: as the source says,
   * otherwise the rows of the last one. `null`: the read is proved complete, or need not be.
   */
  readonly unproved: number | null;
  /** People whose presence the read shows. */
  readonly people: number;
  /** The people that the read should have, at least nine tenths of them; `null`: nothing is known. */
  readonly measure: number | null;
  /** Fields that the last good run filled for most people and this one fills for none. */
  readonly emptiedFields: readonly string[];
  /** Fields of which several people would get the same word for nothing, such as NULL. */
  readonly fieldsMadeNothing: readonly string[];
  /** Limits that are set for the source, and those raised for this run. */
  readonly sourceLimits: Readonly<Partial<Record<Gate, number>>>;
  readonly runLimits: Readonly<Partial<Record<Gate, number>>>;
  /** Bulk changes and undo: the people that the plan changes, and the confirmed number. */
  readonly changed: number;
  readonly expect: number | null;
}

/** Decides every gate on the complete plan; an empty answer lets the plan through. */
export function heldGates(f: PlanFacts): HeldGate[] {
  if (RUN_KINDS[f.kind].confirmsCount) {
    // One pair that was merged in between, or cannot be: the run says why, and approving it would do
    // nothing.
    if (f.kind === 'merge' && f.expect === 1 && f.changed === 0) return [];
    return f.expect === f.changed || (f.expect === null && f.changed === 0)
      ? []
      : [{ gate: 'expect', count: f.changed, limit: f.expect ?? 0 }];
  }
  const held: HeldGate[] = [];
  const hold = (gate: Gate, count: number, limit: number): void => {
    held.push({ gate, count, limit });
  };
  for (const gate of NUMBER_GATES) {
    const limit = limitOf(gate, f);
    if (limit !== null && f.counts[gate] > limit) hold(gate, f.counts[gate], limit);
  }
  if (f.renumbered > 0) hold('renumbered', f.renumbered, 0);
  const { count, runs } = f.rejectedBefore;
  if (count > 0) held.push({ gate: 'rejected_before', count, limit: 0, runs });
  if (f.firstRun && f.usersInStore > 0) hold('first_link', f.usersInStore, 0);
  if (f.rows === 0 && !f.partial) hold('empty_read', 0, 1);
  if (f.unproved !== null) hold('incomplete_read', f.rows, f.unproved);
  const lost = new Set([...(f.named ? f.emptiedFields : []), ...f.fieldsMadeNothing]);
  if (lost.size > 0) hold('coverage', lost.size, 0);
  if (f.absence && f.measure !== null) {
    const least = leastPeople(f.measure);
    if (f.people < least) hold('short_file', f.people, least);
  }
  if (f.absentDeactivated > 0 && f.unreadableKeys > 0) {
    hold('unreadable_keys', f.unreadableKeys, 0);
  }
  if (f.expect !== null && f.expect !== f.changed) hold('expect', f.changed, f.expect);
  return held;
}

/** The people that a read needs, so that it can say who is missing, by what it is measured by. */
export function leastPeople(measure: number): number {
  return Math.ceil(measure * 0.9);
}

/** What is left of a held plan after a person took entries out of it. */
export interface LeftOver {
  /** Entries that are left and that a gate counts, by gate. */
  readonly counts: Readonly<Partial<Record<Gate, number>>>;
  /** Entries that are left and change a person. */
  readonly changed: number;
  /** Absent people that are still to be deactivated. */
  readonly absentDeactivated: number;
}

/** The gates that still hold what is left of a plan. What judges the read as a whole stays. */
export function stillHeld(held: readonly HeldGate[], left: LeftOver): HeldGate[] {
  return held.flatMap((one) => {
    const { gate, limit } = one;
    switch (gate) {
      case 'deactivations':
      case 'reactivations':
      case 'key_changes':
      case 'creations':
      case 'updates':
      case 'renumbered':
      case 'rejected_before':
      case 'expect': {
        const count = left.counts[gate] ?? 0;
        return count > limit ? [{ ...one, count }] : [];
      }
      case 'first_link':
        return left.changed > 0 ? [one] : [];
      case 'unreadable_keys':
        return left.absentDeactivated > 0 ? [one] : [];
      case 'empty_read':
      case 'incomplete_read':
      case 'coverage':
      case 'short_file':
        return [one];
    }
  });
}

function limitOf(gate: NumberGate, f: PlanFacts): number | null {
  const set = f.runLimits[gate] ?? f.sourceLimits[gate];
  if (set !== undefined) return set;
  switch (gate) {
    case 'creations':
    case 'updates':
      return null;
    case 'deactivations':
    case 'reactivations':
    case 'key_changes':
      return defaultLimit(f.activeLinked);
  }
}

/** From this many people on who would get the same word for nothing, a plan is held. */
export const MIN_MADE_NOTHING = 5;

/** Field that a read has a column for → how many rows had a value. */
export type Coverage = Readonly<Record<string, number>>;

/** Field → how many rows had a value, and how many there were. */
export type Filled = Readonly<Record<string, readonly [filled: number, rows: number]>>;

/**
 * Fields that the last read with their column had for most people, and for which this read has the
 * column but no value.
 */
export function emptiedFields(
  last: Filled,
  now: { readonly rows: number; readonly coverage: Coverage },
): string[] {
  if (now.rows === 0) return [];
  return Object.entries(last)
    .filter(([field, [filled, rows]]) => filled * 2 > rows && now.coverage[field] === 0)
    .map(([field]) => field);
}

/** Fields that the last read had for most people and for which this one has no column. */
export function goneFields(
  last: { readonly rows: number; readonly coverage: Coverage },
  now: { readonly coverage: Coverage },
): string[] {
  return Object.entries(last.coverage)
    .filter(([field, filled]) => filled * 2 > last.rows && now.coverage[field] === undefined)
    .map(([field]) => field);
}
