import type { AllFacts, AnyMessageCode } from '../../domain/runs/messages';

/** Where a message belongs; `column` as the file or the source names it. */
export interface Place {
  readonly line: number | null;
  readonly column: string | null;
}

/** Code → the sentence that its facts make. */
export type Words<C extends AnyMessageCode> = {
  readonly [K in C]: (facts: AllFacts[K], place: Place) => string;
};

/** `1 person`, `2 people`. */
export function counted(n: number, one: string, many: string): string {
  return `${String(n)} ${n === 1 ? one : many}`;
}

/** A text that was bounded when it was stored, in quotes. */
export function quoted(text: string): string {
  return `"${text}"`;
}
