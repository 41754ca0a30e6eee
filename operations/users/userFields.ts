import { cellKind } from '../../domain/files/cellKinds';
import { isoDay } from '../../domain/dates';
import { isFaultCode, type FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';
import type { Faults } from '../../domain/severalFaults';
import type { Next } from '../../domain/next';
import {
  isUserField,
  USER_FIELD_NAMES,
  USER_FIELDS,
  type FieldName,
  type PropertyDefinition,
  type UserField,
} from '../../domain/users/fields';
import { MAX_KEY_CHARS, userKey } from '../../domain/keys';
import { nearestName } from '../../domain/nearest';
import { inScope, type UserScope } from '../../domain/permissions';
import { shown } from '../../domain/shown';
import { zoneFault } from '../../domain/zones';
import { CONTROL } from '../../domain/files/staged';
import type { PropertyValue } from '../../domain/users/userView';
import { organizationKeys } from '../../store/users/organizations';
import { selectProperties } from '../../store/users/properties';
import type { UserValues } from '../../store/users/userWrites';
import type { OperationContext } from '../context';
import { resolveUser } from './userScope';

/** What a person sets and clears, values as typed. */
export interface FieldInput {
  /** Field, or `properties.<key>` → value. */
  readonly set?: Readonly<Record<string, string>>;
  readonly clear?: readonly string[];
}

/** A {@link FieldInput} that was checked. */
export interface FieldChanges {
  readonly values: UserValues;
  /** `null`: removed. */
  readonly properties: Readonly<Record<string, PropertyValue | null>>;
  /** All fields that are set or cleared. */
  readonly fields: readonly FieldName[];
  /** Fields whose values were refused. */
  readonly refused: ReadonlySet<FieldName>;
}

/** Longer than any name, shorter than what makes a list unreadable. */
const MAX_CHARS = 10_000;

/** Whom the changes may name, and where their faults go. */
export interface FieldRules {
  readonly scope: UserScope;
  readonly faults: Faults;
}

/**
 * Checks values by the rules of a CSV cell, so that typed values and those of files obey the same
 * rules. Every fault is collected: `usage`, naming the field; `not_found` for a manager; `forbidden`.
 */
export async function readFields(
  context: OperationContext,
  input: FieldInput,
  rules: FieldRules,
): Promise<FieldChanges> {
  const { scope, faults } = rules;
  const properties = await selectProperties(context.db.pool);
  const changes: Changes = { values: {}, properties: {}, fields: [], refused: new Set() };
  for (const given of input.clear ?? []) {
    await faults.tries(given, () => {
      const field = fieldOf(given, properties);
      if (field === 'organization' && !inScope(scope, null)) throw foreignOrganization();
      clear(changes, field);
    });
  }
  for (const [given, typed] of Object.entries(input.set ?? {})) {
    await faults.tries(given, async () => {
      const field = fieldOf(given, properties);
      if (changes.fields.includes(field)) {
        throw fieldFault(field, 'given_twice', 'is given twice; set it or clear it.');
      }
      // Taken out again where the value is good.
      changes.refused.add(field);
      await setField(context, { ...rules, field, typed, properties, changes });
      changes.refused.delete(field);
    });
  }
  return changes;
}

async function setField(
  context: OperationContext,
  o: FieldRules & {
    readonly field: FieldName;
    readonly typed: string;
    readonly properties: readonly PropertyDefinition[];
    readonly changes: Changes;
  },
): Promise<void> {
  const { scope, field, properties, changes } = o;
  const value = checked(field, o.typed);
  if (field === 'manager') {
    changes.values.managerId = (await resolveUser(context, value, scope)).survivorId;
  } else if (field === 'organization') {
    // An organization outside the reach is as one that does not exist.
    const keys = await organizationKeys(context.db.pool, scope);
    changes.values.organizationId = converted(field, value, { organizations: keys, properties });
  } else {
    set(changes, field, converted(field, value, { organizations: new Map(), properties }));
  }
  changes.fields.push(field);
}

/** The field of this name, in any case; `first-name` is `firstName`. */
export function fieldOf(given: string, properties: readonly PropertyDefinition[]): FieldName {
  const wanted = given.trim().toLowerCase();
  const plain = wanted.replace(/[-_ ]/g, '');
  const field = USER_FIELD_NAMES.find((name) => name.toLowerCase() === plain);
  if (field !== undefined) return field;
  const property = properties.find(({ key }) => `properties.${key}`.toLowerCase() === wanted);
  if (property !== undefined) return `properties.${property.key}`;
  const known = [...USER_FIELD_NAMES, ...properties.map(({ key }) => `properties.${key}`)];
  const near = nearestName(given.trim(), known);
  const undeclared = wanted.startsWith('properties.');
  throw new Fault('usage', {
    code: 'unknown_field',
    message: `There is no field "${given}"${near === undefined ? '.' : `; is "${near}" meant?`}`,
    next: undeclared
      ? { do: 'declareProperty', key: given.trim().slice('properties.'.length) }
      : `Fields: ${known.join(', ')}`,
  });
}

interface Changes extends FieldChanges {
  readonly properties: Record<string, PropertyValue | null>;
  readonly fields: FieldName[];
  readonly refused: Set<FieldName>;
}

function checked(field: FieldName, typed: string): string {
  const value = typed.trim();
  if (value === '')
    throw fieldFault(field, 'empty_value', `is empty; take it out with --clear ${field}.`);
  if (value.length > MAX_CHARS) {
    throw fieldFault(
      field,
      'too_long',
      `has ${String(value.length)} characters; ${String(MAX_CHARS)} are the most.`,
    );
  }
  if (CONTROL.test(value)) throw fieldFault(field, 'control_character', 'has a control character.');
  return value;
}

function converted(
  field: FieldName,
  value: string,
  refs: {
    readonly organizations: ReadonlyMap<string, string>;
    readonly properties: readonly PropertyDefinition[];
  },
): string {
  const kind = cellKind(field, {
    date: isoDay,
    dateFormat: 'YYYY-MM-DD',
    decimalComma: false,
    ...refs,
  });
  const zone = field === 'timeZone' ? zoneFault(value) : null;
  if (zone !== null) throw new Fault('usage', { code: 'bad_value', message: `${field}: ${zone}` });
  const result = kind.convert(value);
  if (result !== null) return result;
  // The fault's own sentence would speak of a file and of imports, so another one is worded here.
  const [code] = kind.fault(value);
  const [what, next] = WANTED[code] ?? ['another value'];
  throw new Fault('usage', {
    code: isFaultCode(code) ? code : 'bad_value',
    message: `${field} has to be ${what}, not ${shown(value)}.`,
    ...(next === undefined ? {} : { next }),
  });
}

/** Code of a refused value → what is wanted, and the next step where it is not the help. */
const WANTED: Readonly<Record<string, readonly [what: string, next?: Next]>> = {
  bad_email: ['an e-mail address'],
  unknown_status: ['active or inactive'],
  bad_key: [`at most ${String(MAX_KEY_CHARS)} characters, no tab or line break among them`],
  rounded_key: ['written with all its digits'],
  lost_letters: ['a name with its letters'],
  bad_date: ['a day of the calendar, written YYYY-MM-DD'],
  unknown_organization: ['the code or the name of an organization', { do: 'listOrganizations' }],
  bad_boolean: ['true or false (yes, no, 1, 0)'],
  bad_number: ['a number in digits, such as 1250 or 12.5'],
};

function set(
  changes: Changes,
  field: Exclude<FieldName, 'manager' | 'organization'>,
  value: string,
): void {
  if (!isUserField(field)) {
    changes.properties[field.slice('properties.'.length)] = propertyValue(value);
    return;
  }
  switch (field) {
    case 'login':
      Object.assign(changes.values, { login: value, loginKey: userKey(value) });
      return;
    case 'email':
      Object.assign(changes.values, { email: value, emailKey: userKey(value) });
      return;
    case 'status':
      Object.assign(changes.values, statusValues(value === 'active' ? 'active' : 'inactive'));
      return;
    case 'hireDate':
    case 'leaveDate':
      changes.values[field] = new Date(`${value}T00:00:00Z`);
      return;
    default:
      changes.values[field] = value;
  }
}

/** The columns that change with a status. */
export function statusValues(status: 'active' | 'inactive'): UserValues {
  return {
    status,
    deactivatedAt: status === 'active' ? null : 'now',
    deactivatedReason: status === 'active' ? null : 'by_hand',
  };
}

function propertyValue(json: string): PropertyValue {
  const value: unknown = JSON.parse(json);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  throw new Error('a property is text, a number or a boolean');
}

function clear(changes: Changes, field: FieldName): void {
  if (changes.fields.includes(field)) return;
  changes.fields.push(field);
  if (!isUserField(field)) {
    changes.properties[field.slice('properties.'.length)] = null;
    return;
  }
  if (field === 'status') throw fieldFault(field, 'cannot_clear', 'is never empty.');
  Object.assign(changes.values, Object.fromEntries(CLEARED[USER_FIELDS[field].kind](field)));
}

/** Property names of {@link UserValues} that an emptied field empties. */
const CLEARED = {
  key: (field: UserField) =>
    field === 'code'
      ? [['code', null]]
      : [
          [field, null],
          [`${field}Key`, null],
        ],
  text: (field: UserField) => [[field, null]],
  date: (field: UserField) => [[field, null]],
  status: () => [],
  organization: () => [['organizationId', null]],
  manager: () => [['managerId', null]],
} as const satisfies Record<string, (field: UserField) => readonly (readonly [string, null])[]>;

function foreignOrganization(): Fault {
  return new Fault('forbidden', {
    code: 'foreign_organization',
    message: 'A manager puts people only into their own organizations.',
    next: { do: 'listOrganizations' },
  });
}

function fieldFault(field: FieldName, code: FaultCode, what: string): Fault {
  return new Fault('usage', {
    code,
    message: `${field} ${what}`,
  });
}
