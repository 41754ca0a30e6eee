import { ID_PATTERN } from '../../../domain/ids';
import { Fault } from '../../../domain/faults';
import { isDay } from '../filterTerms';
import type { Order } from './sorts';

/** Where a page of users ended. */
export interface Cursor {
  readonly sort: string;
  readonly key: string | null;
  readonly id: string;
  /** True: the pages are those of an approximate search. */
  readonly approximate: boolean;
}

export function cursorOf({ sort, key, id, approximate }: Cursor): string {
  const parts = [sort, key, id, ...(approximate ? [APPROXIMATE] : [])];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

const APPROXIMATE = 'approximate';

/** Faults: `usage`. */
export function readCursor(text: string, order: Order): Cursor {
  const parts = cursorParts(text);
  if (parts === undefined || !validKey(parts.key, order.type)) {
    throw new Fault('usage', {
      code: 'bad_cursor',
      message: 'This is no cursor of a list of users.',
      next: 'Take "next" of the page before, whole.',
    });
  }
  if (parts.sort !== order.name) {
    throw new Fault('usage', {
      code: 'cursor_of_another_sort',
      message: `The cursor belongs to a list sorted by ${parts.sort}, not by ${order.name}.`,
      next: `Add --sort=${parts.sort}, or begin without --cursor.`,
    });
  }
  return parts;
}

function cursorParts(text: string): Cursor | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const [sort, key, id, mark, ...more] = parsed.map((part: unknown) => part);
  if (more.length > 0 || (mark !== undefined && mark !== APPROXIMATE)) return undefined;
  if (typeof sort !== 'string' || typeof id !== 'string' || !LOWER_ID.test(id)) return undefined;
  if (key !== null && typeof key !== 'string') return undefined;
  return { sort, key, id, approximate: mark === APPROXIMATE };
}
const LOWER_ID = new RegExp(ID_PATTERN);

/**
 * True for text that Postgres can read as the type: an edited cursor is wrong usage, never a database error.
 */
function validKey(key: string | null, type: string): boolean {
  if (key === null) return true;
  switch (type) {
    case 'numeric':
      return /^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(key);
    case 'boolean':
      return key === 'true' || key === 'false';
    case 'date':
      return isDay(key);
    case 'timestamptz':
      return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/.test(key);
    default:
      return !key.includes('\0');
  }
}
