import { quoted } from '../../domain/shown';
import type { SomeWords } from './words';

/** Words of the steps about letters. */
export const LETTER_WORDS = {
  listLetters: () => 'rollcall letters list',
  showLetter: ({ letter }) => `rollcall letters show ${quoted(letter)}`,
  createLetter: () =>
    'rollcall letters create --name Welcome --subject "Welcome" --text @welcome.txt',
  helpLetters: () => 'rollcall letters create --help',
  unarchiveLetter: ({ letter }) => `rollcall letters archive ${quoted(letter)} --undo`,
} as const satisfies SomeWords;
