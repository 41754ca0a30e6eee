import type { FoundForm } from '../files/dateForms';
import type { Garbled } from '../files/garbled';
import type { MergeFacts } from '../merges/messages';
import type { MeantUser } from './meantUser';
import type { RowFaultCode, RowFaultFacts } from '../files/rowFaults';

export type { MeantUser };

type None = Readonly<Record<string, never>>;

/** An entry of a plan that a person can resolve, and the users that its row may mean. */
interface Conflict {
  readonly run: string;
  readonly entry: number;
  readonly users: readonly MeantUser[];
}

/** Says whether the row can become a new user, and from which polled source it came. */
interface Creatable {
  /** True when the row has a key that no user holds. */
  readonly free: boolean;
  /** `null`: the row came with a file. */
  readonly source: string | null;
}

/** One person in a circle of managers. `line`: the person's row, where this read has one. */
export interface InCircle {
  readonly who: string;
  readonly line?: number;
}

interface Circle {
  /** The person of this line, as messages and as commands name them. */
  readonly who: string;
  readonly named: string;
  /** From the manager upwards; empty: the person is their own manager. */
  readonly circle: readonly InCircle[];
  /** True when the circle has more people than `circle` names. */
  readonly more: boolean;
}

/** The first of the cells that a message speaks for, and how many there are. */
interface Names {
  readonly cells: number;
  readonly line: number;
  readonly value: string;
}

/** Set once an admin linked people at once: how many, by which run. */
interface Linked {
  readonly linked?: number;
  readonly linkedBy?: string;
  /** That run was undone. */
  readonly undone?: true;
}

/** Rows that a message about days counts, and the lines of the first of them. */
export interface RowsOfDays {
  readonly rows: number;
  readonly lines: readonly number[];
}

/** A name → how many. */
export type Counted = readonly [name: string, count: number];

/**
 * The facts of each message of a run, besides its line and column; the sentence is made where it is
 * shown. Ids are of users and runs; `source` is the name of a source.
 */
export interface MessageFacts extends MergeFacts {
  // About the file, or the read, in general.
  /** `place`: of the column, from 1. */
  readonly ignored_column: { readonly place: number; readonly header: string };
  readonly mapped_column_absent: { readonly header: string };
  /** Only of runs before equal faults were one message. `line`: the first row that names it. */
  readonly missing_organization: {
    readonly rows: number;
    readonly line: number;
    readonly name: string;
  };
  readonly blank_rows: { readonly rows: number };
  /** `columns`: header → cells that hold one of `words`, of `rows` rows. `few`: no column has most. */
  readonly words_for_nothing: {
    readonly rows: number;
    readonly few?: true;
    readonly columns: readonly Counted[];
    readonly words: readonly Counted[];
  };
  /** `line`: the first of them. */
  /** `line`: of the first. */
  readonly backslash_escapes: { readonly count: number; readonly line: number };
  readonly unseen_characters: { readonly cells: number; readonly line: number };
  /** `line`, `value`: the first of them. */
  readonly question_marks: Names;
  /** `meant`: what `value` was before a program read it as `encoding`; `twice`: it did so twice. */
  readonly garbled_letters: Names & Garbled;
  readonly rounded_manager: Names;
  /** `days`: as the file writes them, and how many cells hold each. */
  readonly no_day: { readonly cells: number; readonly days: readonly Counted[] };
  /** `different`: how many names there are; `zones`: the most frequent, and how many cells hold each. */
  readonly unknown_zone: {
    readonly cells: number;
    readonly different: number;
    readonly zones: readonly Counted[];
  };
  /** `value`: the first of the cells. */
  readonly date_format_found: FoundForm;
  /** The message's line is that of the header. */
  readonly header_found: None;
  readonly repeated_header: { readonly rows: number };
  readonly active_after_last_day: RowsOfDays;
  readonly active_before_first_day: RowsOfDays;
  readonly days_without_number: RowsOfDays;
  readonly withheld: { readonly field: string; readonly records: number };
  readonly below_floor: { readonly field: string };
  /** `why`: what kept the read from being proved complete. */
  readonly not_whole: { readonly why: string };
  readonly not_listed: { readonly people: number };
  /** `people`: active people of the list `source`. */
  readonly not_in_file: { readonly people: number; readonly source: string };
  /** `run`: the last complete read, which had `rows` rows, `filled` of them with a value. */
  readonly column_gone: {
    readonly run: string;
    readonly filled: number;
    readonly rows: number;
    readonly source: string | null;
  };

