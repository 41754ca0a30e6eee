/**
 * The key under which a login or an e-mail address is unique: NFKC, trim, toLowerCase, NFKC.
 * The only place where it is computed: SQL's `lower()` and JavaScript's `toLowerCase` disagree
 * (`ΣΑΣ İ`), so the database stores what this function gave and never computes one itself.
 */
export function userKey(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 0x7e) {
      return value.normalize('NFKC').trim().toLowerCase().normalize('NFKC').trim();
    }
  }
  return value.trim().toLowerCase();
}
