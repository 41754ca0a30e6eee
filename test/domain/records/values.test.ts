import { compareOutcomes, outcomeAfter, type Outcome } from '../../../domain/records/enrollment';
import { creditPrint } from '../../../domain/records/print';
import { enrollmentStatus } from '../../../domain/records/statuses';
import {
  readCredits,
  readEvidence,
  readProgress,
  readScore,
  readTitle,
  type RecordReader,
} from '../../../domain/records/values';

function valueOf(read: RecordReader, text: string): string | null {
  const reading = read(text);
  return 'value' in reading ? reading.value : null;
}

test.each([
  [readScore, '82.5', '82.5'],
  [readScore, ' 082.50 ', '82.5'],
  [readScore, '99999.99', '99999.99'],
  [readScore, '0', '0'],
  [readScore, '-0.00', '0'],
  [readScore, '100000', null],
  [readScore, '82.505', null],
  [readScore, '-1', null],
  [readScore, '82,5', null],
  [readScore, '8e1', null],
  [readScore, '.5', null],
  [readScore, '', null],
  [readCredits, '1.50', '1.5'],
  [readCredits, '999999.99', '999999.99'],
  [readCredits, '0.00', null],
  [readProgress, '40 %', '40'],
  [readProgress, '100', '100'],
  [readProgress, '101', null],
  [readProgress, '12.5', null],
  [readTitle, ' First \t aid ', 'First aid'],
  [readTitle, ' ', null],
  [readTitle, 'First\u0007aid', null],
  [readEvidence, 'HTTPS://Example.org/a?b=1#c', 'https://Example.org/a?b=1#c'],
  [readEvidence, 'http://example.org', null],
  [readEvidence, 'https://me:secret@example.org', null],
  [readEvidence, 'https://@example.org', null],
  [readEvidence, 'https:///example.org', null],
  [readEvidence, 'https://exam ple.org', null],
  [readEvidence, 'https://', null],
  [readEvidence, `https://example.org/${'a'.repeat(2_000)}`, null],
] as const)('a value of a record is kept exactly, or refused (%#)', (read, text, kept) => {
  expect(valueOf(read, text)).toBe(kept);
});

test('a status is known in any case and by its other spellings', () => {
  expect(['In Progress', 'in-progress', 'CANCELED', 'done'].map(enrollmentStatus)).toEqual([
    'in_progress',
    'in_progress',
    'cancelled',
    null,
  ]);
});

const CREDIT = {
  title: 'First aid',
  provider: 'Red Cross',
  credits: '1.5',
  earnedOn: '2026-03-01',
};

test('the print of a credit takes no notice of case, spaces, unseen characters and zeros', () => {
  const same = { ...CREDIT, title: ' FIRST\u200b\u00a0 aid', credits: '01.500' };

  expect(creditPrint(same)).toBe(creditPrint(CREDIT));
});

test('the print of a credit is of 63 bits and differs with each of its parts', () => {
  const others = [
    { ...CREDIT, title: 'First aid 2' },
    { ...CREDIT, provider: 'Red Crescent' },
    { ...CREDIT, credits: '15' },
    { ...CREDIT, earnedOn: '2026-03-02' },
    // The parts do not run into each other.
    { ...CREDIT, title: 'First', provider: 'aidRed Cross' },
  ];

  const prints = [CREDIT, ...others].map(creditPrint);

  expect(new Set(prints).size).toBe(6);
  expect(prints.every((print) => print >= 0n && print < 2n ** 63n)).toBe(true);
});

test('ten thousand credits that differ in one digit have a print each', () => {
  const prints = new Set<bigint>();
  for (let n = 0; n < 10_000; n++)
    prints.add(creditPrint({ ...CREDIT, title: `Unit ${String(n)}` }));

  expect(prints.size).toBe(10_000);
});

const OUTCOME: Outcome = {
  status: 'completed',
  progress: null,
  score: '80',
  completedAt: '2026-05-01',
};

test('a completed course takes today as its day, keeps the one it has, and loses it with another status', () => {
  const today = '2026-11-30';

  expect(outcomeAfter(null, { changes: { status: 'completed' }, today }).completedAt).toBe(today);
  expect(outcomeAfter(OUTCOME, { changes: { score: '90' }, today }).completedAt).toBe('2026-05-01');
  expect(outcomeAfter(OUTCOME, { changes: { status: 'in_progress' }, today })).toMatchObject({
    score: '80',
    completedAt: null,
  });
  const cancelled = outcomeAfter(OUTCOME, { changes: { status: 'cancelled' }, today });
  expect(outcomeAfter(cancelled, { changes: { status: 'completed' }, today })).toEqual(OUTCOME);
});

test('the better outcome has the higher status, then score, then the earlier day', () => {
  const worse: Outcome[] = [
    { ...OUTCOME, status: 'in_progress', score: '99', completedAt: null },
    { ...OUTCOME, score: '9' },
    { ...OUTCOME, score: null },
    { ...OUTCOME, completedAt: '2026-05-02' },
  ];

  expect(worse.map((other) => Math.sign(compareOutcomes(OUTCOME, other)))).toEqual([
    -1, -1, -1, -1,
  ]);
  expect(compareOutcomes(OUTCOME, { ...OUTCOME, progress: 3 })).toBe(0);
});