  /**
   * `lines`: the first of them; `key`: what names a person in the list; the message's column is its
   * header, and null where the file has none. `byEmail`: all rows have an e-mail, which may be the key.
   */
  readonly no_number: {
    readonly rows: number;
    readonly lines: readonly number[];
    readonly source: string;
    readonly key: string;
    readonly column: string | null;
    readonly byEmail: boolean;
  };
  /** `absent`: those who are not in this file; `named`: the first of them. */
  readonly people_without_number: {
    readonly run: string;
    readonly source: string;
    readonly people: number;
    readonly absent: number;
    readonly named: readonly string[];
    readonly key: string;
  };
  /** `lines`: the first of the rows. */
  readonly nobody_by_keys: {
    readonly run: string;
    readonly rows: number;
    readonly lines: readonly number[];
  };

  // Conflicts: why a row is matched to no user. The message's column is the key in question, where
  // one is.
  /** `numbers`: of the other row and of this one, where they differ. */
  readonly same_person_twice: {
    readonly other: number;
    readonly numbers: readonly [there: string, here: string] | null;
    /** True for a file, whose list may have a rule for such rows. */
    readonly canRule?: boolean;
  };
  readonly ambiguous: Conflict & Creatable;
  readonly other_identity: Conflict & Creatable;
  /** `other`: the line of the other row; `null`: the other row is not in this file. */
  readonly two_rows: Conflict & { readonly other: number | null };
  /** `own`: the user that the row means without that key. */
  readonly key_taken: Conflict & Creatable & { readonly own: string | null };
  readonly key_twice: { readonly other: number | null };
  readonly no_key: None;
  readonly no_key_left: { readonly users: readonly MeantUser[] };

  /** `rows` rows under different numbers share one e-mail; `lines`: the first of them. */
  readonly shared_email: {
    readonly rows: number;
    readonly email: string;
    readonly lines: readonly number[];
    readonly source: string | null;
  };

  // Other findings of the plan.
  /**
   * `pairs`: the first of them, each with the known number and that of the read. `decided`: the run
   * ended.
   */
  readonly renumbered: Linked & {
    readonly run: string;
    readonly people: number;
    readonly decided?: true;
    readonly pairs: readonly {
      readonly was: string;
      readonly is: string;
      readonly name: string | null;
    }[];
  };
  /**
   * `people`: people with a change that an admin rejected before; those who are neither deactivated nor
   * reactivated would get another key. `runs`: those of the rejections, the newest first; `more`: there
   * are more of them.
   */
  readonly rejected_before: {
    readonly run: string;
    readonly people: number;
    readonly deactivations: number;
    readonly reactivations: number;
    readonly runs: readonly string[];
    readonly more: boolean;
  };
  /** Deactivations that a person rejected in this run. */
  /** `others`: rejected reactivations and changes of a login or an e-mail. */
  readonly rejections_remembered: { readonly people: number; readonly others?: number };
  /**
   * Changes that an approval of a part left out. `of`: action → how many; `first`: the first of them.
   */
  readonly not_approved: {
    readonly run: string;
    readonly entries: number;
    readonly of: readonly Counted[];
    readonly first: readonly {
      readonly action: string;
      readonly who: string | null;
      readonly name: string | null;
    }[];
    /** True where the same rows, read again, bring the same changes. */
    readonly again: boolean;
  };
  /** `pairs`: the first of them, each with the number of the person who left and the new one. */
  readonly namesake_left: {
    readonly run: string;
    readonly source: string;
    readonly people: number;
    readonly pairs: readonly {
      readonly was: string;
      readonly is: string;
      readonly name: string;
    }[];
  };
  /** `people`: conflicts that `runs resolve --all-by email` links. */
  readonly known_by_email: Linked & { readonly run: string; readonly people: number };
  /** `row`: the manager's own row in this read, and what is wrong with it. */
  readonly manager_unknown: {
    readonly run: string;
    readonly ref: string;
    readonly people: number;
    readonly row: {
      readonly line: number;
      readonly problem: 'error' | 'conflict' | 'skip';
    } | null;
    readonly source: string | null;
  };
  /** `refs`: how many texts with a space match nobody; `names`: the first of them. */
  readonly manager_names: {
    readonly people: number;
    readonly refs: number;
    readonly names: readonly string[];
    readonly source: string | null;
  };
  readonly manager_cycle: Circle;
  readonly manager_cycle_stands: Circle;
  readonly managers_came: { readonly people: number };
  /** `of`: column → fields. */
  readonly kept_by_hand: {
    readonly run: string;
    readonly fields: number;
    readonly people: number;
    readonly of: readonly Counted[];
  };
  readonly protected: { readonly run: string; readonly people: number };
  /** People whose login is their e-mail, and changes with it. */
  readonly login_follows: { readonly run: string; readonly people: number };
  /** `source`: the name of a system; `null`: a file lacks their last day. */
  readonly last_day_gone: {
    readonly run: string;
    readonly people: number;
    readonly source: string | null;
  };
  /** `users`: the first of them. */
  readonly login_stays: {
    readonly run: string;
    readonly people: number;
    readonly users: readonly MeantUser[];
  };
  /** `users`: the first of them. */
  readonly admins_stopped: { readonly people: number; readonly users: readonly MeantUser[] };
  /**
   * `deactivates`: true when this run deactivates them while other sources list them; false when
   * this run lists them while another source keeps them inactive. `elsewhere`: source → people.
   * `decided`: the status has a source precedence. `silent`: one of the sources has no opinion of
   * the status.
   */
  readonly active_elsewhere: {
    readonly run: string;
    readonly people: number;
    readonly deactivates: boolean;
    readonly elsewhere: readonly Counted[];
    readonly source: string;
    readonly decided: boolean;
    readonly silent: boolean;
  };
  /**
   * `field`: a field of users; the message's column is its header. `words`: of all such messages of
   * the run; runs before December 2026 do not have them.
   */
  readonly made_nothing: {
    readonly run: string;
    readonly field: string;
    readonly word: string;
    readonly people: number;
    readonly words?: readonly string[];
  };
  /** People whom a newer read of the source deactivated as missing; `users`: the first of them. */
  readonly left_since: {
    readonly people: number;
    readonly source: string;
    readonly users: readonly MeantUser[];
  };
  readonly merged_at_source: { readonly user: string; readonly into: string };
  /** People whom an undo deactivates and who are in later reads of the source. */
  readonly listed_later: { readonly run: string; readonly people: number; readonly source: string };
  /**
   * People whom the undone run created and who have absorbed other accounts since; `who`, `user`, `merge`: the
   * first of them, and the merge to unmerge.
   */
  readonly absorbed_since: {
    readonly people: number;
    readonly who: string | null;
    readonly user: string;
    readonly merge: string;
  };
  /**
   * Merges that are not taken back, because the only key of `who` belongs to `holder` by now; `null`: to the other
   * one of the two.
   */
  readonly unmerge_no_key: {
    readonly merges: number;
    readonly merge: string;
    readonly user: string;
    readonly who: string | null;
    readonly holder: string | null;
  };
  /** Merges that are not taken back, because newer ones of the same people come first. */
  readonly unmerge_newer_first: { readonly merges: number; readonly merge: string };
  /**
   * `who`: a key of the user; `null`: the user has none. `merge`: the merge, still in force, that changed a
   * learner record.
   */
  readonly changed_since: {
    readonly who: string | null;
    readonly user: string;
    readonly merge?: string;
  };

