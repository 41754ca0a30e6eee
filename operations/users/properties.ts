import { Fault } from '../../domain/faults';
import type { PropertyDefinition } from '../../domain/users/fields';
import { nearestName } from '../../domain/nearest';
import { requirePermission, type UserScope } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { replaceMastering } from '../../store/lifecycle/mastering';
import {
  archiveProperty as writeArchived,
  countPropertyUsers,
  countPropertyValues,
  insertProperty,
  lockProperty,
  removeProperty,
  selectProperties,
  selectPropertyRows,
  updatePropertyName,
  type PropertyRow,
} from '../../store/users/properties';
import { bumpEpoch } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { scopeFor } from './userScope';

const KEY = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;

/**
 * Declares a custom property. Every source's next read compares in full, because a column may now
 * count.
 */
export async function createProperty(
  context: OperationContext,
  input: PropertyDefinition,
): Promise<PropertyDefinition> {
  requirePermission(context.level, 'properties.write');
  const definition = { key: input.key, name: checkedName(input.name), type: input.type };
  if (!KEY.test(definition.key)) {
    throw new Fault('usage', {
      code: 'bad_key',
      message: `"${definition.key}" is no key for a property: a letter, then letters, digits and underscores, at most 63.`,
      next: { do: 'createProperty' },
    });
  }
  await transaction(context.db, async (tx) => {
    if (!(await insertProperty(tx, definition))) throw exists(definition.key);
    await bumpEpoch(tx);
    await audit(tx, propertyEvent(context, 'property.create', definition.key));
  });
  return definition;
}

/** A property as it is shown. */
export interface PropertyView extends PropertyDefinition {
  /** ISO 8601 instant: nobody gets a new value in it; `null`: people can. */
  readonly archivedAt: string | null;
}

/** With how many people within the reach have a value, merged users left out. */
export interface CountedProperty extends PropertyView {
  readonly users: number;
  readonly activeUsers: number;
}

/** By key; the archived ones with `all`. */
export async function listProperties(
  context: OperationContext,
  { all = false }: { readonly all?: boolean } = {},
): Promise<PropertyView[]> {
  requirePermission(context.level, 'properties.read');
  return (await selectPropertyRows(context.db.pool, { archived: all })).map(view);
}

/** As {@link listProperties}, counted in one pass over the users: about a second for a million. */
export async function countProperties(
  context: OperationContext,
  { all = false }: { readonly all?: boolean } = {},
): Promise<CountedProperty[]> {
  const scope = await scopeFor(context, 'properties.read');
  const rows = await selectPropertyRows(context.db.pool, { archived: all });
  return counted(context, scope, rows);
}

/** @throws Fault not_found */
export async function showProperty(
  context: OperationContext,
  key: string,
): Promise<CountedProperty> {
  const scope = await scopeFor(context, 'properties.read');
  const rows = await selectPropertyRows(context.db.pool, { archived: true });
  const [shown] = await counted(
    context,
    scope,
    rows.filter((row) => row.key === key),
  );
  if (shown === undefined) throw unknown(key, rows);
  return shown;
}

async function counted(
  context: OperationContext,
  scope: UserScope,
  rows: readonly PropertyRow[],
): Promise<CountedProperty[]> {
  const keys = rows.map(({ key }) => key);
  const counts = await countPropertyValues(context.db.pool, { keys, scope });
  return rows.map((row) => ({
    ...view(row),
    ...(counts.get(row.key) ?? { users: 0, activeUsers: 0 }),
  }));
}

/** Changes the name that people read. The key stays, because files and filters name it. */
export async function renameProperty(
  context: OperationContext,
  input: { readonly key: string; readonly name: string },
): Promise<PropertyView> {
  requirePermission(context.level, 'properties.write');
  const name = checkedName(input.name);
  return transaction(context.db, async (tx) => {
    const row = await lockProperty(tx, input.key);
    if (row === null) throw unknown(input.key, await selectProperties(tx));
    if (row.name === name) return view(row);
    await updatePropertyName(tx, { key: row.key, name });
    await audit(tx, {
      ...propertyEvent(context, 'property.rename', row.key),
      changes: { name: [row.name, name] },
    });
    return { ...view(row), name };
  });
}

/**
 * Archives a property: nobody gets a new value in it, whoever asks; the values that people have stay, and so do
 * lists, filters and exports of them. With `undo` people can get values again. Faults: `not_found`.
 */
export async function archiveProperty(
  context: OperationContext,
  { key, undo = false }: { readonly key: string; readonly undo?: boolean },
): Promise<PropertyView> {
  requirePermission(context.level, 'properties.write');
  await transaction(context.db, async (tx) => {
    const row = await lockProperty(tx, key);
    if (row === null) throw unknown(key, await selectProperties(tx));
    if ((row.archivedAt === null) === undo) return;
    await writeArchived(tx, { key, archived: !undo });
    await audit(tx, {
      ...propertyEvent(context, undo ? 'property.unarchive' : 'property.archive', key),
      changes: { archived: [undo, !undo] },
    });
  });
  const [row] = (await selectPropertyRows(context.db.pool, { archived: true })).filter(
    (known) => known.key === key,
  );
  if (row === undefined) throw unknown(key, []);
  return view(row);
}

function view({ archivedAt, ...property }: PropertyRow): PropertyView {
  return { ...property, archivedAt: archivedAt?.toISOString() ?? null };
}

/** Removes a declaration of which no user has a value. */
export async function deleteProperty(context: OperationContext, key: string): Promise<void> {
  requirePermission(context.level, 'properties.write');
  await transaction(context.db, async (tx) => {
    if ((await lockProperty(tx, key)) === null) {
      throw unknown(key, await selectProperties(tx));
    }
    const users = await countPropertyUsers(tx, key);
    if (users > 0) throw used(key, users);
    // No user has a value, so the source precedence of the property goes as well.
    await replaceMastering(tx, { field: `properties.${key}`, sourceIds: [] });
    await removeProperty(tx, key);
    await bumpEpoch(tx);
    await audit(tx, propertyEvent(context, 'property.delete', key));
  });
}

function checkedName(given: string): string {
  const name = given.trim();
  if (name !== '' && name.length <= 300 && !/\p{Cc}/u.test(name)) return name;
  throw new Fault('usage', {
    code: 'bad_name',
    message: 'The name of a property has 1 to 300 characters and no control characters.',
    next: { do: 'createProperty' },
  });
}

function propertyEvent(context: OperationContext, action: string, subjectId: string) {
  return { ...actorOf(context), action, subjectType: 'property', subjectId } as const;
}

function exists(key: string): Fault {
  return new Fault('conflict', {
    code: 'property_exists',
    message: `There is a property "${key}" already (keys are one in any case).`,
    next: { do: 'listProperties' },
  });
}

function used(key: string, users: number): Fault {
  return new Fault('conflict', {
    code: 'property_used',
    message: `${String(users)} ${users === 1 ? 'user has' : 'users have'} a value of "${key}".`,
    next: { do: 'listUsersWith', property: key },
  });
}

function unknown(key: string, known: readonly PropertyDefinition[]): Fault {
  const near = nearestName(
    key,
    known.map((p) => p.key),
  );
  return new Fault('not_found', {
    code: 'property_not_found',
    message: `There is no property "${key}"${near === undefined ? '.' : `; is "${near}" meant?`}`,
    next: { do: 'listProperties' },
  });
}
