import { Fault } from './faults';

/** Permission levels, weakest first. */
export const PERMISSION_LEVELS = ['viewer', 'manager', 'admin', 'owner'] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/**
 * Who may do what: the weakest level that may use each verb. The verbs of a manager, and of a viewer
 * with organizations, reach only the users of these organizations ({@link scopeOf}).
 */
export const VERBS = {
  'users.read': 'viewer',
  'users.history': 'manager',
  'users.export': 'manager',
  'users.create': 'manager',
  'users.edit': 'manager',
  'users.status': 'manager',
  'users.assign': 'admin',
  'users.protect': 'admin',
  'users.link': 'admin',
  'users.merge': 'admin',
  'users.erase': 'owner',
  'organizations.read': 'viewer',
  'organizations.write': 'admin',
  'properties.read': 'viewer',
  'properties.write': 'admin',
  'filters.read': 'viewer',
  'filters.write': 'manager',
  'courses.read': 'viewer',
  'courses.write': 'admin',
  'records.read': 'viewer',
  'records.write': 'manager',
  'mappings.read': 'admin',
  'mappings.write': 'admin',
  'imports.create': 'admin',
  'runs.read': 'admin',
  'runs.decide': 'admin',
  'runs.undo': 'admin',
  // The actor's own bulk changes, and undos of them.
  'runs.readOwn': 'manager',
  'runs.decideOwn': 'manager',
  'runs.undoOwn': 'manager',
  'sources.read': 'admin',
  'sources.write': 'admin',
  'sources.test': 'admin',
  'sources.sync': 'admin',
  'alerts.read': 'admin',
  'alerts.write': 'admin',
  'letters.read': 'manager',
  'letters.send': 'manager',
  // Letters that a sink kept: whole, of everyone.
  'mail.read': 'admin',
  'suppressions.read': 'admin',
  'suppressions.write': 'admin',
  'bounces.import': 'admin',
  'announcements.send': 'manager',
  'notifications.read': 'viewer',
  'notifications.write': 'manager',
  'campaigns.decide': 'admin',
  'campaigns.decideOwn': 'manager',
  'campaigns.read': 'admin',
  // The campaigns that the actor sent.
  'campaigns.readOwn': 'manager',
  'letters.write': 'admin',
  'admins.read': 'admin',
  'admins.write': 'owner',
  'audit.read': 'admin',
  'tokens.write': 'viewer',
  'installation.read': 'viewer',
  'installation.write': 'owner',
} as const satisfies Record<string, PermissionLevel>;
export type Verb = keyof typeof VERBS;

/** True when `level` is `needed` or above it. */
export function reaches(level: PermissionLevel, needed: PermissionLevel): boolean {
  return PERMISSION_LEVELS.indexOf(level) >= PERMISSION_LEVELS.indexOf(needed);
}

/** True when an admin of this level may use the verb at all. */
export function may(level: PermissionLevel, verb: Verb): boolean {
  return reaches(level, VERBS[verb]);
}

/** Throws Fault `forbidden` unless {@link may}. */
export function requirePermission(level: PermissionLevel, verb: Verb): void {
  if (may(level, verb)) return;
  const needed = VERBS[verb];
  const above = needed === PERMISSION_LEVELS.at(-1) ? '' : ' or above';
  throw new Fault('forbidden', {
    code: 'forbidden',
    message: `This needs the level ${needed}${above} (${verb}); yours is ${level}.`,
    next: { do: 'raiseLevel', level: needed },
  });
}

/** The users that an admin sees and touches. */
export type UserScope =
  { readonly kind: 'all' } | { readonly kind: 'organizations'; readonly ids: readonly string[] };

/** When an admin of each level is bound to organizations. */
export const BOUND = {
  viewer: 'when given',
  manager: 'always',
  admin: 'never',
  owner: 'never',
} as const satisfies Record<PermissionLevel, 'always' | 'when given' | 'never'>;

/** The users that an admin with these organizations reaches. A manager without any reaches nobody. */
export function scopeOf(level: PermissionLevel, organizationIds: readonly string[]): UserScope {
  const bound = BOUND[level];
  const isBound = bound === 'always' || (bound === 'when given' && organizationIds.length > 0);
  return isBound ? { kind: 'organizations', ids: organizationIds } : { kind: 'all' };
}

/** True when a scope reaches everybody that the other one reaches. */
export function covers(scope: UserScope, other: UserScope): boolean {
  if (scope.kind === 'all') return true;
  return other.kind !== 'all' && other.ids.every((id) => scope.ids.includes(id));
}

/** True when a user of this organization is within the scope. */
export function inScope(scope: UserScope, organizationId: string | null): boolean {
  if (scope.kind === 'all') return true;
  return organizationId !== null && scope.ids.includes(organizationId);
}
