/** Letters that Unicode does not take apart, as they are written without their own letter. */
const LATIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŋ: 'ng',
};

/** As passports and mail addresses commonly write them; vowels with marks were taken apart before. */
const OTHER_SCRIPTS: Readonly<Record<string, string>> = {
  ...pairs(
    'а:a б:b в:v г:g ґ:g д:d е:e є:ie ж:zh з:z и:i і:i й:i ј:j к:k л:l љ:lj м:m н:n њ:nj о:o п:p р:r с:s',
  ),
  ...pairs('т:t ћ:c у:u ф:f х:kh ц:ts ч:ch џ:dz ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya ђ:dj'),
  ...pairs(
    'α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o',
  ),
};

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...LATIN, ...OTHER_SCRIPTS }),
);

function pairs(list: string): Record<string, string> {
  return Object.fromEntries(
    list.split(' ').map((pair) => {
      const [letter = '', latin = ''] = pair.split(':');
      return [letter, latin];
    }),
  );
}

const PLAIN = /^[a-z0-9 ]*$/;

/**
 * The form in which two writings of one text are equal: lower case, no marks, `ä`, `ae` and `a` the same
 * (likewise `ö`, `ü`), Cyrillic and Greek in Latin letters, words with one space between them. For comparing
 * only: it is not what anybody is called.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const latin = PLAIN.test(lower) ? lower : inLatin(lower);
  return latin
    .replace(/([aou])e/g, '$1')
    .replace(/ +/g, ' ')
    .trim();
}

function inLatin(lower: string): string {
  return lower
    .normalize('NFKD')
    .replace(/[\p{M}'’ʼ`´.]/gu, '')
    .replace(/[^a-z0-9]/g, (letter) => LETTERS.get(letter) ?? otherLetter(letter));
}

/** Letters of other scripts stay; everything else parts words. */
function otherLetter(letter: string): string {
  return /[\p{L}\p{N}]/u.test(letter) ? letter : ' ';
}

/** How German and English names sound, roughly: `Meyer`, `Maier` and `Mayr` begin alike. Of a folded name. */
export function sound(folded: string): string {
  return folded
    .replace(/ph/g, 'f')
    .replace(/th/g, 't')
    .replace(/d+t/g, 't')
    .replace(/c[kh]?|q/g, 'k')
    .replace(/[ae][iy]/g, 'ei')
    .replace(/ie|y|j/g, 'i')
    .replace(/z/g, 's')
    .replace(/v|w/g, 'f')
    .replace(/(.)\1+/g, '$1');
}
