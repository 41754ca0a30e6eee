import type { TokenState } from '../../domain/admins/token';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';

/** A command on a database of one's own shows no token; see {@link newTokenStep}. */
export function tokenNeeded(next: Next): Fault {
  return new Fault('forbidden', {
    code: 'token_needed',
    message: 'This database wants a token: ROLLCALL_TOKEN (or ROLLCALL_TOKEN_FILE) is not set.',
    next,
  });
}

/** Also of a text that is no token: one answer for everything that is not in the store. */
export function tokenUnknown(): Fault {
  return new Fault('forbidden', {
    code: 'token_unknown',
    message: 'The store does not know this token.',
    next: { do: 'askForToken' },
  });
}

/** The fault of an admin, or of an admin's token, that may not act. */
export function stoppedFault(state: Exclude<TokenState, 'valid'>, next: Next): Fault {
  return new Fault('forbidden', { ...STOPPED[state], next });
}

const STOPPED = {
  expired: { code: 'token_expired', message: 'This token has expired.' },
  revoked: { code: 'token_revoked', message: 'This token is revoked.' },
  admin_disabled: { code: 'admin_disabled', message: 'This admin is disabled.' },
  user_inactive: {
    code: 'admin_user_inactive',
    message: 'The user who is this admin is not active, so the admin may do nothing.',
  },
} as const satisfies Record<Exclude<TokenState, 'valid'>, object>;
