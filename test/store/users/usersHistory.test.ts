import { STAGED_COLUMNS, type StagedColumn, type StagedRow } from '../../../domain/files/staged';
import { userKey } from '../../../domain/keys';
import { createOrganization } from '../../../operations/users/organizations';
import { editUser } from '../../../operations/users/userEdits';
import { explainUser, userHistory } from '../../../operations/users/userHistory';
import { applyBatch } from '../../../store/apply';
import { newId } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { stageRows } from '../../../store/reads/staging';
import { createRun, moveRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import { testDatabase } from '../../support/postgres';
import { actor } from '../../support/users';

const store = testDatabase();

/** Imports rows as the worker does, for the unnamed uploads; gates are approved. */
async function importRows(
  rows: readonly Partial<Record<StagedColumn, string>>[],
  o: { readonly dryRun?: boolean; readonly beforeApply?: () => Promise<unknown> } = {},
): Promise<string> {
  const { db } = store;
  const fileId = newId();
  await db.pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, 'people.csv', 1, '', true)`,
    [fileId],
  );
  const { runId } = await createRun(db.pool, {
    kind: 'import',
    sourceId: CSV_SOURCE_ID,
    actorId: OWNER_ID,
    options: {},
    dryRun: o.dryRun === true,
    fileId,
  });
  const fence = await takeFence(db, runId);
  await moveRun(db.pool, { runId, to: 'running' });
  const staged: StagedRow[] = rows.map((row, i) => {
    const full: Partial<Record<StagedColumn, string>> = {
      line: String(i + 2),
      key_readable: 't',
      ...row,
      ...(row.code === undefined ? {} : { external_id: row.code }),
      ...(row.email === undefined ? {} : { email_key: userKey(row.email) }),
    };
    return STAGED_COLUMNS.map((column) => full[column] ?? null);
  });
  await stageRows(db, {
    runId,
    fence,
    batches: (async function* () {
      yield await Promise.resolve(staged);
    })(),
    summary: () => ({ rows: staged.length, coverage: {}, messages: [] }),
  });
  await buildPlan(db, { runId, fence });
  if (o.dryRun === true) return runId;
  await o.beforeApply?.();
  await db.pool.query(`update run set held = '[]' where id = $1`, [runId]);
  while (!(await applyBatch(db, { runId, fence, maxEntries: 100, undoDays: 90 })).done);
  await finish(db, { runId, fence, state: 'done', undoDays: 90 });
  return runId;
}

test('each value names the last source, run or person that set it', async () => {
  const owner = await actor(store.db);
  const { id: sales } = await createOrganization(owner, { code: 'SALES', name: 'Sales' });
  const first = await importRows([
    { code: 'B', first_name: 'Boss' },
    { code: 'A', first_name: 'Anna', department: 'X', phone: '1', email: 'A@example.com' },
  ]);
  const second = await importRows([
    { code: 'A', first_name: 'Anne', department: 'Y', organization_id: sales, manager_ref: 'B' },
  ]);
  await editUser(owner, { user: 'A', set: { department: 'Z' } });
  await importRows([{ code: 'A', department: 'W', phone: '2' }], { dryRun: true });

  const { events } = await userHistory(owner, { user: 'A' });
  const { user, explain } = await explainUser(owner, 'A');

  expect(events.map(({ action, runId, source }) => [action, runId, source])).toEqual([
    ['user.edit', null, null],
    ['update', second, 'csv'],
    ['create', first, 'csv'],
  ]);
  expect(events[1]?.changes).toEqual({
    firstName: ['Anna', 'Anne'],
    department: ['X', 'Y'],
    organization: [null, 'SALES'],
    manager: [null, 'B'],
  });
  const origin = Object.fromEntries(
    explain.map(({ field, source, runId, sticky }) => [field, [source, runId, sticky]]),
  );
  expect(origin).toMatchObject({
    code: ['csv', first, false],
    phone: ['csv', first, false],
    firstName: ['csv', second, false],
    organization: ['csv', second, false],
    manager: ['csv', second, false],
    department: [null, null, true],
  });
  expect(user).toMatchObject({ department: 'Z', phone: '1', manager: 'B' });
});

test('a value that an entry left as it was is not in the history', async () => {
  const owner = await actor(store.db);
  await importRows([{ code: 'K', first_name: 'Kim', department: 'X' }]);

  await importRows([{ code: 'K', first_name: 'Kimberly', department: 'Y' }], {
    beforeApply: () => editUser(owner, { user: 'K', set: { department: 'Mine' } }),
  });

  const { events } = await userHistory(owner, { user: 'K' });
  const newest = events.find(({ action }) => action === 'update');
  expect(newest).toMatchObject({ action: 'update', changes: { firstName: ['Kim', 'Kimberly'] } });
  expect(Object.keys(newest?.changes ?? {})).toEqual(['firstName']);
});

test('an edit whose values are not kept shows what it set, when that still stands or a run replaced it', async () => {
  const owner = await actor(store.db);
  await createOrganization(owner, { code: 'WEST', name: 'West' });
  await importRows([{ code: 'H', department: 'X' }]);
  await editUser(owner, { user: 'H', set: { department: 'lost', phone: '1' } });
  await editUser(owner, { user: 'H', set: { department: 'Y', organization: 'WEST' } });
  await editUser(owner, { user: 'H', release: ['department'] });
  await importRows([{ code: 'H', department: 'Z' }]);
  await editUser(owner, { user: 'H', clear: ['phone'] });
  await store.db.pool.query('delete from audit_value');

  const { events } = await userHistory(owner, { user: 'H' });

  expect(events.map(({ action, became }) => [action, became])).toEqual([
    ['user.edit', { phone: null }],
    ['update', null],
    ['user.release', null],
    ['user.edit', { organization: 'WEST', department: 'Y' }],
    ['user.edit', null],
    ['create', null],
  ]);
});
