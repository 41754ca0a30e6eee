import type { Ended, Person, Read, ReadRow, Work, World } from './types';

/** What the days of a row come to on the day of the read. */
export interface RowDays {
  /** Why the days alone make the person inactive. */
  readonly by: Ended | null;
  /** Days ahead: the first day, and the day after the last one. */
  readonly start: string | null;
  readonly end: string | null;
}

/** What of the desk the days need. */
interface Table {
  readonly world: World;
  readonly read: Read;
  readonly days: ReadonlyMap<number, RowDays>;
  readonly works: readonly Work[];
  idOf(work: Work): string;
}

/** The read with the status that the days of each row decide, and what they come to. */
export function decide(read: Read): { read: Read; days: ReadonlyMap<number, RowDays> } {
  const { today } = read;
  const days = new Map<number, RowDays>();
  if (today === undefined || !(knows(read, 'hireDate') || knows(read, 'leaveDate'))) {
    return { read, days };
  }
  const rows = read.rows.map((row): ReadRow => {
    if (row.fault === true) return row;
    if (isCrossed(row, today)) return { ...row, fault: true };
    const decided = rowDays(row, today);
    days.set(row.line, decided);
    if (decided.by === null) return row;
    return { ...row, values: { ...row.values, status: 'inactive' } };
  });
  return { read: { ...read, rows }, days };
}

/** A last day before a first day that has come: without a status nobody can say what that means. */
function isCrossed({ values }: ReadRow, today: string): boolean {
  const { status, hireDate: first, leaveDate: last } = values;
  if (status !== undefined || first === undefined || last === undefined) return false;
  return last < first && first <= today;
}

function rowDays({ values }: ReadRow, today: string): RowDays {
  const nothing = { by: null, start: null, end: null };
  if (values['status'] !== undefined) return nothing;
  const [first, last] = [values['hireDate'], values['leaveDate']];
  // An end before the beginning is that of an earlier employment.
  const end = last === undefined || (first !== undefined && last < first) ? undefined : last;
  if (end !== undefined && end < today) return { ...nothing, by: 'after_last_day' };
  const ahead = {
    start: first !== undefined && first > today ? first : null,
    end: end === undefined ? null : nextDay(end),
  };
  return { ...ahead, by: ahead.start === null ? null : 'before_first_day' };
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

/** True when the file has a column for the field. */
export function knows(read: Read, field: 'hireDate' | 'leaveDate'): boolean {
  return read.rows.some(({ values, clears }) => field in values || clears.includes(field));
}

/** What is due for an identity after its row went through: the row replaces what it has a column for. */
export function dueAfter(desk: Table, row: ReadRow): string | undefined {
  const key = `${desk.read.sourceId} ${row.externalId ?? ''}`;
  const before = desk.world.due?.get(key);
  const days = desk.days.get(row.line);
  if (row.externalId === null || days === undefined) return before;
  const [start = '', end = ''] = before?.split(' – ') ?? [];
  const nextStart = knows(desk.read, 'hireDate') ? (days.start ?? '') : start;
  const nextEnd = knows(desk.read, 'leaveDate') ? (days.end ?? '') : end;
  const kept = nextEnd > nextStart ? nextEnd : '';
  return nextStart === '' && kept === '' ? undefined : `${nextStart} – ${kept}`;
}

/** True when the days of the row include today, and days of this source took the person's access. */
export function givesBack(desk: Table, row: ReadRow, person: Person): boolean {
  if (!desk.days.has(row.line)) return false;
  const { world, read } = desk;
  const known = (by: Ended): boolean =>
    knows(read, by === 'after_last_day' ? 'leaveDate' : 'hireDate');
  for (const [key, by] of world.ended ?? []) {
    const own = key.startsWith(`${read.sourceId} `) && world.identities.get(key) === person.id;
    if (own && known(by)) return true;
  }
  const isNumbered = [...world.identities].some(
    ([key, user]) => user === person.id && key.startsWith(`${read.sourceId} `),
  );
  return (
    (row.externalId === null || !isNumbered) &&
    world.awaited?.get(person.id) === read.sourceId &&
    known('before_first_day')
  );
}

/** Whose access the days took, and who was created before their first day without a number. */
export function whoseDaysEnded(
  desk: Table,
  after: Pick<World, 'people' | 'identities'>,
): Pick<World, 'ended' | 'awaited'> {
  const ended = new Map(desk.world.ended);
  const awaited = new Map(desk.world.awaited);
  const inactive = (id: string | undefined): boolean =>
    after.people.get(id ?? '')?.fields['status'] === 'inactive';
  for (const work of desk.works) {
    const { row, outcome } = work;
    const by = desk.days.get(row.line)?.by ?? null;
    const key = `${desk.read.sourceId} ${row.externalId ?? ''}`;
    const said = row.values['status'] === 'inactive' && by === null;
    if (said && outcome !== 'conflict' && row.externalId !== null) ended.delete(key);
    if (by === null || outcome !== null) continue;
    const id = desk.idOf(work);
    if (inactive(desk.world.people.has(id) ? undefined : id) && row.externalId === null) {
      if (by === 'before_first_day') awaited.set(id, desk.read.sourceId);
    }
    const wasActive = desk.world.people.get(id)?.fields['status'] !== 'inactive';
    if (wasActive && inactive(id) && after.identities.get(key) === id) ended.set(key, by);
  }
  for (const key of ended.keys()) if (!inactive(after.identities.get(key))) ended.delete(key);
  for (const id of awaited.keys()) if (!inactive(id)) awaited.delete(id);
  return { ended, awaited };
}
