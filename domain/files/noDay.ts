/**
 * Nobody of today began or left before this day. An earlier one stands for no day (the first ones of .NET and
 * SQL Server, of spreadsheets and Delphi), or is a number that a spreadsheet shows as a day: the year 2024 is
 * 1905-07-16.
 */
const FIRST_DAY = '1910-01-01';
/** The last day of the calendar, by which SAP means that there is no end. */
const LAST_DAY = '9999-12-31';

/** True for a day of the calendar, `YYYY-MM-DD`, that is no day of a person. */
export function isNoDay(day: string): boolean {
  return day < FIRST_DAY || day === LAST_DAY;
}

/**
 * True for a first or last day that says nothing. The last day of the calendar as a last day says
 * that there is no end: it replaces an end that was known before.
 */
export function saysNothing(field: 'hireDate' | 'leaveDate', day: string): boolean {
  return isNoDay(day) && !(field === 'leaveDate' && day === LAST_DAY);
}
