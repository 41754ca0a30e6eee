import type { OperationContext } from '../../../operations/context';
import { dismissDuplicate } from '../../../operations/duplicates/duplicates';
import { createMergesImport, prepareMerges } from '../../../operations/merges/importMerges';
import { createMerge, type MergeInput } from '../../../operations/merges/merge';
import { findMerge, listMerges, showMerge } from '../../../operations/merges/merges';
import { addAdmin } from '../../../operations/admins/admins';
import { previewMerge } from '../../../operations/merges/preview';
import { readRun } from '../../../operations/runs/runs';
import { listTodo } from '../../../operations/todo';
import { editUser } from '../../../operations/users/userEdits';
import { userHistory } from '../../../operations/users/userHistory';
import { showUser } from '../../../operations/users/users';
import { applyBatch } from '../../../store/apply';
import { newId } from '../../../store/database/db';
import { takeFence } from '../../../store/database/fence';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { getRun, moveRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';
import { chunksOf, faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  await store.db.pool.query(
    `insert into course (id, code, code_key, name) values ($1, 'SAFETY-101', 'safety-101', 'Safety')`,
    [newId()],
  );
});

let n = 0;

/** Two active users; returns their ids and codes. */
async function two(more: { readonly redundant?: 'inactive' } = {}) {
  n += 1;
  const codes = { survivor: `S-${String(n)}`, redundant: `R-${String(n)}` };
  const [survivor = '', redundant = ''] = await addUsers(store.db.pool, [
    { code: codes.survivor, displayName: `Sue ${String(n)}`, email: `sue${String(n)}@x.org` },
    { code: codes.redundant, displayName: `S. ${String(n)}`, status: more.redundant ?? 'active' },
  ]);
  return { survivor, redundant, codes };
}

/** Makes one user the absorbed account of another, as a merge of before would. */
async function absorbed(redundant: string, survivor: string): Promise<string> {
  const merge = newId();
  await store.db.pool.query(
    `with m as (
       insert into merge (id, survivor_id, absorbed_id, images_removed_at) values ('${merge}', '${survivor}', '${redundant}', now())
     )
     update "user" set status = 'merged', merged_into_id = '${survivor}' where id = '${redundant}'`,
  );
  return merge;
}

const fault = (input: MergeInput, context = owner): Promise<unknown> =>
  faultOf(createMerge(context, input));

test('a merge is recorded with the pair that it is about, by ids, and with the choices', async () => {
  const { survivor, redundant, codes } = await two();

  const { runId, kind } = await createMerge(owner, {
    survivor: codes.survivor,
    redundant: codes.redundant,
    take: ['E-Mail=redundant', 'course:safety-101=redundant', 'job title = survivor'],
    reason: 'hired twice',
    asShown: ' 9D1F0C2AB7E4F310 ',
  });

  expect(kind).toBe('merge');
  expect(await getRun(store.db, runId)).toMatchObject({
    kind: 'merge',
    subject: 'merges',
    source: 'user merges',
    rows: 1,
    options: { dryRun: false, expect: null, asShown: '9d1f0c2ab7e4f310', reason: 'hired twice' },
  });
  const { rows } = await store.db.pool.query(
    `select line, user_ref, other_ref, record from staged_row where run_id = $1`,
    [runId],
  );
  expect(rows).toEqual([
    {
      line: 1,
      user_ref: survivor,
      other_ref: redundant,
      record: {
        userKey: survivor,
        otherKey: redundant,
        reason: 'hired twice',
        take: { email: 'redundant', 'course:safety-101': 'redundant', jobTitle: 'survivor' },
      },
    },
  ]);
});

test.each([
  ['email=anna@x.org', 'bad_take', 'is not one of the two users'],
  ['email', 'bad_take', 'does not say whose value counts'],
  ['emial=redundant', 'unknown_field', 'is "email" meant?'],
  ['course:NONE=redundant', 'course_not_found', 'There is no course'],
])('--take %s is refused before a run is made', async (take, code, words) => {
  const { codes } = await two();

  expect(await fault({ ...codes, take: [take] })).toMatchObject({
    code,
    message: expect.stringContaining(words),
  });
});

