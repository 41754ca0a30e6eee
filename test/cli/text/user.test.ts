import { historyText } from '../../../cli/text/user';

const EVENT = {
  at: '2026-11-29T10:00:00.000Z',
  action: 'update',
  actor: 'owner',
  runId: 'r2',
  source: 'staff',
  entry: 1,
  reason: null,
  fields: null,
  changes: { department: ['Legal', 'Sales'] as const },
  became: null,
  door: 'cli',
};

test('a history says which change undid another one', () => {
  const text = historyText([
    { ...EVENT, runKind: 'undo' },
    { ...EVENT, runKind: 'import' },
  ]);

  expect(text).toMatch(/update \(undo\) +staff \(owner\) +r2 +department: Legal → Sales\n/);
  expect(text).toMatch(/\n[^\n]+ update +staff \(owner\)/);
});

test('what only Rollcall knows of a user is said in words', () => {
  const changes = {
    identity: [null, '1007'],
    sticky: [['phone'], ['organization']],
  } as const;

  const text = historyText([{ ...EVENT, runKind: 'import', changes }]);

  expect(text).toContain(
    'number in the source: (none) → 1007; set by hand from now on: organization; ' +
      'imports may change again: phone',
  );
});

test('a user that an import created shows the list', () => {
  const text = historyText([{ ...EVENT, action: 'create', runKind: 'import', changes: null }]);

  expect(text).toContain('created by the import of "staff"');
});
