import type { SourceStatus } from './fields';

/**
 * The meaning of a source's own word for a status; `unknown`: its connector does not list it, a
 * fault.
 */
export type RecordStatus = 'active' | 'leaving' | 'inactive' | 'pending' | 'unknown';

/** Why the days of a person make them inactive; recorded names. */
export const DAYS_REASONS = ['after_last_day', 'before_first_day'] as const;
export type DaysReason = (typeof DAYS_REASONS)[number];

/** Which of a person's two days a row knows. A known day without a value: the employment is open at that end. */
export type KnownDays = 'first' | 'last' | 'both';

/** What is known of a person's employment; days are `YYYY-MM-DD`. */
export interface Employment {
  /** `null`: no opinion. */
  readonly status: RecordStatus | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly deleted: 'hard' | 'soft' | null;
}

/** A status on a day. */
export interface StatusOnDay {
  /** `null`: no opinion. */
  readonly status: SourceStatus | null;
  /** Days after that day on which the status changes by itself. */
  readonly dueOn: readonly string[];
  /** Set where the days alone decided. */
  readonly by?: DaysReason;
}

/**
 * The status of a person on a day, and when it changes by itself. No person is active before their
 * first day or after their last; the last day itself still counts. An end before the start belongs
 * to an earlier employment. Without a status, an employment that includes `today` is no opinion.
 */
export function statusOn(employment: Employment, today: string): StatusOnDay {
  const { status, deleted, start } = employment;
  if (deleted !== null) return { status: 'inactive', dueOn: [] };
  if (status === 'unknown') return { status: null, dueOn: [] };
  const end =
    employment.end !== null && (start === null || employment.end >= start) ? employment.end : null;
  const notYet = start !== null && start > today;
  const over = end !== null && end < today;
  const goesOn = end !== null && !over;
  const due = [...(notYet ? [start] : []), ...(goesOn ? daysAfter(end) : [])];
  switch (status) {
    case null:
      if (notYet) return { status: 'inactive', dueOn: due, by: 'before_first_day' };
      if (over) return { status: 'inactive', dueOn: [], by: 'after_last_day' };
      return { status: null, dueOn: due };
    case 'inactive':
      // Marked as gone ahead of the day: the person stays until that day has passed.
      return goesOn && !notYet ? { status: 'active', dueOn: due } : { status, dueOn: [] };
    case 'pending':
    case 'active':
    case 'leaving':
      // `pending` without a first day: inactive. With one, that day decides, whenever the source
      // changes its word.
      if (status === 'pending' && start === null) return { status: 'inactive', dueOn: [] };
      if (notYet) return { status: 'inactive', dueOn: due };
      return { status: over ? 'inactive' : 'active', dueOn: due };
  }
}

/** The last day of the calendar stands for "no end" in many systems, and no day follows it. */
function daysAfter(day: string): string[] {
  return day === '9999-12-31' ? [] : [dayAfter(day)];
}

/** The next day of the calendar. */
export function dayAfter(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const next = daysIn(year, month) > date ? [year, month, date + 1] : firstOfNext(year, month);
  const [y = 0, m = 1, d = 1] = next;
  return `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

function firstOfNext(year: number, month: number): number[] {
  return month === 12 ? [year + 1, 1, 1] : [year, month + 1, 1];
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
