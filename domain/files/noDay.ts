/**
 * The days by which programs mean that there is no day: the first ones of .NET and SQL Server, of
 * spreadsheets and Delphi, and the last one of the calendar (SAP).
 */
const NO_DAYS: ReadonlySet<string> = new Set([
  ...['0001-01-01', '1753-01-01', '1899-12-30', '1899-12-31', '1900-01-01', '9999-12-31'],
]);

/** True for a day of the calendar, `YYYY-MM-DD`, by which programs mean that there is none. */
export function isNoDay(day: string): boolean {
  // Nearly all days end at the two comparisons.
  return (day < '1900-01-02' || day > '9999') && NO_DAYS.has(day);
}

/**
 * True for a first or last day that says nothing. The last day of the calendar as a last day says
 * that there is no end: it replaces an end that was known before.
 */
export function saysNothing(field: 'hireDate' | 'leaveDate', day: string): boolean {
  return isNoDay(day) && !(field === 'leaveDate' && day === '9999-12-31');
}
