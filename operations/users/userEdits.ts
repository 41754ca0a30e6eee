import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { Faults } from '../../domain/severalFaults';
import { USER_FIELD_NAMES, USER_FIELDS, type FieldName } from '../../domain/users/fields';
import { userKey } from '../../domain/keys';
import { inScope, type UserScope } from '../../domain/permissions';
import type { PropertyValue, UserView } from '../../domain/users/userView';
import type { AuditChanges, AuditJson } from '../../store/database/audit';
import { holdOpen, type Filled } from '../../store/users/many/archived';
import { selectProperties } from '../../store/users/properties';
import { bumpSources } from '../../store/users/userLinks';
import {
  auditUser,
  holdProperties,
  insertUser,
  keyHolders,
  updateUser,
  writingUsers,
  type KeyHolder,
  type LockedUser,
  type UserTx,
  type UserValues,
} from '../../store/users/userWrites';
import type { OperationContext } from '../context';
import { keepingAnOwner } from '../admins/lastOwner';
import { addArchived } from './archived';
import { refuseLastOwner, USER_STAYS } from './lastOwner';
import { fieldOf, readFields, type FieldChanges, type FieldInput } from './userFields';
import { userChanged } from './userChanged';
import { existing, userEvent } from './users';
import { lockWithin, resolveUser, scopeFor } from './userScope';

/** Creates one user by hand; every given field is set by hand (sticky). Returns the user. */
export async function createUser(context: OperationContext, input: FieldInput): Promise<UserView> {
  const scope = await scopeFor(context, 'users.create');
  const faults = new Faults();
  const changes = await readFields(context, input, { scope, faults });
  const { values, refused } = changes;
  const isBound = scope.kind === 'organizations';
  if (isBound && typeof values.organizationId !== 'string' && !refused.has('organization')) {
    const fault = new Fault('usage', {
      code: 'organization_needed',
      message: 'A manager creates users only in their own organizations: give --organization.',
      next: { do: 'listOrganizations' },
    });
    faults.add('organization', fault);
  }
  const hasKey = (values.code ?? values.login ?? values.email ?? '') !== '';
  if (!hasKey && !KEYS.some((key) => refused.has(key))) {
    const missing = 'A user needs at least one of code, login and e-mail.';
    faults.add(null, keyless(missing, { do: 'createUser' }));
  }
  const write: UserValues = {
    ...values,
    ...defaultLogin(values),
    properties: withProperties({}, changes.properties),
    sticky: [...changes.fields],
  };
  const id = await writingUsers(context.db, async (tx) => {
    await holdProperties(tx, Object.keys(changes.properties));
    const found = new Faults(faults.found);
    addArchived(found, await holdOpen(tx, filledBy(write, changes, {})));
    await findTakenKeys(tx, { write, given: changes.fields, scope, faults: found });
    found.refuse();
    const created = await insertUser(tx, write);
    await auditUser(
      tx,
      userEvent(context, {
        action: 'user.create',
        userId: created,
        fields: changes.fields,
        changes: changesOf(null, write),
      }),
    );
    return created;
  });
  return existing(context, id);
}

const KEYS = ['code', 'login', 'email'] as const;

export interface EditUser extends FieldInput {
  readonly user: string;
  /** Fields that sources may overwrite again; `all`. Their values stay. */
  readonly release?: readonly string[];
  /** The version that the edit was made from: refused where the user has another one. */
  readonly ifVersion?: number;
}

/**
 * Sets and clears fields by hand, which makes them sticky, and releases others. A login that is the e-mail
 * follows it, and does not become sticky. A merged user leads to its survivor. Writes nothing when nothing
 * changes. Returns the user.
 */
