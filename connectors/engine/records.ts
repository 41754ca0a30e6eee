import { dateReader, epochDay, isoDay, isZeroDate } from '../../domain/dates';
import type { FieldName } from '../../domain/users/fields';
import { isFieldName } from '../../domain/users/fields';
import type { SourceRecord } from '../../domain/sources/sourceRow';
import type { KnownDays, RecordStatus } from '../../domain/users/days';
import { factText, rowFault, type RowFault } from '../../domain/files/rowFaults';
import { saysNothing } from '../../domain/files/noDay';
import { isDayRule } from '../declaration/dayRule';
import { isList, isObject, scalar } from '../declaration/json';
import { at, reader } from '../declaration/path';
import type {
  Connector,
  FieldDeclaration,
  MapDeclaration,
  ReadDeclaration,
} from '../declaration/schema';

/**
 * The elements of a page, as the vendor returned them. Null: the list is missing from the answer.
 */
export function elementsOf(body: unknown, rule: ReadDeclaration['records']): unknown[] | null {
  const found = at(body, rule.path);
  if (found === undefined || found === null) return null;
  if (rule.as === 'objectValues') return isObject(found) ? Object.values(found) : emptyList(found);
  if (rule.single === true && isSingle(found)) return [found];
  return isList(found) ? [...found] : null;
}

/** A person where a list should be; an object without a member is nobody, and no empty list. */
export function isSingle(found: unknown): boolean {
  return isObject(found) && Object.keys(found).length > 0;
}

/** PHP writes an empty object as an empty list. */
function emptyList(found: unknown): unknown[] | null {
  return isList(found) && found.length === 0 ? [] : null;
}

/** The person within an element. */
export function unwrap(element: unknown, rule: ReadDeclaration['records']): unknown {
  return rule.unwrap === undefined ? element : at(element, rule.unwrap);
}

/** The permanent id of a person, or null. A whole number that is left as one is exact (`parseJson`). */
export function keyOf(person: unknown, map: Pick<MapDeclaration, 'key'>): string | null {
  for (const path of [map.key].flat()) {
    const value = at(person, path);
    if (typeof value === 'number' && !Number.isInteger(value)) return null;
    if (typeof value === 'boolean') continue;
    const text = scalar(value);
    if (text !== null) return unstorable(text) ? null : text;
  }
  return null;
}

/** Postgres cannot store U+0000; all other characters of an id are the vendor's choice. */
function unstorable(text: string): boolean {
  return text.includes('\0');
}

/**
 * Maps a person as a declaration says; `hidden`: fields that the answer withholds from everybody.
 */
export type Mapper = (person: unknown, hidden: ReadonlySet<string>) => SourceRecord;

/** Maps one person; the map is compiled at its first use. */
export function mapRecord(
  person: unknown,
  connector: Connector,
  map: MapDeclaration,
  o: MapOptions = {},
): SourceRecord {
  const { hidden = NONE, partial = false } = o;
  const mappers = MAPPERS[partial ? 'partial' : 'whole'];
  const known = mappers.get(map);
  if (known !== undefined) return known(person, hidden);
  const mapper = compileMap(connector, map, partial);
  mappers.set(map, mapper);
  return mapper(person, hidden);
}

export interface MapOptions {
  /** Fields that the answer withholds from everybody. */
  readonly hidden?: ReadonlySet<string>;
  /** The record may hold only some fields: one that is required may stand in another record. */
  readonly partial?: boolean;
}

const MAPPERS = {
  whole: new WeakMap<MapDeclaration, Mapper>(),
  partial: new WeakMap<MapDeclaration, Mapper>(),
};
const NONE: ReadonlySet<string> = new Set();
const NO_NAMES: readonly string[] = [];

