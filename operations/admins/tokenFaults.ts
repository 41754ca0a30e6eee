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

/** The fault of a token that ended; `next` says how a new one is made. */
export function endedFault(state: 'expired' | 'revoked', next: Next): Fault {
  return new Fault('forbidden', { ...ENDED[state], next });
}

const ENDED = {
  expired: { code: 'token_expired', message: 'This token has expired.' },
  revoked: { code: 'token_revoked', message: 'This token is revoked.' },
} as const satisfies Record<'expired' | 'revoked', object>;

/** The step of an admin who may not act: a new token would not help. */
export function stoppedStep(state: 'admin_disabled' | 'user_inactive', admin: string): Next {
  return { do: state === 'admin_disabled' ? 'askToEnable' : 'askToUnlink', admin };
}

/** The fault of an admin who may not act. */
export function stoppedFault(
  state: 'admin_disabled' | 'user_inactive',
  { admin, next }: { readonly admin: string; readonly next: Next },
): Fault {
  const isDisabled = state === 'admin_disabled';
  return new Fault('forbidden', {
    code: isDisabled ? 'admin_disabled' : 'admin_user_inactive',
    message: isDisabled
      ? `The admin "${admin}" is disabled.`
      : `The user who is the admin "${admin}" is not active, so the admin may do nothing.`,
    next,
  });
}
