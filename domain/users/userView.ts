import type { PlainField, ReferenceField, ReferenceId, UserStatus } from './fields';

type PlainValues = { readonly [F in PlainField]: string | null };
type References = { readonly [F in ReferenceField | ReferenceId]: string | null };

/**
 * A user as Rollcall shows it to programs. References are shown by code and by id; days are ISO
 * 8601.
 */
export interface UserView extends PlainValues, References {
  readonly id: string;
  readonly status: UserStatus;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  /** Names of the fields that are set by hand: no source overwrites them. */
  readonly sticky: readonly string[];
  /** No source deactivates a protected user. */
  readonly protected: boolean;
  readonly version: number;
  /** ISO 8601 instants. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deactivatedAt: string | null;
  readonly deactivatedReason: string | null;
  readonly mergedIntoId: string | null;
  /** Present where the user has a manager whom the reader does not reach: `manager` is null then. */
  readonly managerOutside?: true;
  readonly identities: readonly IdentityView[];
}

/** Stands for a person or an organization that the reader does not reach. */
export const OUTSIDE = '(outside your organizations)';

export type PropertyValue = string | number | boolean;

/** The id under which a source knows the user. */
export interface IdentityView {
  readonly source: string;
  readonly externalId: string;
}

/** The value of a field, by its name in a history; `null`: empty, or no such field. */
export function fieldValue(user: UserView, field: string): unknown {
  const values: Readonly<Record<string, unknown>> = { ...user };
  const property = /^properties\.(.*)$/.exec(field)?.[1];
  return (property === undefined ? values[field] : user.properties[property]) ?? null;
}

/** The name of a user in a sentence: the display name, otherwise what identifies the user. */
export function nameOf(
  user: Pick<UserView, 'id' | 'code' | 'login' | 'email' | NameParts>,
): string {
  const full = [user.firstName, user.lastName].filter((part) => part !== null).join(' ');
  for (const name of [user.displayName, full, user.code, user.login, user.email]) {
    if (name !== null && name !== '') return name;
  }
  return user.id;
}
type NameParts = 'firstName' | 'lastName' | 'displayName';