/** A map with its paths already split: 100,000 people of twelve fields take 0.4 s, not 1.6 s. */
function compileMap(connector: Connector, map: MapDeclaration, partial: boolean): Mapper {
  const rules = Object.entries(map.fields).flatMap(([name, rule]) =>
    isFieldName(name) ? [{ ...fieldRule(name, rule), partial }] : [],
  );
  const { tombstone, soft } = connector.deletion;
  const [isGone, isSoft] = [tester(tombstone), tester(soft)];
  const statusAt = reader(map.status.from);
  const words = statusWords(map.status);
  const [startAt, endAt] = [dayAt('start', rules, map), dayAt('end', rules, map)];
  const [zone, mergedInto] = [textAt(map.effective?.zone), textAt(map.mergedInto)];
  return (person, everywhere) => {
    const here = map.withheld === undefined ? NONE : namesAt(person, map.withheld);
    const hidden = everywhere.size === 0 ? here : new Set([...everywhere, ...here]);
    const fields: Partial<Record<FieldName, string | null>> = {};
    const withheld: FieldName[] = [];
    const faults: RowFault[] = [];
    for (const rule of rules) {
      if (hidden.size > 0 && rule.paths.every((path) => isWithheld(path, hidden))) {
        withheld.push(rule.field);
        continue;
      }
      readField(person, rule, { fields, faults });
    }
    const [start, end] = [startAt(person, hidden), endAt(person, hidden)];
    const gone = isGone(person) ? 'hard' : isSoft(person) ? 'soft' : null;
    // A person who is removed is gone, whatever stands for their days.
    if (gone === null) faults.push(...start.faults, ...end.faults);
    const sourceStatus = scalar(statusAt(person))?.replaceAll('\0', '\ufffd') ?? null;
    return {
      externalId: keyOf(person, map),
      fields,
      status: statusOf(sourceStatus, map.status, words),
      sourceStatus,
      start: start.day,
      end: end.day,
      zone: zone(person),
      daysKnown: knownDays(start, end),
      deleted: gone,
      mergedInto: mergedInto(person),
      aliases: map.aliases === undefined ? NO_NAMES : [...namesAt(person, map.aliases)],
      withheld,
      faults,
    };
  };
}

interface FieldRule {
  readonly field: FieldName;
  readonly paths: readonly string[];
  readonly readers: readonly ((value: unknown) => unknown)[];
  readonly empty: ReadonlySet<string>;
  /** Its value is a day, so that it says how a first or last day at the same path is read. */
  readonly isDay: boolean;
  readonly convert: (text: string) => string;
  readonly clears: boolean;
  readonly required: boolean;
  readonly partial: boolean;
}

function fieldRule(field: FieldName, rule: FieldDeclaration): Omit<FieldRule, 'partial'> {
  const paths = [rule.from].flat();
  const values = new Map(
    Object.entries(rule.values ?? {}).map(([given, ours]) => [given.trim().toLowerCase(), ours]),
  );
  const to = conversionOf(rule);
  return {
    field,
    paths,
    readers: paths.map(reader),
    empty: new Set(rule.emptyWhen),
    isDay: isDayRule(field, rule),
    convert: (text) => to(values.size === 0 ? text : (values.get(text.toLowerCase()) ?? text)),
    clears: rule.whenEmpty === 'clear',
    required: rule.required === true,
  };
}

/** A value that is no date stays as it is, and is a fault of its row. */
function conversionOf({ to = 'text', format }: FieldDeclaration): (text: string) => string {
  switch (to) {
    case 'text':
      return (text) => text;
    case 'date': {
      const read = dateReader(format);
      return (text) => read(text) ?? text;
    }
    case 'epochMsDate':
      return (text) => epochDay(text, 1) ?? text;
    case 'epochSDate':
      return (text) => epochDay(text, 1_000) ?? text;
  }
}

/** The first path with a value; cleared only where the record has the field and it is empty. */
function readField(
  person: unknown,
  rule: FieldRule,
  into: { fields: Partial<Record<FieldName, string | null>>; faults: RowFault[] },
): void {
  let given = false;
  for (const read of rule.readers) {
    const value = read(person);
    if (value === undefined) continue;
    given = true;
    const text = scalar(value);
    if (text === null || isNothing(text, rule)) continue;
    const said = rule.convert(text);
    if (rule.isDay && isNoDate(rule.field, said)) continue;
    into.fields[rule.field] = said;
    return;
  }
  if (given && rule.clears) into.fields[rule.field] = null;
  if (rule.required && (given || !rule.partial)) {
    into.faults.push(rowFault(rule.field, ['missing_value', {}]));
  }
}

/** Words for nothing; of a day also the date of zeros. */
function isNothing(text: string, rule: Pick<FieldRule, 'empty' | 'isDay'>): boolean {
  return rule.empty.has(text) || (rule.isDay && isZeroDate(text));
}

/** A day of the calendar that means that there is none, such as 0001-01-01. */
function isNoDate(field: FieldName, day: string): boolean {
  return (field === 'hireDate' || field === 'leaveDate') && saysNothing(field, day);
}

type TextReader = (person: unknown) => string | null;

function textAt(path: string | undefined): TextReader {
  if (path === undefined) return () => null;
  const read = reader(path);
  return (person) => {
    const text = scalar(read(person));
    return text === null || unstorable(text) ? null : text;
  };
}

/** A first or last day as a record has it. */
interface DayRead {
  readonly day: string | null;
  /** The record has the day, even as nothing. */
  readonly known: boolean;
  readonly faults: readonly RowFault[];
}

const UNKNOWN: DayRead = { day: null, known: false, faults: [] };
const NO_DAY: DayRead = { day: null, known: true, faults: [] };

