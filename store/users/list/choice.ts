import type { UserScope } from '../../../domain/permissions';
import type { UserStatus } from '../../../domain/users/fields';

/** A choice of users: for a list to show, or for a bulk change. */
export interface UserChoice {
  readonly scope: UserScope;
  /**
   * `all` includes merged users. Absent: active ones, or any but merged when the filter names the status.
   */
  readonly status?: UserStatus | 'all';
  /** Words, each in a name, login, e-mail or code. */
  readonly search?: string;
  /** SCIM filters; all of them hold. */
  readonly filters?: readonly string[];
}
