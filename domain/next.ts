import { CAMPAIGN_SHAPES, type CampaignSteps } from './next/campaigns';
import { DELIVERY_SHAPES, type DeliverySteps } from './next/delivery';
import { LETTER_SHAPES, type LetterSteps } from './next/letters';
import { RECORD_SHAPES, type RecordSteps } from './next/records';
import { USER_SHAPES, type UserSteps } from './next/users';
import type { Gate } from './runs/gates';
import type { OfferedMap } from './runs/offers';
import type { GivenTimes } from './sources/syncSchedule';

/** Steps about one run, or about runs. `run` is a complete id. */
interface RunSteps {
  showRun: { readonly run: string };
  listRuns: object;
  listRunsOf: { readonly source: string };
  /** Another run holds what is wanted: try again, or look which one it is. */
  waitForRuns: object;
  /** `action`: only entries with this action. */
  diff: {
    readonly run: string;
    readonly action?: 'conflict' | 'deactivate';
    /** Only entries that this gate counts. */
    readonly gate?: Gate;
  };
  /** Write the plan to a file, from which entries are chosen. */
  writeEntries: { readonly run: string };
  helpDiff: object;
  approve: { readonly run: string };
  /** How a part of a plan is approved. */
  approvePart: object;
  reject: { readonly run: string };
  /**
   * For a held run: look at the plan, or at what is left of it, before it is approved or rejected.
   */
  lookFirst: { readonly run: string; readonly rest: boolean };
  /** For a held run that may be wrong as a whole: the two decisions, once it was looked at. */
  decideAfterLook: { readonly run: string; readonly rest: boolean };
  /** Apply the plan of a dry run; `expect`: the number of people to confirm. */
  apply: { readonly run: string; readonly expect?: number };
  cancel: { readonly run: string };
  /** The run is approved and goes on: look, or stop it. */
  showOrCancel: { readonly run: string };
  resume: { readonly run: string };
  /** See what an undo would change. */
  undo: { readonly run: string };
  report: { readonly run: string };
  /** Write the rows that did not go through to a file. */
  writeFailedRows: { readonly run: string };
  /** How a conflict is resolved. */
  resolveConflict: object;
  /** Link the people that the source seems to know under another number. */
  resolveRenumbered: { readonly run: string };
  /** Link every conflict that an e-mail decides. */
  resolveByEmail: { readonly run: string };
  /**
   * A decision was recorded and no worker took it: see whether a worker runs, then look at the run.
   */
  checkWorker: { readonly run: string };
}

/** Steps about files: how they are imported, and how their columns are read. */
interface ImportSteps {
  importAgain: object;
  importRowAgain: object;
  /** Once the servers answer. */
  importOnceUp: object;
  /** A newer read of the list was applied since. */
  importAfterNewer: { readonly source: string };
  /** A list knows its people by `known`: leave `wanted` out, or import into another list. */
  importOtherKey: { readonly known: string; readonly wanted: string };
  /** How an import says that people are missing from a list. */
  importAbsence: object;
  /** Import the file and make the list. */
  importNewList: { readonly source: string };
  importWithReason: object;
  helpImport: object;
  showColumns: object;
  /** A file that is not UTF-8: a word of it as the likely encodings read it. */
  importEncoded: {
    readonly readings: readonly { readonly word: string; readonly encoding: string }[];
  };
  /** Quotes that a backslash makes text. */
  importEscaped: object;
  /** A file of a database, in which quotes are text. */
  importUnquoted: object;
  /** The header may stand on `line`. */
  importFromLine: { readonly line: number };
  checkPath: object;
  nameFileOrPipe: object;
  startWriter: object;
  /** Declare the property that a map names. */
  declareField: { readonly field: string };
  /** The map with the nearest headers of the file. */
  mapNearest: { readonly map: OfferedMap };
  /** What to do about columns that are not known. */
  placeColumns: {
    /** For each header that has an offer, its column; `null`: only a person knows it. */
    readonly map: readonly (readonly [header: string, column: string | null])[];
    /** How many columns are not known. */
    readonly columns: number;
    /** True when no column identifies the person of a row. */
    readonly keyless: boolean;
    /** The column that may become a property; `null`: none has a name. */
    readonly property: string | null;
  };
  /** A map names no field; `swapped`: the column, when its two sides were swapped. */
  mapToField: { readonly name: string; readonly swapped?: string };
}

