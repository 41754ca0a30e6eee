import type { NextResult } from '../connectors/engine/results';
import type { PageState } from '../connectors/engine/state';
import { Fault } from '../domain/faults';

/** What hiccups at a vendor's gate take; a source that is set aside stands still for six hours. */
const WAIT_MS = 60_000;

/**
 * Credentials that were taken before, in this read or at the last one, and are refused all at once are
 * tried once more after a minute; a second refusal at the same place stands. Null: as do all other faults.
 */
export function secondChance(
  error: unknown,
  o: { readonly state: PageState; readonly trusted: boolean; readonly now: number },
): Extract<NextResult, { kind: 'wait' }> | null {
  if (!(error instanceof Fault) || error.code !== 'credentials_refused') return null;
  const { state } = o;
  const taken = o.trusted || state.read > 0 || state.proof.rows > 0;
  if (state.refused || !taken) return null;
  return {
    kind: 'wait',
    until: o.now + WAIT_MS,
    reason: 'credentials_refused',
    throttled: false,
    state: { ...state, refused: true },
  };
}
