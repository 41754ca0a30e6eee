import { AT, type Cells } from './people';

/** What is wrong with a spoilt row. */
export const FAULTS = [
  'bad e-mail',
  'bad date',
  'no such day',
  'too few cells',
  'too many cells',
  'unknown status',
  'NUL byte',
  'no key',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** Gives a row the next fault in turn, and counts it. */
export function spoil(cells: Cells, tally: Partial<Record<FaultName, number>>): Cells {
  const done = Object.values(tally).reduce((sum, n) => sum + n, 0);
  const fault = FAULTS[done % FAULTS.length] ?? 'bad e-mail';
  tally[fault] = (tally[fault] ?? 0) + 1;
  const set = (column: keyof typeof AT, value: string): Cells =>
    cells.map((cell, i) => (i === AT[column] ? value : cell));
  switch (fault) {
    case 'bad e-mail':
      return set('email', (cells[AT.email] ?? '').replace('@', ' at '));
    case 'bad date':
      return set('hire_date', 'last spring');
    case 'no such day':
      return set('hire_date', '2023-02-30');
    case 'too few cells':
      return cells.slice(0, 7);
    case 'too many cells':
      return [...cells, 'and one more'];
    case 'unknown status':
      return set('status', 'on leave?');
    case 'NUL byte':
      return set('department', `${cells[AT.department] ?? ''}\u0000`);
    case 'no key':
      return cells.map((cell, i) => (i === AT.code || i === AT.email ? '' : cell));
  }
}
