import type { AllFacts, AnyMessageCode, MeantUser } from '../../domain/runs/messages';

/** Where a message belongs; `column` as the file or the source names it. */
export interface Place {
  readonly line: number | null;
  readonly column: string | null;
}

/** Code → the sentence that its facts make. */
export type Words<C extends AnyMessageCode> = {
  readonly [K in C]: (facts: AllFacts[K], place: Place) => string;
};

/** `1 person`, `2 people`, for any noun. */
export function counted(n: number, one: string, many: string): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** `1 person`, `1,234 people`. */
export function people(n: number): string {
  return counted(n, 'person', 'people');
}

/** Whole numbers with thousands separated, as in `1,234`. */
export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

/** `Ann Example (number 1003, inactive)`, as far as known; otherwise the id. */
export function meant({ id, name, number, inactive }: MeantUser): string {
  const more = [
    number === null ? `user ${id}` : `number ${number}`,
    ...(inactive ? ['inactive'] : []),
  ];
  return name === null ? more.join(', ') : `${name} (${more.join(', ')})`;
}

/** A text that was bounded when it was stored, in quotes. */
export function quoted(text: string): string {
  return `"${text}"`;
}
