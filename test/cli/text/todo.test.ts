import { todoText } from '../../../cli/text/todo';
import type { Todo, TodoCampaign, TodoRun } from '../../../domain/todo';

const NONE: Todo = {
  count: 0,
  held: { count: 0, runs: [] },
  campaigns: { count: 0, campaigns: [] },
  sources: { count: 0, sources: [] },
  failed: { count: 0, runs: [] },
  conflicts: { count: 0, conflicts: [] },
  failedRows: { count: 0, runs: [] },
  waiting: { count: 0, runs: [] },
  tokens: { count: 0, tokens: [] },
  planned: { count: 0, runs: [] },
};
const RUN: TodoRun = {
  ...{
    runId: 'R1',
    kind: 'import',
    subject: 'users',
    source: 'hr',
    file: 'staff.csv',
    undoOf: null,
    state: 'held',
    startedBy: 'owner',
  },
  since: '2026-11-30T07:10:00.000Z',
  next: { do: 'showRun', run: 'R1' },
};

test('says that nothing waits', () => {
  expect(todoText(NONE)).toBe('Nothing waits for you.\n');
});

test('names each thing and the command to go on with, the most urgent part first', () => {
  const gate = { gate: 'deactivations', count: 8, limit: 5 } as const;
  const conflict = {
    ...{
      runId: 'R2',
      subject: 'users' as const,
      source: 'hr',
      file: null,
      entry: 3,
      code: 'ambiguous',
    },
    next: { do: 'diff', run: 'R2', action: 'conflict' },
  } as const;

  const text = todoText({
    ...NONE,
    count: 22,
    held: { count: 1, runs: [{ ...RUN, held: [gate], blocks: 2 }] },
    conflicts: {
      count: 12,
      conflicts: [
        { ...conflict, line: 7, message: 'Two users have it.' },
        { ...conflict, line: 9, message: 'So has this one.' },
      ],
    },
    sources: {
      count: 1,
      sources: [
        {
          ...{ name: 'crm', trouble: 'quarantined', since: RUN.since, code: 'x', skipped: 0 },
          ...{ message: 'The token is refused.', nextTryAt: '2026-11-30T13:10:00.000Z' },
          next: { do: 'showSource', source: 'crm' },
        },
      ],
    },
    tokens: {
      count: 1,
      tokens: [
        {
          ...{ prefix: 'rc_3f9a01bc', name: 'nightly', admin: 'ida', expiresAt: RUN.since },
          next: { do: 'createToken', admin: 'ida' },
        },
      ],
    },
    planned: {
      count: 1,
      runs: [{ ...RUN, file: null, changes: 1, next: { do: 'apply', run: 'R3' } }],
    },
  });

  expect(text).toBe(`On hold: 1 run
  import of hr, staff.csv, since 2026-11-30 07:10 UTC; 2 runs wait behind it
    deactivations: 8 people would be deactivated. More than 5 at once need your approval.
    rollcall runs show R1

Sources in trouble: 1
  crm: stopped since 2026-11-30 07:10 UTC, next try 2026-11-30 13:10 UTC. The token is refused.
    rollcall sources show crm

Open conflicts: 12
  hr, line 7: Two users have it.
  hr, line 9: So has this one.
    rollcall runs diff R2 --action conflict
  and 10 more: rollcall todo --limit 1000

Tokens that end soon: 1
  rc_3f9a01bc (nightly) of ida ends 2026-11-30 07:10 UTC
    rollcall tokens create --admin ida

Dry runs that were not applied: 1 (to drop one: rollcall runs reject RUN)
  import of hr, since 2026-11-30 07:10 UTC: 1 person would be changed
    rollcall runs apply R3
`);
});

test('runs of records and of pairs say what they are of, and count these', () => {
  const plan = { ...RUN, kind: 'import', source: 'learner records', changes: 2 } as const;
  const gate = { gate: 'creations', count: 6, limit: 5 } as const;
  const conflict = {
    ...{
      runId: 'R2',
      subject: 'merges' as const,
      source: 'user merges',
      file: 'pairs.csv',
      entry: 3,
    },
    ...{ line: 4, code: 'merge_cycle', message: 'A circle.' },
    next: { do: 'diff', run: 'R2', action: 'conflict' },
  } as const;

  const text = todoText({
    ...NONE,
    count: 5,
    held: {
      count: 1,
      runs: [{ ...RUN, subject: 'credits', source: plan.source, held: [gate], blocks: 0 }],
    },
    conflicts: { count: 1, conflicts: [conflict] },
    planned: {
      count: 2,
      runs: [
        { ...plan, subject: 'enrollments' },
        { ...plan, kind: 'merge', subject: 'merges', unmergeOf: 'M', file: null, changes: 1 },
      ],
    },
  });

  expect(text).toContain('import of credits, staff.csv, since');
  expect(text).toContain('creations: 6 credits would be created.');
  expect(text).toContain('merges, pairs.csv, line 4: A circle.');
  expect(text).toMatch(/import of enrollments, staff\.csv, .*: 2 enrollments would be changed/);
  expect(text).toMatch(/unmerge by owner, .*: 1 pair would be changed/);
  expect(text).not.toMatch(/people|person|learner records|user merges/);
});

test('says why a campaign waits, and what is unknown of it', () => {
  const campaign: TodoCampaign = {
    ...{ campaignId: 'C1', what: 'Welcome', recipients: 1200, startedBy: 'owner', unknown: 0 },
    state: 'held',
    held: [{ gate: 'recipients', count: 1200, limit: 1000 }],
    code: null,
    since: '2026-12-01T07:10:00.000Z',
    next: { do: 'decideCampaign', campaign: 'C1' },
  };
  const paused: TodoCampaign = {
    ...{ ...campaign, campaignId: 'C2', code: 'mail_auth_refused', unknown: 3 },
    state: 'paused',
    next: { do: 'resolveCampaign', campaign: 'C2' },
  };

  const text = todoText({
    ...NONE,
    count: 2,
    campaigns: { count: 2, campaigns: [campaign, paused] },
  });

  expect(text).toContain('Campaigns that wait: 2\n');
  expect(text).toContain('  Welcome to 1,200 people, on hold since 2026-12-01 07:10 UTC\n');
  expect(text).toContain('recipients: It goes to 1,200 people. More than 1,000 need an approval.');
  expect(text).toContain(
    'ROLLCALL_SMTP_URL where the worker runs, restart it (rollcall down, rollcall up), then resume (mail_auth_refused)\n    3 letters may or may not have arrived\n',
  );
  expect(text).toContain('rollcall campaigns approve C1');
  expect(text).toContain('rollcall campaigns resolve C2');
});
