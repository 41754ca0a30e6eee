import { diffEntries } from '../../../../store/report/diff';
import { editPerson, emptyStore, readWorld, rows } from '../../../support/builders';
import { testDatabase } from '../../../support/postgres';
import { applyPlan, importRows, planImport, undoRun } from '../../../support/runs/storeRun';
import { addReferences, LISTS } from '../../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(() => emptyStore(store.db));

const imported = (...values: Record<string, string>[]) =>
  importRows(store.db, { rows: rows(...values), sourceId: LIST });

/** code → e-mail and login, where they differ; otherwise the one that both are. */
async function keys(): Promise<Record<string, unknown>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map(({ fields: { code, email, login } }) => [
      code,
      email === login ? email : { email, login },
    ]),
  );
}

async function edit(code: string, fields: Record<string, string | null>, sticky = true) {
  const { people } = await readWorld(store.db.pool);
  const person = [...people.values()].find((p) => p.fields['code'] === code);
  await editPerson(store.db.pool, person?.id ?? '', fields, { sticky });
}

const codes = (messages: readonly { readonly code: string }[]) => messages.map(({ code }) => code);

const ADA = { code: '71', email: 'a@x.org' };
const BO = { code: '72', email: 'b@x.org' };

test('a login that is the e-mail follows it: said, shown, and undone with the run', async () => {
  await imported(ADA);

  const { messages, runId } = await imported({ ...ADA, email: 'an@x.org' });

  expect(await keys()).toEqual({ 71: 'an@x.org' });
  expect(messages).toEqual([
    expect.objectContaining({
      code: 'login_follows',
      message: `1 person has the e-mail as login, so the login changes with it. To see it: rollcall runs diff ${runId} --field login`,
    }),
  ]);
  const shown = [];
  for await (const { changes } of diffEntries(store.db, { runId })) shown.push(changes);
  expect(shown).toEqual([{ email: ['a@x.org', 'an@x.org'], login: ['a@x.org', 'an@x.org'] }]);
  await undoRun(store.db, runId);
  expect(await keys()).toEqual({ 71: 'a@x.org' });
});

test('people who swap e-mails swap logins, and the freed address goes to a new person', async () => {
  await imported(ADA, BO);

  const { counts } = await imported(
    { ...ADA, email: 'b@x.org' },
    { ...BO, email: 'c@x.org' },
    { code: '73', email: 'a@x.org' },
  );

  expect(counts).toMatchObject({ updated: 2, created: 1, conflict: 0 });
  expect(await keys()).toEqual({ 71: 'b@x.org', 72: 'c@x.org', 73: 'a@x.org' });
});

test('a person is one key change for the gate, though e-mail and login change', async () => {
  await imported(ADA, BO);

  const { held } = await planImport(store.db, {
    rows: rows({ ...ADA, email: 'b@x.org' }, { ...BO, email: 'a@x.org' }),
    sourceId: LIST,
    gates: { key_changes: 1 },
  });

  expect(held).toEqual([{ gate: 'key_changes', count: 2, limit: 1 }]);
});

test.each([
  ['of its own', () => imported({ ...ADA, login: 'ada' }), 'ada'],
  [
    'that a column gave, though it is the e-mail',
    () => imported({ ...ADA, login: ADA.email }),
    'a@x.org',
  ],
  [
    'that a column changed to the e-mail',
    async () => {
      await imported({ ...ADA, login: 'ada' });
      await imported({ ...ADA, login: ADA.email });
    },
    'a@x.org',
  ],
  [
    'that a hand set',
    async () => {
      await imported(ADA);
      await edit('71', { login: 'a@x.org' });
    },
    'a@x.org',
  ],
])('a login %s does not follow', async (_, before, login) => {
  await before();

  const { messages } = await imported({ ...ADA, email: 'an@x.org' });

  expect(await keys()).toEqual({ 71: { email: 'an@x.org', login } });
  expect(codes(messages)).not.toContain('login_follows');
});

