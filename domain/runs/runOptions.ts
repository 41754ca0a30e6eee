import type { FieldName } from '../users/fields';
import type { ListKey } from '../files/listKey';
import type { RecordMap } from '../records/fileMap';
import type { Gate } from './gates';

/** The values that each option of an import can have, the default first. */
export const IMPORT_CHOICES = {
  missing: ['ignore', 'deactivate'],
  blank: ['keep', 'clear'],
  update: ['all', 'fill', 'off'],
  days: ['decide', 'ignore'],
} as const;
/** The characters, by name, that can make another one text in a file. */
export const ESCAPES = ['backslash'] as const;
type Choice<K extends keyof typeof IMPORT_CHOICES> = (typeof IMPORT_CHOICES)[K][number];

/** What an import does without options; also the meaning of an option that is not stored. */
export const IMPORT_DEFAULTS: Pick<
  ImportOptions,
  'missing' | 'blank' | 'create' | 'update' | 'ignoreUnknown'
> = {
  missing: IMPORT_CHOICES.missing[0],
  blank: IMPORT_CHOICES.blank[0],
  create: true,
  update: IMPORT_CHOICES.update[0],
  ignoreUnknown: false,
};

/** How existing people are updated, from the stored options of a run. */
export function updateOf(options: Readonly<Record<string, unknown>>): Choice<'update'> {
  const { update } = options;
  return IMPORT_CHOICES.update.find((choice) => choice === update) ?? IMPORT_DEFAULTS.update;
}

/**
 * Which of several rows about one person counts: the first, the last, or the one that has a value (any case,
 * the whole cell) in a column of the file.
 */
export type TwoRows = 'first' | 'last' | { readonly column: string; readonly value: string };

/** The rule for several rows about one person, from stored options or settings; null: there is none. */
export function twoRowsOf({ twoRows }: Readonly<Record<string, unknown>>): TwoRows | null {
  if (twoRows === 'first' || twoRows === 'last') return twoRows;
  if (typeof twoRows !== 'object' || twoRows === null) return null;
  const { column, value } = { column: null, value: null, ...twoRows };
  return typeof column === 'string' && typeof value === 'string' ? { column, value } : null;
}

/** The rule as `--two-rows` takes it. */
export function twoRowsText(rule: TwoRows): string {
  return typeof rule === 'string' ? rule : `${rule.column}=${rule.value}`;
}

/** The rule that a text of `--two-rows` means; null: it means none. */
export function twoRowsFrom(text: string): TwoRows | null {
  if (text === 'first' || text === 'last') return text;
  const at = text.indexOf('=');
  const [column, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at < 0 || column === '' || value === '' ? null : { column, value };
}

/** True when the days of a file's rows end or delay access, from the stored options of a run. */
export function daysDecide(options: Readonly<Record<string, unknown>>): boolean {
  return options['days'] !== 'ignore';
}

/** Options that a person gives to a run; stored with it (never in Temporal). */
export interface ImportOptions {
  readonly dryRun: boolean;
  readonly missing: Choice<'missing'>;
  readonly blank: Choice<'blank'>;
  readonly create: boolean;
  readonly update: Choice<'update'>;
  readonly delimiter?: string;
  readonly encoding?: string;
  /** Physical line of the header; without it, it is looked for in the first lines. */
  readonly headerLine?: number;
  /** A backslash makes what follows it text: the format of databases. */
  readonly escape?: (typeof ESCAPES)[number];
  readonly dateFormat?: string;
  /** Words that mean no opinion, in any case. */
  readonly nullWords?: readonly string[];
  /** column header → field, `-` to ignore. */
  readonly columns?: Readonly<Record<string, FieldName | '-'>>;
  /** Headers of `columns` that the file must have; those of a saved mapping may be absent. */
  readonly requiredColumns?: readonly string[];
  /** field → (given value, any case → canonical value). */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly ignoreUnknown: boolean;
  /** The file is no complete list: nobody is missing from it, and it measures no later file. */
  readonly partial?: boolean;
  /** What says who a row is; by default the code. */
  readonly key?: ListKey;
  /** Which of several rows about one person counts; without it they are conflicts. */
  readonly twoRows?: TwoRows;
  /** Whether first and last days end or delay access, in rows without a status; by default they do. */
  readonly days?: Choice<'days'>;
  /** Options that its list kept and nobody gave, as they would be given. */
  readonly fromList?: object;
  /** Options that its list keeps once the run is applied: [before, after]; null: none. */
  readonly keeps?: Readonly<Record<string, readonly [before: unknown, after: unknown]>>;
  /** Raised gates of this run, with the reason given. */
  readonly gates?: Readonly<Partial<Record<Gate, number>>>;
  readonly gateReason?: string;
  readonly retryOf?: string;
}

/** Options of an import of enrollments or external credits. */
export interface RecordImportOptions extends Pick<
  ImportOptions,
  | 'dryRun'
  | 'delimiter'
  | 'encoding'
  | 'headerLine'
  | 'escape'
  | 'dateFormat'
  | 'nullWords'
  | 'gates'
  | 'gateReason'
  | 'retryOf'
> {
  readonly recordColumns: RecordMap;
  readonly ignoreUnknown: boolean;
  /** The number of changes that the actor confirmed; absent: no number was. */
  readonly expect?: number;
  /** The day on which a completed course without a day was completed, `YYYY-MM-DD`. */
  readonly today: string;
}

/** Options of a bulk change of chosen users (`users activate`, `deactivate`, `assign`, `set`). */
export interface BulkOptions {
  readonly dryRun: boolean;
  readonly change: {
    readonly status?: 'active' | 'inactive';
    readonly organizationId?: string | null;
    /**
     * Other fields, or `properties.<key>` → value as a plan has it (a day as `YYYY-MM-DD`, a manager as the
     * id); `null`: cleared.
     */
    readonly fields?: Readonly<Record<string, string | number | boolean | null>>;
  };
  /**
   * The number of people that the actor confirmed; `null`: none is confirmed, and the gate `expect`
   * holds.
   */
  readonly expect: number | null;
  readonly reason?: string;
  readonly reach?: Reached;
}

/**
 * Ids of the organizations that the actor was bound to when the run was started or decided; absent: to none.
 * Without one of them later, the actor may not go on.
 */
export type Reached = readonly string[];

/** Options of a run of merges. What is to be merged is in its staged rows. */
export interface MergeOptions {
  readonly dryRun: boolean;
  /** The number of merges that the actor confirmed; `null`: none is, and the gate `expect` holds. */
  readonly expect: number | null;
  /** The hash of what was shown: confirms that, and nothing else. */
  readonly asShown?: string;
  readonly reason?: string;
  /** How its file is written. */
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly headerLine?: number;
  readonly escape?: ImportOptions['escape'];
  readonly retryOf?: string;
}

/** Options of a run that takes a merge back. */
export interface UnmergeOptions {
  readonly dryRun: boolean;
  /** The merge. */
  readonly unmerge: string;
  readonly expect: number;
  readonly reason?: string;
}

/** Options of an undo. */
export interface UndoOptions {
  readonly reach?: Reached;
  readonly dryRun: boolean;
  readonly undoOf: string;
  readonly expect: number | null;
}
