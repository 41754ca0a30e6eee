import { pino } from 'pino';
import { storeFile } from '../../store/files';
import { createRun } from '../../store/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../store/sources';
import { insertDecision } from '../../store/requests';
import { tidy, type Starter, type WorkflowFate } from '../../worker/housekeeping';
import { testDatabase } from '../support/postgres';

const store = testDatabase();
const log = pino({ level: 'silent' });

afterEach(async () => {
  await store.db.pool.query('delete from decision');
  await store.db.pool.query('delete from run');
  await store.db.pool.query('delete from run_file');
});

/** A Temporal in which every workflow has this fate; it keeps what was started. */
function temporalWhere(fate: WorkflowFate): Starter & { readonly started: string[] } {
  const started: string[] = [];
  return {
    started,
    fateOf: () => Promise.resolve(fate),
    start: ({ runId }) => {
      started.push(runId);
      return Promise.resolve();
    },
  };
}

async function* chunks(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from('code\n1\n'));
}

/** An import that was recorded so many minutes ago and waits. */
async function waitingRun(minutes: number): Promise<string> {
  const { fileId } = await storeFile(store.db, { name: 'a.csv', chunks: chunks(), maxBytes: 99 });
  const { runId } = await createRun(store.db.pool, {
    kind: 'import',
    sourceId: CSV_SOURCE_ID,
    actorId: OWNER_ID,
    options: {},
    dryRun: false,
    fileId,
  });
  await aged('run', runId, minutes);
  return runId;
}

async function aged(table: 'run' | 'run_file' | 'decision', id: string, minutes: number) {
  await store.db.pool.query(
    `update ${table} set created_at = now() - make_interval(mins => $2) where id = $1`,
    [id, minutes],
  );
}

test('a run that was recorded and never started is started', async () => {
  const runId = await waitingRun(2);
  const temporal = temporalWhere('missing');

  await tidy({ db: store.db, temporal, log });

  expect(temporal.started).toEqual([runId]);
});

test.each<[string, number, WorkflowFate]>([
  ['was recorded a moment ago: its client is about to start it', 0, 'missing'],
  ['has its workflow: it waits for its turn', 2, 'there'],
  ['somebody terminated', 2, 'stopped'],
  ['has waited since its workflow ended', 2, { endedAt: new Date() }],
])('a run that %s is left alone', async (_, minutes, fate) => {
  await waitingRun(minutes);
  const temporal = temporalWhere(fate);

  await tidy({ db: store.db, temporal, log });

  expect(temporal.started).toEqual([]);
});

test('a plan that was to be applied after its dry run had ended goes on', async () => {
  const runId = await waitingRun(30);
  const decided = { runId, actorId: OWNER_ID, kind: 'apply', taken: true } as const;
  await aged('decision', await insertDecision(store.db.pool, decided), 2);
  const temporal = temporalWhere({ endedAt: new Date(Date.now() - 20 * 60_000) });

  await tidy({ db: store.db, temporal, log });

  expect(temporal.started).toEqual([runId]);
});

test('a run that does not wait is left alone', async () => {
  const runId = await waitingRun(2);
  await store.db.pool.query(`update run set state = 'running' where id = $1`, [runId]);
  const temporal = temporalWhere('missing');

  await tidy({ db: store.db, temporal, log });

  expect(temporal.started).toEqual([]);
});

test('files that no run reads are removed after a day, others never', async () => {
  await waitingRun(60 * 48);
  const stored = [];
  for (const minutes of [60 * 25, 60 * 23]) {
    const { fileId } = await storeFile(store.db, { name: 'b.csv', chunks: chunks(), maxBytes: 99 });
    await aged('run_file', fileId, minutes);
    stored.push(fileId);
  }
  await store.db.pool.query(`update run_file set complete = false where id = $1`, [stored[0]]);
  await store.db.pool.query(
    `update run_file set created_at = now() - interval '9 days' where id in (select file_id from run)`,
  );

  await tidy({ db: store.db, temporal: temporalWhere('there'), log });

  const { rows } = await store.db.pool.query<{ name: string }>(
    'select name from run_file order by name',
  );
  expect(rows).toEqual([{ name: 'a.csv' }, { name: 'b.csv' }]);
  const left = await store.db.pool.query('select distinct file_id from run_file_chunk');
  expect(left.rowCount).toBe(2);
});
