import { runText } from '../../client/runText';
import type { RunDocument } from '../../domain/run';

const NOTHING = {
  created: 0,
  updated: 0,
  deactivated: 0,
  reactivated: 0,
  skipped: 0,
  conflict: 0,
} as const;

const HELD: RunDocument = {
  runId: 'R',
  kind: 'import',
  source: 'hr',
  state: 'held',
  dryRun: false,
  file: 'staff.csv',
  createdAt: '2026-11-23T06:00:00.000Z',
  finishedAt: null,
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
  partly: null,
  decisions: [],
};

describe('the text of a held run', () => {
  test('says that nothing is changed yet, and all that can be done', () => {
    const text = runText(HELD);

    expect(text).toContain('10 rows; nothing is changed yet, this is the plan:');
    expect(text).toMatch(/ {2}created +4\n/);
    expect(text).toMatch(/runs diff R\..*runs reject R\nnext: rollcall runs approve R\n$/);
  });

  test('of which a part is applied, says what is applied and what is still held', () => {
    const text = runText({
      ...HELD,
      partly: { applied: { ...NOTHING, created: 4 }, held: { ...NOTHING, deactivated: 5 } },
    });

    expect(text).not.toContain('nothing is changed yet');
    expect(text).toContain('10 rows; a part is applied, the rest is held:');
    expect(text).toMatch(/APPLIED +STILL HELD\n +created +4 +0\n +deactivated +0 +5\n/);
    expect(text).toMatch(/ {2}unchanged +1\n/);
  });
});
