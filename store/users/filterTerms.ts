import { isId } from '../../domain/ids';
import type { Attribute } from '../../domain/users/filterAttributes';
import {
  filterFault,
  type CompareOp,
  type Literal,
  type Name,
} from '../../domain/users/filterSyntax';
import { userKey } from '../../domain/keys';
import { enrollmentStatus, ENROLLMENT_STATUS_NAMES } from '../../domain/records/statuses';
import type { Params } from './params';

/** An attribute at its place in a filter, with the SQL of its value. */
export interface Term {
  readonly attribute: Attribute;
  readonly path: Name;
  readonly sql: string;
  readonly params: Params;
}

/**
 * Text compares in any case (SCIM's caseExact = false), by ICU's root collation instead of the database's
 * default one: the same result on every server, whatever locale it was created with. The same function
 * folds both sides; a final sigma is a sigma.
 */
export function folded(sql: string): string {
  return `translate(lower(${sql} collate "und-x-icu"), 'ς', 'σ')`;
}

/** `pr`: has a value, not empty. */
export function presence({ attribute, sql }: Term): string {
  // A manager has a code, or not: without one there is a manager all the same.
  if (attribute.of === 'user' && attribute.name === 'manager') return 'm.id is not null';
  switch (attribute.kind) {
    case 'text':
    case 'key':
    case 'exact':
      return `${sql} <> ''`;
    case 'strings':
      return `cardinality(${sql}) > 0`;
    default:
      return `${sql} is not null`;
  }
}

/**
 * True for a comparison with nothing. `eq ""` and `eq null` choose the users without the attribute, of
 * whatever kind it is, and `ne` the others: unassigned and null are the same (RFC 7643, section 2.5),
 * and no attribute has an empty text as its value.
 */
export function meansNothing(op: CompareOp, { value }: Literal): boolean {
  return value === null || (value === '' && (op === 'eq' || op === 'ne'));
}

/** `attribute op value` as SQL. A user without the attribute is `ne` to every value but none. */
export function comparison(term: Term, op: CompareOp, literal: Literal): string {
  const { attribute, path, params } = term;
  if (meansNothing(op, literal)) return nothing(term, op);
  switch (attribute.kind) {
    case 'text':
      return texts(term, op, folded(textParam(params, textOf(literal, path))));
    case 'key':
      return texts(term, op, textParam(params, keyOf(textOf(literal, path), op)));
    case 'exact':
      return exact(term, op, textOf(literal, path));
    case 'status':
      return status(term, op, literal);
    case 'enrollment status':
      return enrolled(term, op, literal);
    case 'strings':
      return strings(term, op, textOf(literal, path));
    case 'boolean':
      return ordered(term, equality(term, op), bool(literal, path, params));
    case 'number':
      return ordered(term, noSubstring(term, op), number(literal, path, params));
    case 'date':
      return ordered(term, noSubstring(term, op), day(literal, term));
    case 'time':
      return ordered(term, noSubstring(term, op), instant(literal, path, params));
  }
}

const SQL_OPS = {
  eq: '=',
  ne: 'is distinct from',
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
} as const satisfies Partial<Record<CompareOp, string>>;
type OrderOp = keyof typeof SQL_OPS;

function nothing(term: Term, op: CompareOp): string {
  if (op === 'eq') return `((${presence(term)}) is not true)`;
  if (op === 'ne') return `(${presence(term)})`;
  throw filterFault(
    'filter_value',
    term.path.at,
    `"${op}" does not compare with null; eq and ne do.`,
  );
}

const ID_COLUMNS: Readonly<Record<string, string>> = {
  id: 'u.id',
  organizationId: 'u.organization_id',
  managerId: 'm.id',
  mergedIntoId: 'u.merged_into_id',
};

function exact(term: Term, op: CompareOp, value: string): string {
  // Compared as ids, indexes serve these.
  const id = term.attribute.of === 'user' ? ID_COLUMNS[term.attribute.name] : undefined;
  if (op === 'eq' && id !== undefined && isId(value)) {
    return `${id} = ${term.params.add(value)}::uuid`;
  }
  return texts(term, op, textParam(term.params, value));
}

/** Text against text; substrings by position, so that no character of the value is a wildcard. */
function texts(term: Term, op: CompareOp, value: string): string {
  const own = term.attribute.kind === 'text' ? folded(term.sql) : term.sql;
  switch (op) {
    case 'co':
      return `position(${value} in ${own}) > 0`;
    case 'sw':
      return `starts_with(${own}, ${value})`;
    case 'ew':
      return `(right(${own}, length(${value})) = ${value} or ${value} = '' and ${own} is not null)`;
    case 'eq':
    case 'ne':
      return `${own} ${SQL_OPS[op]} ${value}`;
    default:
      return `${own} collate "und-x-icu" ${SQL_OPS[op]} ${value} collate "und-x-icu"`;
  }
}