/** Steps about sources, saved mappings and alerts. `source` is a name. */
interface SourceSteps {
  listSources: object;
  /** For which names a source's id can be given. */
  nameSource: object;
  /** A list is not polled: shows its runs. */
  showList: { readonly source: string };
  showSource: { readonly source: string };
  testSource: { readonly source: string };
  syncSource: { readonly source: string; readonly replaceHeld?: boolean };
  /** `times`: the schedule that was given, with what is wrong with it replaced. */
  scheduleSource: { readonly source: string; readonly times?: GivenTimes };
  resumeSource: { readonly source: string };
  /** Give the new source another name, or change the one that has it. */
  changeSource: { readonly source: string };
  helpSetSource: object;
  listSourceTypes: object;
  showSourceType: { readonly type: string };
  /** The change is stored; repeat it when Temporal answers. */
  repeatSchedule: {
    readonly source: string;
    readonly what: 'schedule' | 'unschedule' | 'pause' | 'resume';
  };
  /** The engine knows neither the source's name nor which secret it is; the operation adds them. */
  compareSource: { readonly source?: string };
  renewSecrets: { readonly source?: string; readonly secret?: string };
  correctSettings: { readonly source?: string };
  readFromStart: { readonly source?: string };
  /** Secrets were sealed with another key. */
  giveSecrets: object;
  listMappings: object;
  /** Let a list keep this map, and no other. */
  keepMap: { readonly source: string; readonly map: readonly string[] };
  /** How a mapping is saved. */
  saveMapping: object;
  listAlerts: object;
  helpAddAlert: object;
  checkMail: object;
  /** See which letters the sink has. */
  listMail: object;
  testAlert: { readonly target: string };
  /** `first`: what has to be done before, in words. */
  testAlertAfter: { readonly target: string; readonly first: string };
}

/** Steps about admins and their tokens. */
interface AdminSteps {
  /** Make a token for an admin, by name. */
  createToken: { readonly admin: string };
  /** An owner makes one. */
  askForToken: object;
  listTokens: object;
  listAdmins: object;
  helpCreateToken: object;
  helpAddAdmin: object;
  helpSetAdmin: object;
  /** A disabled admin may act again. */
  enableAdmin: { readonly admin: string };
  /** The same, for that admin, whom an owner has to enable. */
  askToEnable: { readonly admin: string };
  /** An admin whose user is not active is that user no longer. */
  unlinkAdmin: { readonly admin: string };
  /** The same, for that admin. */
  askToUnlink: { readonly admin: string };
  /** Link an admin to another user; `none`: to nobody. */
  linkAdmin: { readonly admin: string; readonly user: string };
  /** The last owner stays: make another one first. */
  addOwner: object;
}

/** Steps about the servers, the database and levels. */
interface HouseSteps {
  startServers: object;
  showServers: object;
  showDatabase: object;
  migrate: object;
  /** The database was restored, or is a copy: say which. */
  databaseRestored: object;
  /** Another worker of this installation runs: stop it, or make this database a copy. */
  databaseCopied: object;
  /** The database is of a newer version. */
  startNewerVersion: object;
  /** `level`: the one that is needed; a step that was stored before 2026-12-03 has none. */
  raiseLevel: { readonly level?: string };
  /** Words that need no command of Rollcall, and what an older build stored. */
  say: { readonly text: string };
}

interface Steps
  extends
    RunSteps,
    ImportSteps,
    UserSteps,
    RecordSteps,
    DeliverySteps,
    CampaignSteps,
    LetterSteps,
    SourceSteps,
    AdminSteps,
    HouseSteps {}

/** The kinds of step. */
export type NextKind = keyof Steps;

/** A step of one kind. */
export type NextOf<K extends NextKind> = { [D in K]: { readonly do: D } & Steps[D] }[K];

/** What to do next, as data: each door words it (`wording/next.ts`). */
export type Next = NextOf<NextKind>;

/**
 * Every kind, and what its words are: one command that can be pasted as it is (parts to be filled
 * in are allowed), or more than that. `say` is what its text is.
 */
