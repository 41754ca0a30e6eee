import type { NextResult } from '../connectors/engine/results';
import type { PageState } from '../connectors/engine/state';
import { Fault } from '../domain/faults';

/** Longer than a hiccup at a vendor's gate takes; a stopped source stands still for six hours. */
const WAIT_MS = 60_000;

/**
 * Gives credentials that worked before, in this read or in the last one, and are refused suddenly
 * one more try after a minute; a second refusal at the same place counts. `null`: it counts at
 * once, as all other faults do.
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
