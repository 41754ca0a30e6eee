import { pino } from 'pino';
import { storeFile } from '../../store/reads/files';
import { runDocument } from '../support/runs/documents';
import { createRun } from '../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../store/sources/sources';
import { insertDecision } from '../../store/runs/requests';
import type { WorkflowFate } from '../../temporal/gateway';
import { tidy, type HouseDeps } from '../../worker/housekeeping';
import type { StoredRunState } from '../../domain/runs/run';
import { putRun } from '../operations/support';
import { addTarget, raisedFor } from '../support/alerts';
import { testDatabase } from '../support/postgres';
import { addPolledSource } from '../support/runs/syncRun';

const store = testDatabase();
const log = pino({ level: 'silent' });
const RETENTION = { plansDays: 90, filesDays: 30, deliveriesDays: 400 };

afterEach(async () => {
  // Only its own test may delete a run.
  await store.db.pool.query(
    `begin; set local session_replication_role = replica;
     delete from decision; delete from run; delete from run_file; delete from run_file_chunk; commit`,
  );
});

type Kept = HouseDeps['temporal'] & {
  readonly started: string[];
  readonly decided: string[];
};

/** A Temporal in which every workflow has this fate; it keeps what was started and decided. */
function temporalWhere(fate: WorkflowFate): Kept {
  const started: string[] = [];
  const decided: string[] = [];
  return {
    started,
    decided,
    deliver: (_, decisionId) => {
      decided.push(decisionId);
      return Promise.resolve();
    },
    fate: () => Promise.resolve(fate),
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

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.started).toEqual([runId]);
});

test.each<[string, number, WorkflowFate]>([
  ['was recorded a moment ago: its client is about to start it', 0, 'missing'],
  ['has its workflow: it waits for its turn', 2, 'there'],
  ['an operator terminated', 2, 'stopped'],
  ['has waited since its workflow failed', 2, { endedAt: new Date(), failed: true }],
])('a run that %s is left alone', async (_, minutes, fate) => {
  await waitingRun(minutes);
  const temporal = temporalWhere(fate);

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.started).toEqual([]);
});

test('a plan that is to be applied goes on after its dry run has ended', async () => {
  const runId = await waitingRun(30);
  const decided = { runId, actorId: OWNER_ID, kind: 'apply', taken: true } as const;
  await aged('decision', await insertDecision(store.db.pool, decided), 2);
  const temporal = temporalWhere({
    endedAt: new Date(Date.now() - 20 * 60_000),
    failed: false,
  });

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.started).toEqual([runId]);
});

test('a plan that is to be applied goes on though the workflow of its dry run has just ended', async () => {
  const runId = await waitingRun(2);
  const temporal = temporalWhere({ endedAt: new Date(), failed: false });

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.started).toEqual([runId]);
});

test('a run that does not wait is left alone', async () => {
  const runId = await waitingRun(2);
  await store.db.pool.query(`update run set state = 'running' where id = $1`, [runId]);
  const temporal = temporalWhere('missing');

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.started).toEqual([]);
});

/**
 * A decision that a client recorded a minute ago; the client was killed before it called the
 * workflow.
 */
async function undelivered(
  runId: string,
  kind: 'approve' | 'reject' | 'cancel',
  minutes = 1,
): Promise<string> {
  const decision = { runId, actorId: OWNER_ID, kind, taken: false } as const;
  const id = await insertDecision(store.db.pool, decision);
  await aged('decision', id, minutes);
  return id;
}

/** `approved`: about to be applied; `partly`: one part is applied, the rest is held again. */
async function runIn(state: StoredRunState, approved?: 'approved' | 'partly'): Promise<string> {
  const runId = await waitingRun(5);
  await putRun(store, runId, { state });
  if (approved !== undefined) {
    await store.db.pool.query(
      `update run set approved_at = now(), applied_at = case when $2 then now() end where id = $1`,
      [runId, approved === 'partly'],
    );
  }
  return runId;
}

test.each([
  ['approve', 'held'],
  ['reject', 'held'],
  ['cancel', 'held'],
  ['cancel', 'running'],
  ['cancel', 'waiting'],
] as const)('%s of a %s run that its client did not deliver is delivered', async (kind, state) => {
  const decisionId = await undelivered(await runIn(state), kind);
  const temporal = temporalWhere('there');

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.decided).toEqual([decisionId]);
});

test('a decision that was recorded a moment ago is left to its client', async () => {
  await undelivered(await runIn('held'), 'approve', 0);
  const temporal = temporalWhere('there');

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.decided).toEqual([]);
});

test.each([
  ['approve', 'done', undefined],
  ['approve', 'running', undefined],
  ['reject', 'held', 'approved'],
  ['cancel', 'done', undefined],
  ['cancel', 'failed', undefined],
] as const)(
  '%s of a run that is %s by now is closed for everybody to see',
  async (kind, state, approved) => {
    const runId = await runIn(state, approved);
    await undelivered(runId, kind);
    const temporal = temporalWhere('there');

    await tidy({ db: store.db, temporal, log, retention: RETENTION });

    expect(temporal.decided).toEqual([]);
    const { decisions } = await runDocument(store.db, runId);
    expect(decisions).toMatchObject([{ kind, taken: false, late: true }]);
  },
);

