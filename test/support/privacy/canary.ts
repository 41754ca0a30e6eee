/**
 * Words that stand for people's data in a test, and the search for them in everything that must not know
 * people. All words of one set share a stem, so that one search finds any of them.
 */
export class Canaries {
  readonly #stem: string;
  /** Values that cannot hold the stem, such as dates. */
  readonly #others = new Set<string>();
  #count = 0;

  /** @param stem Letters and digits of ASCII, eight or more, that occur in no program. */
  constructor(stem: string) {
    this.#stem = stem;
  }

  /** A new word, named after what it stands for; letters and digits only. */
  word(about: string): string {
    this.#count += 1;
    return `${this.#stem}${about}${String(this.#count)}`;
  }

  /** A value that is searched for as it is. */
  value(text: string): string {
    this.#others.add(text);
    return text;
  }

  /**
   * Each place where any of the words occurs in these bytes, in whatever form, with its surroundings.
   */
  findIn(bytes: Buffer): string[] {
    const text = bytes.toString('latin1');
    const anyCase = text.toLowerCase();
    return [this.#stem, ...this.#others].flatMap((word) => [
      ...formsInAnyCase(word).flatMap((form) => around(text, anyCase.indexOf(form), form)),
      ...base64Forms(word).flatMap((form) => around(text, text.indexOf(form), form)),
    ]);
  }
}

function around(text: string, at: number, form: string): string[] {
  if (at < 0) return [];
  const [from, to] = [Math.max(0, at - 60), at + form.length + 60];
  return [JSON.stringify(text.slice(from, to))];
}

/** As bytes of Latin-1, in lower case: plain, UTF-16, hexadecimal, and escaped in several ways. */
function formsInAnyCase(word: string): string[] {
  const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');
  const cased = [word.toLowerCase(), word.toUpperCase(), word].map((given) => Array.from(given));
  return [
    word.toLowerCase(),
    Array.from(word.toLowerCase()).join('\0'),
    ...cased.flatMap((given) => [
      given.map(hex).join(''),
      given.map((char) => `%${hex(char)}`).join(''),
      given.map((char) => `\\x${hex(char)}`).join(''),
      given.map((char) => `\\u00${hex(char)}`).join(''),
    ]),
  ];
}

/**
 * Base64 of a text that holds the word at any offset, in the letter cases that it may have been converted to.
 */
function base64Forms(word: string): string[] {
  const cased = new Set([word, word.toLowerCase(), word.toUpperCase()]);
  return [...cased].flatMap((given) =>
    [0, 1, 2].map((offset) => {
      const code = Buffer.from('\0'.repeat(offset) + given).toString('base64');
      // Characters that the bytes before and after contribute to are left out.
      const whole = Math.floor(((offset + given.length) * 8) / 6);
      return code.slice(Math.ceil((offset * 8) / 6), whole);
    }),
  );
}
