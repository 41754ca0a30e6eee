import type { LetterContent, LetterContext, RenderedLetter } from '../../../domain/letters/content';
import type { Platform, Problem } from './problem';

/** What the thread is asked. */
export type Ask =
  | {
      readonly kind: 'check';
      readonly content: LetterContent;
      readonly properties: readonly string[] | null;
    }
  | { readonly kind: 'needs'; readonly content: LetterContent }
  | { readonly kind: 'render'; readonly content: LetterContent; readonly context: LetterContext };

/** As it is sent: the content once, afterwards its `key`. */
export type Asked = {
  readonly [K in Ask['kind']]: Omit<Extract<Ask, { kind: K }>, 'content'> & {
    readonly key: number;
    readonly content: LetterContent | null;
  };
}[Ask['kind']];

/** What it answers, in the order of the questions. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checked'; readonly problems: readonly Problem[] }
  | { readonly kind: 'needed'; readonly paths: readonly string[] }
  | { readonly kind: 'rendered'; readonly letter: RenderedLetter }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What the thread is given at its start. */
export interface ThreadData {
  readonly platform: Platform;
  readonly timeZone: string;
}

/** Contents that the thread keeps. Both sides forget the oldest one at the same message. */
export const MAX_KEPT_CONTENTS = 64;

/** Takes out what came first, beyond `most`. */
export function keepNewest(kept: Map<number, unknown> | Set<number>, most: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(key);
  }
}
