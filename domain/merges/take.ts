import { fieldOfName } from '../files/columns';
import { nearestName } from '../nearest';
import { courseKey } from '../records/course';
import { USER_FIELD_NAMES, type PropertyDefinition } from '../users/fields';
import { COURSE_CHOICE, SIDES, type Side } from './rules';

/** Whose value counts: by field, by `properties.<key>`, or by `course:<key of its code>`. */
export type Take = Readonly<Record<string, Side>>;

/** Why a choice is not understood. */
export type TakeProblem =
  | { readonly why: 'form'; readonly text: string }
  | { readonly why: 'side'; readonly name: string; readonly side: string }
  | { readonly why: 'name'; readonly name: string; readonly near: string | null }
  | { readonly why: 'twice'; readonly name: string };

export type TakeReading = { readonly take: Take } | { readonly problem: TakeProblem };

/** What may be chosen. */
export function takeNames(properties: readonly PropertyDefinition[]): string[] {
  return [...USER_FIELD_NAMES, ...properties.map(({ key }) => `properties.${key}`)];
}

/** The choices that texts such as `email=redundant` say. Fields are named as in the header of a file. */
export function readTakes(
  texts: readonly string[],
  properties: readonly PropertyDefinition[],
): TakeReading {
  const take = new Map<string, Side>();
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    if (at < 1) return { problem: { why: 'form', text } };
    const [given, chosen] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    const side = SIDES.find((known) => known === chosen.toLowerCase());
    if (side === undefined) return { problem: { why: 'side', name: given, side: chosen } };
    const name = nameOf(given, properties);
    if (name === undefined) return { problem: unknown(given, properties) };
    if (take.has(name)) return { problem: { why: 'twice', name: given } };
    take.set(name, side);
  }
  return { take: Object.fromEntries(take) };
}

/** The choices of a cell: `email=redundant; course:SAFETY-101=redundant`. */
export function readTakeCell(cell: string, properties: readonly PropertyDefinition[]): TakeReading {
  const texts = cell.split(/[;,]/).filter((text) => text.trim() !== '');
  return readTakes(texts, properties);
}

/** The keys of the courses that choices are about. */
export function coursesTaken(take: Take): string[] {
  return Object.keys(take).flatMap((name) => courseOf(name) ?? []);
}

/** The key of the course that a choice is about; `undefined`: it is about a field. */
export function courseOf(name: string): string | undefined {
  return name.startsWith(COURSE_CHOICE) ? name.slice(COURSE_CHOICE.length) : undefined;
}

function nameOf(given: string, properties: readonly PropertyDefinition[]): string | undefined {
  const course = new RegExp(`^${COURSE_CHOICE}\\s*(.+)$`, 'i').exec(given)?.[1];
  if (course !== undefined) return COURSE_CHOICE + courseKey(course);
  return fieldOfName(given, properties);
}

function unknown(name: string, properties: readonly PropertyDefinition[]): TakeProblem {
  return { why: 'name', name, near: nearestName(name, takeNames(properties)) ?? null };
}
