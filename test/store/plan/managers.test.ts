import { buildPlan } from '../../../store/plan';
import { runDocument } from '../../support/runs/documents';
import { addPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { askedOf } from '../../support/runs/reads';
import { importRows, planImport, stage } from '../../support/runs/storeRun';
import { addReferences } from '../../support/oracle/worlds';

const store = testDatabase();
const { fieldOf, messagesOf } = askedOf(store);

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

describe('managers', () => {
  test('a manager is found by id or code, before and after in the file, in batches of any size', async () => {
    await addPerson(store.db.pool, { fields: { code: 'boss' } });

    await importRows(store.db, {
      rows: rows(
        { code: 'a', manager: 'c' },
        { code: 'b', manager: 'boss' },
        { code: 'c', manager: 'd' },
        { code: 'd' },
      ),
      maxEntries: 1,
    });

    const { people } = await readWorld(store.db.pool);
    const code = new Map([...people.values()].map((p) => [p.id, p.fields['code']]));
    const managers = [...people.values()].map((p) => [
      p.fields['code'],
      code.get(p.fields['manager'] ?? '') ?? null,
    ]);
    expect(Object.fromEntries(managers)).toEqual({
      a: 'c',
      b: 'boss',
      c: 'd',
      d: null,
      boss: null,
    });
  });

  test('new managers stand before those they lead, however the file has them: none is set late', async () => {
    const planned = await planImport(store.db, {
      rows: rows(
        { code: 'a', manager: 'b' },
        { code: 'b', manager: 'c' },
        { code: 'c', manager: 'd' },
        { code: 'd' },
        { code: 'round', manager: 'about' },
        { code: 'about', manager: 'round' },
      ),
    });

    const { rows: entries } = await store.db.pool.query<{ code: string; late: boolean }>(
      `select s.code, p.manager_late as late from plan_entry p join staged_row s using (run_id, line)
       where run_id = $1 order by entry`,
      [planned.runId],
    );
    expect(entries.map(({ code }) => code)).toEqual(['d', 'c', 'b', 'round', 'about', 'a']);
    expect(entries.filter(({ late }) => late).map(({ code }) => code)).toEqual(['round']);
  });

  test('a person whom this very read links to an id can be named by it', async () => {
    const boss = await addPerson(store.db.pool, { fields: { email: 'boss@x.org' } });

    const found = await messagesOf({
      rows: rows({ code: 'a', manager: '77' }, { code: '77', email: 'boss@x.org' }),
    });

    expect(found).toEqual([]);
    expect(await fieldOf('manager')).toEqual({ a: boss, 77: null });
  });

  test('an unknown id is a message, as is a person who will not be created', async () => {
    await importRows(store.db, { rows: rows({ code: 'a' }) });

    const found = await messagesOf({
      rows: rows({ code: 'a', manager: 'new' }, { code: 'new' }),
      create: false,
    });

    expect(found).toEqual([[2, 'manager_unknown']]);
    expect(await fieldOf('manager')).toEqual({ a: null });
  });

  test('a missing manager is one message, however many people name them', async () => {
    const long = 'x'.repeat(200);

    const { messages } = await importRows(store.db, {
      rows: rows(
        { code: 'a', manager: 'nobody' },
        { code: 'b', manager: 'nobody' },
        { code: 'c', manager: long },
      ),
    });

    expect(messages).toMatchObject([
      { line: 2, code: 'manager_unknown' },
      { line: 4, code: 'manager_unknown' },
    ]);
    expect(messages[0]?.message).toContain('Nobody has the number, e-mail or login "nobody"');
    expect(messages[0]?.message).toContain('2 people');
    expect(messages[1]?.message).not.toContain(long);
  });

  test('a manager whose own row is bad is reported as such, with its line', async () => {
    const { runId, messages } = await importRows(store.db, {
      rows: [
        row(2, { code: 'a', manager: 'boss' }),
        row(3, { code: 'b', manager: 'twin' }),
        row(4, { code: 'boss' }, { fault: true }),
        row(5, { code: 'twin' }),
        row(6, { code: 'twin', firstName: 'Tim' }),
      ],
    });

    const told = messages.filter(({ code }) => code === 'manager_unknown');
    expect(told.map(({ line }) => line)).toEqual([2, 3]);
    expect(told[0]?.message).toMatch(/^"boss" is line 4 of this file, and that row has an error/);
    expect(told[1]?.message).toMatch(/^"twin" is line 5 of this file, and that row is in conflict/);
    expect(told[0]?.message).toContain(`--retry-of ${runId}`);
  });

  test('messages call columns as the file does', async () => {
    const { runId, fence } = await planImport(store.db, { rows: [] });
    await store.db.pool.query(`update run set planned_at = null, staged_at = null where id = $1`, [
      runId,
    ]);
    await stage(store.db, {
      runId,
      fence,
      rows: rows(
        { code: 'a', manager: 'nobody' },
        { code: 'b', email: 'x@x.org' },
        { code: 'c', email: 'x@x.org' },
      ),
      headers: { manager: 'Vorgesetzter', email: 'E-Mail-Adresse' },
    });
    await buildPlan(store.db, { runId, fence });

    const { messages } = await runDocument(store.db, runId);
    expect(messages).toMatchObject([
      { line: 2, column: 'Vorgesetzter' },
      { line: 3, column: 'E-Mail-Adresse', code: 'same_person_twice' },
      { line: 4, column: 'E-Mail-Adresse', code: 'same_person_twice' },
    ]);
    expect(messages[1]?.message).toContain(
      'Line 4 has the same E-Mail-Adresse but another number: "c" there, "b" here.',
    );
    expect(messages[2]?.message).toContain('"b" there, "c" here');
  });

  test('two rows with one number and different values are about one person', async () => {
    const { messages } = await importRows(store.db, {
      rows: rows({ code: 'b', firstName: 'Eva' }, { code: 'b', firstName: 'Finn' }),
    });

    expect(messages[0]?.message).toMatch(/^Line 3 has the same code, so both rows .* Keep one/);
  });

  test('a cycle is a message and never an error', async () => {
    const found = await messagesOf({
      rows: rows(
        { code: 'a', manager: 'b' },
        { code: 'b', manager: 'a' },
        { code: 'c', manager: 'c' },
        { code: 'd', manager: 'a' },
      ),
      maxEntries: 1,
    });

    expect(found).toEqual([
      [2, 'manager_cycle'],
      [3, 'manager_cycle'],
      [4, 'manager_cycle'],
    ]);
    expect(Object.values(await fieldOf('manager')).filter((m) => m === null)).toEqual([]);
  });

  test('a message of a circle names who is on it, what was done, and the command that breaks it', async () => {
    const { messages } = await importRows(store.db, {
      rows: rows(
        { code: 'a', manager: 'b' },
        { code: 'b', manager: 'c' },
        { code: 'c', manager: 'a' },
        { code: 'd', manager: 'd' },
      ),
    });

    expect(messages.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /: a → b \(line 3\) → c \(line 4\) → a\. It is imported like that\. .*: rollcall users edit a --clear manager$/,
      ),
      expect.stringMatching(/: b → c \(line 4\) → a \(line 2\) → b\./),
      expect.stringMatching(/: c → a \(line 2\) → b \(line 3\) → c\./),
      expect.stringMatching(
        /^d is their own manager\. .* in this row .*users edit d --clear manager$/,
      ),
    ]);
  });

  test('a circle is reported again by each import of its rows, until it is broken', async () => {
    const round = rows({ code: 'a', manager: 'b' }, { code: 'b', manager: 'a' });
    await importRows(store.db, { rows: round });

    const again = await messagesOf({ rows: round });
    const third = await messagesOf({ rows: round });
    const broken = await messagesOf({
      rows: rows({ code: 'a', manager: 'c' }, { code: 'b', manager: 'a' }, { code: 'c' }),
    });

    expect(again).toEqual([
      [2, 'manager_cycle_stands'],
      [3, 'manager_cycle_stands'],
    ]);
    expect(third).toEqual(again);
    expect(broken).toEqual([]);
  });

  test('a chain of thousands is planned as any other, and a circle at its end is found', async () => {
    const chain = Array.from({ length: 5_000 }, (_, n) => ({
      code: `c${String(n)}`,
      manager: `c${String(n + 1)}`,
    }));
    const end = [
      { code: 'c5000', manager: 'c5001' },
      { code: 'c5001', manager: 'c5000' },
    ];

    const found = await messagesOf({ rows: rows(...chain, ...end) });

    expect(found).toEqual([
      [5_002, 'manager_cycle'],
      [5_003, 'manager_cycle'],
    ]);
  });

  test('a manager who comes with a later file is set then, though the row says the same', async () => {
    await importRows(store.db, { rows: rows({ code: 'a', manager: 'b' }) });

    const { counts } = await importRows(store.db, {
      rows: rows({ code: 'a', manager: 'b' }, { code: 'b' }),
    });

    expect(counts).toMatchObject({ created: 1, updated: 1 });
  });
});

