import { newId } from '../../../store/database/db';
import { diffEntries } from '../../../store/report/diff';
import { runDocument } from '../../../store/report/document';
import type { RecordSubject } from '../../../domain/records/fileColumns';
import type { RunDocument } from '../../../domain/runs/runDocument';
import { addPerson, emptyStore } from '../../support/builders';
import { mergePair, unmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';
import { planRecords, TODAY } from '../../support/runs/recordRun';
import { selectHistory } from '../../../store/users/userHistory';
import { applyPlan, undoRun } from '../../support/runs/storeRun';

const store = testDatabase();
const state: { ada?: string; old?: string; bob?: string } = {};

beforeEach(async () => {
  const { pool } = store.db;
  await pool.query('delete from enrollment; delete from external_credit; delete from course');
  await emptyStore(store.db);
  state.ada = await addPerson(pool, { fields: { code: 'A1', email: 'ada@x.org' } });
  state.old = await addPerson(pool, { fields: { code: 'A0' }, mergedInto: state.ada });
  state.bob = await addPerson(pool, { fields: { code: 'B1', login: 'bob' } });
  await pool.query(
    `insert into course (id, code, code_key, name, archived_at) values
       ($1, 'Safety', 'safety', 'Safety', null), ($2, 'OLD', 'old', 'Old', now())`,
    [newId(), newId()],
  );
});

async function imported(subject: RecordSubject, csv: string): Promise<Document> {
  const run = await planRecords(store.db, { subject, csv });
  await applyPlan(store.db, run, { maxEntries: 2 });
  return runDocument(store.db, run.runId);
}
type Document = Pick<RunDocument, 'runId' | 'counts' | 'state'> & {
  readonly messages: readonly { readonly code: string; readonly line: number | null }[];
};

async function enrollments(): Promise<readonly unknown[]> {
  const { rows } = await store.db.pool.query(
    `select u.code, e.status, e.progress, e.score::text, e.completed_at::text as completed, e.version,
       v.code as via
     from enrollment e join "user" u on u.id = e.user_id left join "user" v on v.id = e.via_user_id
     order by u.code`,
  );
  return rows;
}

describe('a file of enrollments', () => {
  test('creates, updates, and leaves alone what it says already', async () => {
    const first = await imported(
      'enrollments',
      'user,course,status,score\nada@x.org,SAFETY,,\nbob,safety,Completed,82.50\n',
    );
    const second = await imported(
      'enrollments',
      'code;course;completed;progress\nA1;Safety;2026-05-01;100\nB1;Safety;;\n',
    );

    expect(first.counts).toMatchObject({ rows: 2, created: 2, updated: 0, error: 0 });
    expect(second.counts).toMatchObject({ rows: 2, created: 0, updated: 1, unchanged: 1 });
    expect(await enrollments()).toEqual([
      row('A1', { status: 'completed', progress: 100, completed: '2026-05-01', version: 2 }),
      row('B1', { status: 'completed', score: '82.50', completed: TODAY }),
    ]);
  });

  test('is in the history of its people: what it made, and what it changed', async () => {
    const first = await imported('enrollments', 'user,course,score\nA0,SAFETY,82.50\n');
    const second = await imported('enrollments', 'user,course,completed\nA1,safety,2026-05-01\n');
    await imported(
      'credits',
      'user,title,provider,credits,earned\nA1,First aid,Red Cross,2.5,2026-05-02\n',
    );
    const history = async () => {
      const { events } = await selectHistory(store.db.pool, {
        userIds: [state.ada ?? ''],
        limit: 9,
      });
      return events.map(({ runId, runKind, actor, source, fields, changes }) => ({
        ...{ runId, runKind, actor, source, fields, changes },
      }));
    };
    const found = await history();
    await store.db.pool.query(`delete from staged_row`);

    const said = { runKind: 'import', actor: 'owner', source: 'learner records', fields: null };
    expect(found).toMatchObject([
      { ...said, changes: { 'credits.First aid.credits': [null, 2.5] } },
      {
        ...{ ...said, runId: second.runId },
        changes: {
          'enrollments.Safety.status': ['enrolled', 'completed'],
          'enrollments.Safety.completedAt': [null, '2026-05-01'],
        },
      },
      {
        ...{ ...said, runId: first.runId },
        changes: {
          'enrollments.Safety.status': [null, 'enrolled'],
          'enrollments.Safety.score': [null, 82.5],
        },
      },
    ]);
    expect((await history()).map(({ fields }) => fields)).toEqual([
      ['credits.First aid'],
      null,
      ['enrollments.Safety'],
    ]);
  });

  test('keeps the day of a completed course that it cancels, as a change by hand does', async () => {
    await imported('enrollments', 'user,course,completed\nA1,safety,2026-05-01\n');
    await imported('enrollments', 'user,course,status\nA1,safety,cancelled\n');
    const cancelled = await enrollments();
    await imported('enrollments', 'user,course,status\nA1,safety,completed\n');
    const again = await enrollments();
    await imported('enrollments', 'user,course,status\nA1,safety,enrolled\n');

    expect([cancelled, again, await enrollments()]).toEqual([
      [row('A1', { status: 'cancelled', completed: '2026-05-01', version: 2 })],
      [row('A1', { status: 'completed', completed: '2026-05-01', version: 3 })],
      [row('A1', { version: 4 })],
    ]);
  });

  test('names a survivor by an absorbed account, through which the row came', async () => {
    await imported('enrollments', 'user,course\nA0,safety\n');

    expect(await enrollments()).toEqual([row('A1', { via: 'A0' })]);
  });

  test('reports every row that cannot be used, and takes the others', async () => {
    const { counts, messages } = await imported(
      'enrollments',
      [
        'user,course,status,progress',
        'nobody,safety,,',
        'A1,swimming,,',
        'A1,old,,',
        'B1,safety,done?,101',
        ',safety,,',
        'A1,safety,enrolled,',
        'A1',
      ].join('\n'),
    );

    expect(counts).toMatchObject({ rows: 7, created: 1, error: 6 });
    expect(messages.map(({ line, code }) => [line, code])).toEqual([
      [2, 'unknown_user'],
      [3, 'unknown_course'],
      [4, 'archived_course'],
      [5, 'bad_record_value'],
      [5, 'bad_record_value'],
      [6, 'missing_cell'],
      [8, 'too_few_cells'],
    ]);
  });

  test('has equal rows once, and refuses rows that differ', async () => {
    const { counts, messages } = await imported(
      'enrollments',
      'user,course,status\nA1,safety,enrolled\nada@x.org,Safety,enrolled\nB1,safety,enrolled\nbob,safety,cancelled\n',
    );

    expect(counts).toMatchObject({ rows: 4, created: 1, duplicate: 1, error: 2 });
    expect(messages.map(({ line, code }) => [line, code])).toEqual([
      [4, 'rows_differ'],
      [5, 'rows_differ'],
    ]);
  });

  test('is undone where nothing changed since, and that undo, too', async () => {
    await imported('enrollments', 'user,course,status\nA1,safety,enrolled\n');
    const run = await imported(
      'enrollments',
      'user,course,status,score\nA1,safety,completed,70\nB1,safety,completed,60\n',
    );

    const undo = await undoRun(store.db, run.runId);
    const undone = await enrollments();
    await undoRun(store.db, undo.runId);

    expect(undo.counts).toMatchObject({ updated: 2, skipped: 0 });
    expect(undone).toEqual([
      row('A1', { version: 3 }),
      row('B1', { status: 'cancelled', score: '60.00', version: 2 }),
    ]);
    expect(await enrollments()).toEqual([
      row('A1', { status: 'completed', score: '70.00', completed: TODAY, version: 4 }),
      row('B1', { status: 'completed', score: '60.00', completed: TODAY, version: 3 }),
    ]);
  });

  test('leaves out of its undo what it made as cancelled: nothing of that is to be done', async () => {
    const run = await imported(
      'enrollments',
      'user,course,status\nA1,safety,cancelled\nB1,safety,\n',
    );

    const undo = await undoRun(store.db, run.runId);

    expect(undo.counts).toMatchObject({ rows: 1, updated: 1, skipped: 0 });
    expect(undo.messages).toEqual([]);
  });

  test('leaves what was written between plan and application', async () => {
    await imported('enrollments', 'user,course,status\nA1,safety,enrolled\n');
    const run = await planRecords(store.db, {
      subject: 'enrollments',
      csv: 'user,course,status\nA1,safety,completed\nB1,safety,enrolled\n',
    });
    await store.db.pool.query(`update enrollment set progress = 7, version = version + 1`);
    await store.db.pool.query(
      `insert into enrollment (id, user_id, course_id, status) select $1, $2, id, 'cancelled'
       from course where code_key = 'safety'`,
      [newId(), state.bob],
    );

    await applyPlan(store.db, run);

    const { counts } = await runDocument(store.db, run.runId);
    expect(counts).toMatchObject({ created: 0, updated: 0, skipped: 2 });
    expect(await enrollments()).toEqual([
      row('A1', { progress: 7, version: 2 }),
      row('B1', { status: 'cancelled' }),
    ]);
  });

  test('shows in its diff what is made and what changes', async () => {
    await imported('enrollments', 'user,course\nA1,safety\n');
    const { runId } = await planRecords(store.db, {
      subject: 'enrollments',
      csv: 'user,course,status,score\nA1,safety,,5.5\nB1,safety,,\n',
      dryRun: true,
    });

    const shown = [];
    for await (const { action, code, changes } of diffEntries(store.db, {
      runId,
      subject: 'enrollments',
    })) {
      shown.push([action, code, changes]);
    }

    expect(shown).toEqual([
      ['create', 'B1', { 'enrollments.safety.status': [null, 'enrolled'] }],
      ['update', 'A1', { 'enrollments.Safety.score': [null, 5.5] }],
    ]);
  });

  test('is held when its changes are not as many as were confirmed', async () => {
    const { held } = await planRecords(store.db, {
      subject: 'enrollments',
      csv: 'user,course\nA1,safety\nB1,safety\n',
      options: { expect: 3 },
    });

    expect(held).toEqual([{ gate: 'expect', count: 2, limit: 3 }]);
  });
});

describe('a file of credits', () => {
  const FILE =
    'user,title,provider,credits,earned,evidence\nA1,First Aid,Red Cross,1.5,2026-03-01,\n' +
    'B1,Welding 2.0,TWI,4,2026-02-01,https://twi.example/c/1\n';

  test('adds each once; the same again only brings its evidence', async () => {
    const first = await imported('credits', FILE);
    const second = await imported(
      'credits',
      'user,title,provider,credits,earned,evidence\nA1,first  AID,red cross,1.50,2026-03-01,https://x.example/a\n',
    );

    expect(first.counts).toMatchObject({ created: 2 });
    expect(second.counts).toMatchObject({ created: 0, updated: 1 });
    expect(await credits()).toEqual([
      ['A1', 'First Aid', '1.50', 'https://x.example/a'],
      ['B1', 'Welding 2.0', '4.00', 'https://twi.example/c/1'],
    ]);
  });

  test('has equal rows once without evidence, too, and refuses rows that differ in it', async () => {
    const { counts, messages } = await imported(
      'credits',
      [
        'user,title,provider,credits,earned,evidence',
        'A1,First Aid,Red Cross,1.5,2026-03-01,',
        'A1,first aid,Red Cross,1.50,2026-03-01,',
        'B1,First Aid,Red Cross,1.5,2026-03-01,',
        'B1,First Aid,Red Cross,1.5,2026-03-01,https://x.example/a',
      ].join('\n'),
    );

    expect(counts).toMatchObject({ created: 1, duplicate: 1, skipped: 0, error: 2 });
    expect(messages.map(({ line, code }) => [line, code])).toEqual([
      [4, 'rows_differ'],
      [5, 'rows_differ'],
    ]);
  });

  test('is undone by taking the credits away, and that undo brings them back', async () => {
    const run = await imported('credits', FILE);
    const before = await credits();

    const undo = await undoRun(store.db, run.runId);
    const undone = await credits();
    await undoRun(store.db, undo.runId);

    expect(undone).toEqual([]);
    expect(await credits()).toEqual(before);
  });
});

describe('merges between a run and its undo', () => {
  test.each([
    ['enrollments', 'user,course,status', 'safety,completed', 'enrollment'],
    [
      'credits',
      'user,title,provider,credits,earned',
      'First Aid,Red Cross,1,2026-03-01',
      'external_credit',
    ],
  ] as const)(
    'count as no change of %s that they only carried',
    async (subject, header, rest, table) => {
      const { pool } = store.db;
      const [cy, dan, eve] = [
        await addPerson(pool, { fields: { code: 'C1' } }),
        await addPerson(pool, { fields: { code: 'D1' } }),
        await addPerson(pool, { fields: { code: 'E1' } }),
      ];
      const csv = [header, `B1,${rest}`, `C1,${rest}`, `E1,${rest}`].join('\n');
      const run = await imported(subject, csv);
      const back = await mergePair(store.db, { survivor: dan, absorbed: cy });
      await unmerge(store.db, { merge: back.id });
      await mergePair(store.db, { survivor: state.ada ?? '', absorbed: state.bob ?? '' });
      await pool.query(`update ${table} set version = version + 1 where user_id = $1`, [eve]);

      const undo = await undoRun(store.db, run.runId);

      // B1's and C1's; E1's was written by a person.
      expect(undo.counts).toMatchObject({ updated: 2, skipped: 1 });
    },
  );
});

test('an outcome that a merge gave stays, names that merge, and is undone once the merge is taken back', async () => {
  const [ada = '', bob = ''] = [state.ada, state.bob];
  await imported('enrollments', 'user,course,status\nB1,safety,completed\n');
  const run = await imported('enrollments', 'user,course,status\nA1,safety,enrolled\n');
  const merge = await mergePair(store.db, { survivor: ada, absorbed: bob });
  const merged = await undoRun(store.db, run.runId);
  await unmerge(store.db, { merge: merge.id });

  const undo = await undoRun(store.db, run.runId);

  expect(merged.messages).toMatchObject([
    { code: 'changed_since', message: expect.stringContaining(`users unmerge ${merge.id}`) },
  ]);
  expect(undo.counts).toMatchObject({ updated: 1, skipped: 0 });
  expect(await enrollments()).toMatchObject([
    { code: 'A1', status: 'cancelled' },
    { code: 'B1', status: 'completed' },
  ]);
});

test('an outcome that a person changed during a merge stays after the merge is taken back', async () => {
  await imported('enrollments', 'user,course,status\nB1,safety,completed\n');
  const run = await imported('enrollments', 'user,course,status\nA1,safety,enrolled\n');
  const merge = await mergePair(store.db, {
    survivor: state.ada ?? '',
    absorbed: state.bob ?? '',
  });
  await store.db.pool.query(
    `update enrollment set score = 7, version = version + 1 where user_id = $1`,
    [state.ada],
  );
  await unmerge(store.db, { merge: merge.id });

  const undo = await undoRun(store.db, run.runId);

  expect(undo.counts).toMatchObject({ updated: 0, skipped: 1 });
});

async function credits(): Promise<readonly unknown[]> {
  const { rows } = await store.db.pool.query<Record<string, string>>(
    `select u.code, c.title, c.credits::text, c.evidence_url as link
     from external_credit c join "user" u on u.id = c.user_id order by u.code`,
  );
  return rows.map(({ code, title, credits: n, link }) => [code, title, n, link]);
}

function row(code: string, rest: object): object {
  const plain = { status: 'enrolled', progress: null, score: null, completed: null };
  return { code, ...plain, version: 1, via: null, ...rest };
}
