import { buildPlan } from '../../../store/plan';
import { failedLines, runDocument } from '../../support/runs/documents';
import { editUser } from '../../../operations/users/userEdits';
import { linkUser } from '../../../operations/users/links';
import { resolveConflict } from '../../../operations/runs/resolve';
import { createUser } from '../../../operations/users/userEdits';
import { addPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  importRows,
  makeDryRunReal,
  planImport,
  start,
  undoRun,
} from '../../support/runs/storeRun';
import { ownerOf } from '../support';
import { stepWords } from '../../support/words';

const store = testDatabase();

beforeEach(async () => {
  await emptyStore(store.db);
});

const three = rows(
  { code: 'a', email: 'a@x.org' },
  { code: 'b', email: 'b@x.org' },
  { code: 'c', email: 'c@x.org' },
);

/** A field of the people who have one of these codes. */
async function fieldOf(field: string): Promise<Record<string, string | null>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map((p) => [p.fields['code'] ?? p.id, p.fields[field] ?? null]),
  );
}

async function identities(): Promise<string[]> {
  return [...(await readWorld(store.db.pool)).identities.keys()].sort();
}

/** Does exactly what a message says, and applies the run that results: its id. */
async function obey(message: string, how: 'user' | 'create'): Promise<string> {
  const words = new RegExp(
    `rollcall runs resolve (\\S+) --entry (\\d+) --${how}${how === 'user' ? ' (\\S+)' : ''}`,
  ).exec(message);
  const [, run = '', entry = '', user = ''] = words ?? [];
  const { followUp } = await resolveConflict(ownerOf(store), {
    run,
    entry: Number(entry),
    choice: how === 'user' ? { as: 'user', user: user.replace(/[;.]$/, '') } : { as: 'create' },
  });
  const { runId } = followUp ?? { runId: '' };
  const fence = await start(store.db, runId);
  const { held, entries } = await buildPlan(store.db, { runId, fence });
  await applyPlan(store.db, { runId, fence, held, entries });
  expect((await runDocument(store.db, runId)).counts).toMatchObject({ conflict: 0, error: 0 });
  return runId;
}

describe('the command that a conflict prints', () => {
  test('takes a rehire with a new number for the same person', async () => {
    await importRows(store.db, { rows: three });
    const { messages } = await importRows(store.db, {
      rows: rows({ code: 'a2', email: 'a@x.org' }),
    });

    await obey(messages[0]?.message ?? '', 'user');

    expect(messages).toMatchObject([{ code: 'other_identity', column: 'email' }]);
    expect(await fieldOf('email')).toEqual({ a2: 'a@x.org', b: 'b@x.org', c: 'c@x.org' });
  });

  test('creates a new user for a recycled address, without the address', async () => {
    await importRows(store.db, { rows: three });
    const { messages } = await importRows(store.db, {
      rows: rows({ code: 'a2', email: 'a@x.org' }),
    });

    await obey(messages[0]?.message ?? '', 'create');

    expect(await fieldOf('email')).toMatchObject({ a: 'a@x.org', a2: null });
  });

  test('says which of two people a row is', async () => {
    await addPerson(store.db.pool, { fields: { code: 'a', email: 'a@x.org' } });
    await addPerson(store.db.pool, { fields: { code: 'b', email: 'b@x.org' } });
    const row = rows({ code: 'a', email: 'b@x.org', firstName: 'Ann' });
    const { messages } = await importRows(store.db, { rows: row });

    await obey(messages[0]?.message ?? '', 'user');

    expect(messages).toMatchObject([{ code: 'ambiguous' }]);
    expect(Object.values(await fieldOf('firstName')).filter((name) => name === 'Ann')).toHaveLength(
      1,
    );
  });

  test('offers a new user only when the row has a key that nobody has', async () => {
    await importRows(store.db, { rows: three });
    const { messages } = await importRows(store.db, {
      rows: [
        row(2, { email: 'a@x.org' }, { externalId: 'z1' }),
        row(3, { code: 'b', email: 'c@x.org' }, { externalId: 'z2' }),
        row(4, { code: 'b3', email: 'b@x.org' }, { externalId: 'z3' }),
      ],
    });

    const told = messages.map(({ code, message }) => [code, message.includes('--create')]);

    expect(told).toEqual([
      ['other_identity', false],
      ['ambiguous', false],
      ['other_identity', true],
    ]);
    expect(messages[1]?.message).toMatch(
      /; if it is a new person: give the row a code, login or e-mail/,
    );
  });

  test('applies a row without the key that another user keeps', async () => {
    await importRows(store.db, { rows: three });
    await addPerson(store.db.pool, { fields: { code: 'x', email: 'x@x.org' } });
    const { messages } = await importRows(store.db, {
      rows: rows({ code: 'a', email: 'x@x.org', firstName: 'Ann' }),
    });

    await obey(messages[0]?.message ?? '', 'user');

    expect(messages).toMatchObject([{ code: 'key_taken', column: 'email' }]);
    expect(await fieldOf('email')).toMatchObject({ a: 'a@x.org', x: 'x@x.org' });
    expect(await fieldOf('firstName')).toMatchObject({ a: 'Ann' });
  });
});