test('a login stays where another user has the new one, which stops nobody and is said', async () => {
  await imported(ADA, { code: '9', email: 'z@x.org', login: 'an@x.org' });

  const { messages, counts } = await imported({ ...ADA, email: 'an@x.org' });

  expect(counts).toMatchObject({ updated: 1, conflict: 0 });
  expect(await keys()).toMatchObject({ 71: { email: 'an@x.org', login: 'a@x.org' } });
  expect(codes(messages)).toContain('login_stays');
  expect((await imported({ ...ADA, email: 'an@x.org' })).counts).toMatchObject({ unchanged: 1 });
});

test('a chain of logins stays where its end is not free', async () => {
  await imported(ADA, BO, { code: '9', email: 'z@x.org', login: 'c@x.org' });

  const { counts } = await imported({ ...ADA, email: 'b@x.org' }, { ...BO, email: 'c@x.org' });

  expect(counts).toMatchObject({ updated: 2, conflict: 0 });
  expect(await keys()).toMatchObject({
    71: { email: 'b@x.org', login: 'a@x.org' },
    72: { email: 'c@x.org', login: 'b@x.org' },
  });
});

test.each([
  ['a new person', { code: '80', email: 'n@x.org', login: 'an@x.org' }],
  ['a known one', { ...BO, login: 'an@x.org' }],
])('a login that the read gives to %s goes before one that follows', async (_, other) => {
  await imported(ADA, BO);

  const { counts, messages } = await imported({ ...ADA, email: 'an@x.org' }, other);

  expect(counts.conflict).toBe(0);
  expect(await keys()).toMatchObject({ 71: { email: 'an@x.org', login: 'a@x.org' } });
  expect(codes(messages)).toContain('login_stays');
});

test('a row that is found by its code takes the login along', async () => {
  await importRows(store.db, { rows: rows(ADA), sourceId: LIST });

  await importRows(store.db, { rows: rows({ ...ADA, email: 'an@x.org' }) });

  expect(await keys()).toEqual({ 71: 'an@x.org' });
});

test('an e-mail that is kept by hand, or cleared, leaves the login as it is', async () => {
  await imported(ADA, BO);
  await edit('71', { email: 'a@x.org' });

  await imported({ ...ADA, email: 'an@x.org' });
  await importRows(store.db, {
    rows: [{ line: 2, externalId: '72', values: { code: '72' }, clears: ['email'] }],
    sourceId: LIST,
  });

  expect(await keys()).toEqual({ 71: 'a@x.org', 72: { email: null, login: 'b@x.org' } });
});

test('an e-mail that was changed since the plan keeps its login with it', async () => {
  await imported(ADA);
  const run = await planImport(store.db, {
    rows: rows({ ...ADA, email: 'an@x.org' }),
    sourceId: LIST,
    gates: { key_changes: 0 },
  });
  await edit('71', { email: 'hand@x.org', login: 'hand@x.org' }, false);

  await applyPlan(store.db, run, { approve: {} });

  expect(await keys()).toEqual({ 71: 'hand@x.org' });
});

describe('a leaver who comes back with the e-mail of the successor', () => {
  const is = (code: string, status: string, email = 'a@x.org') => ({ code, email, status });

  test('gets e-mail and login, and the successor gives both up', async () => {
    await imported(is('A', 'active'));
    await imported(is('A', 'inactive'), is('B', 'active'));
    expect(await keys()).toEqual({ A: null, B: 'a@x.org' });

    const { runId } = await imported(is('A', 'active'), is('B', 'inactive'));

    expect(await keys()).toEqual({ A: 'a@x.org', B: null });
    await undoRun(store.db, runId);
    expect(await keys()).toEqual({ A: null, B: 'a@x.org' });
  });

  test('gives both up for a successor who is known with another e-mail', async () => {
    await imported(is('A', 'active'), is('B', 'inactive', 'b@x.org'));

    await imported(is('B', 'active'), is('A', 'inactive'));

    expect(await keys()).toEqual({ A: null, B: 'a@x.org' });
  });

  test('has the number as login where the e-mail stays with the successor', async () => {
    await imported(is('A', 'active'));
    await imported(is('A', 'inactive'), is('B', 'active'));

    await imported({ code: 'A', status: 'active' }, is('B', 'active'));

    expect(await keys()).toEqual({ A: { email: null, login: 'A' }, B: 'a@x.org' });
  });
});
