import iconv from 'iconv-lite';

/** A word of a file as one encoding reads it. */
export interface Reading {
  readonly word: string;
  readonly encoding: string;
}

/** Encodings in which lists of people are found, the most frequent first. */
const ENCODINGS = [
  ...['windows-1252', 'macintosh', 'iso-8859-15', 'windows-1250', 'iso-8859-2', 'windows-1251'],
  ...['cp850', 'koi8-r', 'windows-1253', 'windows-1254', 'shift_jis', 'gb18030', 'euc-kr', 'big5'],
] as const;

/** Readings that are shown. */
const MAX_READINGS = 5;
/** Bytes of a word to each side of the byte that was met first. */
const REACH_BYTES = 40;

/** Scripts that do not stand in one word with another. */
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  /\p{Script=Hangul}/u,
];

/**
 * What is no spelling, where the letter in question is not ASCII: a capital within a word, before or
 * after a small letter; a small letter between capitals.
 */
const ODD_CAPITALS = [
  /\p{L}(?=\P{ASCII})\p{Lu}\p{Ll}/u,
  /\p{Ll}(?=\P{ASCII})\p{Lu}/u,
  /\p{Lu}(?=\P{ASCII})\p{Ll}\p{Lu}/u,
];

/**
 * The word around the byte at `at` as the likely encodings read it, each text once. A reading is
 * likely when it is made of letters of one script, with upper and lower case where they belong.
 */
export function likelyReadings(bytes: Buffer, at: number): Reading[] {
  const word = wordAt(bytes, at);
  // One byte alone is as good a letter in each of them.
  if (word.length < 2) return [];
  const readings = new Map<string, Reading>();
  for (const encoding of ENCODINGS) {
    const text = iconv.decode(word, encoding, { stripBOM: false });
    if (!readings.has(text) && isLikely(text)) readings.set(text, { word: text, encoding });
  }
  return [...readings.values()].slice(0, MAX_READINGS);
}

function wordAt(bytes: Buffer, at: number): Buffer {
  let [start, end] = [at, at + 1];
  while (start > 0 && at - start < REACH_BYTES && isInWord(bytes[start - 1])) start--;
  while (end < bytes.length && end - at < REACH_BYTES && isInWord(bytes[end])) end++;
  return bytes.subarray(start, end);
}

/** True for letters, digits, the hyphen, the apostrophe, and everything that is not ASCII. */
function isInWord(byte = 0): boolean {
  return byte >= 0x80 || /[A-Za-z0-9'-]/.test(String.fromCharCode(byte));
}

/** Signs that stand at words: the no-break space of spreadsheets, quotes, dashes, currencies. */
const SIGNS = /[\u00a0£€§°«»“”„‘’–—…]/g;

function isLikely(given: string): boolean {
  const text = given.replace(SIGNS, '');
  if (!/^[\p{Lu}\p{Ll}\p{Lo}\p{M}\p{Nd}'-]+$/u.test(text) || /[ªº\uff61-\uff9f]/.test(text)) {
    return false;
  }
  if (SCRIPTS.filter((script) => script.test(text)).length > 1) return false;
  return !ODD_CAPITALS.some((odd) => odd.test(text));
}