  // Findings of the application.
  readonly key_taken_since: { readonly run: string; readonly source: string | null };
  /**
   * `holder` keeps the key, because entry `partner` was not approved. `again`: how both rows come
   * once more.
   */
  readonly key_not_free: {
    readonly holder: string;
    readonly partner: number;
    readonly line: number | null;
    readonly entry: number;
    readonly again: 'sync' | 'list' | 'file';
    readonly source: string;
  };
}

export type MessageCode = keyof MessageFacts;

/** A message to be stored, about the read in general or about one line of it. */
export type NewMessage = {
  readonly [C in MessageCode]: {
    readonly line: number | null;
    readonly column: string | null;
    readonly code: C;
    readonly facts: MessageFacts[C];
  };
}[MessageCode];

/** A message about the read of a source in general. */
export type ReadMessage = {
  readonly [C in MessageCode]: { readonly code: C; readonly facts: MessageFacts[C] };
}[MessageCode];

/** How a person resolved a conflict. `user`: the code of the user, otherwise the id. */
export interface Settlement {
  readonly by: string;
  readonly as: 'skip' | 'create' | 'user';
  readonly user: string | null;
  readonly run: string | null;
}

/** All facts that a message or a row fault can have, by code. */
export type AllFacts = MessageFacts & RowFaultFacts;
export type AnyMessageCode = MessageCode | RowFaultCode;

/**
 * A message as it is stored: a code with its facts, or, from before facts were stored, the sentence
 * itself. `settled`: how a person resolved the conflict afterwards.
 */
export type StoredMessage = {
  readonly [C in AnyMessageCode]: {
    readonly line: number | null;
    readonly column: string | null;
    readonly code: C;
  } & (
    | { readonly message: string; readonly facts: null }
    | {
        readonly message: null;
        readonly facts: AllFacts[C];
      }
  ) & { readonly settled: Settlement | null } & SeveralRows;
}[AnyMessageCode];

/** Of a message that speaks for several rows: how many they are, and the lines of the first ones. */
export interface SeveralRows {
  readonly count?: number;
  readonly lines?: readonly number[];
}

/** A row that did not go through: its messages, or the code of the reason when it has none. */
export interface FailedRow {
  readonly line: number;
  readonly messages: readonly StoredMessage[];
  readonly reason: string;
}