describe('a settled conflict', () => {
  const clash = rows(
    { code: 'a2', email: 'a@x.org' },
    { code: 'b2', email: 'b@x.org' },
    { code: 'c', email: 'c@x.org', firstName: 'Cid' },
  );

  test('is shown as resolved, and its row need not be fixed any more', async () => {
    await importRows(store.db, { rows: three });
    const before = await importRows(store.db, { rows: clash });
    const { runId } = before;

    await obey(before.messages[0]?.message ?? '', 'user');
    const half = await runDocument(store.db, runId);
    const failed = await failedLines(store.db, runId);
    const entry = Number(/--entry (\d+)/.exec(half.messages[1]?.message ?? '')?.[1]);
    await resolveConflict(ownerOf(store), { run: runId, entry, choice: { as: 'skip' } });
    const after = await runDocument(store.db, runId);

    expect(stepWords(before.next)).toContain('rollcall runs report ');
    expect(half).toMatchObject({ settled: 1, counts: { conflict: 2 }, next: before.next });
    expect(half.messages[0]?.message).toMatch(/^Resolved by .+: the row is user a2 \(run .+\)\.$/);
    expect([...failed.keys()]).toEqual([before.messages[1]?.line]);
    expect(after).toMatchObject({ settled: 2, next: { do: 'undo', run: runId } });
    expect(after.mendedBy).toBeNull();
    expect(after.decisions).toMatchObject([
      { kind: 'resolve', resolved: { as: 'user', user: 'a2' } },
      { kind: 'resolve', resolved: { as: 'skip', entry, user: null, followUp: null } },
    ]);
  });

  test.each(['user', 'create'] as const)(
    'does the same again, for --%s, once the run that it made is undone',
    async (how) => {
      await importRows(store.db, { rows: three });
      const { runId, messages } = await importRows(store.db, {
        rows: rows({ code: 'a2', email: 'a@x.org', department: 'Sales' }),
      });
      const said = messages[0]?.message ?? '';
      const before = [await fieldOf('status'), await identities()];
      const first = await obey(said, how);
      const after = [await fieldOf('status'), await identities()];

      await undoRun(store.db, first);
      const undone = [await fieldOf('status'), await identities()];
      const { settled } = await runDocument(store.db, runId);
      await obey(said, how);

      expect(settled).toBe(0);
      if (how === 'user') expect(undone).toEqual(before);
      else expect(undone[0]).toMatchObject({ a2: 'inactive' });
      expect([await fieldOf('status'), await identities()]).toEqual(after);
    },
  );

  test('of a plan is linked at once; the same command brings the row in once it is applied', async () => {
    await importRows(store.db, { rows: three });
    const plan = await planImport(store.db, { rows: clash.slice(0, 1), dryRun: true });
    const { messages } = await runDocument(store.db, plan.runId);
    const entry = Number(/--entry (\d+)/.exec(messages[0]?.message ?? '')?.[1]);
    const { id } = [...(await readWorld(store.db.pool)).people.values()].find(
      (p) => p.fields['code'] === 'a',
    ) ?? { id: '' };
    const said = { run: plan.runId, entry, choice: { as: 'user', user: id } } as const;

    const early = await resolveConflict(ownerOf(store), said);
    await applyPlan(store.db, await makeDryRunReal(store.db, plan));
    const late = await resolveConflict(ownerOf(store), said);

    expect(early).toMatchObject({ followUp: null, next: { do: 'apply', run: plan.runId } });
    expect(late.followUp).not.toBeNull();
  });
});

test('a run whose failed rows came again says by which run, and asks for them no more', async () => {
  const bad = await importRows(store.db, { rows: [row(2, { code: 'm1' }, { fault: true })] });
  const good = await importRows(store.db, {
    rows: [row(2, { code: 'm1', firstName: 'Ann' })],
    retryOf: bad.runId,
  });

  const mended = await runDocument(store.db, bad.runId);

  expect(stepWords(bad.next)).toContain('rollcall runs report ');
  expect(mended).toMatchObject({ mendedBy: good.runId, next: null });
  expect(good).toMatchObject({ retryOf: bad.runId, mendedBy: null });
});

describe('the same file after a change by hand', () => {
  const file = rows({ code: 'a', manager: 'boss' });

  test('of a code names the manager again', async () => {
    const owner = ownerOf(store);
    await createUser(owner, { set: { code: 'boss', login: 'b1' } });
    await importRows(store.db, { rows: file });
    expect((await importRows(store.db, { rows: file })).counts.unchanged).toBe(1);

    await editUser(owner, { user: 'boss', set: { code: 'chief' } });
    const nobody = await importRows(store.db, { rows: file });
    const { id } = await createUser(owner, { set: { code: 'boss', login: 'b2' } });
    const { counts } = await importRows(store.db, { rows: file });

    expect(nobody.messages).toMatchObject([{ code: 'manager_unknown', line: 2 }]);
    expect(counts.updated).toBe(1);
    expect(await fieldOf('manager')).toMatchObject({ a: id });
  });

  test('of a link names the manager again', async () => {
    const owner = ownerOf(store);
    await importRows(store.db, { rows: [...file, ...rows({ code: 'boss' })].map(renumbered) });
    const { id } = await createUser(owner, { set: { code: 'other' } });
    expect((await importRows(store.db, { rows: file })).counts.unchanged).toBe(1);

    await linkUser(owner, { user: 'other', source: 'csv', externalId: 'boss', move: true });
    const { counts } = await importRows(store.db, { rows: file });

    expect(counts.updated).toBe(1);
    expect(await fieldOf('manager')).toMatchObject({ a: id });
  });

  test('by a file of a code names the manager again', async () => {
    await addPerson(store.db.pool, { fields: { code: 'boss', email: 'boss@x.org' } });
    await importRows(store.db, { rows: file });
    expect((await importRows(store.db, { rows: file })).counts.unchanged).toBe(1);

    await importRows(store.db, { rows: rows({ code: 'chief', email: 'boss@x.org' }) });
    const { messages } = await importRows(store.db, { rows: file });

    expect(await fieldOf('email')).toMatchObject({ chief: 'boss@x.org' });
    expect(messages).toMatchObject([{ code: 'manager_unknown', line: 2 }]);
  });
});

function renumbered<T extends { readonly line: number }>(row: T, i: number): T {
  return { ...row, line: i + 2 };
}
