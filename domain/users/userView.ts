import type { UserStatus } from './fields';

/** A user as Rollcall shows it, to a program and (later) through the API. */
export interface UserView {
  readonly id: string;
  readonly code: string | null;
  readonly login: string | null;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
  readonly status: UserStatus;
  readonly organizationId: string | null;
  /** The organization's code. */
  readonly organization: string | null;
  readonly jobTitle: string | null;
  readonly department: string | null;
  readonly location: string | null;
  readonly managerId: string | null;
  /** The manager's code. */
  readonly manager: string | null;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly phone: string | null;
  /** ISO 8601 days. */
  readonly hireDate: string | null;
  readonly leaveDate: string | null;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  /** Names of the fields that a person set by hand: no source overwrites them. */
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
  readonly identities: readonly IdentityView[];
}

export type PropertyValue = string | number | boolean;

/** Under which id a source knows the user. */
export interface IdentityView {
  readonly source: string;
  readonly externalId: string;
}

/** How a user is called in a sentence: the shown name, else what identifies it. */
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
