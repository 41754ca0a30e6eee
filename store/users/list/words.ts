import { Fault } from '../../../domain/faults';

const MAX_WORDS = 8;
const MAX_SEARCH_CHARS = 500;

/** The words of a search. Faults: `usage`. */
export function searchedWords(search: string): readonly string[] {
  const words = search
    .replaceAll('\0', '')
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length <= MAX_WORDS && search.length <= MAX_SEARCH_CHARS) return words;
  throw new Fault('usage', {
    code: 'search_too_long',
    message: `A search takes at most ${String(MAX_WORDS)} words and ${String(MAX_SEARCH_CHARS)} characters.`,
    next: { do: 'filterUsers' },
  });
}
