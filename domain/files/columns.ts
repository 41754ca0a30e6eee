import { FOREIGN_ALIASES, spellings } from './columnAliases';
import type { FieldName, PropertyDefinition, UserField } from '../users/fields';
import { nameDistance } from '../nearest';

/** A column that a file may have: its canonical name, and the other names that it is known by. */
export interface ColumnInfo {
  readonly name: string;
  readonly field: UserField;
  /** Other names: English ones first, then those of other languages. */
  readonly aliases: readonly string[];
  readonly about: string;
}

/**
 * The canonical columns with their English names, in the order of the template. Names are compared
 * by {@link normalName}, so `employee_id`, `Employee ID` and `employeeId` are one.
 */
const ENGLISH: readonly ColumnInfo[] = [
  {
    name: 'code',
    field: 'code',
    aliases: [
      'employee id',
      'employee number',
      'employee no',
      'employee code',
      'user code',
      'external id',
      'staff id',
      'staff number',
      'staff code',
      'person id',
      'person number',
      'personnel number',
      'worker id',
      'emp id',
      'emp no',
      'id',
    ],
    about: "the person's number in this source, and the user's code",
  },
  {
    name: 'login',
    field: 'login',
    aliases: ['user name', 'login name', 'account name', 'user login'],
    about: 'what the person signs in with; the e-mail, else the code, when absent',
  },
  {
    name: 'email',
    field: 'email',
    aliases: ['mail', 'email address', 'mail address', 'work email', 'business email'],
    about: 'e-mail address',
  },
  {
    name: 'first_name',
    field: 'firstName',
    aliases: ['given name', 'given names', 'forename', 'first', 'fname'],
    about: 'given name',
  },
  {
    name: 'last_name',
    field: 'lastName',
    aliases: ['family name', 'surname', 'last', 'lname'],
    about: 'family name; a column "name" beside a first name, with no other last name, is it too',
  },
  {
    name: 'display_name',
    field: 'displayName',
    aliases: ['full name', 'name', 'preferred name', 'known as'],
    about: 'the name as shown, whole',
  },
  {
    name: 'status',
    field: 'status',
    aliases: ['employment status', 'user status', 'account status', 'employee status'],
    about:
      'active or inactive, also in German, French, Spanish, Italian or Dutch (inaktiv, actif, …); other words through a value map',
  },
  {
    name: 'organization',
    field: 'organization',
    aliases: ['organisation', 'org', 'organization code', 'organisation code', 'org code'],
    about: 'code or name of an organization that exists',
  },
  {
    name: 'job_title',
    field: 'jobTitle',
    aliases: ['title', 'job', 'position', 'designation', 'position title'],
    about: 'job title',
  },
  {
    name: 'department',
    field: 'department',
    aliases: ['dept', 'department name'],
    about: 'department',
  },
  {
    name: 'location',
    field: 'location',
    aliases: ['office', 'site', 'work location', 'workplace'],
    about: 'place of work',
  },
  {
    name: 'manager',
    field: 'manager',
    aliases: [
      'manager id',
      'manager code',
      'manager number',
      'manager employee id',
      'manager external id',
      'supervisor',
      'supervisor id',
      'supervisor code',
      'line manager',
      'line manager id',
      'reports to',
    ],
    about: "the manager's number in this source, or code",
  },
  {
    name: 'locale',
    field: 'locale',
    aliases: ['language', 'lang', 'preferred language', 'language code'],
    about: 'language, such as en or pt-BR',
  },
  {
    name: 'time_zone',
    field: 'timeZone',
    aliases: ['tz', 'time zone name'],
    about: 'IANA time zone, such as Europe/Paris',
  },
  {
    name: 'phone',
    field: 'phone',
    aliases: [
      'phone number',
      'telephone',
      'mobile',
      'mobile phone',
      'work phone',
      'cell phone',
      'tel',
    ],
    about: 'telephone number',
  },
  {
    name: 'hire_date',
    field: 'hireDate',
    aliases: ['start date', 'date of hire', 'hired', 'joining date', 'join date', 'hired on'],
    about: 'first day, YYYY-MM-DD',
  },
  {
    name: 'leave_date',
    field: 'leaveDate',
    aliases: [
      'end date',
      'termination date',
      'leaving date',
      'last day',
      'exit date',
      'terminated on',
    ],
    about: 'last day, YYYY-MM-DD',
  },
];

/** {@link ENGLISH} with the names in other languages. */
export const COLUMNS: readonly ColumnInfo[] = ENGLISH.map((column) => ({
  ...column,
  aliases: [...column.aliases, ...(FOREIGN_ALIASES[column.field] ?? [])],
}));

/**
 * Columns that Rollcall writes into files of failed rows. They are ignored when such a file comes
 * back.
 */
export const REPORT_COLUMNS = ['_line', '_error'] as const;

/**
 * The last column of an export for people: when it was written. An import passes over it, and knows
 * by it that the cells were made safe for a spreadsheet.
 */
export const EXPORTED_COLUMN = '_exported';

/** Before the names of an export's columns that no import reads, such as `_user.id`. */
export const USER_COLUMN_PREFIX = '_user.';

/** A name without case, spaces and punctuation: the form in which column names are compared. */
export function normalName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * True for a column with the bare header `Name`: the full name, or the last name beside a first
 * name.
 */
export function isBareName(header: string): boolean {
  return normalName(header) === 'name';
}

/** True for columns that Rollcall wrote for people, which every import ignores. */
export function isReportColumn(header: string): boolean {
  const name = header.trim().toLowerCase();
  if (name.startsWith(USER_COLUMN_PREFIX) || name === EXPORTED_COLUMN) return true;
  return REPORT_COLUMNS.some((column) => column === name);
}

