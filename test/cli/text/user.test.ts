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
};

test('a history says which change took another one back', () => {
  const text = historyText([
    { ...EVENT, runKind: 'undo' },
    { ...EVENT, runKind: 'import' },
  ]);

  expect(text).toMatch(/update \(undo\) +staff \(owner\) +r2 +department: Legal → Sales\n/);
  expect(text).toMatch(/\n[^\n]+ update +staff \(owner\)/);
});
