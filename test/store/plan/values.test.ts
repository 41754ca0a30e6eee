import iconv from 'iconv-lite';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { emptyStore, everything, readWorld } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { failedLines, runDocument } from '../../support/runs/documents';
import { importFile, planFile } from '../../support/runs/fileRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const file = (header: string, rows: readonly string[]): string => `${header}\n${rows.join('\n')}\n`;
const people = (n: number, row: (i: number) => string, from = 0): string[] =>
  Array.from({ length: n }, (_, i) => row(i + from));

/** The people of the store, as `code: value of the field`. */
async function values(field: string): Promise<string[]> {
  const { people: all } = await readWorld(store.db.pool);
  return [...all.values()]
    .map(({ fields }) => `${fields['code'] ?? ''}: ${fields[field] ?? ''}`)
    .sort();
}

describe('a rounded number as a key', () => {
  const row = (code: string): string => `${code},Ann,Person${code},active`;
  const HEADER = 'code,first_name,last_name,status';
  const before = people(40, (i) => row(String(99_990 + i)));
  const after = before.map((line) => line.replace(/^100000,/, '1e+05,'));

  it('holds the run that would deactivate the person of that number', async () => {
    const of = { sourceId: LIST, options: { missing: 'deactivate' } } as const;
    await importFile(store.db, { text: file(HEADER, before), ...of });
    const were = await everything(store.db.pool);

    const run = await planFile(store.db, { text: file(HEADER, after), ...of });
    await hold(store.db, run);
    const { counts, messages } = await runDocument(store.db, run.runId);

    expect(run.held).toEqual([{ gate: 'unreadable_keys', count: 1, limit: 0 }]);
    expect(counts).toMatchObject({ error: 1, deactivated: 1, created: 0 });
    expect(messages).toMatchObject([{ line: 12, column: 'code', code: 'rounded_key' }]);
    expect(await everything(store.db.pool)).toBe(were);
  });

  it('holds it in a list whose key is the e-mail, where the row has one that the list does not know', async () => {
    const mails = (code: string, mail: string): string => `${code},Ann,Person,${mail}@x.example`;
    const text = (last: string): string =>
      file('code,first_name,last_name,email', [
        ...people(40, (i) => mails(String(i), `m${String(i)}`)),
        last,
      ]);
    const of = { sourceId: LIST, options: { missing: 'deactivate', key: 'email' } } as const;
    await importFile(store.db, { text: text(mails('100000', 'old')), ...of });

    const known = await planFile(store.db, { text: text(mails('1e+05', 'old')), ...of });
    await finish(store.db, { ...known, state: 'cancelled', undoDays: 90 });
    const run = await planFile(store.db, { text: text(mails('1e+05', 'new')), ...of });

    expect(known.held).toEqual([]);
    expect(run.held).toEqual([{ gate: 'unreadable_keys', count: 1, limit: 0 }]);
  });

  it('is an error and nothing else where nobody counts as missing', async () => {
    await importFile(store.db, { text: file(HEADER, before), sourceId: LIST });

    const run = await planFile(store.db, { text: file(HEADER, after), sourceId: LIST });
    const { counts } = await runDocument(store.db, run.runId);

    expect(run.held).toEqual([]);
    expect(counts).toMatchObject({ error: 1, unchanged: 39, created: 0, deactivated: 0 });
  });
});

