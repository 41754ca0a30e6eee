import type { Gate } from '../../domain/runs/gates';
import { CHANGING_ACTIONS } from '../../domain/runs/run';
import { sqlList } from '../database/sqlList';

/**
 * SQL: the entries that a gate counts, from `plan_entry` p; the other gates judge the read as a whole.
 */
export const GATED = {
  deactivations: `p.action = 'deactivate'`,
  reactivations: `p.action = 'reactivate'`,
  // Only a key that replaces another; a first key is none.
  key_changes: `(p.changes -> 'loginKey' ->> 0 is not null or p.changes -> 'emailKey' ->> 0 is not null)`,
  creations: `p.action = 'create'`,
  updates: `p.action = 'update'`,
  renumbered: `(p.action = 'create' and p.reason = 'renumbered')`,
  rejected_before: `p.rejected_in is not null`,
  first_link: `p.links and p.action <> 'create'`,
  expect: `p.action in ${sqlList(CHANGING_ACTIONS)}`,
} as const satisfies Partial<Record<Gate, string>>;

/** SQL: the entries that this gate counts; undefined where it judges the read as a whole. */
export function entriesOf(gate: Gate): string | undefined {
  const gated: Readonly<Partial<Record<Gate, string>>> = GATED;
  return gated[gate];
}