export async function editUser(context: OperationContext, input: EditUser): Promise<UserView> {
  const scope = await scopeFor(context, 'users.edit');
  const { survivorId } = await resolveUser(context, input.user, scope);
  const faults = new Faults();
  const changes = await readFields(context, input, { scope, faults });
  const released = await releasedFields(context, input.release ?? [], faults);
  const given = changes.fields;
  const both = given.filter((field) => released !== 'all' && released.includes(field));
  for (const field of both) faults.add(field, setAndReleased(field));
  if (changes.values.status === 'inactive') await refuseLastOwner(context, [survivorId]);
  const write = async (tx: UserTx): Promise<Edited> => {
    await holdProperties(tx, Object.keys(changes.properties));
    const user = await lockWithin(tx, survivorId, scope);
    const found = new Faults(faults.found);
    const { ifVersion: expected = user.version } = input;
    const edited = editedValues(user, changes, released);
    if (edited !== null) {
      addArchived(found, await holdOpen(tx, filledBy(edited, changes, propertiesOf(user))));
      await findUnfit(tx, { user, write: edited, given, scope, faults: found });
    }
    if (expected !== user.version) {
      return { id: user.id, stale: { version: user.version, expected, found } };
    }
    found.refuse();
    if (edited === null) return { id: user.id };
    const follows = await followingLogin(tx, user, { write: edited, given });
    const all = { ...edited, ...follows };
    await updateUser(tx, user.id, all);
    // Rows name managers by code.
    if (user.code !== null && all.code !== undefined) await bumpSources(tx);
    const { sticky } = all;
    const letGo = user.sticky.filter((field) => !sticky.includes(field));
    const told = [
      {
        action: 'user.edit',
        fields: [...given, ...(follows === null ? [] : ['login'])],
        changes: changesOf(user, all),
      },
      { action: 'user.release', fields: letGo },
    ];
    for (const event of told.filter(({ fields }) => fields.length > 0)) {
      await auditUser(tx, userEvent(context, { ...event, userId: user.id }));
    }
    return { id: user.id };
  };
  const { id, stale } = await keepingAnOwner(USER_STAYS, () => writingUsers(context.db, write));
  if (stale !== undefined) {
    // Outside the transaction: a connection of its own for each edit could use up the pool.
    const { found, ...versions } = stale;
    found.add(null, await userChanged(context, { userId: id, ...versions }));
    found.refuse();
  }
  return existing(context, id);
}

/** The user that was edited; `stale`: it was not, because it has another version than expected. */
interface Edited {
  readonly id: string;
  readonly stale?: {
    readonly version: number;
    readonly expected: number;
    readonly found: Faults;
  };
}

/** Protects a user from deactivation by sources, or ends the protection. */
export async function protectUser(
  context: OperationContext,
  input: { readonly user: string; readonly on: boolean },
): Promise<UserView> {
  const scope = await scopeFor(context, 'users.protect');
  const { survivorId } = await resolveUser(context, input.user, scope);
  const id = await writingUsers(context.db, async (tx) => {
    const user = await lockWithin(tx, survivorId, scope);
    if (user.protected === input.on) return user.id;
    await updateUser(tx, user.id, { protected: input.on });
    await auditUser(
      tx,
      userEvent(context, {
        action: input.on ? 'user.protect' : 'user.unprotect',
        userId: user.id,
        changes: { protected: [user.protected, input.on] },
      }),
    );
    return user.id;
  });
  return existing(context, id);
}

/** What an edit writes; null when it changes nothing. */
function editedValues(
  user: LockedUser,
  changes: FieldChanges,
  released: readonly FieldName[] | 'all',
): (UserValues & { readonly sticky: string[] }) | null {
  const isReleased = (field: string): boolean =>
    released === 'all' || released.some((name) => name === field);
  const kept = user.sticky.filter((field) => !isReleased(field));
  const sticky = [...kept, ...changes.fields.filter((field) => !kept.includes(field))];
  const held = propertiesOf(user);
  const properties = withProperties(held, changes.properties);
  const columns: Readonly<Record<string, unknown>> = { ...user };
  const values: UserValues = Object.fromEntries(
    Object.entries(changes.values).filter(([column, value]) => !same(columns[column], value)),
  );
  if (values.status === undefined) {
    // A status that does not change keeps its instant and its reason.
    delete values.deactivatedAt;
    delete values.deactivatedReason;
  }
  if (!same(held, properties)) values.properties = properties;
  const stickier = sticky.join() !== user.sticky.join();
  return Object.keys(values).length === 0 && !stickier ? null : { ...values, sticky };
}

/**
 * The login where it follows the e-mail, as in a file (`mayFollow` of the planner). `null`: it stays, also
 * where another user has the new one.
 */
async function followingLogin(
  tx: UserTx,
  user: LockedUser,
  o: {
    readonly write: UserValues & { readonly sticky: string[] };
    readonly given: readonly FieldName[];
  },
): Promise<Pick<UserValues, 'login' | 'loginKey'> | null> {
  const { email, sticky } = o.write;
  const own = user.loginOwn || sticky.includes('login') || o.given.includes('login');
  if (typeof email !== 'string' || own || user.loginKey !== user.emailKey) return null;
  const login = { login: email, loginKey: userKey(email) };
  return (await keyHolders(tx, login, user.id)).length === 0 ? login : null;
}

/** The organization that a write puts the user into, and the properties that get another value. */
function filledBy(
  { organizationId }: UserValues,
  { properties }: FieldChanges,
  held: Readonly<Record<string, PropertyValue>>,
): Filled {
  const keys = Object.entries(properties).filter(
    ([key, value]) => value !== null && !same(held[key], value),
  );
  return { organizationId, properties: keys.map(([key]) => key) };
}

interface Fitting {
  readonly write: UserValues;
  readonly given: readonly FieldName[];
  readonly scope: UserScope;
  readonly faults: Faults;
}