describe('managers by e-mail or login', () => {
  const ADA = { code: 'ma1', email: 'Ada@x.org', login: 'ada' };
  const led = (code: string, manager: string) => ({ code, email: `${code}@x.org`, manager });

  /** code → the code of the manager. */
  async function leaders(): Promise<Record<string, unknown>> {
    const { people } = await readWorld(store.db.pool);
    return Object.fromEntries(
      [...people.values()].map(({ fields }) => [
        fields['code'],
        people.get(fields['manager'] ?? '')?.fields['code'],
      ]),
    );
  }

  test('are found in the same read, before or after the people they lead, in any case', async () => {
    const file = rows(led('b', 'ADA@x.org'), ADA, led('c', 'Ada'), led('d', 'b@x.org'));

    const first = await importRows(store.db, { rows: file });
    const again = await importRows(store.db, { rows: file });

    expect(first.messages).toEqual([]);
    expect(await leaders()).toEqual({ ma1: undefined, b: 'ma1', c: 'ma1', d: 'b' });
    expect(again.counts).toMatchObject({ unchanged: 4 });
  });

  test('are found among the users of other sources', async () => {
    await addPerson(store.db.pool, { fields: ADA });

    await importRows(store.db, { rows: rows(led('b', 'ada@x.org')) });

    expect(await leaders()).toMatchObject({ b: 'ma1' });
  });

  test('a number goes before an e-mail, and an e-mail before a login', async () => {
    await importRows(store.db, {
      rows: rows(
        { code: 'x@x.org', email: 'n@x.org' },
        { code: 'e', email: 'x@x.org' },
        { code: 'f', email: 'l@x.org', login: 'y@x.org' },
        { code: 'g', email: 'y@x.org', login: 'g' },
        led('b', 'x@x.org'),
        led('c', 'y@x.org'),
      ),
    });

    expect(await leaders()).toMatchObject({ b: 'x@x.org', c: 'g' });
  });

  test('follow an e-mail that goes to another person, though the row is the same', async () => {
    await importRows(store.db, { rows: rows(ADA, led('b', 'ada@x.org')) });

    await importRows(store.db, {
      rows: rows({ ...ADA, email: 'old@x.org' }, led('b', 'ada@x.org'), {
        code: 'ma2',
        email: 'ada@x.org',
      }),
    });

    expect(await leaders()).toMatchObject({ b: 'ma2' });
  });

  test('a column of names is named as such, once', async () => {
    const { messages } = await importRows(store.db, {
      rows: rows(
        ADA,
        led('b', 'ada@x.org'),
        led('c', 'Ada North'),
        led('d', 'North, Ada (MA1)'),
        led('e', 'CN=Ada North,OU=Staff'),
        led('f', 'nobody'),
      ),
    });

    expect(messages.map(({ line, code }) => [line, code])).toEqual([
      [4, 'manager_names'],
      [7, 'manager_unknown'],
    ]);
    expect(messages[0]?.message).toContain('"Ada North", "North, Ada (MA1)"');
  });

  test('one name among numbers is an unknown manager like any other', async () => {
    const { messages } = await importRows(store.db, {
      rows: rows(ADA, led('b', 'ma1'), led('c', 'ma1'), led('d', 'Ada North')),
    });

    expect(messages.map(({ code }) => code)).toEqual(['manager_unknown']);
  });
});
