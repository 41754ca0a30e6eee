import type { ListKey } from '../../domain/files/listKey';
import type { Form, Written } from './mischief';

/** The person's mark: a value of a field that decides nothing, so that the oracle knows who is who. */
export function markOf(key: number): string {
  return `P-${String(key)}`;
}

/** The person of a mark. */
export function keyOfMark(mark: string | null): number | undefined {
  const digits = /^P-(\d+)$/.exec(mark ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The header of the number. */
const NUMBER_HEADER = {
  code: 'Employee ID',
  email: 'Employee ID',
  login: 'Login',
  column: 'Badge',
} as const satisfies Record<Form['key'], string>;

/** The key of a list, as an import takes it. */
export function keyOfList({ key }: Form): ListKey {
  return key === 'column' ? { column: NUMBER_HEADER.column } : key;
}

type Column = readonly [header: string, value: (row: Written) => string];

/** A file of the rows. */
export function csvOf(form: Form, rows: readonly Written[]): string {
  const columns: Column[] = [
    [NUMBER_HEADER[form.key], (row) => row.number],
    ['First Name', (row) => row.first],
    ['Last Name', (row) => row.last],
    ...(form.email ? [['Email', (row) => row.email] satisfies Column] : []),
    ['Department', (row) => row.department],
    ['Phone', (row) => (row.key === undefined ? '' : markOf(row.key))],
    ...(form.status ? [['Status', (row) => row.status] satisfies Column] : []),
    ...(form.days
      ? [
          ['Hire Date', (row) => row.firstDay] satisfies Column,
          ['Termination Date', (row) => row.lastDay] satisfies Column,
        ]
      : []),
  ];
  const header = columns.map(([name]) => name);
  const lines = rows.map((row) =>
    row.header === true ? header : columns.map(([, value]) => value(row)),
  );
  return `${[header, ...lines].map((cells) => cells.map(cell).join(',')).join('\n')}\n`;
}

function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** How a system writes its days. */
export type DayForm = 'iso' | 'epochMs' | 'zoned';

/** A record of a system; the number is its id. */
export function recordOf(form: Form, row: Written, days: DayForm): object {
  const day = (text: string): unknown => {
    if (text === '') return null;
    if (days === 'iso' || Number.isNaN(Date.parse(text))) return text;
    return days === 'zoned' ? `${text}+01:00` : Date.parse(text);
  };
  return {
    id: row.number,
    first: row.first,
    last: row.last,
    ...(form.email ? { email: row.email } : {}),
    department: row.department,
    phone: row.key === undefined ? '' : markOf(row.key),
    status: row.status === 'Inactive' ? 'inactive' : 'active',
    ...(form.days ? { start: day(row.firstDay), end: day(row.lastDay) } : {}),
  };
}
