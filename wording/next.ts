import type { Fault } from '../domain/faults';
import { isCommand, type Next, type NextKind, type NextOf } from '../domain/next';
import type { RunReason } from '../domain/runs/runDocument';
import { ADMIN_WORDS } from './next/admins';
import { DELIVERY_WORDS } from './next/delivery';
import { CAMPAIGN_WORDS } from './next/campaigns';
import { HOUSE_WORDS } from './next/house';
import { IMPORT_WORDS } from './next/imports';
import { LETTER_WORDS } from './next/letters';
import { RECORD_WORDS } from './next/records';
import { RUN_WORDS } from './next/runs';
import { SOURCE_WORDS } from './next/sources';
import { USER_WORDS } from './next/users';
import type { NextWords } from './next/words';

const WORDS: NextWords<NextKind> = {
  ...RUN_WORDS,
  ...IMPORT_WORDS,
  ...USER_WORDS,
  ...RECORD_WORDS,
  ...DELIVERY_WORDS,
  ...CAMPAIGN_WORDS,
  ...LETTER_WORDS,
  ...SOURCE_WORDS,
  ...ADMIN_WORDS,
  ...HOUSE_WORDS,
};

/**
 * A next step in words. Its commands begin with `rollcall`; {@link asCalled} writes them the way that
 * they are called.
 */
export function wordNext(next: Next): string {
  return worded(next);
}

function worded<K extends NextKind>(next: NextOf<K>): string {
  return WORDS[next.do](next);
}

/** A step in words, whose command works in Rollcall's folder however it is called there. */
export function wordInFolder(next: Next): string {
  return wordNext(next).replace(/^rollcall /, 'npx rollcall ');
}

/** Why a run failed or waits, in words. */
export function wordReason({ text, next }: RunReason): string {
  return [text, next === null ? null : wordNext(next)].filter((part) => part !== null).join(' ');
}

/** The sentence of a fault, with its ways out: each command on a line of its own. */
export function wordFault({ message, ways }: Pick<Fault, 'message' | 'ways'>): string {
  const words = ways.map((way) => `${isCommand(way) ? '\n  ' : ' '}${wordNext(way)}`);
  return message + words.join('');
}
