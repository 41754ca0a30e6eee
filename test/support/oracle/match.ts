import type { Desk } from './desk';
import { KEYS, type Key, type Work } from './types';

/** Decides which person every row is about, and which rows do not go through. */
export function matchRows(desk: Desk): void {
  matchByIdentity(desk);
  matchByKeys(desk);
  findTwoRows(desk);
  desk.matched = true;
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
      if (isLeftToIt(desk, work, kind, holder.id)) continue;
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

/** A row about the holder, found by another key, leaves this key to the row. */
function isLeftToIt(desk: Desk, work: Work, kind: Key, holder: string): boolean {
  return desk.judged.yielded.some(
    (y) => y.winner.line === work.row.line && y.kind === kind && isAbout(desk, y.row.line, holder),
  );
}

function isAbout(desk: Desk, line: number, userId: string): boolean {
  const work = desk.works.find(({ row }) => row.line === line);
  if (work?.who === userId) return true;
  return KEYS.some((kind) => {
    const value = work?.row.values[kind];
    return value !== undefined && desk.holderOf(kind, value)?.id === userId;
  });
}

/** The ids of rows that leave their person to this row do not count. */
function knownUnderAnotherId(desk: Desk, work: Work, userId: string): boolean {
  const ids = [...desk.world.identities].filter(([key, holder]) => {
    const [source, id] = key.split(' ');
    if (source !== desk.read.sourceId || holder !== userId) return false;
    return !desk.read.rows.some(
      (row) =>
        row.externalId === id &&
        desk.early.get(row.line) === 'skip' &&
        desk.judged.counts.get(row.line) === work.row.line,
    );
  });
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
          !['duplicate', 'skip'].includes(desk.early.get(row.line) ?? '') &&
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
    const unfree = desk.pending().filter((work) => cannotFollow(desk, work));
    for (const { row } of unfree) desk.stays.add(row.line);
    if (blocked.length + unfree.length > 0) continue;
    const shared = desk.pending().filter((work) => followsIntoAnother(desk, work));
    for (const { row } of shared) desk.stays.add(row.line);
    if (shared.length > 0) continue;
    const twice = desk.pending().filter((work) => sharesATakenKey(desk, work));
    if (twice.length === 0) return;
    for (const work of twice) work.outcome = 'conflict';
  }
}

function isBlocked(desk: Desk, work: Work): boolean {
  const after = desk.keysAfter(work);
  if (KEYS.every((kind) => after[kind] === null)) return desk.goesThrough(work);
  return KEYS.some(
    (kind) =>
      !(kind === 'login' && desk.followingLogin(work) !== null) && isTaken(desk, work, kind),
  );
}

/** Another person has the key that the row sets, and keeps it. */
function isTaken(desk: Desk, work: Work, kind: Key): boolean {
  const key = desk.keysAfter(work)[kind];
  if (key === null || (work.who !== null && key === desk.currentKey(work.who, kind))) return false;
  const holder = [...desk.world.people.values()].find((p) => desk.currentKey(p.id, kind) === key);
  if (holder === undefined || (work.who !== null && desk.survivor(holder.id) === work.who)) {
    return false;
  }
  const givers = desk.pending().filter((other) => other.who === holder.id);
  return !givers.some((other) => desk.keysAfter(other)[kind] !== key);
}

/** A login that follows an e-mail stays where it is not free: that stops no row. */
function cannotFollow(desk: Desk, work: Work): boolean {
  return desk.followingLogin(work) !== null && isTaken(desk, work, 'login');
}

/** Another row sets the login that would follow. */
function followsIntoAnother(desk: Desk, work: Work): boolean {
  if (desk.followingLogin(work) === null) return false;
  const key = desk.keysAfter(work).login;
  return desk.pending().some((other) => {
    if (other === work || !desk.goesThrough(other)) return false;
    const login = desk.keysAfter(other).login;
    const sets = other.who === null || login !== desk.currentKey(other.who, 'login');
    return sets && login === key;
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
