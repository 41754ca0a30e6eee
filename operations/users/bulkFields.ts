import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import type { BulkOptions } from '../../domain/runs/runOptions';
import { Faults } from '../../domain/severalFaults';
import {
  isUserField,
  USER_FIELD_NAMES,
  USER_FIELDS,
  type FieldName,
  type UserField,
} from '../../domain/users/fields';
import type { UserScope } from '../../domain/permissions';
import type { OperationContext } from '../context';
import { readFields, type FieldChanges, type FieldInput } from './userFields';

/**
 * The change that gives many users the same values, by the rules of an edit by hand. Every fault is collected:
 * those of {@link readFields}, and a code, a login or an e-mail, which belongs to one person. Faults: `usage`,
 * `not_found` (manager), `forbidden`.
 */
export async function changeOfFields(
  context: OperationContext,
  scope: UserScope,
  { set = {}, clear = [] }: FieldInput,
): Promise<BulkOptions['change']> {
  if (Object.keys(set).length + clear.length === 0) {
    throw new Fault('usage', {
      code: 'nothing_to_change',
      message: 'There is nothing to change: name a field to set or to clear.',
      next: { do: 'setMany' },
    });
  }
  const faults = new Faults();
  for (const name of [...clear, ...Object.keys(set)]) {
    const key = keyOf(name);
    if (key !== undefined) faults.add(name, ofOnePerson(key));
  }
  const input = {
    set: Object.fromEntries(Object.entries(set).filter(([name]) => keyOf(name) === undefined)),
    clear: clear.filter((name) => keyOf(name) === undefined),
  };
  const changes = await readFields(context, input, { scope, faults });
  faults.refuse();
  const { status, organizationId } = changes.values;
  if (status !== undefined) requirePermission(context.level, 'users.status');
  if (organizationId !== undefined) requirePermission(context.level, 'users.assign');
  const others = changes.fields.filter((name) => name !== 'status' && name !== 'organization');
  return {
    ...(status === undefined ? {} : { status }),
    ...(organizationId === undefined ? {} : { organizationId }),
    ...(others.length === 0
      ? {}
      : { fields: Object.fromEntries(others.map((name) => [name, valueOf(changes, name)])) }),
  };
}

/** The key field that a name means, as `fieldOf` reads names. */
function keyOf(name: string): UserField | undefined {
  const plain = name.trim().toLowerCase().replace(/[-_ ]/g, '');
  return USER_FIELD_NAMES.find(
    (field) => USER_FIELDS[field].kind === 'key' && field.toLowerCase() === plain,
  );
}

function ofOnePerson(field: UserField): Fault {
  return new Fault('usage', {
    code: 'key_of_one_person',
    message: `${field} belongs to one person each, so many users cannot get the same one.`,
    next: { do: 'editKey', field },
  });
}

/** A value as a plan has it: a day as `YYYY-MM-DD`, a manager as the id; `null`: cleared. */
function valueOf(
  { values, properties }: FieldChanges,
  field: FieldName,
): string | number | boolean | null {
  if (!isUserField(field)) return properties[field.slice('properties.'.length)] ?? null;
  if (field === 'manager') return values.managerId ?? null;
  if (field === 'status' || field === 'organization') return null;
  const value = values[field] ?? null;
  return value instanceof Date ? value.toISOString().slice(0, 10) : value;
}
