import { isoDay } from '../domain/dates';
import type { FieldName } from '../domain/fields';
import { isUserField } from '../domain/fields';
import type { RecordStatus, SourceRecord } from '../domain/sourceRow';
import type { RowFault } from '../domain/staged';
import { isList, isObject, scalar } from './json';
import { at } from './path';
import type { Connector, FieldDeclaration, MapDeclaration, ReadDeclaration } from './shape';

/** The elements of a page, as the vendor gave them. Null: there is no list where one should be. */
export function elementsOf(body: unknown, rule: ReadDeclaration['records']): unknown[] | null {
  const found = at(body, rule.path);
  if (found === undefined || found === null) return body === null ? [] : null;
  if (rule.as === 'objectValues') return isObject(found) ? Object.values(found) : emptyList(found);
  return isList(found) ? [...found] : null;
}

/** PHP writes an empty object as an empty list. */
function emptyList(found: unknown): unknown[] | null {
  return isList(found) && found.length === 0 ? [] : null;
}

/** The person within an element. */
export function unwrap(element: unknown, rule: ReadDeclaration['records']): unknown {
  return rule.unwrap === undefined ? element : at(element, rule.unwrap);
}

/** The lasting id of a person, or null. A number that JSON cannot keep exactly is no id. */
export function keyOf(person: unknown, map: Pick<MapDeclaration, 'key'>): string | null {
  for (const path of [map.key].flat()) {
    const value = at(person, path);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
    if (typeof value === 'boolean') continue;
    const text = scalar(value);
    if (text !== null) return text;
  }
  return null;
}

/** Maps one person. */
export function mapRecord(
  person: unknown,
  connector: Connector,
  map: MapDeclaration,
): SourceRecord {
  const withheldNames = namesAt(person, map.withheld);
  const fields: Partial<Record<FieldName, string | null>> = {};
  const withheld: FieldName[] = [];
  const faults: RowFault[] = [];
  for (const [name, rule] of Object.entries(map.fields)) {
    if (!isFieldName(name)) continue;
    const field: FieldName = name;
    const paths = [rule.from].flat();
    if (paths.every((path) => isWithheld(path, withheldNames)) && withheldNames.size > 0) {
      withheld.push(field);
      continue;
    }
    const { text, given } = valueOf(person, rule, paths);
    if (text !== null) fields[field] = text;
    else if (given && rule.whenEmpty === 'clear') fields[field] = null;
    if (text === null && rule.required === true) {
      faults.push([field, 'missing_value', 'The record has no value here: give it one there.']);
    }
  }
  const { status, sourceStatus } = statusOf(person, map.status);
  const { tombstone, soft } = connector.deletion;
  const day = (path: string | undefined): string | null =>
    path === undefined ? null : isoDay(scalar(at(person, path)) ?? '');
  return {
    externalId: keyOf(person, map),
    fields,
    status,
    sourceStatus,
    start: day(map.effective?.start),
    end: day(map.effective?.end),
    zone: map.effective?.zone === undefined ? null : scalar(at(person, map.effective.zone)),
    deleted: holds(person, tombstone) ? 'hard' : holds(person, soft) ? 'soft' : null,
    mergedInto: map.mergedInto === undefined ? null : scalar(at(person, map.mergedInto)),
    aliases: [...namesAt(person, map.aliases)],
    withheld,
    faults,
  };
}

/** A record of which only the id is known, and that it is gone. */
export function deletedRecord(externalId: string): SourceRecord {
  return {
    externalId,
    fields: {},
    status: null,
    sourceStatus: null,
    start: null,
    end: null,
    zone: null,
    deleted: 'hard',
    mergedInto: null,
    aliases: [],
    withheld: [],
    faults: [],
  };
}

function isFieldName(name: string): name is FieldName {
  return isUserField(name) || name.startsWith('properties.');
}

function holds(person: unknown, test: Connector['deletion']['soft']): boolean {
  if (test === undefined) return false;
  return scalar(at(person, test.path)) === String(test.equals);
}

/** `given`: the record has the field, if only as nothing. */
function valueOf(
  person: unknown,
  rule: FieldDeclaration,
  paths: readonly string[],
): { text: string | null; given: boolean } {
  let given = false;
  for (const path of paths) {
    const value = at(person, path);
    if (value === undefined) continue;
    given = true;
    const text = scalar(value);
    if (text === null || rule.emptyWhen?.includes(text) === true) continue;
    return { text: converted(text, rule), given };
  }
  return { text: null, given };
}

function converted(text: string, rule: FieldDeclaration): string {
  const mapped = lookUp(rule.values, text) ?? text;
  switch (rule.to ?? 'text') {
    case 'text':
      return mapped;
    case 'date':
      return isoDay(mapped) ?? mapped;
    case 'epochMsDate':
      return epochDay(mapped, 1);
    case 'epochSDate':
      return epochDay(mapped, 1_000);
    default:
      return mapped;
  }
}

/** The UTC day of a point in time; what is none stays as it is, and is a fault of its row. */
function epochDay(text: string, unitMs: number): string {
  const time = /^-?\d{1,16}$/.test(text) ? new Date(Number(text) * unitMs) : null;
  return time === null || Number.isNaN(time.getTime()) ? text : time.toISOString().slice(0, 10);
}

function lookUp(values: Readonly<Record<string, string>> | undefined, text: string): string | null {
  const wanted = text.toLowerCase();
  const hit = Object.entries(values ?? {}).find(([given]) => given.trim().toLowerCase() === wanted);
  return hit?.[1] ?? null;
}

function statusOf(
  person: unknown,
  rule: MapDeclaration['status'],
): { status: RecordStatus | null; sourceStatus: string | null } {
  const sourceStatus = scalar(at(person, rule.from));
  if (sourceStatus === null) {
    const missing = rule.whenMissing ?? 'keep';
    return { status: missing === 'keep' ? null : missing, sourceStatus };
  }
  const word = sourceStatus.toLowerCase();
  const lists = [
    ['active', rule.active],
    ['leaving', rule.leaving],
    ['pending', rule.pending],
    ['inactive', rule.inactive],
  ] as const;
  // Whole words, in any case: a prefix once made "inactive-pending" active people.
  const hit = lists.find(([, words]) => words?.some((given) => given.toLowerCase() === word));
  return { status: hit?.[0] ?? 'unknown', sourceStatus };
}

/** Texts of a list, or of one text between semicolons or commas. */
function namesAt(person: unknown, path: string | undefined): Set<string> {
  const value = path === undefined ? undefined : at(person, path);
  const items = isList(value)
    ? value.map((item) => scalar(item))
    : (scalar(value)?.split(/[;,]/) ?? []);
  return new Set(items.map((item) => item?.trim() ?? '').filter((item) => item !== ''));
}

/** True where the vendor names the field, by its last part or by its whole path, as withheld. */
function isWithheld(path: string, names: ReadonlySet<string>): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return names.has(parts.join('.')) || names.has(parts.at(-1) ?? '') || names.has(parts[0] ?? '');
}
