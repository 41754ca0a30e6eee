import { wordedRun } from '../../../cli/documents';
import { wordedDocument } from '../../../client/words';
import { runDocument } from '../../../store/report/document';
import { testDatabase } from '../../support/postgres';
import { row } from '../../support/builders';
import { importRows } from '../../support/runs/storeRun';

const store = testDatabase();

/** What the build before stored as the next step of a failure, and what it printed of it. */
test.each([
  [
    'one command',
    'rollcall runs resume R',
    { next: 'rollcall runs resume R', reason: 'No.', told: 'rollcall runs resume R' },
  ],
  [
    'a sentence with a command',
    'Import the file again: rollcall import FILE',
    {
      next: null,
      reason: 'No. Import the file again: rollcall import FILE',
      told: 'Import the file again: rollcall import FILE',
    },
  ],
  [
    'words alone',
    'Save the file as UTF-8.',
    { next: null, reason: 'No. Save the file as UTF-8.', told: 'Save the file as UTF-8.' },
  ],
])('a failure whose step was stored as words is shown as it stands: %s', async (_, next, shown) => {
  const { runId } = await importRows(store.db, { rows: [row(2, { code: 'a' })], dryRun: true });
  await store.db.pool.query(`update run set state = 'failed', failure = $2 where id = $1`, [
    runId,
    JSON.stringify({ code: 'test', message: 'No.', next }),
  ]);

  const document = wordedRun(wordedDocument(await runDocument(store.db, runId)));

  expect(document).toMatchObject({
    next: shown.next,
    reason: shown.reason,
    error: { code: 'test', message: 'No.', next: shown.told },
  });
  expect(Object.keys(document)).toEqual(KEYS);
});

/** Their order is that of the printed document. */
const KEYS = [
  ...['runId', 'kind', 'subject', 'source', 'state', 'dryRun', 'file', 'startedBy', 'createdAt'],
  ...['finishedAt', 'progress'],
  ...['counts', 'held', 'matchedBy', 'messageCount', 'undoableUntil', 'next', 'reason', 'error'],
  ...['undoOf', 'undoneBy', 'retryOf', 'mendedBy', 'settled', 'partly', 'messages', 'decisions'],
  ...['skippedFor', 'renumbered', 'matchedRows', 'listOptions'],
];
