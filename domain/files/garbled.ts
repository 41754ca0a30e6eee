/**
 * Texts that are UTF-8, and that a program read in another encoding and wrote as UTF-8 again: `MÃ¼ller`
 * for `Müller`.
 */

/** The characters of the bytes 0x80 to 0xFF in an encoding by which UTF-8 is read wrongly. */
interface CodePage {
  /** As `--encoding` and `iconv` take it. */
  readonly name: string;
  readonly chars: string;
}

/** The most frequent first. A byte without a character is the control character of its number. */
export const CODE_PAGES: readonly CodePage[] = [
  {
    name: 'windows-1252',
    chars:
      '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ' +
      '\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿' +
      'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß' +
      'àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ',
  },
  {
    name: 'windows-1250',
    chars:
      '€\u0081‚\u0083„…†‡\u0088‰Š‹ŚŤŽŹ\u0090‘’“”•–—\u0098™š›śťžź' +
      '\u00a0ˇ˘Ł¤Ą¦§¨©Ş«¬\u00ad®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż' +
      'ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß' +
      'ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙',
  },
  {
    name: 'windows-1251',
    chars:
      'ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u0098™љ›њќћџ' +
      '\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї' +
      'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ' +
      'абвгдежзийклмнопрстуфхцчшщъыьэюя',
  },
  {
    name: 'macintosh',
    chars:
      'ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü' +
      '†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø' +
      '¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ' +
      '‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ',
  },
  {
    name: 'cp850',
    chars:
      'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ' +
      'áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐' +
      '└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀' +
      'ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  },
];

/** A garbled text, and what it was. */
export interface Garbled {
  readonly meant: string;
  /** The encoding in which the text was read. */
  readonly encoding: string;
  /** Set where that happened twice. */
  readonly twice?: true;
}

const MAX_CHARS = 400;
/** Greater than the code of any character that matters here. */
const CODES = 0x2600;
const FIRST = new Uint8Array(CODES);
const NEXT = new Uint8Array(CODES);
const BYTES: readonly ReadonlyMap<string, number>[] = CODE_PAGES.map(({ chars }, page) => {
  const bytes = new Map<string, number>();
  Array.from(chars).forEach((char, at) => {
    const byte = at + 0x80;
    bytes.set(char, byte);
    const code = char.charCodeAt(0);
    if (code >= CODES) return;
    // Of UTF-8: 0x80 to 0xBF go on with a character, 0xC2 to 0xF4 begin one.
    if (byte < 0xc0) NEXT[code] = (NEXT[code] ?? 0) | (1 << page);
    else if (byte > 0xc1 && byte < 0xf5) FIRST[code] = (FIRST[code] ?? 0) | (1 << page);
  });
  return bytes;
});

/** True for two UTF-16 units that may be the bytes of one character. Most letters end here. */
export function mayBeGarbled(unit: number, next: number): boolean {
  return unit < CODES && next < CODES && ((FIRST[unit] ?? 0) & (NEXT[next] ?? 0)) !== 0;
}

/** True for a text with two such units. */
export function mayHoldGarbled(text: string): boolean {
  for (let at = 0; at + 1 < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 126 && mayBeGarbled(unit, text.charCodeAt(at + 1))) return true;
  }
  return false;
}

/**
 * What a text was before it was garbled; `null` for a text that is not: only one whose every
 * character is a byte of one encoding, and whose bytes are UTF-8, counts.
 */
export function ungarbled(text: string): Garbled | null {
  if (text.length > MAX_CHARS || !mayHoldGarbled(text)) return null;
  for (const [page, { name: encoding }] of CODE_PAGES.entries()) {
    const once = decoded(text, BYTES[page]);
    if (once === null) continue;
    const twice = mayHoldGarbled(once) ? decoded(once, BYTES[page]) : null;
    return twice === null ? { meant: once, encoding } : { meant: twice, encoding, twice: true };
  }
  return null;
}

function decoded(text: string, page: ReadonlyMap<string, number> | undefined): string | null {
  const bytes = utf8Bytes(text, page);
  if (bytes === null) return null;
  try {
    const meant = decodeURIComponent(
      bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    );
    return isPlausible(meant) ? meant : null;
  } catch {
    return null;
  }
}

/**
 * The bytes of a text in a code page, where they have the form of UTF-8. Nearly every text ends at its first
 * letter that is not ASCII: names of the languages of a code page are no UTF-8 in it.
 */
function utf8Bytes(
  text: string,
  page: ReadonlyMap<string, number> | undefined,
): readonly number[] | null {
  const bytes: number[] = [];
  /** Bytes that the character begun last still lacks. */
  let lacks = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const byte = code < 0x80 ? code : page?.get(text.charAt(at));
    if (byte === undefined) return null;
    const goesOn = byte > 0x7f && byte < 0xc0;
    if (goesOn !== lacks > 0) return null;
    if (goesOn) lacks--;
    else if (byte > 0x7f) lacks = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    bytes.push(byte);
  }
  return lacks === 0 ? bytes : null;
}

/** Letters of names, a script each. Latin: without those that no language of today writes. */
const SCRIPTS = [
  /[A-Za-z\u00c0-\u017f\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u1e00-\u1eff]/g,
  /[\u0400-\u045f\u0490\u0491]/g,
  /[\u0370-\u03ff\u1f00-\u1fff]/g,
  /\p{Script=Hebrew}/gu,
  /\p{Script=Arabic}/gu,
  /\p{Script=Thai}/gu,
  /\p{Script=Devanagari}/gu,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu,
];
const NO_LETTER = /[^\p{L}]/gu;

/**
 * False for what no name is: letters of two scripts, of none that is known, a small letter between
 * capitals (`TĂŞNAD`, where the capitals are what was meant), or nothing that is seen.
 */
function isPlausible(meant: string): boolean {
  const letters = meant.replace(NO_LETTER, '');
  if (letters !== '' && !SCRIPTS.some((script) => letters.replace(script, '') === '')) return false;
  if (/\p{Lu}(?=\P{ASCII})\p{Ll}\p{Lu}/u.test(meant)) return false;
  return /(?=\P{ASCII})[\p{L}\p{N}\p{S}\p{P}]/u.test(meant);
}
