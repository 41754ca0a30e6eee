import { shownValue } from '../../../cli/text/diff';

test.each([
  ['Sales', 'Sales'],
  ["O'Neil", "O'Neil"],
  ['Sales, "West"', '"Sales, \\"West\\""'],
  ['x, manager: E4', '"x, manager: E4"'],
  ['a → b', '"a → b"'],
  [' edge', '" edge"'],
  ['∅', '"∅"'],
  [null, '∅'],
  [3, '3'],
])('the value %j shows as %s: one that could be read otherwise is quoted', (value, shown) => {
  expect(shownValue(value)).toBe(shown);
});
