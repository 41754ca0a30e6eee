import { diffLines, shownValue } from '../../../cli/text/diff';
import type { DiffEntry } from '../../../domain/runs/runDocument';

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

test.each([
  ['conflict', true],
  ['error', true],
  ['skip', false],
] as const)('entries of action %s end with how rows are resolved: %s', async (action, says) => {
  const entry: DiffEntry = {
    ...{ entry: 1, line: 2, action, state: null, name: null, userId: null, code: 'A' },
    ...{ matchedBy: 'none', reason: 'key_taken', changes: {} },
  };
  const entries = async function* () {
    yield await Promise.resolve(entry);
  };

  const lines: string[] = [];
  const o = { head: false, cure: 'how: rollcall runs report R' };
  for await (const line of diffLines(entries(), o)) lines.push(line);

  expect(lines.includes('how: rollcall runs report R\n')).toBe(says);
});

test('a line says in words how a row was matched, and which number it had', async () => {
  const entry: DiffEntry = {
    entry: 3,
    line: 7,
    action: 'update',
    state: null,
    name: 'Anna Berg',
    userId: 'u1',
    code: '1007',
    matchedBy: 'email',
    reason: null,
    changes: { identity: [null, '1007'], jobTitle: [null, 'Cook'] },
  };
  const entries = async function* () {
    yield await Promise.resolve(entry);
  };

  const lines: string[] = [];
  for await (const line of diffLines(entries(), { head: false })) lines.push(line);

  expect(lines.join('')).toContain(
    'Anna Berg  update  number in the source: (none) → 1007  matched by e-mail\n' +
      '~ entry 3  line 7  1007 Anna Berg  update  jobTitle: ∅ → Cook  matched by e-mail\n',
  );
});
