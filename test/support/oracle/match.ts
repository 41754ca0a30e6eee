import type { Desk } from './desk';
import { keyOf, KEYS, type Key, type Outcome, type Read, type ReadRow, type Work } from './types';

/**
 * Rows that are out before matching: in error, and two rows for one person, which share the external
 * id or one of the unique keys.
 */
export function findDuplicates(read: Read): Map<number, Outcome> {
  const early = new Map<number, Outcome>();
  for (const row of read.rows) {
    if (row.fault === true) early.set(row.line, 'error');
  }
  const groups = new Map<string, ReadRow[]>();
  for (const row of read.rows) {
    const shares: string[] = [];
    if (row.externalId !== null && row.keyReadable !== false) shares.push(`id ${row.externalId}`);
    for (const kind of row.fault === true ? [] : KEYS) {
      const value = row.values[kind];
      if (value !== undefined) shares.push(`${kind} ${keyOf(kind, value)}`);
    }
    for (const share of shares) groups.set(share, [...(groups.get(share) ?? []), row]);
  }
  const mark = (row: ReadRow, outcome: Outcome): void => {
    if (row.fault !== true) early.set(row.line, outcome);
  };
  const all = [...groups.values()].filter((group) => group.length > 1);
  const same = (a: ReadRow, b: ReadRow): boolean => said(a) === said(b) && b.fault !== true;
  for (const group of all) {
    for (const row of group) if (row !== group[0]) mark(row, 'duplicate');
  }
  for (const group of all) {
    const [first] = group;
    if (first === undefined || group.every((row) => same(first, row) && row.fault !== true))
      continue;
    for (const row of group) mark(row, 'conflict');
  }
  return early;
}

/** Decides which person every row is about, and which rows do not go through. */
export function matchRows(desk: Desk): void {
  matchByIdentity(desk);
  matchByKeys(desk);
  findTwoRows(desk);
  judgeKeys(desk);
}

function matchByIdentity(desk: Desk): void {
  for (const work of desk.works) {
    const holder = desk.identity(work.row.externalId);
    if (holder === undefined) continue;
    work.who = desk.survivor(holder);
    work.by = 'identity';
    work.about.push(work.who);
    if (holder !== work.who && ownRowIsThere(desk, work.who)) work.outcome = 'skip';
  }
}

function ownRowIsThere(desk: Desk, userId: string): boolean {
  return desk.read.rows.some((row) => desk.identity(row.externalId) === userId);
}

function matchByKeys(desk: Desk): void {
  const leaving = keysGivenUpByIdentity(desk);
  for (const work of desk.works) {
    if (work.by !== 'none') continue;
    const hits = new Map<string, Key>();
    for (const kind of KEYS) {
      const value = work.row.values[kind];
      if (value === undefined) continue;
      const holder = desk.holderOf(kind, value);
      if (holder === undefined || leaving.has(`${kind} ${holder.id}`)) continue;
      const survivor = desk.survivor(holder.id);
      if (!hits.has(survivor)) hits.set(survivor, kind);
    }
    work.about.push(...hits.keys());
    const [hit, second] = [...hits];
    if (hit === undefined) continue;
    if (second !== undefined || knownUnderAnotherId(desk, work, hit[0])) {
      work.outcome = 'conflict';
      continue;
    }
    [work.who, work.by] = hit;
    work.linked = work.row.externalId !== null;
  }
}

function knownUnderAnotherId(desk: Desk, work: Work, userId: string): boolean {
  const ids = [...desk.world.identities].filter(
    ([key, holder]) => key.startsWith(`${desk.read.sourceId} `) && holder === userId,
  );
  return work.row.externalId !== null && ids.length > 0;
}

/**
 * Keys that people give up by rows that are certainly theirs: the next holder is another person.
 */
function keysGivenUpByIdentity(desk: Desk): Set<string> {
  const leaving = new Set<string>();
  for (const work of desk.works) {
    if (work.by !== 'identity' || work.outcome !== null || work.who === null) continue;
    if (desk.rowsAbout(work.who).length > 1) continue;
    for (const [kind, next] of desk.keyChanges(work)) {
      if (next !== desk.currentKey(work.who, kind)) leaving.add(`${kind} ${work.who}`);
    }
  }
  return leaving;
}

function findTwoRows(desk: Desk): void {
  const twice = desk.works.filter(
    (work) => work.who !== null && desk.rowsAbout(work.who).length > 1 && work.outcome === null,
  );
  // A row without an id for a person whose own row is faulty, or a twin's: also two rows of one person.
  const besideBad = desk.works.filter(
    (work) =>
      work.outcome === null &&
      work.row.externalId === null &&
      work.who !== null &&
      desk.read.rows.some(
        (row) =>
          desk.early.has(row.line) &&
          desk.early.get(row.line) !== 'duplicate' &&
          desk.identity(row.externalId) === work.who,
      ),
  );
  for (const work of [...twice, ...besideBad]) work.outcome = 'conflict';
}

/** A key that is taken must be free once everything that goes through has gone through. */
function judgeKeys(desk: Desk): void {
  for (;;) {
    const blocked = desk.pending().filter((work) => isBlocked(desk, work));
    for (const work of blocked) work.outcome = 'conflict';
    if (blocked.length > 0) continue;
    const twice = desk.pending().filter((work) => sharesATakenKey(desk, work));
    if (twice.length === 0) return;
    for (const work of twice) work.outcome = 'conflict';
  }
}

function isBlocked(desk: Desk, work: Work): boolean {
  const after = desk.keysAfter(work);
  if (KEYS.every((kind) => after[kind] === null)) return desk.goesThrough(work);
  return KEYS.some((kind) => {
    const key = after[kind];
    if (key === null || (work.who !== null && key === desk.currentKey(work.who, kind)))
      return false;
    const holder = [...desk.world.people.values()].find((p) => desk.currentKey(p.id, kind) === key);
    if (holder === undefined || (work.who !== null && desk.survivor(holder.id) === work.who)) {
      return false;
    }
    const givers = desk.pending().filter((other) => other.who === holder.id);
    return !givers.some((other) => desk.keysAfter(other)[kind] !== key);
  });
}

function sharesATakenKey(desk: Desk, work: Work): boolean {
  if (!desk.goesThrough(work)) return false;
  const after = desk.keysAfter(work);
  const others = desk.pending().filter((other) => other !== work && desk.goesThrough(other));
  return KEYS.some(
    (kind) =>
      after[kind] !== null && others.some((other) => desk.keysAfter(other)[kind] === after[kind]),
  );
}

/** All values of a row, for comparing two rows; the line is not part of it. */
function said(row: ReadRow): string {
  const values = Object.entries(row.values).filter(([, value]) => value !== undefined);
  return JSON.stringify([row.externalId, values.sort(), [...row.clears].sort()]);
}
