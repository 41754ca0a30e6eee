import { addAdmin } from '../../../operations/admins/admins';
import { createToken } from '../../../operations/admins/tokens';
import { listAudit, type ListAudit } from '../../../operations/audit/audit';
import type { OperationContext } from '../../../operations/context';
import { createUndo } from '../../../operations/runs/undo';
import { createBulk } from '../../../operations/users/bulk';
import { linkUser } from '../../../operations/users/links';
import { createOrganization } from '../../../operations/users/organizations';
import { createUser, editUser } from '../../../operations/users/userEdits';
import { explainUser, userHistory, type HistoryEvent } from '../../../operations/users/userHistory';
import { retain } from '../../../store/lifecycle/retention';
import { rows } from '../../support/builders';
import { asSuperuser, testDatabase } from '../../support/postgres';
import { applyRun } from '../../support/runs/resolving';
import { importRows } from '../../support/runs/storeRun';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
const DAY_MS = 24 * 3600 * 1000;
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
});

/** Deactivates people in bulk, as their admin's command and the worker do. */
async function deactivate(context: OperationContext, ...users: string[]): Promise<string> {
  const { runId } = await createBulk(context, {
    users,
    status: 'inactive',
    dryRun: false,
    expect: users.length,
  });
  await applyRun(store.db, runId);
  return runId;
}

/** As long after today as no plan is kept. */
async function forgetPlans(): Promise<void> {
  const now = new Date(Date.now() + 200 * DAY_MS);
  const { runs } = await retain(store.db, { now, plansDays: 90, filesDays: 10_000 });
  expect(runs).toBeGreaterThan(0);
}

async function events(input: ListAudit) {
  const page = await listAudit(owner, input);
  return page.events.map(({ action, subject, changes }) => [action, subject, changes]);
}

function without(event: HistoryEvent | undefined) {
  const { at: _, entry: __, ...rest } = event ?? { at: '', entry: null };
  return rest;
}

test('an edit by hand keeps the values before and after, who set them, and the door', async () => {
  const admin = { ...(await actor(store.db, 'admin')), door: 'api' } as const;
  await createOrganization(owner, { code: 'EAST', name: 'East' });
  await createUser(admin, { set: { code: 'H1', phone: '1', hireDate: '2026-01-31' } });

  await editUser(admin, {
    user: 'H1',
    set: { phone: '2', organization: 'EAST', lastName: 'Hand' },
    clear: ['hireDate'],
  });
  await linkUser(admin, { user: 'H1', source: 'csv', externalId: '77' });

  const { events: history } = await userHistory(owner, { user: 'H1' });
  expect(history.map(({ action, door, actor: by }) => [action, door, by])).toEqual([
    ['user.link', 'api', `admin ${admin.actorId}`],
    ['user.edit', 'api', `admin ${admin.actorId}`],
    ['user.create', 'api', `admin ${admin.actorId}`],
  ]);
  expect(history[1]?.changes).toEqual({
    lastName: [null, 'Hand'],
    organization: [null, 'EAST'],
    phone: ['1', '2'],
    hireDate: ['2026-01-31', null],
  });
  expect(history[0]?.changes).toEqual({
    identities: [null, { source: 'csv', externalId: '77' }],
  });
});

test('a bulk change, and its undo, stay in the history when their plans are gone', async () => {
  const admin = { ...(await actor(store.db, 'admin')), door: 'cli' } as const;
  await addUsers(store.db.pool, [{ code: 'B1' }, { code: 'B2' }, { code: 'B3' }]);
  const bulk = await deactivate(admin, 'B1', 'B2');
  const undo = await createUndo(owner, { run: bulk, dryRun: false, expect: 2 });
  await applyRun(store.db, undo.runId);
  const kept = await userHistory(owner, { user: 'B1' });
  await forgetPlans();

  const forgotten = await userHistory(owner, { user: 'B1' });
  const { explain } = await explainUser(owner, 'B1');

  const actions = [
    ['reactivate', undo.runId, 'undo', 'owner', { status: ['inactive', 'active'] }],
    ['deactivate', bulk, 'bulk', `admin ${admin.actorId}`, { status: ['active', 'inactive'] }],
  ];
  expect(forgotten.events.map((e) => [e.action, e.runId, e.runKind, e.actor, e.changes])).toEqual(
    actions,
  );
  expect(forgotten.events.map(({ door }) => door)).toEqual(['library', 'cli']);
  expect(forgotten.events.map((event) => ({ ...without(event), changes: null }))).toEqual(
    kept.events.map((event) => ({ ...without(event), changes: null })),
  );
  expect(explain.find(({ field }) => field === 'status')).toMatchObject({ runId: undo.runId });
  expect(await userHistory(owner, { user: 'B3' })).toMatchObject({ events: [] });
});