/** Finds keys that are taken, a user without any key, and a user who is their own manager. */
async function findUnfit(tx: UserTx, o: Fitting & { readonly user: LockedUser }): Promise<void> {
  const { user, write, faults } = o;
  const after = { ...user, ...write };
  if (after.code === null && after.login === null && after.email === null) {
    const only =
      'That is the only key of the user, whom nobody could find again without: give another one first.';
    faults.add(null, keyless(only, { do: 'giveEmail', user: user.id }));
  }
  if (write.managerId === user.id) {
    const fault = new Fault('usage', {
      code: 'own_manager',
      message: 'A user cannot be their own manager.',
      next: { do: 'chooseManager', user: user.id },
    });
    faults.add('manager', fault);
  }
  await findTakenKeys(tx, { ...o, userId: user.id });
}

async function findTakenKeys(tx: UserTx, o: Fitting & { readonly userId?: string }): Promise<void> {
  for (const holder of await keyHolders(tx, o.write, o.userId)) {
    // A key that is in no given field is the login that was made from the given ones.
    const given = holder.fields.filter((key) => o.given.includes(key));
    for (const field of given) {
      o.faults.add(field, taken(`This ${field === 'email' ? 'e-mail' : field}`, holder, o.scope));
    }
    if (given.length === 0)
      o.faults.add(null, taken('The login that comes of it', holder, o.scope));
  }
}

function taken(what: string, holder: KeyHolder, scope: UserScope): Fault {
  const { userId, code, mergedIntoId } = holder;
  if (!inScope(scope, holder.organizationId)) {
    return new Fault('conflict', { code: 'key_taken', message: `${what} is taken.` });
  }
  const who = code === null ? userId : `${code} (${userId})`;
  const merged = mergedIntoId === null ? '' : `, which is merged into ${mergedIntoId}`;
  return new Fault('conflict', {
    code: 'key_taken',
    message: `${what} belongs to user ${who}${merged}.`,
    next: { do: 'showUser', user: userId },
  });
}

/** As in a file: the login is the e-mail, otherwise the code. */
function defaultLogin({ code, login, email, emailKey }: UserValues): UserValues {
  if (typeof login === 'string') return {};
  if (typeof email === 'string') return { login: email, loginKey: emailKey ?? userKey(email) };
  return typeof code === 'string' ? { login: code, loginKey: userKey(code) } : {};
}

async function releasedFields(
  context: OperationContext,
  given: readonly string[],
  faults: Faults,
): Promise<readonly FieldName[] | 'all'> {
  if (given.some((name) => name.toLowerCase() === 'all')) return 'all';
  if (given.length === 0) return [];
  const properties = await selectProperties(context.db.pool);
  const released: FieldName[] = [];
  for (const name of given) {
    await faults.tries(name, () => {
      released.push(fieldOf(name, properties));
    });
  }
  return released;
}

function setAndReleased(field: FieldName): Fault {
  return new Fault('usage', {
    code: 'set_and_released',
    message: `${field} is set by hand and released at once.`,
    next: { do: 'releaseField' },
  });
}

/** The values that a write changes, for the audit: those of a new user where `before` is null. */
function changesOf(before: LockedUser | null, after: UserValues): AuditChanges {
  const [old, next]: Readonly<Record<string, unknown>>[] = [{ ...before }, { ...before, ...after }];
  const fields = USER_FIELD_NAMES.map((field) => {
    const { kind } = USER_FIELDS[field];
    const column = kind === 'organization' || kind === 'manager' ? `${field}Id` : field;
    return [field, kept(old?.[column]), kept(next?.[column])] as const;
  });
  const held = before === null ? {} : propertiesOf(before);
  const { properties: left } = after;
  const keys = left === undefined ? [] : [...new Set([...Object.keys(held), ...Object.keys(left)])];
  const properties = keys.map(
    (key) => [`properties.${key}`, held[key] ?? null, left?.[key] ?? null] as const,
  );
  return Object.fromEntries(
    [...fields, ...properties]
      .filter(([, was, is]) => was !== is)
      .map(([field, was, is]) => [field, [was, is] as const]),
  );
}

/** A value as the audit keeps it. */
function kept(value: unknown): AuditJson {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function propertiesOf({ properties }: LockedUser): Record<string, PropertyValue> {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[key, value] as const]
        : [],
    ),
  );
}

function withProperties(
  held: Readonly<Record<string, PropertyValue>>,
  changes: FieldChanges['properties'],
): Record<string, PropertyValue> {
  const after = new Map(Object.entries(held));
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  return Object.fromEntries(after);
}

/** Equal as stored: days by their instant, properties by their text. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function keyless(message: string, next: Next): Fault {
  return new Fault('usage', { code: 'no_key', message, next });
}
