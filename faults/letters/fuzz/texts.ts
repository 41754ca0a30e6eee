import type { Dice } from '../../sync/chance';

/** Pieces that mean something to a writer or a reader of mail. Templates that ask for something are not among them. */
const PIECES: readonly string[] = [
  ...[
    'Ann',
    'Müller',
    'Łukasz',
    'Ἀθηνᾶ',
    '田中',
    'Нина',
    'é',
    'İ',
    'ﬁ',
    'x',
    '12 Main St',
    "O'Brien",
  ],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '\u2028',
    '\u2029',
    '\u0085',
    '\v',
    '\f',
    '\t',
    ' ',
    '  ',
    '\u00a0',
    '\u3000',
  ],
  ...[
    '\0',
    '\u0007',
    '\b',
    '\u001b[31m',
    '\u007f',
    '\u009f',
    '\ufeff',
    '\u00ad',
    '\u200b',
    '\u2060',
  ],
  // Right to left, and what turns the direction.
  ...[
    'שלום',
    'مريم',
    '\u202e',
    '\u202a',
    '\u2066',
    '\u2069',
    '\u200f',
    '\u200e',
    'abc שלום 123 مريم',
  ],
  ...['😀', '👩‍👩‍👧', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', '\u{1d306}', 'नमस्ते', 'Zalgo\u0336\u0322\u0344', '\ufffd'],
  ...[
    '"',
    '\\',
    '\\"',
    '<',
    '>',
    '<b>',
    ',',
    ';',
    ':',
    '(',
    ')',
    '()',
    '[',
    ']',
    '@',
    '.',
    '..',
    '&amp;',
    '%',
    '=',
  ],
  ...[
    'a@b.example',
    '<a@b.example>',
    '"x" <a@b.example>',
    'a@b.example, c@d.example',
    'undisclosed:;',
  ],
  ...[
    '\r\nBcc: all@example.com',
    '\nSubject: other',
    '\r\n\r\nbody',
    '\r\n.\r\n',
    '\n.',
    '\n..',
    '\nFrom me',
    '\n>',
  ],
  ...[
    '=?utf-8?Q?Caf=C3=A9?=',
    '=?utf-8?B?w6k=?=',
    '=?utf-8?Q?a b?=',
    '=?x',
    '?=',
    '=3D',
    '=\n',
    '=20\n',
    '_',
    '+',
  ],
  ...[
    '-- \n',
    '--',
    '------=_Part',
    'a \n b',
    '  leading',
    'trailing  ',
    'https://example.com/?a=1&b=2',
  ],
];

/** Long ones: a header of 300 letters, lines that are longer than a line of mail may be. */
const LONG: readonly ((dice: Dice) => string)[] = [
  () => 'я'.repeat(300),
  () => 'Ж\u0308'.repeat(150),
  () => 'x'.repeat(300),
  () => '😀'.repeat(120),
  (dice) => Array.from({ length: 60 }, () => dice.pick(['слово', 'word', 'a,b', '"q"'])).join(' '),
  () => ' '.repeat(200),
];
const VERY_LONG: readonly ((dice: Dice) => string)[] = [
  () => 'x'.repeat(10_000),
  () => 'я'.repeat(10_000),
  () => 'ab '.repeat(3_333),
  () => '='.repeat(10_000),
  () => '.'.repeat(10_000),
  (dice) =>
    Array.from({ length: 2_000 }, () => dice.pick(['слово', 'word', 'שלום', '😀'])).join(' '),
];

/** A text of up to so many pieces; a long one now and then. */
export function fuzzedText(
  dice: Dice,
  o: { readonly pieces: number; readonly long: boolean },
): string {
  const length = dice.below(o.pieces + 1);
  return Array.from({ length }, () => {
    if (o.long && dice.often(0.02)) return dice.pick(VERY_LONG)(dice);
    if (dice.often(0.04)) return dice.pick(LONG)(dice);
    return dice.pick(PIECES);
  }).join(dice.pick(['', '', ' ']));
}
