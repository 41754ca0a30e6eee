import { countTraits } from '../../../domain/duplicates/counting';
import { judge } from '../../../domain/duplicates/judge';
import { areNicknames } from '../../../domain/duplicates/nicknames';
import {
  EvidenceCounts,
  expectedPrior,
  highestPrior,
  learntPrior,
  scoreOf,
} from '../../../domain/duplicates/prior';
import { Rarity } from '../../../domain/duplicates/rarity';
import type { PairReason } from '../../../domain/duplicates/reasons';
import { jaroWinkler } from '../../../domain/duplicates/similarity';
import { packTraits, traitsOf, unpackTraits } from '../../../domain/duplicates/traits';
import { blockKeys } from '../../../domain/duplicates/blocks';
import { person, PEOPLE, type Given } from './people';

const COUNTED = PEOPLE.map(traitsOf);

function judged(a: Given, b: Given) {
  const [one, other] = [traitsOf(person(a)), traitsOf(person(b))];
  const rarity = new Rarity();
  for (const traits of [...COUNTED, one, other]) countTraits(rarity, traits);
  const { bits, reasons } = judge(one, other, { rarity }) ?? { bits: -Infinity, reasons: [] };
  // The cheap look must not give up a pair that is good enough.
  expect(judge(one, other, { rarity, least: bits - 0.001 })?.bits).toBe(bits);
  expect(judge(one, other, { rarity, least: bits + 0.001 })).toBeUndefined();
  return { bits, score: scoreOf(bits, expectedPrior(rarity.people)), reasons };
}

const ZUSE = { firstName: 'Konrad', lastName: 'Zuse-Böhm', hireDate: '2019-04-17' };

/** What two accounts say → at least or at most this score, and reasons that are given. */
const PAIRS: readonly (readonly [
  what: string,
  a: Given,
  b: Given,
  score: `≥ ${number}` | `≤ ${number}`,
  reasons: readonly PairReason[],
])[] = [
  [
    'one mailbox with a tag',
    { firstName: 'Anna', lastName: 'Meyer', email: 'anna.meyer+lms@example.com' },
    { firstName: 'Anna', lastName: 'Meyer', email: 'AnnaMeyer@example.com' },
    '≥ 95',
    ['same_mailbox', 'same_name'],
  ],
  [
    'umlauts, and a number with and without its country',
    { firstName: 'Jürgen', lastName: 'Müller', phone: '+49 (0)170 / 555-12 34' },
    { firstName: 'Juergen', lastName: 'Mueller', phone: '01705551234' },
    '≥ 95',
    ['same_phone', 'other_spelling'],
  ],
  [
    'a short form and the same first day',
    { firstName: 'William', lastName: 'Okonjo', hireDate: '2020-09-14' },
    { firstName: 'Bill', lastName: 'Okonjo', hireDate: '2020-09-14' },
    '≥ 90',
    ['same_hire_date', 'nickname'],
  ],
  [
    'names in each other’s field',
    { firstName: 'Yildiz', lastName: 'Aylin', hireDate: '2021-02-03' },
    { firstName: 'Aylin', lastName: 'Yildiz', hireDate: '2021-02-03' },
    '≥ 90',
    ['swapped_name', 'same_hire_date'],
  ],
  [
    'a mistake in the last name, day and month swapped',
    { ...ZUSE, lastName: 'Zappenfeld', hireDate: '2019-04-07', phone: '030 998877665' },
    { ...ZUSE, lastName: 'Zappenfled', hireDate: '2019-07-04', phone: '+49 30 998877665' },
    '≥ 95',
    ['same_phone', 'similar_name', 'similar_hire_date'],
  ],
  [
    'half of a double name',
    ZUSE,
    { ...ZUSE, lastName: 'Zuse' },
    '≥ 90',
    ['same_hire_date', 'same_first_name', 'part_of_name'],
  ],
  [
    'another last name since the wedding, the rest the same',
    {
      firstName: 'Mirela',
      lastName: 'Kovacs',
      phone: '0151 44332211',
      hireDate: '2018-01-29',
    },
    {
      firstName: 'Mirela',
      lastName: 'Brandt',
      phone: '015144332211',
      hireDate: '2018-01-29',
    },
    '≥ 90',
    ['same_phone', 'same_hire_date', 'other_last_name'],
  ],
  [
    'a login that is the address of the other',
    { firstName: 'Tove', lastName: 'Ek', login: 'trollmor77' },
    { firstName: 'Tove', lastName: null, email: 'trollmor77@example.net' },
    '≥ 90',
    ['same_local'],
  ],
  [
    'Cyrillic and Latin',
    { firstName: 'Анна', lastName: 'Щербак', hireDate: '2017-11-06' },
    { firstName: 'Anna', lastName: 'Shcherbak', hireDate: '2017-11-06' },
    '≥ 90',
    ['same_hire_date', 'other_spelling'],
  ],
  [
    'a display name only',
    { displayName: 'Dr. Zuse, Konrad', hireDate: '2019-04-17' },
    { firstName: 'Konrad', lastName: 'Zuse', hireDate: '2019-04-17' },
    '≥ 90',
    ['same_hire_date', 'same_name'],
  ],
  [
    'namesakes with the frequent name and other first days',
    { firstName: 'Anna', lastName: 'Schmidt', hireDate: '2015-01-05', phone: '0301111222' },
    { firstName: 'Anna', lastName: 'Schmidt', hireDate: '2021-10-11', phone: '0897777333' },
    '≤ 20',
    ['same_name', 'other_phone', 'other_hire_date'],
  ],
  [
    'addresses that follow from a frequent name',
    { firstName: 'Anna', lastName: 'Schmidt', email: 'anna.schmidt@north.example' },
    { firstName: 'Anna', lastName: 'Schmidt', email: 'anna.schmidt@south.example' },
    '≤ 30',
    ['same_name', 'same_local'],
  ],
  [
    'a couple with one number',
    { firstName: 'Fritz', lastName: 'Quandt', phone: '0711 5550001' },
    { firstName: 'Gesine', lastName: 'Quandt', phone: '0711 5550001' },
    '≤ 20',
    ['same_phone', 'same_last_name', 'other_first_name'],
  ],
  [
    'two mailboxes of a function',
    { firstName: 'Ivo', lastName: 'Holm', email: 'info@one.example' },
    { firstName: 'Nadja', lastName: 'Stark', email: 'info@two.example' },
    '≤ 1',
    ['other_first_name', 'other_last_name'],
  ],
  [
    'father and son',
    { firstName: 'Curtis', lastName: 'Vandeveer Jr.' },
    { firstName: 'Curtis', lastName: 'Vandeveer Sr.' },
    '≤ 60',
    ['other_generation'],
  ],
  [
    'nothing in common',
    { firstName: 'Ole', lastName: 'Brumm' },
    { firstName: 'Petra', lastName: 'Zack' },
    '≤ 1',
    [],
  ],
];

