import { readFileSync } from 'node:fs';
import { parseRecords } from '../csv/format/parse';

/** One person of a fake vendor; every dialect writes the same person in its own form. */
export interface FakePerson {
  readonly id: string;
  readonly code: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly jobTitle: string;
  readonly department: string;
  readonly location: string;
  /** Id of the manager; empty: none. */
  readonly managerId: string;
  readonly hireDate: string;
  readonly leaveDate: string;
  readonly status: 'active' | 'inactive';
  /** Epoch ms. */
  readonly modifiedAt: number;
  /** Ids that were merged into this one. */
  readonly mergedIds: readonly string[];
  /** Removed; still reported where the vendor reports removed people. */
  readonly deleted: boolean;
  readonly mergedInto: string;
}

/** A person; values that are not given are derived from the number. */
export function fakePerson(n: number, given: Partial<FakePerson> = {}): FakePerson {
  const id = String(10_000 + n);
  return {
    id,
    code: `E${id}`,
    email: `p${id}@staff.example`,
    firstName: `First${id}`,
    lastName: `Last${id}`,
    jobTitle: n % 3 === 0 ? 'Engineer' : 'Clerk',
    department: n % 2 === 0 ? 'Sales' : 'Works',
    location: 'Berlin',
    managerId: '',
    hireDate: '2020-01-01',
    leaveDate: '',
    status: 'active',
    modifiedAt: Date.UTC(2026, 0, 1) + n * 1_000,
    mergedIds: [],
    deleted: false,
    mergedInto: '',
    ...given,
  };
}

/** This many people. */
export function fakePeople(count: number): FakePerson[] {
  return Array.from({ length: count }, (_, n) => fakePerson(n));
}

/**
 * People from a CSV file with the columns employee_id, first_name, last_name, email, job_title,
 * department, manager_id, hire_date, leave_date, status.
 */
export function peopleFromCsv(path: string): FakePerson[] {
  const [header = [], ...rows] = parseRecords(readFileSync(path), { delimiter: ',' });
  return rows
    .filter((row) => row.length === header.length)
    .map((row, n) => {
      const cell = (name: string): string => row[header.indexOf(name)] ?? '';
      return fakePerson(n, {
        id: cell('employee_id'),
        code: cell('employee_id'),
        email: cell('email'),
        firstName: cell('first_name'),
        lastName: cell('last_name'),
        jobTitle: cell('job_title'),
        department: cell('department'),
        location: '',
        managerId: cell('manager_id'),
        hireDate: cell('hire_date'),
        leaveDate: cell('leave_date'),
        status: cell('status') === 'inactive' ? 'inactive' : 'active',
      });
    });
}
