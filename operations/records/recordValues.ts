import { Fault } from '../../domain/faults';
import { nearestName } from '../../domain/nearest';
import type { RecordReader } from '../../domain/records/values';
import type { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import type { AuditChanges, AuditJson } from '../../store/database/audit';
import { courseCodes, findCourse, type CourseRow } from '../../store/records/courses';
import type { OperationContext } from '../context';

/** A value as a person types it. */
export type Typed = string | number;

/** What became of a record. */
export type RecordChange = 'created' | 'updated' | 'unchanged';

/** Reads the values that are given; each fault is collected under the name of its value. */
export function readValues<F extends string>(
  readers: Readonly<Record<F, RecordReader>>,
  o: { readonly given: { readonly [N in F]?: Typed | undefined }; readonly faults: Faults },
): { readonly [N in F]?: string } {
  const values: { [N in F]?: string } = {};
  for (const name of namesOf(readers)) {
    const typed = o.given[name];
    if (typed === undefined) continue;
    const reading = readers[name](String(typed));
    if ('value' in reading) values[name] = reading.value;
    else o.faults.add(name, refusedValue(name, { ...reading, typed: String(typed) }));
  }
  return values;
}

function namesOf<F extends string>(readers: Readonly<Record<F, RecordReader>>): readonly F[] {
  const isName = (name: string): name is F => Object.hasOwn(readers, name);
  return Object.keys(readers).filter(isName);
}

function refusedValue(
  name: string,
  o: Extract<ReturnType<RecordReader>, { refused: unknown }> & { readonly typed: string },
): Fault {
  return new Fault('usage', {
    code: o.refused,
    message: `${name} has to be ${o.wanted}, not ${shown(o.typed)}.`,
  });
}

/** What a change changes, as the audit keeps it: each name behind a prefix. `null`: no record. */
export function changesOf<V extends object>(
  prefix: string,
  { before, after }: { readonly before: V | null; readonly after: V | null },
): AuditChanges {
  const [old, next]: Readonly<Record<string, unknown>>[] = [{ ...before }, { ...after }];
  const names = Object.keys({ ...before, ...after });
  return Object.fromEntries(
    names
      .map((name) => [name, kept(old?.[name]), kept(next?.[name])] as const)
      .filter(([, was, is]) => was !== is)
      .map(([name, was, is]) => [`${prefix}.${name}`, [was, is] as const]),
  );
}

function kept(value: unknown): AuditJson {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** The course of this code. @throws Fault not_found, with the nearest code */
export async function knownCourse(context: OperationContext, code: string): Promise<CourseRow> {
  const { pool } = context.db;
  const course = await findCourse(pool, code.replaceAll('\0', ''));
  if (course === null) throw unknownCourse(code, await courseCodes(pool));
  return course;
}

/** `codes`: those among which the nearest one is looked for. */
export function unknownCourse(code: string, codes: readonly string[]): Fault {
  const near = nearestName(code.trim(), codes);
  return new Fault('not_found', {
    code: 'course_not_found',
    message: `There is no course ${shown(code)}${near === undefined ? '.' : `; is ${shown(near)} meant?`}`,
    next: near === undefined ? { do: 'listCourses' } : { do: 'showCourse', code: near },
  });
}
