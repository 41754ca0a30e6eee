import { Fault } from '../domain/faults';
import { isId } from '../domain/ids';

/** The pages of a list. */
export interface ListPage {
  /** 1 to 1,000; 100 unless given. */
  readonly limit?: number;
  /** The `next` of the last page: goes on after it. */
  readonly cursor?: string;
}

const MAX_LIMIT = 1000;

/**
 * The limit and the place after which a page begins. `isPlace`: what places of this list look like; ids unless
 * given. Faults: `usage`.
 */
export function pageOf(
  { limit, cursor }: ListPage,
  o: { readonly limit?: number; readonly isPlace?: (text: string) => boolean } = {},
): { readonly limit: number; readonly after: string | null } {
  const rows = limit ?? o.limit ?? 100;
  if (!Number.isInteger(rows) || rows < 1 || rows > MAX_LIMIT) {
    throw new Fault('usage', {
      code: 'bad_limit',
      message: `A page has 1 to ${String(MAX_LIMIT)} rows, not ${String(rows)}.`,
      next: 'Take a smaller page, and go on with its "next" as the cursor.',
    });
  }
  if (cursor === undefined) return { limit: rows, after: null };
  const after = placeOf(cursor);
  if (!(o.isPlace ?? isId)(after)) throw badCursor();
  return { limit: rows, after };
}

/** One row more than the limit was read: the rows of the page, and its `next`. */
export function pageFrom<T>(
  rows: readonly T[],
  { limit, place }: { readonly limit: number; readonly place: (row: T) => string },
): { readonly rows: readonly T[]; readonly next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = last === undefined || rows.length <= limit ? null : cursorAt(place(last));
  return { rows: shown, next };
}

const MARK = 'after ';

/** The cursor of a page that begins after this place. */
export function cursorAt(place: string): string {
  return Buffer.from(MARK + place).toString('base64url');
}

function placeOf(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const place = text.slice(MARK.length);
  if (cursorAt(place) === cursor && !place.includes('\0')) return place;
  throw badCursor();
}

/** The cursor of a list is no place in it. */
export function badCursor(): Fault {
  return new Fault('usage', {
    code: 'bad_cursor',
    message: 'This is no cursor of this list.',
    next: 'Take "next" of the page before, whole.',
  });
}
