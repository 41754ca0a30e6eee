import type { PermissionLevel } from '../permissions';
import type { TokenState } from './token';

/** An admin as it is shown. */
export interface AdminView {
  readonly id: string;
  readonly name: string;
  readonly level: PermissionLevel;
  /** Codes of the organizations that the admin's reach ends at; empty: the level alone decides. */
  readonly organizations: readonly string[];
  /** The user whom the admin is; `null`: none is linked. */
  readonly user: {
    readonly id: string;
    readonly code: string | null;
    readonly status: string;
  } | null;
  /** `user_inactive`: the linked user is not active, so the admin's tokens are refused. */
  readonly state: 'enabled' | 'disabled' | 'user_inactive';
  readonly disabledAt: string | null;
  readonly createdAt: string;
  /** Valid tokens. */
  readonly tokens: number;
  /** When one of the admin's tokens was last used, to the minute; `null`: never. */
  readonly lastUsedAt: string | null;
}

/** A token as it is shown: never with its secret. */
export interface TokenView {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  /** Name of the admin. */
  readonly admin: string;
  readonly state: TokenState;
  /** True when a valid token ends within two weeks. */
  readonly endsSoon: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

/** A new token, with the only showing of its secret. */
export interface CreatedToken extends TokenView {
  readonly token: string;
}
