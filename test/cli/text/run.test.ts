import { runText } from '../../../cli/text/run';
import type { WordedRun } from '../../../cli/documents';

const NOTHING = {
  created: 0,
  updated: 0,
  deactivated: 0,
  reactivated: 0,
  skipped: 0,
  conflict: 0,
} as const;

const HELD: WordedRun = {
  runId: 'R',
  kind: 'import',
  subject: 'users',
  source: 'hr',
  state: 'held',
  dryRun: false,
  file: 'staff.csv',
  startedBy: 'owner',
  createdAt: '2026-11-23T06:00:00.000Z',
  finishedAt: null,
  progress: { phase: 'planning', done: 10, total: 10 },
  counts: {
    ...NOTHING,
    rows: 10,
    absent: 0,
    created: 4,
    deactivated: 5,
    unchanged: 1,
    linked: 0,
    keptByHand: 0,
    duplicate: 0,
    error: 0,
  },
  held: [{ gate: 'deactivations', count: 5, limit: 3 }],
  matchedBy: { identity: 6, code: 0, email: 0, login: 0, none: 4 },
  messages: [],
  messageCount: 0,
  undoableUntil: null,
  next: 'rollcall runs approve R',
  reason: 'Look at it first: rollcall runs diff R. Or turn it down: rollcall runs reject R',
  undoOf: null,
  undoneBy: null,
  retryOf: null,
  mendedBy: null,
  settled: 0,
  partly: null,
  decisions: [],
  skippedFor: {},
  renumbered: 0,
  matchedRows: 0,
  listOptions: { used: {}, kept: {} },
};

describe('the text of a held run', () => {
  test('says that nothing is changed yet, and all that can be done', () => {
    const text = runText(HELD);

    expect(text).toContain('10 rows in the file. Nothing is changed yet; this is the plan:');
    expect(text).toMatch(/ {2}created +4\n/);
    expect(text).toMatch(/runs diff R\..*runs reject R\nnext: rollcall runs approve R\n$/);
  });

  test('that was approved and is being applied shows its progress', () => {
    const applying = { ...HELD, state: 'running', next: null, reason: null } as const;

    const begun = runText({ ...applying, progress: { phase: 'applying', done: 3, total: 9 } });
    const before = runText({ ...applying, progress: { phase: 'applying', done: 0, total: 9 } });

    expect(begun).toContain(
      '10 rows in the file. 3 of 9 entries are applied so far; this is the whole plan:',
    );
    expect(before).toContain('10 rows in the file. Nothing is changed yet; this is the plan:');
  });

  test('that is applied in part says what is applied and what is still on hold', () => {
    const text = runText({
      ...HELD,
      partly: { applied: { ...NOTHING, created: 4 }, held: { ...NOTHING, deactivated: 5 } },
    });

    expect(text).not.toContain('Nothing is changed yet');
    expect(text).toContain('10 rows in the file. A part is applied, the rest is on hold:');
    expect(text).toMatch(/APPLIED +STILL ON HOLD\n +created +4 +0\n +deactivated +0 +5\n/);
    expect(text).toMatch(/ {2}unchanged +1\n/);
  });
});

test('a held plan that changes nobody says what holds it, and not that there is nothing to change', () => {
  const counts = { ...HELD.counts, ...NOTHING, rows: 2, unchanged: 2 };
  const held = [{ gate: 'short_file', count: 2, limit: 27 }] as const;

  const text = runText({ ...HELD, counts, held });
  const dry = runText({ ...HELD, counts, held, state: 'planned', reason: null, next: null });

  expect([text, dry].join()).not.toContain('nothing to change');
  expect(text).toContain('on hold (short_file)');
  expect(dry).toContain('would be on hold (short_file)');
});

describe('the text of a run', () => {
  const DONE: WordedRun = { ...HELD, state: 'done', held: [], reason: null, next: null };

  test('says why rows were skipped, and how many conflicts are resolved', () => {
    const text = runText({
      ...DONE,
      counts: { ...HELD.counts, skipped: 1_200, conflict: 5 },
      settled: 2,
      skippedFor: { changed_since: 1_199, rejected: 1 },
    });

    expect(text).toMatch(/ {2}skipped +1,200 \(changed since 1,199, rejected 1\)\n/);
    expect(text).toMatch(/ {2}conflict +5, 2 of them resolved\n/);
  });

  test('names the runs that it undoes and retries, and those that undid and fixed it', () => {
    const text = runText({ ...DONE, undoOf: 'U', retryOf: 'M', undoneBy: 'V', mendedBy: 'N' });

    expect(text).toContain('done, undone\n');
    expect(text).toContain('\nundo of run U\nretry of run M\nundone by run V\nfixed by run N\n');
  });

  test('says in sentences what is special about some of its rows', () => {
    const counts = { ...HELD.counts, rows: 22, absent: 8, keptByHand: 2 };

    const ended = { ...DONE, progress: null };

    const file = runText({ ...ended, counts, matchedRows: 1 });
    const sync = runText({
      ...ended,
      kind: 'sync',
      counts: { ...counts, absent: 1 },
      matchedRows: 0,
    });

    expect(file).toContain(
      '\n22 rows in the file. 8 people of this list are not in it. ' +
        '1 row was matched to an existing account. 2 values set by hand stayed.\n',
    );
    expect(sync).toContain('\n22 rows. 1 person is missing from the source. 2 values');
  });

  test('whose plan is empty says so', () => {
    const counts = { ...HELD.counts, rows: 0, created: 0, deactivated: 0, unchanged: 0 };

    const text = runText({ ...DONE, state: 'planned', counts });

    expect(text).toContain('\n0 rows in the file. There is nothing to change.\n');
  });
});

test('a file that was refused has a reason, and no rows', () => {
  const text = runText({
    ...HELD,
    state: 'failed',
    counts: { ...HELD.counts, rows: 0, created: 0, deactivated: 0, unchanged: 0 },
    held: [],
    reason: 'Line 1: column 2 has no name. Pass it over.',
    error: { code: 'unknown_column', message: 'Line 1: column 2 has no name.', next: null },
    next: null,
  });

  expect(text).toBe(
    'run R  import of hr  staff.csv  failed\nLine 1: column 2 has no name.\nnext: Pass it over.\n',
  );
});

test('a run that takes a merge back says so, and which one', () => {
  const text = runText({ ...HELD, kind: 'merge', subject: 'merges', unmergeOf: 'M-1' });

  expect(text).toContain('unmerge by owner');
  expect(text).toContain('takes back merge M-1\n');
});