const SHAPES = {
  showRun: 'command',
  listRuns: 'command',
  listRunsOf: 'command',
  waitForRuns: 'sentence',
  diff: 'command',
  writeEntries: 'command',
  helpDiff: 'command',
  approve: 'command',
  approvePart: 'command',
  reject: 'command',
  lookFirst: 'sentence',
  decideAfterLook: 'sentence',
  apply: 'command',
  cancel: 'command',
  showOrCancel: 'sentence',
  resume: 'command',
  undo: 'command',
  report: 'command',
  writeFailedRows: 'command',
  resolveConflict: 'command',
  resolveRenumbered: 'command',
  resolveByEmail: 'command',
  checkWorker: 'sentence',
  importAgain: 'sentence',
  importRowAgain: 'sentence',
  importOnceUp: 'sentence',
  importAfterNewer: 'sentence',
  importOtherKey: 'sentence',
  importAbsence: 'command',
  importNewList: 'command',
  importWithReason: 'command',
  helpImport: 'command',
  showColumns: 'command',
  importEncoded: 'sentence',
  importEscaped: 'sentence',
  importUnquoted: 'sentence',
  importFromLine: 'sentence',
  checkPath: 'sentence',
  nameFileOrPipe: 'sentence',
  startWriter: 'sentence',
  declareField: 'sentence',
  mapNearest: 'sentence',
  placeColumns: 'sentence',
  mapToField: 'sentence',
  ...USER_SHAPES,
  ...RECORD_SHAPES,
  ...LETTER_SHAPES,
  ...DELIVERY_SHAPES,
  ...CAMPAIGN_SHAPES,
  listSources: 'command',
  nameSource: 'sentence',
  showList: 'sentence',
  showSource: 'command',
  testSource: 'sentence',
  syncSource: 'command',
  scheduleSource: 'command',
  resumeSource: 'command',
  changeSource: 'sentence',
  helpSetSource: 'command',
  listSourceTypes: 'command',
  showSourceType: 'command',
  repeatSchedule: 'sentence',
  compareSource: 'sentence',
  renewSecrets: 'sentence',
  correctSettings: 'sentence',
  readFromStart: 'sentence',
  giveSecrets: 'sentence',
  listMappings: 'sentence',
  keepMap: 'command',
  saveMapping: 'command',
  listAlerts: 'command',
  helpAddAlert: 'command',
  checkMail: 'sentence',
  listMail: 'command',
  testAlert: 'command',
  testAlertAfter: 'sentence',
  createToken: 'command',
  askForToken: 'sentence',
  listTokens: 'command',
  listAdmins: 'command',
  helpCreateToken: 'command',
  helpAddAdmin: 'command',
  helpSetAdmin: 'command',
  enableAdmin: 'command',
  askToEnable: 'sentence',
  unlinkAdmin: 'command',
  askToUnlink: 'sentence',
  linkAdmin: 'command',
  addOwner: 'sentence',
  startServers: 'command',
  showServers: 'command',
  showDatabase: 'command',
  migrate: 'command',
  databaseRestored: 'sentence',
  databaseCopied: 'sentence',
  startNewerVersion: 'sentence',
  raiseLevel: 'sentence',
  say: 'text',
} as const satisfies Record<NextKind, 'command' | 'sentence' | 'text'>;

/** True when the words of a step are one command, with no words around it. */
export function isCommand(next: Next): boolean {
  return next.do === 'say' ? isPlainCommand(next.text) : SHAPES[next.do] === 'command';
}

function isPlainCommand(text: string): boolean {
  const bare = text.replace(/'[^']*'|"[^"]*"/g, '_');
  return /^(?:rollcall|npm|npx|node) /.test(bare) && !/[,;:.](?:\s|$)|[()|]|\bthen\b/.test(bare);
}

/**
 * A step as it was stored. The words that an older build stored are shown unchanged. `undefined`:
 * no step is stored, or a newer build stored a kind that this one does not know.
 */
export function storedNext(stored: unknown): Next | undefined {
  if (typeof stored === 'string') return said(stored);
  return isNext(stored) ? stored : undefined;
}

/** Words as a step. */
export function said(text: string): NextOf<'say'> {
  return { do: 'say', text };
}

/** The words of a step that names no command; empty for another step, or for none. */
export function saidText(next: Next | undefined): string {
  return next?.do === 'say' ? next.text : '';
}

/** Only this code's own data is stored: the kind decides which facts it has. */
function isNext(stored: unknown): stored is Next {
  return (
    typeof stored === 'object' &&
    stored !== null &&
    'do' in stored &&
    typeof stored.do === 'string' &&
    Object.hasOwn(SHAPES, stored.do)
  );
}
