/** A value that a letter may say. */
interface LetterPath {
  /** Of the table; `null`: it is made from other columns, and everybody has it. */
  readonly column: string | null;
  /** What a made-up person has, in previews and trials. */
  readonly sample: string;
}

/** What a letter may say of a person: `user.firstName`. Properties come besides. */
export const USER_PATHS = {
  firstName: { column: 'first_name', sample: 'Alex' },
  lastName: { column: 'last_name', sample: 'Example' },
  displayName: { column: 'display_name', sample: 'Alex Example' },
  // The display name, otherwise what identifies the person.
  name: { column: null, sample: 'Alex Example' },
  login: { column: 'login', sample: 'alex.example' },
  email: { column: 'email', sample: 'alex@example.com' },
  code: { column: 'code', sample: '1000' },
  jobTitle: { column: 'job_title', sample: 'Job title' },
  department: { column: 'department', sample: 'Department' },
  location: { column: 'location', sample: 'Location' },
  locale: { column: 'locale', sample: 'en' },
  hireDate: { column: 'hire_date', sample: '2026-01-05' },
} as const satisfies Record<string, LetterPath>;
export type UserPath = keyof typeof USER_PATHS;

/** What a letter may say of the organization of a person: `organization.name`. */
export const ORGANIZATION_PATHS = {
  code: { column: 'code', sample: 'EXAMPLE' },
  name: { column: 'name', sample: 'Example organization' },
} as const satisfies Record<string, LetterPath>;
export type OrganizationPath = keyof typeof ORGANIZATION_PATHS;

type ValueOf<P extends LetterPath> = P['column'] extends null ? string : string | null;

/** The values of a person; `null`: there is none. Days are ISO 8601. */
export type UserPathValues = {
  readonly [P in UserPath]: ValueOf<(typeof USER_PATHS)[P]>;
};
export type OrganizationPathValues = {
  readonly [P in OrganizationPath]: ValueOf<(typeof ORGANIZATION_PATHS)[P]>;
};

/** The paths of a table with their columns; those that are made from others are left out. */
export function columnsOfPaths(
  paths: Readonly<Record<string, LetterPath>>,
): readonly { readonly name: string; readonly column: string }[] {
  return Object.entries(paths).flatMap(([name, { column }]) =>
    column === null ? [] : [{ name, column }],
  );
}

/** A copy of the values of a person, with nothing else that the row may have. */
export function userValues(row: UserPathValues): UserPathValues {
  const values: Readonly<Record<string, string | null>> = row;
  const copy = Object.fromEntries(
    Object.keys(USER_PATHS).map((path) => [path, values[path] ?? null]),
  );
  if (!isUserValues(copy)) throw new Error('a path without a value');
  return copy;
}

export function isUserValues(
  values: Readonly<Record<string, string | null>>,
): values is UserPathValues {
  return Object.keys(USER_PATHS).every((path) => Object.hasOwn(values, path));
}
