import { cellKind } from '../files/cellKinds';
import type { CellKind, CellRules } from '../files/cellKinds';
import { factText, rowFault, type CellFault, type RowFault } from '../files/rowFaults';
import { isoDay } from '../dates';
import type { FieldName, PropertyDefinition } from '../users/fields';
import { isFieldName } from '../users/fields';
import { isKeySized, userKey } from '../keys';
import { statusOn, type DaysReason, type KnownDays, type RecordStatus } from '../users/days';
import type { StagedRow } from '../files/staged';
import { arrayLiteral, CONTROL, emptyRow, FIELD_AT, stagedAt } from '../files/staged';
import type { Days } from '../zones';

/** One person as a polled source gives them: mapped to our fields, still text. */
export interface SourceRecord {
  /** The source's lasting id; `null` where it cannot be read. */
  readonly externalId: string | null;
  /** `null` = clear it; an absent field = no opinion. Without `status`. */
  readonly fields: Readonly<Partial<Record<FieldName, string | null>>>;
  /** `null`: no opinion. */
  readonly status: RecordStatus | null;
  /** The source's own word. */
  readonly sourceStatus: string | null;
  /** First and last day, `YYYY-MM-DD`, in `zone` (IANA) where the source names one. */
  readonly start: string | null;
  readonly end: string | null;
  readonly zone: string | null;
  /** Which of the two days the record has, even as nothing; by default neither. */
  readonly daysKnown?: KnownDays | null;
  /** The source says that the person is removed: for good, or so that they may come back. */
  readonly deleted: 'hard' | 'soft' | null;
  /** External id of the person that this one was merged into. */
  readonly mergedInto: string | null;
  /** External ids of people who were merged into this one. */
  readonly aliases: readonly string[];
  /** Fields that the source has and does not show us: no opinion. */
  readonly withheld: readonly FieldName[];
  /** Faults found while mapping: a required field that is missing. */
  readonly faults: readonly RowFault[];
}

export interface SourceRowRules {
  readonly organizations: ReadonlyMap<string, string>;
  readonly properties: readonly PropertyDefinition[];
  /** Which day it is where the person is. */
  readonly days: Days;
}

export interface SourceRow {
  readonly row: StagedRow;
  /** Days after today on which the status of this record changes by itself, in its zone. */
  readonly dueOn: readonly string[];
  /** Set where the days of the record alone decided its status. */
  readonly by: DaysReason | null;
  /** What is wrong with the date, as the row has it. */
  readonly faults: readonly RowFault[];
}

const MAX_CHARS = 32_768;

/** How the values of one field are read, and where they go. */
interface FieldReader {
  readonly kind: CellKind;
  /** Index in the staged row; -1 for a property. */
  readonly place: number;
  /** The type of a property; unused for a field. */
  readonly key: string;
}

const LINE = stagedAt('line');
const EXTERNAL_ID = stagedAt('external_id');
const STATUS = stagedAt('status');
const LOGIN = stagedAt('login');
const LOGIN_KEY = stagedAt('login_key');
const EMAIL = stagedAt('email');
const EMAIL_KEY = stagedAt('email_key');
const PROPERTIES = stagedAt('properties');
const CLEARS = stagedAt('clears');
const FAULTS = stagedAt('faults');
const KEY_READABLE = stagedAt('key_readable');

/**
 * The staged row of a record; `line` is its running number in the read. Invalid values are faults
 * of the row, as in a CSV file. A row with faults changes no user and proves that the person is
 * present.
 */
