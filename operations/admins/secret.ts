import { createHash, randomInt } from 'node:crypto';
import { TOKEN_ID_CHARS, TOKEN_LETTERS, TOKEN_SECRET_CHARS } from '../../domain/admins/token';

/** A new token, shown once, with what is stored of it. */
export interface MadeToken {
  readonly token: string;
  readonly prefix: string;
  readonly hash: string;
}

/** Makes a token with 256 random bits (`domain/admins/token.ts`). */
export function makeToken(): MadeToken {
  // Small letters and digits, so that the name of a token can be read out.
  const prefix = `rc_${letters(TOKEN_ID_CHARS, 36)}`;
  const token = `${prefix}_${letters(TOKEN_SECRET_CHARS, TOKEN_LETTERS.length)}`;
  return { token, prefix, hash: hashToken(token) };
}

function letters(count: number, of: number): string {
  return Array.from({ length: count }, () => TOKEN_LETTERS[randomInt(of)]).join('');
}

/**
 * What is stored of a token, in hex. A plain SHA-256 is enough, because 256 random bits cannot be
 * guessed, and one is computed for each command.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token.trim()).digest('hex');
}
