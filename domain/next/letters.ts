/** Steps about letters. `letter` is a name or an id. */
export interface LetterSteps {
  listLetters: object;
  showLetter: { readonly letter: string };
  /** How a letter is kept. */
  createLetter: object;
  /** What a letter may say. */
  helpLetters: object;
  unarchiveLetter: { readonly letter: string };
}

/** As `SHAPES` in `domain/next.ts`. */
export const LETTER_SHAPES = {
  listLetters: 'command',
  showLetter: 'command',
  createLetter: 'command',
  helpLetters: 'command',
  unarchiveLetter: 'command',
} as const satisfies Record<keyof LetterSteps, 'command' | 'sentence'>;