describe('rows that are no people', () => {
  const HEADER = 'code,first_name,last_name,email,department';
  const ada = 'TR1,Ada,North,ada@x.example,Sales';
  const bo = 'TR2,Bo,South,bo@x.example,Sales';

  it('totals and notes at the end are errors; the others go through', async () => {
    const text = file(HEADER, [ada, bo, ',,,,', 'Total,2,,,', 'Total: 2,,,,', 'End of report,,,,']);

    const { runId, counts, messages } = await importFile(store.db, { text });

    expect(counts).toMatchObject({ rows: 5, created: 2, error: 3 });
    expect(await values('firstName')).toEqual(['TR1: Ada', 'TR2: Bo']);
    expect(messages).toContainEqual(
      expect.objectContaining({ code: 'not_a_person', line: 5, count: 3, lines: [5, 6, 7] }),
    );
    expect([...(await failedLines(store.db, runId))].map(([line]) => line)).toEqual([5, 6, 7]);
  });

  it.each([
    { logins: 'with digits', ada: 'tr1', created: 1, error: 2 },
    { logins: 'that are words', ada: 'ada', created: 3, error: 0 },
  ])('totals are errors in a file of logins $logins: $error', async ({ ada, created, error }) => {
    const text = file('login,first_name,last_name', [`${ada},Ada,North`, 'total,,', 'bob,,']);

    const { counts } = await importFile(store.db, { text });

    expect(counts).toMatchObject({ rows: 3, created, error });
  });

  it('rows in between are errors where nine of ten rows have a name or an e-mail', async () => {
    const named = people(
      9,
      (i) => `N${String(i)},${i < 5 ? 'Ann,,' : `,,n${String(i)}@x.example`},`,
    );
    const text = file(HEADER, ['K1,,,,Sales', ...named]);

    const { counts } = await importFile(store.db, { text });

    expect(counts).toMatchObject({ created: 9, error: 1 });
  });

  it('names whose letters were lost are names', async () => {
    const named = people(9, (i) => `N${String(i)},????,???,,Sales`);
    const text = file(HEADER, ['Total,9,,,Sales', ...named]);

    const { counts } = await importFile(store.db, { text });

    expect(counts).toMatchObject({ created: 0, error: 10 });
  });

  it('are people where more rows are like that, and where the person is known', async () => {
    const known = await importFile(store.db, { text: file(HEADER, ['K1,Kim,,,', 'K2,,,,IT']) });
    const text = file(HEADER, [
      'K1,,,,Sales',
      'K3,,,,IT',
      ...people(8, (i) => `N${String(i)},Ann,,,`),
    ]);

    const few = await importFile(store.db, { text });
    const again = await importFile(store.db, { text: text.replaceAll(',Ann,', ',Bob,') });

    expect(known.counts).toMatchObject({ created: 2, error: 0 });
    expect(few.counts).toMatchObject({ created: 9, updated: 1, error: 0 });
    expect(again.counts).toMatchObject({ updated: 8, unchanged: 2, error: 0 });
  });

  it('prove no presence', async () => {
    const of = { sourceId: LIST, options: { missing: 'deactivate' } } as const;
    const named = people(20, (i) => `N${String(i)},Ann,,,`);
    await importFile(store.db, { text: file(HEADER, named), ...of });

    const { held } = await planFile(store.db, {
      text: file(HEADER, [...named.slice(0, 17), 'Total,17,,,']),
      ...of,
    });

    expect(held).toEqual([{ gate: 'short_file', count: 17, limit: 18 }]);
  });

  it('are errors in a retry of their run, too, until they have a name', async () => {
    const first = await importFile(store.db, { text: file(HEADER, [ada, bo, 'Total,2,,,']) });
    const options = { retryOf: first.runId };

    const same = await importFile(store.db, { text: file(HEADER, ['Total,2,,,']), options });
    const mended = await importFile(store.db, { text: file(HEADER, ['Total,Tom,,,']), options });

    expect(same.counts).toMatchObject({ created: 0, error: 1 });
    expect(mended.counts).toMatchObject({ created: 1, error: 0 });
  });
});