test('an import writes an event for each person whose status it changes, and for nobody else', async () => {
  await importRows(store.db, {
    rows: rows({ code: 'i1' }, { code: 'i2' }, { code: 'i3', lastName: 'Old' }),
  });
  await importRows(store.db, {
    rows: rows(
      { code: 'i1', status: 'inactive', lastName: 'Gone' },
      { code: 'i3', lastName: 'New' },
      { code: 'i4' },
    ),
  });

  const found = await Promise.all(['i1', 'i2', 'i3', 'i4'].map((subject) => events({ subject })));
  await forgetPlans();
  const { events: history } = await userHistory(owner, { user: 'i1' });

  expect(found).toEqual([
    [['user.deactivate', 'i1', { status: ['active', 'inactive'] }]],
    [],
    [],
    [],
  ]);
  expect(history.map(({ action, source, door }) => [action, source, door])).toEqual([
    ['deactivate', 'csv', 'worker'],
    ['create', 'csv', 'worker'],
  ]);
});

test('the audit is listed by actor, action, subject and day, in pages', async () => {
  const admin = await actor(store.db, 'admin');
  const codes = ['L1', 'L2', 'L3', 'L4', 'L5'];
  await addUsers(
    store.db.pool,
    codes.map((code) => ({ code })),
  );
  const runId = await deactivate(admin, ...codes);
  await editUser(admin, { user: 'L1', set: { lastName: 'x' } });
  const mine = { actor: `ADMIN ${admin.actorId}` };

  const all: unknown[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await listAudit(owner, { ...mine, limit: 3, ...(cursor ? { cursor } : {}) });
    all.push(...page.events.map(({ action, subject }) => `${action} ${String(subject)}`));
    cursor = page.next;
  }

  expect(all).toHaveLength(codes.length + 2);
  expect(new Set(all)).toEqual(
    new Set([...codes.map((code) => `user.deactivate ${code}`), 'run.bulk null', 'user.edit L1']),
  );
  expect(await events({ ...mine, action: 'user.edit' })).toEqual([
    ['user.edit', 'L1', { lastName: [null, 'x'] }],
  ]);
  expect(await events({ subject: `run:${runId}` })).toEqual([['run.bulk', null, null]]);
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString();
  expect(await events({ ...mine, since: tomorrow })).toEqual([]);
  expect(await events({ ...mine, since: '2026-01-01' })).toHaveLength(codes.length + 2);
});

test('runs, admins and tokens are named as the audit shows them', async () => {
  await addUsers(store.db.pool, [{ code: 'N1' }]);
  const runId = await deactivate(owner, 'N1');
  const undo = await createUndo(owner, { run: runId, dryRun: false, expect: 1 });
  const { prefix, expiresAt } = await createToken(owner, { admin: 'owner', name: 'night' });
  await addAdmin(owner, { name: 'Zoe', level: 'admin' });

  const token = { admin: [null, 'owner'], name: [null, 'night'], expires: [null, expiresAt] };
  expect(await events({ subject: `token:${prefix}` })).toEqual([['token.create', prefix, token]]);
  expect(await events({ subject: 'admin:zoe' })).toMatchObject([['admin.create', 'Zoe', {}]]);
  // Its subject is the run that is undone.
  expect(await events({ subject: `run:${undo.runId.slice(0, 18)}` })).toEqual([
    ['run.undo', null, null],
  ]);
  expect(await events({ subject: `run:${runId}` })).toEqual([
    ['run.undo', null, null],
    ['run.bulk', null, null],
  ]);
});

test.each([
  [{ actor: 'nobody' }, 'admin_not_found'],
  [{ subject: 'nobody' }, 'user_not_found'],
  [{ since: '2026-02-30' }, 'bad_date'],
  [{ cursor: 'x' }, 'bad_cursor'],
  [{ limit: 1001 }, 'bad_limit'],
])('%j is refused as %s', async (input, code) => {
  expect(await faultOf(listAudit(owner, input))).toMatchObject({ code });
});

test.each(['viewer', 'manager'] as const)('a %s reads no audit', async (level) => {
  const context = await actor(store.db, level);

  expect(await faultOf(listAudit(context, {}))).toMatchObject({ kind: 'forbidden' });
});

test.each([
  `update audit_event set actor_id = null`,
  `update audit_event set fields = '{}' where false`,
  `delete from audit_event`,
  `truncate audit_event`,
  `update audit_value set after = null`,
  `truncate audit_value`,
])('neither the role of the worker nor the owner of the tables can: %s', async (statement) => {
  await expect(store.db.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  await expect(
    asSuperuser(store, `set session_replication_role = replica; ${statement}`),
  ).rejects.toMatchObject({ code: '23514' });
});

test('values can be erased; the event stays, with the names of its fields', async () => {
  const user = await createUser(owner, { set: { code: 'E1', lastName: 'Erased' } });

  await store.db.pool.query(
    `delete from audit_value v using audit_event e
     where e.id = v.event_id and e.subject_type = 'user' and e.subject_id = $1`,
    [user.id],
  );

  const { events: history } = await userHistory(owner, { user: 'E1' });
  expect(history).toMatchObject([
    { action: 'user.create', fields: ['code', 'lastName'], changes: null },
  ]);
});
