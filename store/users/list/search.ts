import type { Params } from '../params';
import { searchedWords } from './words';

/** SQL: what a search looks in of a user `u`, folded as its words are. */
export const SEARCHED = `rollcall_searched(u.first_name, u.last_name, u.display_name, u.code, u.login_key, u.email_key)`;

/** The words of a search in SQL. */
export interface SearchSql {
  /** The words, each a placeholder. */
  readonly words: readonly string[];
  /** True of a text that has all of them. */
  readonly in: (text: string) => string;
}

/** Quick search: each word somewhere in a name, login, e-mail or code. `null`: there are no words. Faults: `usage`. */
export function searchSql(search: string | undefined, params: Params): SearchSql | null {
  const given = searchedWords(search ?? '');
  if (given.length === 0) return null;
  const words = given.map((word) => `${params.add(word)}::text`);
  const patterns = words.map((word) => `rollcall_pattern(${word})`).join(', ');
  return { words, in: (text) => `${text} like all (array[${patterns}])` };
}
