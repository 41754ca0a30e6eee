import { userKey } from '../../../domain/keys';

/** One row of a read. `organization` is an id here, `manager` a reference as the source writes it. */
export interface ReadRow {
  readonly line: number;
  readonly externalId: string | null;
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly clears: readonly string[];
  readonly fault?: boolean;
  readonly keyReadable?: boolean;
}

export interface Person {
  readonly id: string;
  /** All fields and `properties.x`; null: empty. `manager` and `organization` are ids. */
  readonly fields: Readonly<Record<string, string | null>>;
  readonly sticky: readonly string[];
  /** The login was given, or taken away, by a row: it does not follow the e-mail. */
  readonly loginOwn: boolean;
  readonly protected: boolean;
  readonly mergedInto: string | null;
}

export interface World {
  readonly people: ReadonlyMap<string, Person>;
  /** `<source id> <external id>` → user id. */
  readonly identities: ReadonlyMap<string, string>;
  /**
   * User id → the source whose absence deactivated them, while that is in force and the source said no more.
   */
  readonly gone?: ReadonlyMap<string, string> | undefined;
  /** Key of an identity → why the days of its row took the person's access, while that is in force. */
  readonly ended?: ReadonlyMap<string, Ended> | undefined;
  /** User id → the source that created them, without a number, before their first day. */
  readonly awaited?: ReadonlyMap<string, string> | undefined;
  /** `<source id> <user id>` of people whom a list had in rows without a number. */
  readonly listed?: ReadonlySet<string> | undefined;
  /** Key of an identity → `<first day> – <day after the last>`, those that are ahead. */
  readonly due?: ReadonlyMap<string, string> | undefined;
}

export type Ended = 'after_last_day' | 'before_first_day';

export interface Read {
  readonly sourceId: string;
  readonly rows: readonly ReadRow[];
  readonly update: 'all' | 'fill' | 'off';
  readonly create: boolean;
  readonly absence: boolean;
  /** The key that the external ids are; absent: codes. */
  readonly key?: 'email' | 'login' | undefined;
  /** A named list, not an unnamed upload. */
  readonly named?: boolean;
  /** The list's rule for several rows about one person. */
  readonly twoRows?: 'first' | 'last' | null;
  /** The day on which the days of the rows decide; absent: they do not. */
  readonly today?: string | undefined;
  /** The id of the user that a row would create. */
  readonly newId: (line: number) => string;
}

export type Outcome =
  | 'error'
  | 'conflict'
  | 'duplicate'
  | 'create'
  | 'deactivate'
  | 'reactivate'
  | 'update'
  | 'unchanged'
  | 'skip';

export interface Expected {
  /** line → outcome. */
  readonly rows: ReadonlyMap<number, Outcome>;
  /** user id → outcome. */
  readonly absent: ReadonlyMap<string, Outcome>;
  readonly matchedBy: ReadonlyMap<number, string>;
  readonly kept: number;
  readonly linked: number;
  readonly keyChanges: number;
  /** People whose login follows the e-mail, and those whose login cannot. */
  readonly loginFollows: number;
  readonly loginStays: number;
  readonly unknownManagers: readonly number[];
  readonly cycles: readonly number[];
  readonly after: World;
}

export type Key = 'code' | 'email' | 'login';
export const KEYS: readonly Key[] = ['code', 'email', 'login'];

export const keyOf = (kind: Key, value: string): string =>
  kind === 'code' ? value : userKey(value);

/** One row on its way: the person it is about, and its values. */
export interface Work {
  readonly row: ReadRow;
  who: string | null;
  by: string;
  outcome: Outcome | null;
  /** People that the row may be about; they are not absent. */
  about: string[];
  linked: boolean;
}
