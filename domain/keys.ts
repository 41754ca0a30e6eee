/**
 * The key under which a login or an e-mail address is unique: NFKC, trim, toLowerCase, NFKC. The
 * only place where it is computed. SQL's `lower()` and JavaScript's `toLowerCase` disagree (`ΣΑΣ
 * İ`), so the database stores what this function returned and never computes a key itself.
 */
export function userKey(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 0x7e) {
      return value.normalize('NFKC').trim().toLowerCase().normalize('NFKC').trim();
    }
  }
  return value.trim().toLowerCase();
}

/** Longest code, login or external id: at least as long as those of any known system. */
export const MAX_KEY_CHARS = 255;
/** Postgres indexes at most 2,704 bytes of a value, and a UTF-16 unit has up to three. */
const MAX_INDEXED_UNITS = 880;
/** The most units that NFKC makes of one unit (U+FDFA). */
const MAX_EXPANSION = 18;

/** True for a text that is short enough to be a key: a longer one could not be indexed. */
export function isKeySized(value: string): boolean {
  if (value.length > MAX_KEY_CHARS) return false;
  if (value.length * MAX_EXPANSION <= MAX_INDEXED_UNITS) return true;
  return userKey(value).length <= MAX_INDEXED_UNITS;
}
