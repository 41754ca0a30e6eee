import type { UserScope } from '../../domain/permissions';
import type { AuditActor } from '../database/audit';

/** One batch of a plan: entries `from` < entry ≤ `to` of this pass. */
export interface BatchRange {
  readonly runId: string;
  readonly sourceId: string;
  /** SQL condition on plan_entry p: decided for this pass. */
  readonly decided: string;
  readonly from: number;
  readonly to: number;
  readonly keySwap: boolean;
  /** Something may have changed since the plan: keys and references are looked up again. */
  readonly careful: boolean;
  /** Managers may be named by e-mail or login: such a row is compared again next time. */
  readonly managersByKey: boolean;
  /**
   * True for a source: its values give way to a field kept by hand. A bulk change by a person overwrites it.
   */
  readonly bySource: boolean;
  /** The rows are what a source said now: the store remembers it. */
  readonly isRead: boolean;
  readonly mappingHash: string | null;
  /** Who is behind the run, for the audit. */
  readonly by: AuditActor;
  /** True when each changed person gets an event; else only those whose status changes. */
  readonly eventPerPerson: boolean;
  /** Whose people are written. */
  readonly scope: UserScope;
  /** For how many days a merge can be taken back. */
  readonly unmergeDays: number;
}
