import { Fault } from './faults';

/** Permission levels, weakest first. */
export const PERMISSION_LEVELS = ['viewer', 'manager', 'admin', 'owner'] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/**
 * Who may do what: the weakest level that may use each verb. A manager's verbs reach only the users
 * of the manager's organizations ({@link UserScope}); the verbs of the other levels reach all
 * users.
 */
export const VERBS = {
  'users.read': 'viewer',
  'users.history': 'manager',
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
  'mappings.read': 'admin',
  'mappings.write': 'admin',
  'imports.create': 'admin',
  'runs.read': 'admin',
  'runs.decide': 'admin',
  'runs.undo': 'admin',
  'sources.read': 'admin',
  'sources.write': 'admin',
  'sources.test': 'admin',
  'sources.sync': 'admin',
  'alerts.read': 'admin',
  'alerts.write': 'admin',
  'letters.send': 'manager',
  'admins.write': 'owner',
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
  throw new Fault('forbidden', {
    code: 'forbidden',
    message: `${verb} needs the permission level ${VERBS[verb]} or above; yours is ${level}.`,
    next: { do: 'raiseLevel' },
  });
}

/** The users that an admin sees and touches. */
export type UserScope =
  { readonly kind: 'all' } | { readonly kind: 'organizations'; readonly ids: readonly string[] };

/** True when the level is bound to its own organizations. */
export function isScoped(level: PermissionLevel): boolean {
  return level === 'manager';
}

/** True when a user of this organization is within the scope. */
export function inScope(scope: UserScope, organizationId: string | null): boolean {
  if (scope.kind === 'all') return true;
  return organizationId !== null && scope.ids.includes(organizationId);
}
