import { USER_FIELD_NAMES } from '../../../domain/users/fields';
import { dueAfter, whoseDaysEnded } from './days';
import { type Desk, newUserKeys } from './desk';
import {
  keyOf,
  KEYS,
  type Expected,
  type Key,
  type Outcome,
  type Person,
  type Work,
} from './types';

const FIELDS: readonly string[] = USER_FIELD_NAMES;

/** line → the manager's id; undefined: no person matches. */
function resolveManagers(desk: Desk): Map<number, string | undefined> {
  const found = new Map<number, string | undefined>();
  for (const work of desk.pending()) {
    const ref = work.row.values['manager'];
    if (ref === undefined) continue;
    const known = desk.identity(ref);
    const through = desk.pending().filter((other) => desk.goesThrough(other));
    const inRead =
      through.find((other) => other.row.externalId === ref) ??
      through.find(
        ({ row, who }) => row.values['code'] === ref && (row.externalId !== null || who === null),
      );
    const byCode = desk.holderOf('code', ref);
    found.set(
      work.row.line,
      known !== undefined
        ? desk.survivor(known)
        : inRead !== undefined
          ? desk.idOf(inRead)
          : byCode === undefined
            ? undefined
            : desk.survivor(byCode.id),
    );
  }
  return found;
}

/** The outcome of every row, of every absent person, and the world afterwards. */
export function conclude(desk: Desk): Expected {
  const managers = resolveManagers(desk);
  const people = new Map(desk.world.people);
  const identities = new Map(desk.world.identities);
  const rows = new Map(desk.early);
  const due = new Map(desk.world.due);
  const totals = { kept: 0, linked: 0, keyChanges: 0, loginFollows: 0, loginStays: 0 };
  const led: number[] = [];
  for (const work of desk.works) {
    if (work.outcome !== null) {
      rows.set(work.row.line, work.outcome);
      continue;
    }
    const manager = managers.get(work.row.line);
    const done = work.who === null ? create(desk, work, manager) : change(desk, work, manager);
    rows.set(work.row.line, done.outcome);
    totals.kept += done.kept;
    if (done.person === undefined) continue;
    if (done.outcome === 'create' || desk.read.update === 'all') {
      const key = `${desk.read.sourceId} ${work.row.externalId ?? ''}`;
      const next = dueAfter(desk, work.row);
      if (next === undefined) due.delete(key);
      else due.set(key, next);
    }
    const before = people.get(done.person.id);
    people.set(done.person.id, done.person);
    if (done.person.fields['manager'] !== (before?.fields['manager'] ?? null))
      led.push(work.row.line);
    if (work.row.externalId !== null && work.by !== 'identity') {
      identities.set(`${desk.read.sourceId} ${work.row.externalId}`, done.person.id);
    }
    if (work.linked && done.outcome === 'update') totals.linked++;
    const login = desk.followingLogin(work);
    if (login !== null && keyOf('login', login) !== desk.currentKey(done.person.id, 'login')) {
      totals.loginFollows++;
    }
    if (desk.stays.has(work.row.line)) totals.loginStays++;
    if (
      before !== undefined &&
      (lost(before, done.person, 'login') || lost(before, done.person, 'email'))
    ) {
      totals.keyChanges++;
    }
  }
  const absent = absentPeople(desk, people);
  const unjudged = unjudgedPeople(desk, people, absent);
  for (const outcome of absent.values()) if (outcome === 'skip') totals.kept++;
  for (const id of unjudged) absent.set(id, 'skip');
  const byLine = new Map(desk.works.map((work) => [work.row.line, work]));
  return {
    rows,
    absent,
    matchedBy: new Map(
      desk.read.rows.map(({ line }) => {
        const work = byLine.get(line);
        return [line, work?.outcome === null ? work.by : 'none'];
      }),
    ),
    ...totals,
    unknownManagers: [...managers].filter(([, id]) => id === undefined).map(([line]) => line),
    cycles: led.filter((line) => {
      const work = byLine.get(line);
      return work !== undefined && isOwnManager(people, desk.idOf(work));
    }),
    after: {
      people,
      identities,
      due,
      gone: whoIsGone(desk, people, absent),
      listed: whoIsListed(desk),
      ...whoseDaysEnded(desk, { people, identities }),
    },
  };
}

/** A list remembers the people of its rows that have no number. */
function whoIsListed(desk: Desk): Set<string> {
  const listed = new Set(desk.world.listed);
  if (desk.read.named !== true) return listed;
  for (const work of desk.pending()) {
    if (work.row.externalId !== null || (work.who === null && !desk.read.create)) continue;
    listed.add(`${desk.read.sourceId} ${desk.idOf(work)}`);
  }
  return listed;
}

/** People of the list who are in no row, and have no number by which the read could miss them. */
function unjudgedPeople(
  desk: Desk,
  people: ReadonlyMap<string, Person>,
  absent: ReadonlyMap<string, Outcome>,
): string[] {
  if (!desk.read.absence) return [];
  const source = `${desk.read.sourceId} `;
  const numbered = [...desk.world.identities]
    .filter(([key]) => key.startsWith(source))
    .map(([, id]) => desk.survivor(id));
  const listed = [...(desk.world.listed ?? [])]
    .filter((key) => key.startsWith(source))
    .map((key) => desk.survivor(key.slice(source.length)));
  const present = whoIsPresent(desk);
  return [...new Set(listed)].filter(
    (id) =>
      desk.person(id).fields['status'] === 'active' &&
      people.has(id) &&
      !absent.has(id) &&
      !numbered.includes(id) &&
      !present.has(id),
  );
}

/**
 * People who are inactive because they are missing from a source that did not itself say inactive.
 */
