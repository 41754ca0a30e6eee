import { decisionsText, runsText } from '../../../cli/text/runs';
import type { WordedSummary } from '../../../cli/documents';

const NONE = { created: 0, updated: 0, deactivated: 0, reactivated: 0, skipped: 0, conflict: 0 };

const RUN: WordedSummary = {
  runId: '0192f0c1-0000-7000-8000-000000000001',
  kind: 'import',
  subject: 'users',
  source: 'csv',
  state: 'done',
  dryRun: false,
  file: 'monday.csv',
  startedBy: 'owner',
  createdAt: '2026-11-23T06:00:00.000Z',
  finishedAt: null,
  progress: null,
  counts: {
    ...NONE,
    ...{ rows: 6_275, created: 5_966, updated: 1, deactivated: 1, reactivated: 1 },
    ...{
      absent: 0,
      linked: 0,
      unchanged: 0,
      keptByHand: 0,
      conflict: 24,
      duplicate: 12,
      error: 18,
    },
  },
  held: [],
  matchedBy: { identity: 0, code: 0, email: 0, login: 0, none: 0 },
  messageCount: 0,
  undoableUntil: null,
  next: null,
  reason: null,
  undoOf: null,
  undoneBy: null,
  retryOf: null,
  mendedBy: null,
  settled: 0,
  partly: null,
};

test('a list with every count has room for the files, and says which run was undone by which', () => {
  const undo = '0192f0c1-1111-7000-8000-000000000002';
  const text = runsText([
    { ...RUN, runId: undo, kind: 'undo', file: null, undoOf: RUN.runId },
    { ...RUN, undoneBy: undo },
  ]);

  const [head, first, second] = text.split('\n');
  expect(head).toMatch(/^RUN .* ERROR +FILE$/);
  expect(first).toMatch(/ undo of 0192…$/);
  expect(second).toMatch(/ done, undone .* monday\.csv$/);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

test('an undo that was undone says so, also where there is no room for what it undid', () => {
  const undo: WordedSummary = {
    ...{ ...RUN, kind: 'undo', file: null, undoOf: RUN.runId, undoneBy: 'V' },
    source: 'a-source-with-a-long-name',
  };
  const counts = { ...RUN.counts, ...NONE, error: 0 };
  const long = { ...RUN.counts, created: 1_234_567, updated: 1_234_567, deactivated: 1_234_567 };

  const [wide, tight] = [runsText([{ ...undo, counts }]), runsText([{ ...undo, counts: long }])];

  expect(wide).toMatch(/ done, undone .* undo of 0192f0c1-0000\n$/);
  expect(tight).not.toContain('FILE');
  expect(tight).toContain(' done, undone ');
});

test('a bulk change says who started it, where others have their file', () => {
  const runId = '0192f0c1-1111-7000-8000-000000000002';
  const bulk = { ...RUN, runId, kind: 'bulk', file: null, startedBy: 'Anna Berg' } as const;

  const text = runsText([RUN, bulk]);

  expect(text).toMatch(/ monday\.csv\n.* by Anna Berg\n$/);
});

test('a long file name is cut', () => {
  const text = runsText([{ ...RUN, file: `${'a'.repeat(90)}.csv` }]);

  expect(text).toMatch(/ a+…\n$/);
});

test('a run that is applied in part shows what is still held', () => {
  const partly = { applied: { ...NONE, created: 5_000 }, held: { ...NONE, created: 966 } };

  const text = runsText([{ ...RUN, source: 'hr', state: 'held', partly }]);

  expect(text).toMatch(/^RUN +KIND +SOURCE /);
  expect(text).toMatch(/ hr +held, part applied .* 6275 +966 /);
});

test('a decision about a conflict names the entry and the person', () => {
  const at = '2026-11-23T07:10:00.000Z';
  const resolve = { kind: 'resolve', by: 'owner', at, reason: null, taken: true };

  const text = decisionsText([
    { ...resolve, resolved: { entry: 17, as: 'user', user: 'E5', followUp: 'F' } },
    { ...resolve, resolved: { entry: 18, as: 'skip', user: null, followUp: null } },
  ]);

  expect(text).toContain('(entry 17: user E5, by run F)');
  expect(text).toContain('(entry 18: left out)');
});

test('decisions are said in the past tense', () => {
  const at = '2026-11-23T07:10:00.000Z';

  const text = decisionsText([{ kind: 'approve', by: 'owner', at, reason: 'seen', taken: true }]);

  expect(text).toBe('approved by owner, 2026-11-23 07:10 UTC: seen\n');
});

test('a run that takes a merge back is called an unmerge', () => {
  const merge = { ...RUN, kind: 'merge', subject: 'merges', source: 'user merges' } as const;

  const [, first, second] = runsText([{ ...merge, unmergeOf: 'M' }, merge]).split('\n');

  expect(first).toMatch(/^\S+ +unmerge /);
  expect(second).toMatch(/^\S+ +merge /);
});
