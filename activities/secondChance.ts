import type { NextResult } from '../connectors/engine/results';
import type { PageState } from '../connectors/engine/state';
import { Fault } from '../domain/faults';

/** Longer than a short outage of a vendor's login. A stopped source is next tried after six hours. */
const WAIT_MS = 60_000;

/**
 * Credentials that worked before, in this read or in the last one, and are suddenly refused get one
 * more try after a minute. A second refusal at the same place counts. `null`: the fault counts at
 * once, as all others do.
 */
export function secondChance(
  error: unknown,
  o: { readonly state: PageState; readonly trusted: boolean; readonly now: number },
): Extract<NextResult, { kind: 'wait' }> | null {
  if (!(error instanceof Fault) || error.code !== 'credentials_refused') return null;
  const { state } = o;
  const workedBefore = o.trusted || state.read > 0 || state.proof.rows > 0;
  if (state.refused || !workedBefore) return null;
  return {
    kind: 'wait',
    until: o.now + WAIT_MS,
    reason: 'credentials_refused',
    throttled: false,
    state: { ...state, refused: true },
  };
}