export function toStagedRow(record: SourceRecord, line: number, rules: SourceRowRules): SourceRow {
  const row = emptyRow();
  row[LINE] = String(line);
  const faults: RowFault[] = [...record.faults];
  const id = record.externalId !== null && isKeySized(record.externalId) ? record.externalId : null;
  if (id !== null) row[EXTERNAL_ID] = id;
  else {
    faults.push(rowFault(null, ['missing_key', { polled: true }]));
  }
  readFields(record.fields, readersOf(rules), { row, faults });
  if (faults.length > 1) dropRepeated(faults);
  if (record.status === 'unknown' && record.deleted === null) {
    const value = factText(record.sourceStatus ?? '');
    faults.push(rowFault('status', ['unknown_status', { polled: true, value }]));
  }
  const { status, dueOn, by = null } = statusOn(record, rules.days.today(record.zone));
  if (status !== null) row[STATUS] = status;
  const { [LOGIN]: login, [EMAIL]: email } = row;
  if (typeof login === 'string') row[LOGIN_KEY] = userKey(login);
  if (typeof email === 'string') row[EMAIL_KEY] = userKey(email);
  if (faults.length > 0) row[FAULTS] = JSON.stringify(faults);
  row[KEY_READABLE] = id === null ? 'f' : 't';
  return { row, dueOn, by, faults };
}

/** A day that cannot be read is a fault of its field and of the day itself: one is enough. */
function dropRepeated(faults: RowFault[]): void {
  const seen = new Set<string>();
  const once = faults.filter(([column, code]) => {
    const key = `${String(column)} ${code}`;
    return !seen.has(key) && seen.add(key);
  });
  faults.splice(0, faults.length, ...once);
}

function readFields(
  fields: Readonly<Record<string, string | null | undefined>>,
  readers: ReadersOf,
  { row, faults }: { readonly row: (string | null)[]; readonly faults: RowFault[] },
): void {
  const clears: string[] = [];
  const properties: Record<string, unknown> = {};
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    const reader = value === undefined ? null : readers(field);
    if (value === undefined || reader === null) continue;
    if (value === null) {
      if (field !== 'code') clears.push(field);
      continue;
    }
    const read = readValue(reader.kind, value);
    if (typeof read !== 'string') {
      const [code, facts] = read.fault;
      faults.push(rowFault(field, [code, { ...facts, polled: true }]));
    } else if (reader.place >= 0) row[reader.place] = read;
    else properties[reader.key] = parsed(read);
  }
  if (Object.keys(properties).length > 0) row[PROPERTIES] = JSON.stringify(properties);
  if (clears.length > 0) row[CLEARS] = arrayLiteral(clears);
}

type Read = string | { readonly fault: CellFault };

function readValue(kind: CellKind, value: string): Read {
  if (value.length > MAX_CHARS) {
    return { fault: ['cell_too_long', { chars: value.length, most: MAX_CHARS }] };
  }
  if (CONTROL.test(value)) {
    return { fault: ['control_character', {}] };
  }
  return kind.convert(value) ?? { fault: kind.fault(value) };
}

/** The reader of a field; `null` for an unknown one. */
type ReadersOf = (field: string) => FieldReader | null;

const known = new WeakMap<SourceRowRules, ReadersOf>();

/**
 * Each field's reader is made once for each read, not for each value: that is half the time of a
 * row.
 */
function readersOf(rules: SourceRowRules): ReadersOf {
  const made = known.get(rules);
  if (made !== undefined) return made;
  const readers = new Map<string, FieldReader | null>();
  const cells = cellRules(rules);
  const of: ReadersOf = (field) => {
    const found = readers.get(field);
    if (found !== undefined) return found;
    const reader = fieldReader(field, cells);
    readers.set(field, reader);
    return reader;
  };
  known.set(rules, of);
  return of;
}

function fieldReader(field: string, cells: CellRules): FieldReader | null {
  if (!isFieldName(field)) return null;
  const place = FIELD_AT.get(field) ?? -1;
  return { kind: cellKind(field, cells), place, key: field.slice('properties.'.length) };
}

function cellRules(rules: SourceRowRules): CellRules {
  return {
    date: isoDay,
    dateFormat: 'YYYY-MM-DD',
    organizations: rules.organizations,
    properties: rules.properties,
    decimalComma: false,
  };
}

function parsed(json: string): unknown {
  return JSON.parse(json);
}