/**
 * True for the header of a file that Rollcall wrote for people, of failed rows or of an export: its
 * cells are neutralised.
 */
export function isNeutralisedFile(header: readonly string[]): boolean {
  const names = new Set(header.map((cell) => cell.trim().toLowerCase()));
  return names.has(EXPORTED_COLUMN) || REPORT_COLUMNS.every((column) => names.has(column));
}

const PROPERTY_NAME = /^\s*(?:properties|property)\s*\.(.*)$/is;

const FIELD_BY_NAME: ReadonlyMap<string, UserField> = new Map(
  COLUMNS.flatMap((column) =>
    [column.name, column.field, ...column.aliases]
      .flatMap(spellings)
      .map((name): [string, UserField] => [normalName(name), column.field]),
  ),
);

/**
 * The field that a column name stands for: a canonical name, an alias, `properties.<key>` of a
 * declared property, or a declared property's key or name. `undefined` when no field has this name.
 */
export function fieldOfName(
  name: string,
  properties: readonly PropertyDefinition[],
): FieldName | undefined {
  const prefixed = PROPERTY_NAME.exec(name);
  const wanted = normalName(prefixed?.[1] ?? name);
  if (wanted === '') return undefined;
  const known = prefixed === null ? FIELD_BY_NAME.get(wanted) : undefined;
  if (known !== undefined) return known;
  const exact = properties.find((property) => property.key === (prefixed?.[1] ?? name).trim());
  const property =
    exact ??
    properties.find(({ key, name: title }) =>
      [key, title].some((called) => normalName(called) === wanted),
    );
  return property === undefined ? undefined : `properties.${property.key}`;
}

/**
 * The properties that names such as `properties.shoe_size` stand for, as texts: where no store says
 * which properties are declared, and of which type.
 */
export function propertiesNamed(names: readonly string[]): PropertyDefinition[] {
  const keys = names.flatMap((name) => PROPERTY_NAME.exec(name)?.[1]?.trim() ?? []);
  return [...new Set(keys)]
    .filter((key) => normalName(key) !== '')
    .map((key) => ({ key, name: key, type: 'text' }));
}

/** The column name under which a field is written: `first_name`, `properties.shoe_size`. */
export function columnOfField(field: FieldName): string {
  return COLUMNS.find((column) => column.field === field)?.name ?? field;
}

/** A known column that a name may mean. */
export interface NearColumn {
  readonly column: string;
  /** At one typing error from a name of some length, the intended name is as good as certain. */
  readonly sure: boolean;
}

/**
 * The known column whose name or alias is nearest to `name` (see {@link nameDistance}), outside
 * `taken`; `undefined` when none is near.
 */
export function nearestColumn(
  name: string,
  properties: readonly PropertyDefinition[],
  taken: ReadonlySet<string> = new Set(),
): NearColumn | undefined {
  const names = knownNames(properties).filter(({ column }) => !taken.has(column));
  const best = nearestAt(
    name,
    names.map(({ called }) => called),
  );
  const near = best === undefined ? undefined : names[best.at];
  if (best === undefined || near === undefined) return undefined;
  return { column: near.column, sure: best.distance <= 1 && near.called.length >= SURE_CHARS };
}

/** In a short name, a change of one letter makes another word: `note` is not `nome`. */
const SURE_CHARS = 5;

/** The index of the header that `name` most likely means; `undefined` when none is near. */
export function nearestHeader(name: string, headers: readonly string[]): number | undefined {
  return nearestAt(name, headers.map(normalName))?.at;
}

function nearestAt(
  name: string,
  known: readonly string[],
): { readonly at: number; readonly distance: number } | undefined {
  const wanted = normalName(name).slice(0, 64);
  if (wanted === '') return undefined;
  let best: { at: number; distance: number } | undefined;
  for (const [at, called] of known.entries()) {
    const distance = nameDistance(wanted, called);
    if (distance !== undefined && (best === undefined || distance < best.distance)) {
      best = { at, distance };
    }
  }
  return best;
}

function knownNames(
  properties: readonly PropertyDefinition[],
): { column: string; called: string }[] {
  return [
    ...ENGLISH.flatMap(({ name, aliases }) =>
      [name, ...aliases].map((alias) => ({ column: name, called: normalName(alias) })),
    ),
    ...ENGLISH.flatMap(({ name, field }) =>
      (FOREIGN_ALIASES[field] ?? [])
        .flatMap(spellings)
        .map((alias) => ({ column: name, called: normalName(alias) }))
        .filter(({ called }) => called.length >= SURE_CHARS),
    ),
    ...properties.flatMap(({ key, name }) =>
      [key, name].map((title) => ({ column: `properties.${key}`, called: normalName(title) })),
    ),
  ];
}

/** A column that a file may have. */
export interface ImportColumn {
  readonly name: string;
  readonly field: FieldName;
  readonly aliases: readonly string[];
  readonly about: string;
}

/** Every column that a file may have, properties last: the rows of `import columns`. */
export function listColumns(properties: readonly PropertyDefinition[]): ImportColumn[] {
  return [
    ...COLUMNS,
    ...properties.map(({ key, name, type }) => ({
      name: `properties.${key}`,
      field: `properties.${key}` as const,
      aliases: normalName(name) === normalName(key) ? [key] : [key, name],
      about: `property, ${type}`,
    })),
  ];
}

/** The header cells of an empty file, as `import template` writes it. */
export function templateHeader(properties: readonly PropertyDefinition[]): string[] {
  return listColumns(properties).map((column) => column.name);
}
