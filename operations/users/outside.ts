import { userKey } from '../../domain/keys';
import { inScope, type UserScope } from '../../domain/permissions';
import { OUTSIDE } from '../../domain/users/userView';
import { organizationKeys } from '../../store/users/organizations';
import { findUsers } from '../../store/users/userRefs';
import type { OperationContext } from '../context';

type Values = Readonly<Record<string, unknown>>;
type Pairs = Readonly<Record<string, readonly [old: unknown, next: unknown]>>;

/** Replaces people and organizations outside a scope, in values that name them as a person reads them. */
export interface Mask {
  /** field → value */
  values(values: Values): Values;
  /** field → [old, new] */
  pairs(pairs: Pairs): Pairs;
}

const REFERENCES = ['organization', 'manager'] as const;

/**
 * A mask for these records (values, or pairs of them), made by two queries for all of them. A scope of all
 * users needs none: `null`.
 */
export async function maskFor(
  context: OperationContext,
  scope: UserScope,
  records: readonly (Values | null)[],
): Promise<Mask | null> {
  if (scope.kind === 'all') return null;
  const named = (field: string): string[] => [
    ...new Set(records.flatMap((record) => textsOf(record?.[field]))),
  ];
  const organizations = await organizationKeys(context.db.pool, scope);
  const managers = named('manager');
  const found = await findUsers(context.db.pool, managers);
  const seen = new Set(
    found
      .filter((user) => inScope(scope, user.survivorOrganizationId))
      .map(({ n }) => managers[n] ?? ''),
  );
  const masked = (field: string, value: unknown): unknown => {
    if (typeof value !== 'string' || !REFERENCES.some((name) => name === field)) return value;
    const known = field === 'manager' ? seen.has(value) : organizations.has(userKey(value));
    return known ? value : OUTSIDE;
  };
  return {
    values: (values) =>
      Object.fromEntries(
        Object.entries(values).map(([field, value]) => [field, masked(field, value)]),
      ),
    pairs: (pairs) =>
      Object.fromEntries(
        Object.entries(pairs).map(([field, [old, next]]) => [
          field,
          [masked(field, old), masked(field, next)] as const,
        ]),
      ),
  };
}

function textsOf(value: unknown): string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string');
}
