import { Fault } from '../../domain/faults';
import type { PropertyDefinition } from '../../domain/users/fields';
import { nearestName } from '../../domain/nearest';
import { requirePermission } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { replaceMastering } from '../../store/lifecycle/mastering';
import {
  countPropertyUsers,
  insertProperty,
  lockProperty,
  removeProperty,
  selectProperties,
} from '../../store/users/properties';
import { bumpEpoch } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';

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
  const definition = { key: input.key, name: input.name.trim(), type: input.type };
  if (!KEY.test(definition.key)) {
    throw new Fault('usage', {
      code: 'bad_key',
      message: `"${definition.key}" is no key for a property: a letter, then letters, digits and underscores, at most 63.`,
      next: { do: 'createProperty' },
    });
  }
  if (definition.name === '' || definition.name.length > 300 || /\p{Cc}/u.test(definition.name)) {
    throw new Fault('usage', {
      code: 'bad_name',
      message: 'The name of a property has 1 to 300 characters and no control characters.',
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

export async function listProperties(context: OperationContext): Promise<PropertyDefinition[]> {
  requirePermission(context.level, 'properties.read');
  return selectProperties(context.db.pool);
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
