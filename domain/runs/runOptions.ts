import type { FieldName } from '../users/fields';
import type { Gate } from './gates';

/** Options that a person gives to a run; stored with it (never in Temporal). */
export interface ImportOptions {
  readonly dryRun: boolean;
  readonly missing: 'ignore' | 'deactivate';
  readonly blank: 'keep' | 'clear';
  readonly create: boolean;
  readonly update: 'all' | 'fill' | 'off';
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly dateFormat?: string;
  /** column header → field, `-` to ignore. */
  readonly columns?: Readonly<Record<string, FieldName | '-'>>;
  /** Headers of `columns` that the file must have; those of a saved mapping may be missing. */
  readonly requiredColumns?: readonly string[];
  /** field → (given value, any case → canonical value). */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly ignoreUnknown: boolean;
  /** Raised gates of this run, with the reason given. */
  readonly gates?: Readonly<Partial<Record<Gate, number>>>;
  readonly gateReason?: string;
  readonly retryOf?: string;
}

/** Options of a bulk change of chosen users (`users activate`, `users deactivate`, later assign). */
export interface BulkOptions {
  readonly dryRun: boolean;
  readonly change: {
    readonly status?: 'active' | 'inactive';
    readonly organizationId?: string | null;
  };
  /** The number of people that the actor confirmed; null: none confirmed, the gate `expect` holds. */
  readonly expect: number | null;
  readonly reason?: string;
}

/** Options of an undo. */
export interface UndoOptions {
  readonly dryRun: boolean;
  readonly undoOf: string;
  readonly expect: number | null;
}
