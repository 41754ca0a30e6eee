import { nearestName } from '../../domain/nearest';
import { courseKey } from '../../domain/records/course';
import {
  filterFault,
  parseFilter,
  type Filter,
  type Literal,
} from '../../domain/users/filterSyntax';
import type { Queryable } from '../database/db';
import { missingCourses } from '../records/courses';

/**
 * Refuses a filter that compares with the code of a course that does not exist: it would find nobody, or
 * everybody, without a word. Filters that name no course cost nothing. Faults: `usage`, with the position and
 * the nearest code.
 */
export async function requireCourses(db: Queryable, filters: readonly string[]): Promise<void> {
  const named = filters.filter((text) => /enrollments/i.test(text)).flatMap(coursesIn);
  if (named.length === 0) return;
  const { missing, codes } = await missingCourses(
    db,
    named.map(({ key }) => key),
  );
  const unknown = named.find(({ key }) => missing.has(key));
  if (unknown === undefined) return;
  const { at, text } = unknown.literal;
  const near = nearestName(String(unknown.literal.value).trim(), codes);
  throw filterFault(
    'course_not_found',
    at,
    `there is no course ${text}${near === undefined ? '' : `; is ${JSON.stringify(near)} meant?`}`,
    near === undefined ? { do: 'listCourses' } : { do: 'showCourse', code: near },
  );
}

interface NamedCourse {
  readonly key: string;
  readonly literal: Literal;
}

/** The codes that a filter compares with by `eq` and `ne`. Faults: `usage`. */
function coursesIn(text: string): readonly NamedCourse[] {
  const named: NamedCourse[] = [];
  const walk = (filter: Filter, name: string): void => {
    switch (filter.op) {
      case 'and':
      case 'or':
        for (const one of filter.filters) walk(one, name);
        return;
      case 'not':
        walk(filter.filter, name);
        return;
      case '[]':
        if (filter.path.text.toLowerCase() === 'enrollments') walk(filter.filter, 'course');
        return;
      case 'eq':
      case 'ne': {
        const { value } = filter.value;
        if (filter.path.text.toLowerCase() !== name || typeof value !== 'string') return;
        if (value !== '') named.push({ key: courseKey(value), literal: filter.value });
        return;
      }
      default:
    }
  };
  walk(parseFilter(text), 'enrollments.course');
  return named;
}
