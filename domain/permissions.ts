/** Permission levels of admins, weakest first: each may do what the ones before it may. */
export const PERMISSION_LEVELS = ['viewer', 'manager', 'admin', 'owner'] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/** True when `level` may do what `needed` may. */
export function reaches(level: PermissionLevel, needed: PermissionLevel): boolean {
  return PERMISSION_LEVELS.indexOf(level) >= PERMISSION_LEVELS.indexOf(needed);
}
