import type { ListPage, Reading } from './fetchPage';
import { canonicalJson, mark } from '../declaration/hash';
import type { PageState } from './state';

const MAX_PAGES = 100_000;
/**
 * This many pages in a row may be empty (deltas have such pages) before the list counts as stuck.
 */
const MAX_EMPTY_PAGES = 200;
const MARKS_KEPT = 16;

/** Why the list makes no progress; null while it does. */
export function isStuck(read: Reading, state: PageState, list: ListPage): string | null {
  if (list.next === null) return null;
  if (state.proof.pages + 1 >= (read.page.maxPages ?? MAX_PAGES))
    return 'gives pages without an end';
  if (list.elements.length === 0 && state.emptyPages + 1 >= MAX_EMPTY_PAGES) {
    return 'gives empty pages without an end';
  }
  const place = list.next.token === null ? null : markOfPlace(list.next);
  const repeated = (text: string | null): boolean =>
    text !== null && (state.marks.includes(text) || state.tortoise?.mark === text);
  if (repeated(place)) {
    return `gives a place in the list that it gave before${shortPlace(list.next.token)}`;
  }
  // The ids of a page, where people have some: the same page again.
  const page = list.elements.length === 0 ? null : pageMark(list);
  return repeated(page) ? 'gives the same page again' : null;
}

/** Names a place that may be a word for the end, to be declared as such (`endWhen`). */
function shortPlace(token: string | null): string {
  const isWord = token !== null && /^(-\d{1,8}|0|end|eof|last|no|none|null|nil)$/i.test(token);
  return isWord ? ` (${token})` : '';
}

function markOfPlace(place: ListPage['next']): string {
  return `t${mark(canonicalJson([place?.token ?? null, place?.since ?? null, place?.tie ?? null]))}`;
}

function pageMark(list: ListPage): string {
  return `p${list.mark}`;
}

/**
 * The history that is kept: the marks of the last places and pages, and one older place that is replaced
 * each time the distance to it has doubled (Brent), by which a cycle of any length is found.
 */
export function trail(
  state: PageState,
  list: ListPage,
): Pick<PageState, 'marks' | 'tortoise' | 'emptyPages'> {
  const place = list.next?.token == null ? null : markOfPlace(list.next);
  const page = list.elements.length === 0 ? null : pageMark(list);
  const fresh = [place, page].flatMap((text) => text ?? []);
  const marks = [...state.marks, ...fresh].slice(-MARKS_KEPT);
  const step = state.proof.pages + 1;
  const { tortoise } = state;
  const moves =
    fresh[0] !== undefined && (tortoise === null || step >= tortoise.step + tortoise.reach);
  return {
    marks,
    tortoise:
      moves && fresh[0] !== undefined
        ? { mark: fresh[0], step, reach: tortoise === null ? 1 : tortoise.reach * 2 }
        : tortoise,
    emptyPages: list.elements.length === 0 ? state.emptyPages + 1 : 0,
  };
}
