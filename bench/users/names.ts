import { pick, chance } from '../../company/people';
import { NAME_SETS } from '../../company/names';

const ONSETS = 'b br ch d dr f g gr h j k kl l m n p r s sch st t tr v w z'.split(' ');
const VOWELS = 'a e i o u ai ei ie oo ü ö å é'.split(' ');
const ENDS = [
  'n',
  'r',
  's',
  'l',
  'nd',
  'rg',
  'ck',
  'son',
  'mann',
  'sen',
  'ski',
  'ova',
  'ini',
  'ez',
];

/** As many different made-up names as asked for, after the real ones; the same at each call. */
function moreNames(real: readonly string[], o: { count: number; seed: number }): string[] {
  const names = new Set(real);
  for (let n = 0; names.size < o.count; n++) {
    const part = (topic: number): string =>
      pick(ONSETS, chance(o.seed, n, topic)) + pick(VOWELS, chance(o.seed, n, topic + 1));
    const middle = chance(o.seed, n, 5) < 0.6 ? part(6) : '';
    const word = part(1) + middle + pick(ENDS, chance(o.seed, n, 9));
    names.add(word.charAt(0).toUpperCase() + word.slice(1));
  }
  return [...names];
}

const given = NAME_SETS.flatMap((set) => set.given.map(([written]) => written));
const family = NAME_SETS.flatMap((set) => set.family.map(([written]) => written));
/** Family and given names of one and two letters, as a third of the family names of the store. */
export const CHINESE = {
  family: Array.from('王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗'),
  given: Array.from('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玲'),
};

/** Names that the store draws from; the first ones are drawn more often. */
export const FIRST_NAMES = moreNames(given, { count: 2_000, seed: 1 });
export const LAST_NAMES = moreNames(family, { count: 60_000, seed: 2 });
export const DEPARTMENTS = moreNames(['Sales', 'Support', 'Einkauf'], { count: 40, seed: 3 });
export const LOCATIONS = moreNames(['Berlin', 'Zürich', 'São Paulo'], { count: 25, seed: 4 });
export const JOB_TITLES = moreNames(['Engineer', 'Nurse'], { count: 300, seed: 5 });