test('one person is no pair, and an absorbed account leads to its merge', async () => {
  const { survivor, redundant, codes } = await two();
  const other = await two();

  const same = await fault({ survivor: codes.survivor, redundant: `sue${String(n - 1)}@x.org` });
  const merge = await absorbed(redundant, survivor);

  expect(same).toMatchObject({ code: 'same_person', kind: 'usage' });
  expect(await fault(codes)).toMatchObject({
    code: 'merged_already',
    message: expect.stringContaining(merge),
    next: { do: 'showMerge', merge },
  });
  expect(await fault({ survivor: codes.redundant, redundant: codes.survivor })).toMatchObject({
    code: 'merged_already',
    next: { do: 'showMerge', merge },
  });
  expect(await fault({ survivor: other.codes.survivor, redundant: codes.redundant })).toMatchObject(
    {
      code: 'merged_elsewhere',
      next: { do: 'mergeUsers', survivor: other.codes.survivor, redundant: survivor },
    },
  );
  // Who names the absorbed account as the survivor means the person.
  await expect(
    createMerge(owner, { survivor: codes.redundant, redundant: other.codes.redundant }),
  ).resolves.toMatchObject({ kind: 'merge' });
});

test('two statuses have to be chosen, and the message says who could sign in', async () => {
  const { codes } = await two({ redundant: 'inactive' });

  expect(await fault(codes)).toMatchObject({
    code: 'status_differs',
    message: expect.stringMatching(
      /--take status=survivor \(active: Sue \d+ \(S-\d+\) can sign in\) or --take status=redundant \(inactive: nobody/,
    ),
    next: { do: 'mergeUsers', ...codes, take: ['status=redundant'] },
  });
  await expect(createMerge(owner, { ...codes, take: ['status=active'] })).resolves.toMatchObject({
    kind: 'merge',
  });
});

test('an admin who is the redundant user is linked to the survivor first', async () => {
  const { codes } = await two();
  await addAdmin(owner, {
    name: `Admin ${codes.redundant}`,
    level: 'admin',
    user: codes.redundant,
  });

  expect(await fault(codes)).toMatchObject({
    code: 'linked_admin',
    kind: 'conflict',
    next: { do: 'linkAdmin', admin: `Admin ${codes.redundant}`, user: codes.survivor },
  });
});

test('managers merge nobody, admins do', async () => {
  const { codes } = await two();

  expect(await fault(codes, await actor(store.db, 'manager'))).toMatchObject({ kind: 'forbidden' });
  await expect(createMerge(await actor(store.db, 'admin'), codes)).resolves.toMatchObject({
    kind: 'merge',
  });
});

test('merges are listed by person, newest first, and shown by the beginning of an id', async () => {
  const [a, b] = [await two(), await two()];
  const first = await absorbed(a.redundant, a.survivor);
  const second = await absorbed(b.redundant, b.survivor);

  const of = async (user: string) =>
    (await listMerges(owner, { user })).merges.map(({ mergeId }) => mergeId);
  expect(await of(a.codes.redundant)).toEqual([first]);
  expect(await of(a.codes.survivor)).toEqual([first]);
  const page = await listMerges(owner, { limit: 1 });
  expect(page).toMatchObject({ merges: [{ mergeId: second }], next: expect.any(String) });
  const rest = await listMerges(owner, { limit: 1, cursor: page.next ?? '' });
  expect(rest.merges).toMatchObject([
    { mergeId: first, state: 'final', by: null, absorbed: { code: a.codes.redundant } },
  ]);
  expect(await showMerge(owner, first)).toMatchObject({ work: [], fields: {}, unmergeFirst: null });
  expect(await faultOf(findMerge(owner, 'ffff'))).toMatchObject({ code: 'merge_not_found' });
});

/** Plans a recorded run as the worker does; returns the gates that hold it. */
async function plan(runId: string): Promise<readonly string[]> {
  const { db } = store;
  const fence = await takeFence(db, runId);
  await moveRun(db.pool, { runId, to: 'running' });
  const { held } = await buildPlan(db, { runId, fence });
  return held.map(({ gate, count }) => `${gate} ${String(count)}`);
}

async function apply(runId: string): Promise<void> {
  const { db } = store;
  const fence = await takeFence(db, runId);
  while (!(await applyBatch(db, { runId, fence, maxEntries: 200, undoDays: 90 })).done);
  await finish(db, { runId, fence, state: 'done', undoDays: 90 });
}

/** A dry run of a merge: its id and preview. */
async function previewOf(input: MergeInput) {
  const { runId } = await createMerge(owner, { ...input, dryRun: true });
  const held = await plan(runId);
  const preview = await previewMerge(owner, runId);
  if (preview === null) throw new Error('no preview');
  return { ...preview, runId, held };
}

async function enroll(user: string, status: string, score: number | null = null): Promise<void> {
  await store.db.pool.query(
    `insert into enrollment (id, user_id, course_id, status, score, completed_at)
     select $1, $2, id, $3::enrollment_status, $4, case when $3 = 'completed' then date '2026-03-01' end
     from course where code = 'SAFETY-101'`,
    [newId(), user, status, score],
  );
}

async function numberIn(user: string, externalId: string): Promise<void> {
  await store.db.pool.query(
    `insert into identity (source_id, external_id, user_id) values ($1, $2, $3)`,
    [CSV_SOURCE_ID, externalId, user],
  );
}

test('the preview has both people, who wins what and why, and who can sign in', async () => {
  const { survivor, redundant, codes } = await two({ redundant: 'inactive' });
  await editUser(owner, { user: codes.redundant, set: { phone: '12', department: 'Sales' } });
  await editUser(owner, { user: codes.survivor, set: { department: 'Law' } });
  await enroll(survivor, 'in_progress');
  await enroll(redundant, 'completed', 82.5);
  await numberIn(redundant, codes.redundant);

  const { mergeId, merge, shown, held, take } = await previewOf({
    ...codes,
    take: ['status=survivor', 'department=redundant'],
  });

  expect(held).toEqual(['expect 1']);
  expect(shown).toMatch(/^[0-9a-f]{16}$/);
  expect([...take].sort()).toEqual(['department=redundant', 'status=survivor']);
  expect(merge).toMatchObject({
    survivor: { code: codes.survivor },
    redundant: { code: codes.redundant },
    setByHand: ['phone'],
    enrollments: [
      {
        course: 'SAFETY-101',
        from: 'redundant',
        rule: 'status',
        survivor: { status: 'in_progress' },
        redundant: { status: 'completed', score: 82.5, completedAt: '2026-03-01' },
      },
    ],
    identities: [{ source: 'csv', externalId: codes.redundant, from: 'redundant', speaks: true }],
    access: { redundant: { allowed: false }, after: { allowed: true, reason: 'active' } },
  });
  const rules = Object.fromEntries(merge.fields.map((one) => [one.field, [one.result, one.rule]]));
  expect(rules).toMatchObject({
    code: [codes.survivor, 'survivor'],
    status: ['active', 'survivor'],
    department: ['Sales', 'chosen'],
    phone: ['12', 'filled'],
  });
  expect(await readRun(owner, (await previewOf(codesWith(codes))).runId)).toMatchObject({
    kind: 'merge',
    mergeId: expect.any(String),
  });
  expect(mergeId).toMatch(/^[0-9a-f-]{36}$/);
});

const codesWith = (codes: { survivor: string; redundant: string }): MergeInput => ({
  ...codes,
  take: ['status=survivor'],
});

test('a merge is confirmed as it was shown, until anything of it changes', async () => {
  const { survivor, redundant, codes } = await two();
  const first = await previewOf(codes);
  await enroll(redundant, 'enrolled');

  const late = await createMerge(owner, { ...codes, asShown: first.shown });
  const heldLate = await plan(late.runId);
  const again = await previewOf(codes);
  const { runId } = await createMerge(owner, { ...codes, asShown: again.shown });
  const held = await plan(runId);
  await apply(runId);

  expect(heldLate).toEqual([]);
  expect((await readRun(owner, late.runId)).counts).toMatchObject({ conflict: 1, updated: 0 });
  expect((await previewMerge(owner, first.runId))?.outdated).toBe(true);
  expect(held).toEqual([]);
  expect(await showUser(owner, codes.redundant)).toMatchObject({ mergedIntoId: survivor });
  expect(await previewMerge(owner, runId)).toBeNull();
  const shown = await showUser(owner, codes.survivor);
  expect(shown.merges).toMatchObject([{ state: 'merged', absorbed: { id: redundant } }]);
  expect(await readRun(owner, runId)).toMatchObject({ mergeId: shown.merges?.[0]?.mergeId });
  expect((await showMerge(owner, shown.merges?.[0]?.mergeId ?? '')).work).toContainEqual({
    what: 'enrollment',
    change: 'moved',
    rows: 1,
  });
  const { events } = await userHistory(owner, { user: codes.survivor });
  expect(events).toContainEqual(expect.objectContaining({ runKind: 'merge', runId }));
});

test('a value that no preview ends with is refused, and one that differs says how to look again', async () => {
  const { survivor, redundant, codes } = await two();

  expect(await fault({ ...codes, asShown: '9d1f0c2ab7e4f31' })).toMatchObject({
    kind: 'usage',
    code: 'bad_shown',
    next: { do: 'mergeUsers', ...codes, take: [] },
  });
  const take = ['phone=redundant'];
  const { runId } = await createMerge(owner, { ...codes, take, asShown: '0123456789abcdef' });
  await plan(runId);
  const [message] = (await readRun(owner, runId)).messages;
  expect(message).toMatchObject({
    code: 'changed_since_shown',
    facts: { take, users: [{ id: survivor }, { id: redundant }] },
  });
});

test('two users who were recorded as different people are merged, which the preview and the run say', async () => {
  const { redundant, codes } = await two();
  await dismissDuplicate(owner, [codes.survivor, codes.redundant]);

  const { merge } = await previewOf(codes);
  const { runId } = await createMerge(owner, { ...codes, expect: 1 });
  await plan(runId);
  await apply(runId);

  const { by, at } = merge.different ?? {};
  expect([by, typeof at]).toEqual(['owner', 'string']);
  const run = await readRun(owner, runId);
  expect(run).toMatchObject({ counts: { updated: 1 } });
  expect(run.messages).toMatchObject([
    { line: 1, code: 'merge_of_different', facts: { by: 'owner', on: at?.slice(0, 10) } },
  ]);
  expect(await showUser(owner, redundant)).toMatchObject({ status: 'merged' });
  expect((await previewOf(await two().then((other) => other.codes))).merge.different).toBeNull();
});

test('a file of pairs retries the failed pairs of another one', async () => {
  const one = await two();
  const other = await two({ redundant: 'inactive' });
  const file = async (retryOf?: string): Promise<string> => {
    const prepared = await prepareMerges(owner, {
      ...(retryOf === undefined ? {} : { retryOf }),
      expect: 1,
    });
    const content = { name: 'pairs.csv', chunks: chunksOf('survivor,redundant\n'), maxBytes: 100 };
    return (await createMergesImport(owner, { prepared, file: content })).runId;
  };
  const merged = async (runId: string, pairs: readonly object[]): Promise<void> => {
    await store.db.pool.query(
      `insert into staged_row (run_id, line, user_ref, other_ref, record)
       select $1, n + 1, p ->> 'survivor', p ->> 'redundant', jsonb_build_object('take', coalesce(p -> 'take', '{}'),
         'userKey', lower(p ->> 'survivor'), 'otherKey', lower(p ->> 'redundant'))
       from jsonb_array_elements($2) with ordinality as r(p, n)`,
      [runId, JSON.stringify(pairs)],
    );
    await store.db.pool.query(
      `update run set rows = $2, staged_at = now(), options = options || '{"expect":1}' where id = $1`,
      [runId, pairs.length],
    );
    await plan(runId);
    await apply(runId);
  };

  const bad = await file();
  await merged(bad, [one.codes, other.codes, { survivor: 'nobody', redundant: 'none' }]);
  const half = await file(bad);
  await merged(half, [{ ...other.codes, take: { status: 'survivor' } }]);

  expect(await readRun(owner, bad)).toMatchObject({
    counts: { conflict: 1, error: 1 },
    mendedBy: null,
  });
  expect(await readRun(owner, half)).toMatchObject({ retryOf: bad, counts: { updated: 1 } });
  // The pair that was brought again is not taken for the row in error.
  const waits = (await listTodo(owner, { limit: 100, now: new Date() })).failedRows.runs;
  expect(waits).toContainEqual(expect.objectContaining({ runId: bad, rows: 1 }));
  const single = await createMerge(owner, { ...(await two()).codes, dryRun: true });
  expect(await faultOf(prepareMerges(owner, { retryOf: single.runId }))).toMatchObject({
    code: 'not_an_import',
  });
});

test('the history of a survivor has the life of the account that it absorbed', async () => {
  const { redundant, codes } = await two();
  await editUser(owner, { user: codes.redundant, set: { phone: '99' } });
  const { runId } = await createMerge(owner, { ...codes, expect: 1 });
  await plan(runId);
  await apply(runId);

  const { events } = await userHistory(owner, { user: codes.survivor });

  expect(events).toContainEqual(
    expect.objectContaining({
      absorbedId: redundant,
      action: 'user.edit',
      changes: { phone: [null, '99'] },
    }),
  );
});

test('an admin who is the redundant user of a planned pair is a conflict', async () => {
  const { codes } = await two();
  const { runId } = await createMerge(owner, { ...codes, expect: 1 });
  await addAdmin(owner, { name: `Late ${codes.redundant}`, level: 'admin', user: codes.redundant });

  await plan(runId);

  expect((await readRun(owner, runId)).messages).toMatchObject([
    { code: 'linked_admin', facts: { admin: `Late ${codes.redundant}` } },
  ]);
});