test('an older approval is not carried out on a part that is held again', async () => {
  const runId = await runIn('held', 'partly');
  await undelivered(runId, 'approve', 3);
  const taken = { runId, actorId: OWNER_ID, kind: 'approve', taken: true } as const;
  await aged('decision', await insertDecision(store.db.pool, taken), 2);
  const temporal = temporalWhere('there');

  await tidy({ db: store.db, temporal, log, retention: RETENTION });

  expect(temporal.decided).toEqual([]);
});

test('a workflow that does not answer delays no other decision', async () => {
  const ids = [await runIn('held'), await runIn('held')];
  for (const id of ids) await undelivered(id, 'reject');
  const temporal = temporalWhere('there');
  const asked: string[] = [];
  const deliver: Kept['deliver'] = ({ runId }) => {
    asked.push(runId);
    return Promise.reject(new Error('deadline'));
  };

  await tidy({ db: store.db, temporal: { ...temporal, deliver }, log, retention: RETENTION });

  expect(asked.sort()).toEqual(ids.sort());
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

  await tidy({ db: store.db, temporal: temporalWhere('there'), log, retention: RETENTION });

  const { rows } = await store.db.pool.query<{ name: string }>(
    'select name from run_file order by name',
  );
  expect(rows).toEqual([{ name: 'a.csv' }, { name: 'b.csv' }]);
  const left = await store.db.pool.query('select distinct file_id from run_file_chunk');
  expect(left.rowCount).toBe(2);
});

test('files are removed after their time', async () => {
  const runId = await runIn('rejected');
  await store.db.pool.query(
    `update run set finished_at = now() - interval '31 days' where id = $1`,
    [runId],
  );

  await tidy({ db: store.db, temporal: temporalWhere('there'), log, retention: RETENTION });

  const left = await store.db.pool.query('select from run_file_chunk');
  expect(left.rowCount).toBe(0);
});

test('an alert is sent for a source that should have been read long ago', async () => {
  await addPolledSource(store.db);
  await store.db.pool.query(`update connection set schedule = '{"everyMinutes": 60}'`);
  await store.db.pool.query(`update source set created_at = now() - interval '5 hours'`);
  const target = await addTarget(store.db, ['overdue']);

  await tidy({ db: store.db, temporal: temporalWhere('there'), log, retention: RETENTION });

  expect(await raisedFor(store.db, target)).toMatchObject([
    { event: 'overdue', data: { source: 'hr', lastSyncAt: null } },
  ]);
});

test('an alert is sent once for a token that ends within two weeks', async () => {
  const target = await addTarget(store.db, ['token_ending']);
  await store.db.pool.query(
    `insert into api_token (id, admin_id, name, prefix, hash, created_at, expires_at, revoked_at)
     select gen_random_uuid(), $1, d::text, 'rc_' || d, d::text, now() - interval '76 days',
       now() + make_interval(days => d), case when d = 12 then now() end
     from unnest(array[12, 13, 15]) d`,
    [OWNER_ID],
  );

  const rounds = { db: store.db, temporal: temporalWhere('there'), log, retention: RETENTION };
  await tidy(rounds);
  await tidy(rounds);

  expect(await raisedFor(store.db, target)).toMatchObject([
    {
      event: 'token_ending',
      data: { token: 'rc_13', adminId: OWNER_ID, next: { do: 'listTokens' } },
    },
  ]);
});

test.each([
  ['refused two days ago', 48, { next: 'Save the file as UTF-8.' }, 0],
  ['refused today', 12, { next: 'Save the file as UTF-8.' }, 1],
  ['of a run that failed and may go on', 48, { next: { do: 'resume', run: 'R' } }, 1],
  ['of one that the build before let go on', 48, { next: 'rollcall runs resume R' }, 1],
  ['refused with a step that is data', 48, { next: { do: 'importAgain' } }, 0],
  ['of a run that failed for no known reason', 48, {}, 1],
])('the content of a file that is %s: after %d hours', async (_, hours, failure, chunksLeft) => {
  const runId = await runIn('failed');
  await store.db.pool.query(
    `update run set planned_at = null, staged_at = null, failure = $2,
       finished_at = now() - make_interval(hours => $3) where id = $1`,
    [runId, JSON.stringify({ code: 'test', message: 'No.', ...failure }), hours],
  );

  await tidy({ db: store.db, temporal: temporalWhere('there'), log, retention: RETENTION });

  const left = await store.db.pool.query('select from run_file_chunk');
  expect(left.rowCount).toBe(chunksLeft);
  expect(await runDocument(store.db, runId)).toMatchObject({ file: 'a.csv' });
});