describe('words for nothing', () => {
  const HEADER = 'code,first_name,department';
  const good = people(12, (i) => `N${String(i)},Ann,Sales`);

  it('hold a plan that gives five people the same one, and name the field and the option', async () => {
    await importFile(store.db, { text: file(HEADER, good), sourceId: LIST });
    const text = (n: number): string =>
      file(
        HEADER,
        good.map((row, i) => (i < n ? row.replace('Sales', i % 2 ? 'NA' : 'na') : row)),
      );

    const five = await planFile(store.db, { text: text(5), sourceId: LIST });
    const { messages } = await runDocument(store.db, five.runId);
    await finish(store.db, { ...five, state: 'cancelled', undoDays: 90 });
    const four = await planFile(store.db, { text: text(4), sourceId: LIST });
    await finish(store.db, { ...four, state: 'cancelled', undoDays: 90 });
    const asNull = { nullWords: ['NA'] };
    const told = await planFile(store.db, { text: text(5), sourceId: LIST, options: asNull });

    expect(five.held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
    expect(messages).toMatchObject([
      { code: 'words_for_nothing' },
      { column: 'department', code: 'made_nothing' },
    ]);
    expect(messages[1]?.message).toContain('5 people would get');
    expect([four.held, told.held, told.entries]).toEqual([[], [], 0]);
  });

  it('are all in the one option, and the plan is looked at before it is approved', async () => {
    await importFile(store.db, { text: file(HEADER, good), sourceId: LIST });
    const text = file(HEADER, good).replaceAll('Sales', 'NULL').replaceAll('Ann', 'n/a');

    const run = await planFile(store.db, { text, sourceId: LIST });
    await hold(store.db, run);
    const { messages, next } = await runDocument(store.db, run.runId);

    const made = messages.filter(({ code }) => code === 'made_nothing');
    expect(made.map(({ message }) => /--null (\S+)(?=;)/.exec(message)?.[1])).toEqual([
      "'NULL,n/a'",
      "'NULL,n/a'",
    ]);
    expect(next).toMatchObject({ do: 'diff', run: run.runId });
  });

  it('hold an unnamed upload likewise', async () => {
    await importFile(store.db, { text: file(HEADER, good) });

    const { held } = await planFile(store.db, {
      text: file(HEADER, good).replaceAll('Sales', 'NULL'),
    });

    expect(held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
  });

  it('in most rows, a field counts as empty that the last run filled, though nobody is changed', async () => {
    await importFile(store.db, { text: file(HEADER, good), sourceId: LIST });
    const fresh = people(12, (i) => `M${String(i)},Ann,${i < 7 ? 'N/A' : 'IT'}`);

    const { held } = await planFile(store.db, { text: file(HEADER, fresh), sourceId: LIST });

    expect(held).toEqual([{ gate: 'coverage', count: 1, limit: 0 }]);
  });
});

describe('letters that were lost before the file came', () => {
  const HEADER = 'code,first_name,last_name';

  it('never overwrite a name, lost completely or in part', async () => {
    const names = ['1,Иван,Müller', '2,Ann,Čapek', '3,Bo,Lee'];
    await importFile(store.db, { text: file(HEADER, names) });

    const { counts } = await importFile(store.db, {
      text: file(HEADER, ['1,????,M?ller', '2,Ann,?apek', '3,Bo,L?ng']),
    });

    expect(counts).toMatchObject({ error: 1, unchanged: 1, updated: 1 });
    expect(await values('lastName')).toEqual(['1: Müller', '2: Čapek', '3: L?ng']);
    expect(await values('firstName')).toEqual(['1: Иван', '2: Ann', '3: Bo']);
  });

  it('are found by place, whatever signs the name has', async () => {
    await importFile(store.db, { text: file(HEADER, ['1,A_b%c\\dé,x', '2,Axb%c\\dé,x']) });

    const { counts } = await importFile(store.db, {
      text: file(HEADER, ['1,A_b%c\\d?,x', '2,A_b%c\\d?,x']),
    });

    expect(counts).toMatchObject({ unchanged: 1, updated: 1 });
  });
});

describe('UTF-8 that a program read in another encoding', () => {
  const HEADER = 'code,first_name,last_name,department';
  const known = ['1,Jörg,Müller,Käserei', '2,Nicolà,García,Büro', '3,Łukasz,Żak,Ось'];
  const as = (encoding: string, text: string): string => iconv.decode(Buffer.from(text), encoding);
  const twice = (text: string): string => as('win1252', as('win1252', text));

  it.each([
    ['windows-1252', as('win1252', '1,Jörg,Müller,Käserei\n2,Nicolà,García,Büro')],
    ['windows-1252, twice', twice('1,Jörg,Müller,Käserei')],
    ['windows-1250', as('win1250', '1,Jörg,Müller,Käserei')],
    ['windows-1251', as('win1251', '1,Jörg,Müller,Käserei\n3,Łukasz,Żak,Ось')],
    ['macintosh', as('macintosh', '1,Jörg,Müller,Käserei\n2,Nicolà,García,Büro')],
    ['cp850', as('cp850', '1,Jörg,Müller,Käserei\n3,Łukasz,Żak,Ось')],
  ])('never overwrites what it was: %s', async (_, rows) => {
    await importFile(store.db, { text: file(HEADER, known) });
    const were = await values('lastName');

    const { counts, messages } = await importFile(store.db, { text: file(HEADER, [rows]) });

    expect(counts).toMatchObject({ updated: 0, error: 0 });
    expect(messages).toMatchObject([{ code: 'garbled_letters' }]);
    expect(await values('lastName')).toEqual(were);
  });

  it('is an update where it is another text', async () => {
    await importFile(store.db, { text: file(HEADER, known) });

    const { counts } = await importFile(store.db, {
      text: file(HEADER, ['1,Jörg,MÃ¼hler,Käserei', '2,Nicolá,García,Büro']),
    });

    expect(counts).toMatchObject({ updated: 2, unchanged: 0 });
  });
});

describe('rows that are odd beside all others', () => {
  const HEADER = 'code,first_name,last_name,email,department';
  const staff = people(4, (i) => `10${String(i)},Ann,Lee,a${String(i)}@x.example,Sales`);

  it.each([
    ['a total with text in a name', staff, 'Gesamt,4 Personen,,,'],
    ['a total with its number in another column', staff, 'Total,,,,4'],
    ['a total in a name', staff, 'Summe,vier,,,'],
    [
      'a total under words as codes',
      staff.map((row) => row.replace(/^10\d/, (code) => `ann${'abcd'.charAt(Number(code) - 100)}`)),
      'Total,4 people,,,',
    ],
  ])('are errors: %s', async (_, rows, total) => {
    const { counts, messages } = await importFile(store.db, {
      text: file(HEADER, [...rows, total]),
    });

    expect(counts).toMatchObject({ created: 4, error: 1 });
    expect(messages).toMatchObject([{ code: 'not_a_person', line: 6 }]);
  });

  it.each([
    ['a code with a digit', '104,Kim,,,'],
    ['two names', 'KIM,Kim,Lee,,'],
    ['an e-mail address', 'KIM,Kim,,kim@x.example,'],
  ])('are people with %s', async (_, row) => {
    const { counts } = await importFile(store.db, { text: file(HEADER, [...staff, row]) });

    expect(counts).toMatchObject({ created: 5, error: 0 });
  });

  it('are people who are known', async () => {
    await importFile(store.db, { text: file(HEADER, ['KIM,Kim,Lee,kim@x.example,IT']) });

    const { counts } = await importFile(store.db, { text: file(HEADER, [...staff, 'KIM,Jo,,,']) });

    expect(counts).toMatchObject({ created: 4, updated: 1, error: 0 });
  });
});
