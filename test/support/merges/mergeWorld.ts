import fc from 'fast-check';
import type { EnrollmentStatus } from '../../../domain/records/statuses';
import type { Queryable } from '../../../store/database/db';
import { addIdentity, addPerson } from '../builders';
import { row } from '../builders';
import type { ReadRow } from '../oracle';
import { LISTS } from '../oracle/worlds';
import { credit, enroll } from './pairs';

/** People of a world; each is named by the place here. */
const PEOPLE = 6;
const COURSES = ['C0', 'C1', 'C2'];
const STATUSES = ['enrolled', 'in_progress', 'completed', 'cancelled'] as const;

/** What an admin, a file or a clock does in a world of merges. */
export type MergeStep =
  | {
      readonly do: 'merge';
      readonly survivor: number;
      readonly redundant: number;
      readonly take: boolean;
      readonly back: boolean;
    }
  | { readonly do: 'unmerge'; readonly which: number }
  | {
      readonly do: 'edit';
      readonly person: number;
      readonly field: 'jobTitle' | 'email' | 'status';
      readonly value: number;
    }
  | {
      readonly do: 'enroll';
      readonly person: number;
      readonly course: number;
      readonly status: EnrollmentStatus;
      readonly score: number | null;
    }
  | { readonly do: 'credit'; readonly person: number; readonly print: number }
  | {
      readonly do: 'import';
      readonly list: 0 | 1;
      readonly people: readonly number[];
      readonly title: number;
      readonly leaves: boolean;
    }
  | { readonly do: 'records'; readonly people: readonly number[]; readonly course: number }
  | { readonly do: 'undo'; readonly which: number }
  | { readonly do: 'due' };

const person = fc.nat({ max: PEOPLE - 1 });
const people = fc.uniqueArray(person, { minLength: 1, maxLength: PEOPLE });

const step: fc.Arbitrary<MergeStep> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('merge' as const),
      survivor: person,
      redundant: person,
      take: fc.boolean(),
      back: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('unmerge' as const), which: fc.nat({ max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      person,
      field: fc.constantFrom('jobTitle' as const, 'email' as const, 'status' as const),
      value: fc.nat({ max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('enroll' as const),
      person,
      course: fc.nat({ max: COURSES.length - 1 }),
      status: fc.constantFrom(...STATUSES),
      score: fc.option(fc.nat({ max: 3 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('credit' as const), person, print: fc.nat({ max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('import' as const),
      list: fc.constantFrom(0 as const, 1 as const),
      people,
      title: fc.nat({ max: 2 }),
      leaves: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('records' as const),
      people,
      course: fc.nat({ max: COURSES.length - 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('undo' as const), which: fc.nat({ max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('due' as const) }) },
);

/** From 5 to 40 steps, 12 in the mean. */
export const story: fc.Arbitrary<readonly MergeStep[]> = fc.oneof(
  { weight: 7, arbitrary: fc.array(step, { minLength: 5, maxLength: 13 }) },
  { weight: 2, arbitrary: fc.array(step, { minLength: 14, maxLength: 40 }) },
);

export const courseOf = (at: number): string => COURSES[at] ?? 'C0';
/** The number of a person in a list; some people have another one in each. */
export const numberOf = (list: 0 | 1, at: number): string =>
  list === 0 ? `p${String(at)}` : `n${String(at)}`;

/** The people with whom a world begins: known to one list, to both, or to none. Returns their ids. */
export async function beginWorld(db: Queryable): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < PEOPLE; at++) {
    const code = `p${String(at)}`;
    const id = await addPerson(db, {
      fields: {
        code,
        ...(at % 3 === 0 ? {} : { email: `${code}@x.org` }),
        ...(at % 2 === 0 ? { login: `l${String(at)}` } : {}),
        ...(at === 4 ? { status: 'inactive' } : {}),
      },
    });
    ids.push(id);
    const [first, second] = LISTS;
    if (at < 4) await addIdentity(db, { sourceId: first, externalId: numberOf(0, at), userId: id });
    if (at > 1 && at < 5)
      await addIdentity(db, { sourceId: second, externalId: numberOf(1, at), userId: id });
    await enroll(db, {
      userId: id,
      course: courseOf(at % 3),
      status: STATUSES[at % 4] ?? 'enrolled',
    });
    if (at % 2 === 0) await credit(db, { userId: id, print: at % 4 });
  }
  return ids;
}

/** The rows of a file of a list about these people; its numbers are those that the list knows. */
export function rowsOf(o: Extract<MergeStep, { readonly do: 'import' }>): ReadRow[] {
  const known = o.people.filter((at) => (o.list === 0 ? at < 4 : at > 1 && at < 5));
  return known.map((at, i) =>
    row(
      i + 2,
      {
        ...(o.list === 0 ? { code: numberOf(0, at) } : {}),
        jobTitle: `Title ${String(o.title)}`,
        ...(o.leaves && i === 0 ? { leaveDate: '2026-12-31' } : {}),
      },
      { externalId: numberOf(o.list, at) },
    ),
  );
}
