import type { DialectName } from '../../connectors/fake/dialects';
import type { FakePerson } from '../../connectors/fake/people';

/** A field of a user that a vendor reports. */
export type Told =
  | 'code'
  | 'login'
  | 'email'
  | 'firstName'
  | 'lastName'
  | 'displayName'
  | 'jobTitle'
  | 'department'
  | 'location'
  | 'manager'
  | 'hireDate'
  | 'leaveDate';

const NAME = ['email', 'firstName', 'lastName'] as const;
const JOB = ['jobTitle', 'department', 'location', 'manager'] as const;
const DATES = ['hireDate', 'leaveDate'] as const;

/** What each vendor reports about a person: written by hand, not read from the declarations. */
export const TOLD = {
  bamboohr: ['code', ...NAME, ...JOB, ...DATES],
  hibob: ['code', ...NAME, 'displayName', ...JOB, ...DATES],
  personio: [...NAME, ...JOB, ...DATES],
  workdayRaas: ['code', ...NAME, ...JOB, ...DATES],
  scim: ['code', 'login', ...NAME, 'jobTitle', 'department', 'manager'],
  hubspot: [...NAME, 'jobTitle'],
  salesforce: [...NAME, 'jobTitle', 'department', 'location'],
  entra: ['code', 'login', ...NAME, 'jobTitle', 'department', 'location'],
  rippling: ['code', ...NAME, ...JOB, ...DATES],
  gusto: ['code', ...NAME, 'jobTitle', 'department', 'manager', ...DATES],
  merge: ['code', ...NAME, ...JOB, ...DATES],
  restGeneric: NAME,
  odata: [...NAME, 'jobTitle'],
} as const satisfies Record<DialectName, readonly Told[]>;

/** Vendors that report a removed person instead of leaving them out. */
export const TELLS_REMOVED: ReadonlySet<DialectName> = new Set([
  'hubspot',
  'salesforce',
  'entra',
  'merge',
  'bamboohr',
]);
/**
 * Of these, the vendors that report a removed person in full reads, but not in reads of changes.
 */
export const TELLS_REMOVED_IN_FULL: ReadonlySet<DialectName> = new Set(['hubspot']);
/** Vendors that know first and last days. */
export const TELLS_DAYS: ReadonlySet<DialectName> = new Set([
  'bamboohr',
  'hibob',
  'personio',
  'workdayRaas',
  'rippling',
  'gusto',
  'merge',
]);
/** Vendors that merge two contacts into one. */
export const TELLS_MERGES: ReadonlySet<DialectName> = new Set(['hubspot', 'salesforce']);

/** A person as the store should have them: fields that the vendor reports, and whether active. */
export interface Expected {
  readonly active: boolean;
  readonly fields: Readonly<Partial<Record<Told, string | null>>>;
}

/** The truth about a person on a day, as far as the vendor reports it. */
export function expected(
  vendor: DialectName,
  person: FakePerson,
  o: { readonly today: string; readonly known: ReadonlySet<string> },
): Expected {
  const fields: Partial<Record<Told, string | null>> = {};
  for (const field of TOLD[vendor]) {
    const value = valueOf(vendor, person, field);
    if (value !== undefined) fields[field] = value;
  }
  // A manager who is not listed is a message, and no opinion.
  if (fields.manager != null && !o.known.has(fields.manager)) delete fields.manager;
  return { active: isActive(vendor, person, o.today), fields };
}

/** Undefined: the vendor reports nothing about it, and the known value stays. */
function valueOf(vendor: DialectName, p: FakePerson, field: Told): string | null | undefined {
  switch (field) {
    case 'code':
      return vendor === 'workdayRaas' ? p.id : p.code;
    case 'login':
      return p.email;
    case 'displayName':
      return `${p.firstName} ${p.lastName}`;
    case 'manager':
      // SCIM leaves an empty manager out.
      return p.managerId === '' ? (vendor === 'scim' ? undefined : null) : p.managerId;
    case 'leaveDate':
      // Gusto then has no termination, which is no opinion.
      return p.leaveDate === '' ? (vendor === 'gusto' ? undefined : null) : p.leaveDate;
    default:
      return p[field] === '' ? null : p[field];
  }
}

/** Whether a person should have access on a day. */
export function isActive(vendor: DialectName, p: FakePerson, today: string): boolean {
  if (p.deleted || p.mergedInto !== '') return false;
  if (!TELLS_DAYS.has(vendor)) return p.status === 'active';
  if (p.hireDate > today) return false;
  if (p.leaveDate !== '' && p.leaveDate >= p.hireDate) return p.leaveDate >= today;
  return p.status === 'active';
}
