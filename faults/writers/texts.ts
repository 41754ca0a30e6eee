import type { Dice } from '../sync/chance';

/** Characters that a writer's encoding has: all, those of Western Europe, or ASCII. */
export type Alphabet = 'unicode' | 'western' | 'ascii';

const WORDS: Readonly<Record<Alphabet, readonly string[]>> = {
  ascii: ['Ann', 'Sales', 'Research and Development', "O'Brien", 'x', '12 Main St'],
  western: ['Jörg', 'Müller', 'Zoë', 'Façade', 'Señor', 'Àngels', 'Größe', '£5'],
  unicode: ['Łukasz', 'Ἀθηνᾶ', '田中', 'Нина', '😀', 'é', 'مريم', '“so”'],
};

/** Pieces that mean something to a reader or a writer of CSV. */
const PIECES: readonly string[] = [
  ...['"', '""', '"x"', '",', ',"', '";"', "'", '`', ',', ';', '\t', '|', ':', ',,'],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    ' ',
    '  ',
    '\u00a0',
    '\\',
    '\\\\',
    '\\"',
    '\\\\"',
    '\\n',
    '\\t',
    '\\N',
  ],
  ...[
    '\\,',
    '\\\n',
    'C:\\tools\\',
    '=1+1',
    '=',
    '+49 30',
    '-',
    '@home',
    '#',
    '{"a": 1}',
    '<b>',
    '%',
  ],
  ...[
    'NULL',
    'null',
    'NA',
    'N/A',
    '#N/A',
    'nan',
    'None',
    '\\.',
    '.',
    'sep=;',
    '1e5',
    '00123',
    '1,5',
  ],
];
/** Texts that mean nothing as a whole cell, by rules that have tests of their own. */
const NOTHING = /^(?:\\N|null|na|n\/a|#n\/a|nan|none|-)?$/i;

/** A text of one to six pieces; as a whole it is a value. */
export function wordForText(dice: Dice, alphabet: Alphabet): string {
  const words = [
    ...WORDS.ascii,
    ...(alphabet === 'ascii' ? [] : WORDS.western),
    ...(alphabet === 'unicode' ? WORDS.unicode : []),
  ];
  const pieces = alphabet === 'ascii' ? PIECES.filter((piece) => piece !== '\u00a0') : PIECES;
  for (;;) {
    const length = 1 + dice.below(dice.often(0.5) ? 1 : 6);
    const text = Array.from({ length }, () => dice.pick(dice.often(0.5) ? words : pieces)).join('');
    if (!NOTHING.test(text.trim()) && !/^="[^]*"$/.test(text.trim())) return text;
  }
}