function status(term: Term, op: CompareOp, literal: Literal): string {
  const value = textOf(literal, term.path).toLowerCase();
  if ((op === 'eq' || op === 'ne') && !STATUSES.includes(value)) {
    throw filterFault(
      'filter_value',
      literal.at,
      `${literal.text} is no status; ${STATUSES.join(', ')} are.`,
    );
  }
  return texts(term, op, textParam(term.params, value));
}
const STATUSES: readonly string[] = ['active', 'inactive', 'merged'];

function enrolled(term: Term, op: CompareOp, literal: Literal): string {
  const value = textOf(literal, term.path);
  const known = enrollmentStatus(value);
  if ((op === 'eq' || op === 'ne') && known === null) {
    throw filterFault(
      'filter_value',
      literal.at,
      `${literal.text} is no status of an enrollment; ${ENROLLMENT_STATUS_NAMES.join(', ')} are.`,
    );
  }
  return texts(term, op, textParam(term.params, known ?? value.toLowerCase()));
}

/** `sticky eq "email"`: one of the names equals it. */
function strings(term: Term, op: CompareOp, value: string): string {
  const has = `${term.params.add(value)}::text = any (${term.sql})`;
  if (op === 'eq' || op === 'co') return `(${has})`;
  if (op === 'ne') return `((${has}) is not true)`;
  throw filterFault(
    'filter_operator',
    term.path.at,
    `"${op}" does not fit ${term.path.text}, a list of names; eq, ne, co and pr do.`,
  );
}

function ordered(term: Term, op: OrderOp, value: string): string {
  return `${term.sql} ${SQL_OPS[op]} ${value}`;
}

function equality(term: Term, op: CompareOp): 'eq' | 'ne' {
  if (op === 'eq' || op === 'ne') return op;
  throw filterFault(
    'filter_operator',
    term.path.at,
    `"${op}" does not fit ${term.path.text}, which is true or false; eq, ne and pr do.`,
  );
}

function noSubstring(term: Term, op: CompareOp): OrderOp {
  if (op !== 'co' && op !== 'sw' && op !== 'ew') return op;
  throw filterFault(
    'filter_operator',
    term.path.at,
    `"${op}" does not fit ${term.path.text}, a ${WORDS[term.attribute.kind] ?? 'value'}; eq, ne, gt, ge, lt, le and pr do.`,
  );
}
const WORDS: Readonly<Record<string, string>> = { number: 'number', date: 'date', time: 'time' };

function textParam(params: Params, value: string): string {
  return `${params.add(value)}::text`;
}

function textOf({ value, at, text }: Literal, path: Name): string {
  if (typeof value !== 'string') {
    throw filterFault(
      'filter_value',
      at,
      `${path.text} is text; write "${text}" in double quotes.`,
    );
  }
  if (value.includes('\0')) throw filterFault('filter_value', at, 'the text has a NUL character.');
  return value;
}

/** A part of a key, folded as keys are; the guard keeps its ends from being trimmed off. */
function keyOf(value: string, op: CompareOp): string {
  const guard = '\u0001';
  if (op === 'sw') return userKey(value + guard).slice(0, -1);
  if (op === 'ew') return userKey(guard + value).slice(1);
  if (op === 'co') return userKey(guard + value + guard).slice(1, -1);
  return userKey(value);
}

function bool({ value, at, text }: Literal, path: Name, params: Params): string {
  if (typeof value === 'boolean') return `${params.add(value)}::boolean`;
  throw filterFault('filter_value', at, `${path.text} is true or false, not ${text}.`);
}

function number({ value, at, text }: Literal, path: Name, params: Params): string {
  if (typeof value === 'number' && Number.isFinite(value)) {
    return `${params.add(String(value))}::numeric`;
  }
  throw filterFault('filter_value', at, `${path.text} is a number, not ${text}.`);
}

/** An ISO 8601 day that exists; properties store theirs as text, which sorts the same way. */
function day({ value, at, text }: Literal, { attribute, path, params }: Term): string {
  if (typeof value === 'string' && isDay(value)) {
    return `${params.add(value)}::${attribute.of === 'property' ? 'text' : 'date'}`;
  }
  throw filterFault('filter_value', at, `${path.text} is a date like "2024-01-31", not ${text}.`);
}

/** An ISO 8601 instant (RFC 3339); a bare day is its midnight in UTC. */
function instant({ value, at, text }: Literal, path: Name, params: Params): string {
  if (typeof value === 'string' && (isDay(value) || INSTANT.test(value))) {
    const moment = new Date(value);
    if (!Number.isNaN(moment.getTime()) && isDay(value.slice(0, 10))) {
      return `${params.add(moment.toISOString())}::timestamptz`;
    }
  }
  throw filterFault(
    'filter_value',
    at,
    `${path.text} is a time like "2024-01-31T08:30:00Z", not ${text}.`,
  );
}
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || value < '0001') return false;
  const moment = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(value);
}
