import type { NewMessage } from '../runs/messages';
import { statusOn, type DaysReason, type KnownDays } from '../users/days';
import type { Days } from '../zones';
import { rowFault } from './rowFaults';
import { STAGED_COLUMNS, stagedAt } from './staged';

/** What the days of a row decide, behind the columns that every staged row has. */
export const DAYS_COLUMNS = [
  'due_on',
  'due_zone',
  'due_status',
  'due_then',
  'status_by',
  'days_known',
] as const;

const STATUS = stagedAt('status');
const EXTERNAL_ID = stagedAt('external_id');
const FAULTS = stagedAt('faults');
const HIRE_DATE = stagedAt('hire_date');
const LEAVE_DATE = stagedAt('leave_date');
const TIME_ZONE = stagedAt('time_zone');
/** The index of each of {@link DAYS_COLUMNS} in a row. */
const AT = {
  due_on: STAGED_COLUMNS.length + DAYS_COLUMNS.indexOf('due_on'),
  due_zone: STAGED_COLUMNS.length + DAYS_COLUMNS.indexOf('due_zone'),
  due_status: STAGED_COLUMNS.length + DAYS_COLUMNS.indexOf('due_status'),
  due_then: STAGED_COLUMNS.length + DAYS_COLUMNS.indexOf('due_then'),
  status_by: STAGED_COLUMNS.length + DAYS_COLUMNS.indexOf('status_by'),
  days_known: STAGED_COLUMNS.length + DAYS_COLUMNS.indexOf('days_known'),
} as const;

/** Lines that a message names. */
const MAX_LINES = 5;

interface Tally {
  rows: number;
  readonly lines: number[];
}

/**
 * The days of a file's rows; one instance for each read, because it counts the rows whose status
 * says something else.
 */
export class FileDays {
  private readonly known: KnownDays;
  private readonly emptySays: boolean;
  private readonly crossed: string;
  private readonly against: Record<DaysReason, Tally> = {
    after_last_day: { rows: 0, lines: [] },
    before_first_day: { rows: 0, lines: [] },
  };
  private readonly withoutNumber: Tally = { rows: 0, lines: [] };

  /**
   * `days`: which day it is; `headers`: of the columns; `null`: the file has none for that day;
   * `emptySays`: an empty cell says that the employment is open at that end, not nothing.
   */
  constructor(
    private readonly days: Days,
    private readonly headers: {
      readonly first: string | null;
      readonly last: string | null;
      readonly emptySays: boolean;
    },
  ) {
    const { first, last, emptySays } = headers;
    this.emptySays = emptySays;
    this.known = first === null ? 'last' : last === null ? 'first' : 'both';
    this.crossed = JSON.stringify([rowFault(last, ['crossed_days', {}])]);
  }

  /**
   * Decides what the days of a row say: sets its status where they end or delay access, and the values
   * of {@link DAYS_COLUMNS}, which the row has room for. A status that the row has wins. Without one, a
   * last day before a first day that has come is a fault: the person may have left, or be back.
   */
  decide(row: (string | null)[], line: number): void {
    if (row[FAULTS] !== null) return;
    const { [HIRE_DATE]: start = null, [LEAVE_DATE]: end = null, [STATUS]: given } = row;
    row[AT.days_known] = this.emptySays ? this.known : daysIn(start, end);
    if (start === null && end === null) return;
    const zone = row[TIME_ZONE] ?? null;
    const today = this.days.today(zone);
    // With a first day to come, both readings say the same: the person is not active yet.
    const isCrossed = start !== null && end !== null && end < start && start <= today;
    if (given !== null) {
      const contradicts = (start !== null && start > today) || (end !== null && end < today);
      // Most rows with a status end here, without the work of `statusOn`.
      if (given !== 'active' || !contradicts) return;
      const { by } = statusOn({ status: null, start, end, deleted: null }, today);
      const against = isCrossed ? 'after_last_day' : by;
      if (against !== undefined) count(this.against[against], line);
      return;
    }
    if (isCrossed) {
      row[FAULTS] = this.crossed;
      row[AT.days_known] = null;
      return;
    }
    const { status, dueOn, by } = statusOn({ status: null, start, end, deleted: null }, today);
    if (status !== null) row[STATUS] = status;
    row[AT.status_by] = by ?? null;
    const [first = null, then = null] = dueOn;
    if (first === null) return;
    if (row[EXTERNAL_ID] === null) {
      // Where no number says whose day it is, it is kept by nobody.
      count(this.withoutNumber, line);
      return;
    }
    row[AT.due_on] = first;
    row[AT.due_zone] = this.days.zoneOf(zone);
    // A first day to come gives back what the days took, so it names no status of its own.
    row[AT.due_status] = start === first ? null : 'inactive';
    row[AT.due_then] = then;
  }

  /** A message for each sort of row whose days do not decide. */
  messages(): NewMessage[] {
    const { headers } = this;
    const about = (
      code: 'active_after_last_day' | 'active_before_first_day' | 'days_without_number',
      { rows, lines }: Tally,
      column: string | null,
    ): NewMessage[] =>
      rows === 0 ? [] : [{ line: null, column, code, facts: { rows, lines: [...lines] } }];
    return [
      ...about('active_after_last_day', this.against.after_last_day, headers.last),
      ...about('active_before_first_day', this.against.before_first_day, headers.first),
      ...about('days_without_number', this.withoutNumber, headers.last ?? headers.first),
    ];
  }
}

function daysIn(start: string | null, end: string | null): KnownDays | null {
  if (start === null) return end === null ? null : 'last';
  return end === null ? 'first' : 'both';
}

function count(tally: Tally, line: number): void {
  tally.rows++;
  if (tally.lines.length < MAX_LINES) tally.lines.push(line);
}