function whoIsGone(
  desk: Desk,
  people: ReadonlyMap<string, Person>,
  absent: ReadonlyMap<string, Outcome>,
): Map<string, string> {
  const gone = new Map(desk.world.gone);
  for (const [id, outcome] of absent)
    if (outcome === 'deactivate') gone.set(id, desk.read.sourceId);
  for (const { row, outcome } of desk.works) {
    const who = desk.identity(row.externalId);
    const byDays = (desk.days.get(row.line)?.by ?? null) !== null;
    const said = row.values['status'] === 'inactive' && !byDays && outcome !== 'conflict';
    if (who !== undefined && said && desk.goneFrom(who)) gone.delete(who);
  }
  for (const id of gone.keys())
    if (people.get(id)?.fields['status'] !== 'inactive') gone.delete(id);
  return gone;
}

function create(desk: Desk, work: Work, manager: string | undefined): Done {
  if (!desk.read.create) return { outcome: 'skip', kept: 0 };
  const { values } = work.row;
  const fields: Record<string, string | null> = Object.fromEntries(
    FIELDS.map((field) => [field, values[field] ?? null]),
  );
  for (const [field, value] of Object.entries(values)) {
    if (field.startsWith('properties.')) fields[field] = value ?? null;
  }
  fields['login'] = newUserKeys(work.row).login;
  fields['status'] = values['status'] ?? 'active';
  fields['manager'] = manager ?? null;
  const id = desk.idOf(work);
  const loginOwn = values['login'] !== undefined || work.row.clears.includes('login');
  return {
    outcome: 'create',
    kept: 0,
    person: { id, fields, sticky: [], loginOwn, protected: false, mergedInto: null },
  };
}

function change(desk: Desk, work: Work, manager: string | undefined): Done {
  const before = desk.person(work.who ?? '');
  const opinions = desk.opinions(work);
  if (manager !== undefined && manager !== before.fields['manager']) {
    opinions.push({ field: 'manager', next: manager, kept: before.sticky.includes('manager') });
  }
  const kept = opinions.filter((o) => o.kept).length;
  const open = opinions.filter((o) => !o.kept);
  const written = open.filter((o) => desk.allowed(work, o.field));
  const fields = { ...before.fields };
  for (const { field, next } of written) fields[field] = next;
  let { loginOwn } = before;
  if (written.some((o) => o.field === 'login') && desk.followingLogin(work) === null) {
    loginOwn = work.row.values['login'] !== undefined || work.row.clears.includes('login');
  }
  const status = written.find((o) => o.field === 'status')?.next;
  const outcome =
    status === 'inactive'
      ? 'deactivate'
      : status === 'active'
        ? 'reactivate'
        : written.length > 0 || work.linked || movesDays(desk, work)
          ? 'update'
          : desk.read.update === 'off' && open.length > 0
            ? 'skip'
            : 'unchanged';
  return { outcome, kept, person: { ...before, fields, loginOwn } };
}

/** The row names other days ahead than are known. */
function movesDays(desk: Desk, { row }: Work): boolean {
  const before = desk.world.due?.get(`${desk.read.sourceId} ${row.externalId ?? ''}`);
  return desk.read.update === 'all' && dueAfter(desk, row) !== before;
}

/**
 * People who should be in the read and are not; faulty rows prove presence too. Changes `people`.
 */
function absentPeople(desk: Desk, people: Map<string, Person>): Map<string, Outcome> {
  const absent = new Map<string, Outcome>();
  if (!desk.read.absence) return absent;
  const present = whoIsPresent(desk);
  for (const [key, userId] of desk.world.identities) {
    if (!key.startsWith(`${desk.read.sourceId} `) || present.has(userId)) continue;
    const person = desk.person(userId);
    if (person.fields['status'] !== 'active' || person.mergedInto !== null) continue;
    if (person.protected || person.sticky.includes('status')) {
      absent.set(userId, 'skip');
    } else {
      absent.set(userId, 'deactivate');
      const now = people.get(userId) ?? person;
      people.set(userId, { ...now, fields: { ...now.fields, status: 'inactive' } });
    }
  }
  return absent;
}

/** The people that the rows of the read are, or may be, about. */
function whoIsPresent(desk: Desk): Set<string> {
  const present = new Set(desk.works.flatMap((work) => work.about));
  const stuck = new Set(
    desk.works.filter((work) => work.outcome === 'conflict').map((work) => work.row),
  );
  for (const read of desk.read.rows) {
    const row = desk.works.find((work) => work.row.line === read.line)?.row ?? read;
    const holder = desk.identity(row.externalId);
    if (holder !== undefined) present.add(holder).add(desk.survivor(holder));
    if (!desk.early.has(row.line) && !stuck.has(row)) continue;
    // Every person that a row that does not go through may be about, or collides with, is present.
    const keys = newUserKeys(row);
    for (const kind of KEYS) {
      const value = keys[kind];
      const named = value === null ? undefined : desk.holderOf(kind, value);
      if (named !== undefined) present.add(desk.survivor(named.id));
    }
  }
  return present;
}

interface Done {
  readonly outcome: Outcome;
  readonly kept: number;
  readonly person?: Person;
}

function lost(before: Person, after: Person, kind: Key): boolean {
  const old = before.fields[kind] ?? null;
  const next = after.fields[kind] ?? null;
  return old !== null && (next === null || keyOf(kind, next) !== keyOf(kind, old));
}

function isOwnManager(people: ReadonlyMap<string, Person>, id: string): boolean {
  const seen = new Set<string>();
  for (let at = people.get(id)?.fields['manager'] ?? null; at !== null;) {
    if (at === id) return true;
    if (seen.has(at)) return false;
    seen.add(at);
    at = people.get(at)?.fields['manager'] ?? null;
  }
  return false;
}
