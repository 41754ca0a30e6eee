import { Fault } from '../../domain/faults';
import { listed, shown } from '../../domain/shown';
import {
  coursesTaken,
  readTakes,
  takeNames,
  type Take,
  type TakeProblem,
} from '../../domain/merges/take';
import type { PropertyDefinition } from '../../domain/users/fields';
import { courseCodes } from '../../store/merges/pairs';
import { selectProperties } from '../../store/users/properties';
import type { OperationContext } from '../context';

/** Fields and courses that a message names. */
const MAX_NAMED = 40;

/**
 * The choices of a merge, as typed: `email=redundant`, `course:SAFETY-101=survivor`. Faults: `usage` (not
 * understood, no such field), `not_found` (no such course).
 */
export async function takeOf(context: OperationContext, given: readonly string[]): Promise<Take> {
  const properties = await selectProperties(context.db.pool);
  const reading = readTakes(given, properties);
  if ('problem' in reading) throw takeFault(reading.problem, properties);
  const courses = coursesTaken(reading.take);
  if (courses.length === 0) return reading.take;
  const codes = await courseCodes(context.db.pool, courses);
  const missing = courses.find((key) => !codes.has(key));
  if (missing === undefined) return reading.take;
  throw new Fault('not_found', {
    code: 'course_not_found',
    message: `There is no course ${shown(missing)}.`,
    next: { do: 'listCourses' },
  });
}

/** The choices as they are typed. */
export function typedTake(take: Take): string[] {
  return Object.entries(take).map(([name, side]) => `${name}=${side}`);
}

function takeFault(problem: TakeProblem, properties: readonly PropertyDefinition[]): Fault {
  switch (problem.why) {
    case 'form':
    case 'side':
      return new Fault('usage', {
        code: 'bad_take',
        message:
          problem.why === 'form'
            ? `--take ${shown(problem.text)} does not say whose value counts.`
            : `--take ${problem.name}=${problem.side}: ${shown(problem.side)} is not one of the two users.`,
        next: 'Write FIELD=redundant, FIELD=survivor or course:CODE=redundant.',
      });
    case 'twice':
      return new Fault('usage', {
        code: 'given_twice',
        message: `${problem.name} is chosen twice: leave one of them out.`,
      });
    case 'name': {
      const { name, near } = problem;
      return new Fault('usage', {
        code: 'unknown_field',
        message: `There is no field ${shown(name)}${near === null ? '.' : `; is "${near}" meant?`}`,
        next: `Fields: ${listed(takeNames(properties), MAX_NAMED)}; a course is course:CODE`,
      });
    }
  }
}