test.each(PAIRS)('judges %s', (_, a, b, expected, reasons) => {
  const { score, reasons: given } = judged(a, b);

  const [sign, limit] = expected.split(' ');
  if (sign === '≥') expect(score).toBeGreaterThanOrEqual(Number(limit));
  else expect(score).toBeLessThanOrEqual(Number(limit));
  expect(given).toEqual(expect.arrayContaining([...reasons]));
});

test('counts it against two people that one source lists both of them', () => {
  const same = { firstName: 'Ruben', lastName: 'Achterberg', hireDate: '2022-05-30' };

  const listedTwice = judged({ ...same, listedIn: ['hr'] }, { ...same, listedIn: ['crm', 'hr'] });
  const listedOnce = judged({ ...same, listedIn: ['hr'] }, { ...same, listedIn: ['crm'] });

  expect(listedTwice.reasons).toContain('both_listed');
  expect(listedOnce.reasons).not.toContain('both_listed');
  expect(listedTwice.bits).toBeLessThan(listedOnce.bits);
});

test('asks for more evidence where a value is frequent', () => {
  const pair = (day: string) =>
    judged(
      { firstName: 'Lena', lastName: 'Hofmann', hireDate: day },
      { firstName: 'Lena', lastName: 'Hofmann', hireDate: day },
    );

  // The generator lets a twentieth of all people begin on the first of January 2020.
  expect(pair('2020-01-01').score).toBeLessThan(pair('2014-08-19').score);
});

test('shares a block between any two spellings with one mistake', () => {
  const keys = (lastName: string) =>
    blockKeys(traitsOf(person({ firstName: 'Irmela', lastName }))).map(({ key }) => key);
  const right = keys('Zappenfeld');

  for (const wrong of ['Yappenfeld', 'Zapenfeld', 'Zappenfelt', 'Zappenfed', 'Zpapenfeld']) {
    expect(keys(wrong).some((key) => right.includes(key))).toBe(true);
  }
});

test('gives traits back as they were packed', () => {
  const traits = traitsOf(
    person({ ...ZUSE, email: 'k.zuse@example.com', jobTitle: 'a\tb\\c', listedIn: ['x', 'y'] }),
  );

  expect(unpackTraits(packTraits(traits))).toEqual(traits);
});

test('knows nicknames of both languages, and not more', () => {
  expect(areNicknames('robert', 'bob')).toBe(true);
  expect(areNicknames('sepp', 'josef')).toBe(true);
  expect(areNicknames('hans', 'johann')).toBe(true);
  expect(areNicknames('robert', 'richard')).toBe(false);
});

test('measures the similarity of the published examples', () => {
  // Winkler 1990, table of examples.
  expect(jaroWinkler('martha', 'marhta')).toBeCloseTo(0.961, 3);
  expect(jaroWinkler('dwayne', 'duane')).toBeCloseTo(0.84, 2);
  expect(jaroWinkler('dixon', 'dicksonx')).toBeCloseTo(0.813, 3);
});

test('learns how many pairs a store has', () => {
  const people = 10_000;
  const clean = new EvidenceCounts();
  for (let n = 0; n < 20_000; n++) clean.add(8);
  const twice = new EvidenceCounts();
  for (let n = 0; n < 20_000; n++) twice.add(8);
  for (let n = 0; n < 8_000; n++) twice.add(30);

  const expected = expectedPrior(people);

  expect(learntPrior(people, clean)).toBeLessThan(expected);
  expect(learntPrior(people, twice)).toBeGreaterThan(expected + 4);
  expect(learntPrior(people, twice)).toBeLessThanOrEqual(highestPrior(people));
});
