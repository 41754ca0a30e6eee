import { isAscii } from 'node:buffer';
import { mayBeGarbled, mayHoldGarbled } from '../../../domain/files/garbled';
import { mayBeUnseen } from '../../../domain/files/unseen';

/**
 * Bytes of UTF-8 that show a control character (C0 except tab and line breaks, DEL, C1), or one that
 * cannot be seen (domain/files/unseen.ts).
 */
const SUSPICIOUS_BYTES =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\u00c2[\u0080-\u009f\u00ad]|\u00d8\u009c|\u00e1\u00a0\u008e|\u00e2\u0080[\u008b-\u008f\u00aa-\u00ae]|\u00e2\u0081[\u00a0-\u00af]|\u00ef\u00bb\u00bf/;

/** True for a character above 126 that a reader of cells has to look at; `next`: the one after it. */
export function isSuspicious(char: number, next: number): boolean {
  return char < 160 || mayBeUnseen(char) || mayBeGarbled(char, next);
}

/** True for UTF-8 with a control character, or with a character as {@link isSuspicious} finds it. */
export function areSuspicious(utf8: Buffer): boolean {
  if (SUSPICIOUS_BYTES.test(utf8.toString('latin1'))) return true;
  return !isAscii(utf8) && mayHoldGarbled(utf8.toString());
}
