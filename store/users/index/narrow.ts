import { findAttribute, type Attribute } from '../../../domain/users/filterAttributes';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { parseFilter, type Filter, type Literal } from '../../../domain/users/filterSyntax';
import { userKey } from '../../../domain/keys';
import { folded } from '../filterTerms';
import type { Params } from '../params';
import type { UserChoice } from '../list/choice';
import { searchedWords } from '../list/words';
import { EQUAL_TEXTS, isSorted, numberText, SORTED } from './columns';

/** A letter of ASCII has no gram: nearly everybody has it. */
const NO_GRAM = /^[\0-\x7f]$/;

/** What the index of users knows of a choice, in SQL. */
export interface Narrowing {
  /**
   * A condition over `user_index s` that the row of every chosen user fulfils, other rows perhaps too; `null`: the
   * index does not help. What it lets through is judged by the values of the user.
   */
  readonly filters: string | null;
  /** The same of the words of the search. */
  readonly words: string | null;
}

/** Few users have such a value, and an index of another table finds them: it is left to the planner. */
const SERVED = new Set(['id', 'code', 'login', 'email', 'manager', 'managerid', 'mergedintoid']);

export function narrowing(
  choice: UserChoice,
  o: { readonly params: Params; readonly properties: readonly PropertyDefinition[] },
): Narrowing {
  const grams = searchedWords(choice.search ?? '')
    .filter((word) => !NO_GRAM.test(word))
    .map((word) => gramsOf(`${o.params.add(word)}::text`));
  const words = grams.length === 0 ? null : `s.grams @> (${grams.join(' || ')})`;
  const equalities = (choice.filters ?? []).flatMap((text) => clauses(parseFilter(text)));
  if (equalities.some(({ path }) => SERVED.has(path.toLowerCase())))
    return { filters: null, words };
  const days = equalities.flatMap((clause) => equalDay(clause, o.params) ?? []);
  const equal = equalities.flatMap((clause) => equalGram(clause, o) ?? []);
  const filters = [
    ...days,
    ...(equal.length === 0 ? [] : [`s.grams @> array[${equal.join(', ')}]`]),
  ];
  return {
    filters: filters.length === 0 ? null : filters.join(' and '),
    words,
  };
}

const gramsOf = (word: string): string => `rollcall_grams(rollcall_folded(${word}), false)`;

/** SQL: users of the index for whom each word is in what a search looks in, or similar to a word of the name. */
export function similarTo(words: readonly string[]): string {
  return words
    .map(
      (word) => `(select s.user_id as id from user_index s where s.grams @> ${gramsOf(word)}
         and s.searched like rollcall_pattern(${word})
       union select s.user_id from user_index s
       where s.grams && rollcall_typo_grams(rollcall_folded(${word})))`,
    )
    .join(' intersect ');
}

interface Equal {
  readonly path: string;
  readonly value: Literal['value'];
}

/** The equalities that hold for every user of the filter. */
function clauses(filter: Filter): Equal[] {
  if (filter.op === 'and') return filter.filters.flatMap(clauses);
  if (filter.op !== 'eq' || filter.value.value === null || filter.value.value === '') return [];
  return [{ path: filter.path.text, value: filter.value.value }];
}

/** A day is looked up in the order of the days. */
function equalDay({ path, value }: Equal, params: Params): string | null {
  const attribute = findAttribute(path, []);
  if (attribute?.kind !== 'date' || attribute.of !== 'user' || !isSorted(attribute.name))
    return null;
  return `s.${SORTED[attribute.name].column} = ${params.add(value)}::date`;
}

function equalGram(
  { path, value }: Equal,
  { params, properties }: { params: Params; properties: readonly PropertyDefinition[] },
): string | null {
  const attribute = findAttribute(path, properties);
  if (attribute === undefined) return null;
  const text = equalText(attribute, { value, params });
  if (text === null) return null;
  const name = attribute.of === 'property' ? `properties.${attribute.name}` : attribute.name;
  return `rollcall_equal_gram(${params.add(name === 'organization' ? 'organizationId' : name)}::text, ${text})`;
}

/** SQL: the value as the index has it; `null`: it has no gram of the attribute. */
function equalText(
  attribute: Attribute,
  { value, params }: { value: Literal['value']; params: Params },
): string | null {
  const given = (): string => `${params.add(String(value))}::text`;
  if (attribute.of === 'property') {
    return typeof value === 'number' ? numberText(given()) : folded(given());
  }
  if (attribute.of === 'part' || typeof value !== 'string') return null;
  if (Object.hasOwn(EQUAL_TEXTS, attribute.name)) return folded(given());
  if (attribute.name !== 'organization') return null;
  const key = `${params.add(userKey(value))}::text`;
  return `(select o.id::text from organization o where o.code_key = ${key})`;
}
