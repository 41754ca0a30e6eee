import { keyOf, sameKey, type ListKey } from '../../domain/files/listKey';
import { parseMapEntry, splitMapEntries } from '../../domain/files/mapping';
import { normalName } from '../../domain/files/columns';
import { userKey } from '../../domain/keys';
import { twoRowsOf, type TwoRows } from '../../domain/runs/runOptions';
import {
  LIST_OPTION_NAMES,
  listOptionsOf,
  type ListOption,
  type ListOptions,
} from '../../domain/sources/listOptions';
import type { PropertyDefinition } from '../../domain/users/fields';

/** Each option that was given, before and after; `null`: it is not kept. */
export type Keeps = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** What an import does with the options of its list. */
export interface KeptOptions {
  /** The options of the import: as they are typed, else as the list keeps them. */
  readonly options: ListOptions;
  /** Those that the list kept and nobody typed. */
  readonly fromList: ListOptions & { readonly key?: ListKey; readonly twoRows?: TwoRows };
  /** Those that the list keeps once the import is applied. */
  readonly keeps: Keeps;
}

type Typed = { readonly [K in ListOption]?: ListOptions[K] | undefined } & {
  readonly without?: readonly ListOption[];
  readonly partial?: boolean;
  readonly key?: ListKey;
  readonly twoRows?: TwoRows;
};

/** Joins the options of an import into a list with those that the list keeps. */
export function withKept(
  typed: Typed,
  o: {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly properties: readonly PropertyDefinition[];
  },
): KeptOptions {
  const kept = listOptionsOf(o.settings);
  const own = ownOptions(typed, kept, o.properties);
  const without = new Set(typed.without);
  const left = LIST_OPTION_NAMES.filter((name) => own[name] === undefined && without.has(name));
  const { fromList, keeps } = keyAndRule(typed, o.settings);
  // A correction of a few rows says nothing about who is missing.
  const unused = new Set([...left, ...(typed.partial === true ? ['missing' as const] : [])]);
  const used = LIST_OPTION_NAMES.filter((name) => own[name] === undefined && !unused.has(name));
  const inherited = only(kept, used);
  return {
    options: { ...inherited, ...own },
    fromList: { ...inherited, ...fromList },
    keeps: Object.fromEntries([
      ...LIST_OPTION_NAMES.flatMap((name) =>
        own[name] === undefined ? [] : pair(name, kept[name] ?? null, lasting(name, own)),
      ),
      ...left.flatMap((name) => pair(name, kept[name] ?? null, null)),
      ...keeps,
    ]),
  };
}

/** What of an option is right for the next file, too: the place of a column is not. */
function lasting(name: ListOption, own: ListOptions): unknown {
  if (name !== 'map') return own[name];
  const map = (own.map ?? []).filter((entry) => !entry.startsWith('#'));
  return map.length === 0 ? null : map;
}

/** These options, where they have a value. */
function only(options: Typed, names: readonly ListOption[]): ListOptions {
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/** The options that are typed; an empty list of texts is none. */
function ownOptions(
  typed: Typed,
  kept: ListOptions,
  properties: readonly PropertyDefinition[],
): ListOptions {
  const { map = [], nullWords = [] } = typed;
  const plain = LIST_OPTION_NAMES.filter((name) => name !== 'map' && name !== 'nullWords');
  const before = typed.without?.includes('map') === true ? [] : (kept.map ?? []);
  return {
    ...only(typed, plain),
    ...(map.length === 0 ? {} : { map: joinedMap(before, map, properties) }),
    ...(nullWords.length === 0 ? {} : { nullWords }),
  };
}

/** The kept entries of a map, those for a typed column or value left out, and the typed ones. */
function joinedMap(
  kept: readonly string[],
  typed: readonly string[],
  properties: readonly PropertyDefinition[],
): readonly string[] {
  const own = typed.flatMap(splitMapEntries);
  const subjects = new Set(own.map((entry) => subjectOf(entry, properties)));
  const left = kept
    .flatMap(splitMapEntries)
    .filter((entry) => !subjects.has(subjectOf(entry, properties)));
  return [...left, ...own];
}

/** What an entry of a map is about: a column, a value of a field, or a saved mapping. */
function subjectOf(text: string, properties: readonly PropertyDefinition[]): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text)) return `mapping ${text}`;
  const entry = parseMapEntry(text, properties);
  return entry.kind === 'column'
    ? `column ${normalName(entry.header)}`
    : `value ${entry.field} ${userKey(entry.given)}`;
}

function keyAndRule(typed: Typed, settings: Readonly<Record<string, unknown>>) {
  const [key, rule] = [keyOf(settings), twoRowsOf(settings)];
  return {
    fromList: {
      ...(typed.key === undefined && key !== 'code' ? { key } : {}),
      ...(typed.twoRows === undefined && rule !== null ? { twoRows: rule } : {}),
    },
    keeps: [
      ...(typed.key === undefined || sameKey(key, typed.key) ? [] : pair('key', key, typed.key)),
      ...(typed.twoRows === undefined ? [] : pair('twoRows', rule, typed.twoRows)),
    ],
  };
}

/** Also of a value that stays: until the run ends, an earlier import may give the list another one. */
function pair(
  name: string,
  before: unknown,
  after: unknown,
): (readonly [string, readonly [unknown, unknown]])[] {
  return [[name, [before, after]]];
}