/**
 * Reads a first or last day as the field at the same path is read, so that the day which is shown is
 * the day which counts. What cannot be read is a fault, never "no day".
 */
function dayAt(
  place: 'start' | 'end',
  rules: readonly FieldRule[],
  map: MapDeclaration,
): (person: unknown, hidden: ReadonlySet<string>) => DayRead {
  const path = map.effective?.[place];
  if (path === undefined) return () => UNKNOWN;
  const read = reader(path);
  const like = rules.find(({ isDay, paths }) => isDay && paths.includes(path));
  const { convert = (text: string) => text, empty = NONE } = like ?? {};
  const field = like?.field ?? (place === 'start' ? 'hireDate' : 'leaveDate');
  return (person, hidden) => {
    const value = read(person);
    if (value === undefined || (hidden.size > 0 && isWithheld(path, hidden))) return UNKNOWN;
    const text = scalar(value);
    if (
      text === null ? !isObject(value) && !isList(value) : isNothing(text, { empty, isDay: true })
    )
      return NO_DAY;
    const day = text === null ? null : isoDay(convert(text));
    if (day !== null) {
      return saysNothing(place === 'start' ? 'hireDate' : 'leaveDate', day)
        ? NO_DAY
        : { day, known: true, faults: [] };
    }
    const facts = { value: factText(text ?? JSON.stringify(value)), format: 'YYYY-MM-DD' };
    const fault = rowFault(field, ['bad_date', { ...facts, polled: true }]);
    return { day: null, known: true, faults: [fault] };
  };
}

function knownDays(start: DayRead, end: DayRead): KnownDays | null {
  if (start.known) return end.known ? 'both' : 'first';
  return end.known ? 'last' : null;
}

function tester(test: Connector['deletion']['soft']): (person: unknown) => boolean {
  if (test === undefined) return () => false;
  const [read, wanted] = [reader(test.path), String(test.equals)];
  return (person) => scalar(read(person)) === wanted;
}

const BLANK = {
  fields: {},
  status: null,
  sourceStatus: null,
  start: null,
  end: null,
  zone: null,
  daysKnown: null,
  deleted: null,
  mergedInto: null,
  aliases: [],
  withheld: [],
  faults: [],
} as const satisfies Omit<SourceRecord, 'externalId'>;

/** A record of which only two things are known: its id, and that it is gone. */
export function deletedRecord(externalId: string): SourceRecord {
  return { ...BLANK, externalId, deleted: 'hard' };
}

/** A person that the list leaves out, and about whom the source says nothing when asked. */
export function unconfirmedRecord(externalId: string): SourceRecord {
  return {
    ...BLANK,
    externalId,
    faults: [rowFault(null, ['not_confirmed', {}])],
  };
}

/** The meaning of each of the source's words; complete words, in any case. */
function statusWords(rule: MapDeclaration['status']): ReadonlyMap<string, RecordStatus> {
  const lists = [
    ['inactive', rule.inactive],
    ['pending', rule.pending],
    ['leaving', rule.leaving],
    ['active', rule.active],
  ] as const;
  const words = new Map<string, RecordStatus>();
  for (const [status, given] of lists) {
    for (const word of given ?? []) words.set(word.toLowerCase(), status);
  }
  return words;
}

function statusOf(
  word: string | null,
  rule: MapDeclaration['status'],
  words: ReadonlyMap<string, RecordStatus>,
): RecordStatus | null {
  // A comparison by prefix once made "inactive-pending" people active.
  if (word !== null) {
    return words.get(word.toLowerCase()) ?? (rule.unknown === 'hold' ? 'unknown' : null);
  }
  const missing = rule.whenMissing ?? 'keep';
  return missing === 'keep' ? null : missing;
}

/** Fields that an answer withholds from everybody on it. */
export function withheldIn(body: unknown, rule: ReadDeclaration['records']): ReadonlySet<string> {
  return rule.withheld === undefined ? NONE : namesAt(body, rule.withheld);
}

/** Texts of a list (or the names of its elements), or of one text between semicolons or commas. */
function namesAt(person: unknown, path: string | undefined): Set<string> {
  const value = path === undefined ? undefined : at(person, path);
  const items = isList(value)
    ? value.map((item) => scalar(item) ?? scalar(at(item, '/name')))
    : (scalar(value)?.split(/[;,]/) ?? []);
  return new Set(
    items.map((item) => item?.trim() ?? '').filter((item) => item !== '' && !unstorable(item)),
  );
}

/** True where the vendor names the field as withheld, by its last part or by its complete path. */
function isWithheld(path: string, names: ReadonlySet<string>): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return names.has(parts.join('.')) || names.has(parts.at(-1) ?? '') || names.has(parts[0] ?? '');
}
