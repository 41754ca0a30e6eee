import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createIngestActivities } from '../../activities/ingest';
import { Rollcall } from '../../client/rollcall';
import { createProgram } from '../../cli/program';
import { Options } from '../../cli/command';
import { importRequest } from '../../cli/commands/import';
import { processIo } from '../../cli/output';
import { importCommand } from '../../client/files/importCommand';
import type { RowFault } from '../../domain/files/rowFaults';
import { DEFAULT_CSV_LIMITS } from '../../connectors/csv/limits';
import { createImport, prepareImport, type ImportRequest } from '../../operations/runs/imports';
import { saveMapping } from '../../operations/sources/mappings';
import { createOrganization } from '../../operations/users/organizations';
import { createProperty } from '../../operations/users/properties';
import { bindStore } from '../../worker/runStore';
import { chunksOf, ownerOf } from '../operations/support';
import { testDatabase } from '../support/postgres';
import { rollcall } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-check-'));
const NAMES = ['ROLLCALL_HOME', 'ROLLCALL_DATABASE_URL', 'ROLLCALL_TEMPORAL_ADDRESS'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

beforeAll(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name);
  process.env['ROLLCALL_HOME'] = folder;
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Document {
  readonly rows: number;
  readonly faults: readonly {
    code: string;
    column: string | null;
    count: number;
    lines: number[];
  }[];
  readonly columns: readonly object[];
  readonly command: string;
}

describe('with nothing up', () => {
  test('a file is read and judged, and its import named', async () => {
    const path = file('staff.csv', 'code;Vorname;Stadt\n1;Ann;\n2;Bo;x\n');

    const ran = await rollcall(['import', path, '--check', '--map', 'Stadt=location', '--json']);

    expect(ran.exit).toBe(0);
    expect(ran.err).toBe(
      'Nothing is up: organizations, properties and saved mappings are not judged.\n',
    );
    expect(ran.json()).toEqual({
      file: path,
      encoding: 'utf-8',
      delimiter: ';',
      quoting: 'doubled',
      headerLine: 1,
      columns: [
        { header: 'code', field: 'code', filled: 2 },
        { header: 'Vorname', field: 'firstName', filled: 2 },
        { header: 'Stadt', field: 'location', filled: 1 },
      ],
      rows: 2,
      faults: [],
      wordsForNothing: [],
      managersElsewhere: { rows: 0, first: null },
      command: `rollcall import ${path} --map Stadt=location`,
      otherCommands: [],
    });
  });

  test('rows with faults are grouped, and the exit code is that of the import', async () => {
    const path = file('faulty.csv', 'code,status,email\n1,away,a@b.example\n2,away,\n3,active,x\n');

    const json = await rollcall(['import', path, '--check', '--json']);
    const text = await rollcall(['import', path, '--check']);

    expect([json.exit, text.exit]).toEqual([3, 3]);
    expect((json.json() as Document).faults).toEqual([
      { code: 'unknown_status', column: 'status', value: 'away', count: 2, lines: [2, 3] },
      { code: 'bad_email', column: 'email', value: 'x', count: 1, lines: [4] },
    ]);
    expect(text.out).toContain('comma, header on line 1, 3 rows. Nothing was stored.');
    expect(text.out).toMatch(/\n +2 +2, 3 +status +unknown_status +"away" is neither/);
    const map = `--map 'status:"away"=MEANING'`;
    expect(text.out).toContain(`\nnext: rollcall import ${path} ${map} --check\n`);
  });

  test('one --map has a place for every unknown word', async () => {
    const path = file('words.csv', 'code,status\n1,away\n2,gone\n3,away\n');

    const ran = await rollcall(['import', path, '--check']);

    expect(ran.out).toContain(`--map 'status:"away"=MEANING,status:"gone"=MEANING'`);
    expect(ran.out.match(/--map/g)).toHaveLength(3);
  });

  test('what an import would leave out or look up is said, and options that cure are offered', async () => {
    const rows = [
      '1,Ann,Lee,a@b.example,3/4/2020,',
      '2,Bo,Ray,b@b.example,4/5/2020,1',
      'Sum,2,,,,',
    ];
    const path = file('days.csv', ['code,firstname,lastname,email,hired,boss', ...rows].join('\n'));
    const options = ['--map', 'hired=hire_date,boss=manager'];

    const ran = await rollcall(['import', path, '--check', ...options]);
    const named = ran.out.match(/(?<=(?:next|or): rollcall ).*/g) ?? [];
    const [first = '', second = ''] = named.map((command) => command.replaceAll("'", ''));
    const cured = await rollcall([...second.split(' ')]);

    expect(first).toContain('--date-format DD/MM/YYYY --check');
    expect(second).toContain('--date-format MM/DD/YYYY --check');
    expect(ran.out).toMatch(/\n1 +4 +- +not_a_person|\n +1 +4 +.*not_a_person/);
    expect(cured.out).not.toContain('bad_date');
    expect(cured.out).not.toContain('manager who has no row');
  });

  test('words that are read as values are offered to be left out, beside the options given', async () => {
    const path = file('null.csv', 'code,department\n1,NULL\n2,null\n3,IT\n4,NULL\n');

    const ran = await rollcall(['import', path, '--check', '--null=-', '--json']);
    const cured = await rollcall(['import', path, '--check', '--null=-,NULL', '--json']);

    expect(ran.json()).toMatchObject({
      command: `rollcall import ${path} --null=-,NULL --check`,
      faults: [],
    });
    expect(cured.json()).toMatchObject({ command: `rollcall import ${path} --null=-,NULL` });
  });

  test('managers without a row in the file are counted', async () => {
    const path = file('boss.csv', 'code,email,manager\n1,a@b.example,A@B.example\n2,,9\n3,,9\n');

    const ran = await rollcall(['import', path, '--check', '--json']);

    expect(ran.json()).toMatchObject({
      managersElsewhere: { rows: 2, first: { value: '9', line: 3 } },
    });
  });

  test('a refused file has the refusal of the import, whose cure is a check again', async () => {
    const path = file('refused.csv', 'code,frist_name\n1,Ann\n');

    const ran = await rollcall(['import', path, '--check', '--delimiter', 'comma', '--json']);

    expect(ran.exit).toBe(1);
    expect(ran.json()).toMatchObject({
      error: {
        code: 'unknown_column',
        next: expect.stringContaining(
          `rollcall import ${path} --check --delimiter comma --map frist_name=first_name`,
        ),
      },
    });
  });

  test('standard input is read, a saved mapping is left out, other options are kept', async () => {
    const given = ['--map', 'payroll', '--source', 'hr', '--missing', 'deactivate', '--yes'];

    const ran = await rollcall(['import', '-', '--check', ...given, '--json'], {
      input: 'code,Shoe\n1,38\n',
    });

    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('Without the saved mapping payroll');
    expect(ran.err).toContain('Not part of a check, but kept for the import: --missing.');
    expect(ran.json()).toMatchObject({
      file: 'stdin',
      columns: [{ field: 'code' }, { header: 'Shoe', field: null, filled: 1 }],
      command: 'rollcall import - --source hr --missing deactivate --map payroll --yes',
    });
  });

  test('UTF-8 is read as UTF-8 whatever encoding is named, from standard input too', async () => {
    const text = 'code,first_name\n1,Jörg\n';
    const options = ['--check', '--encoding', 'windows-1252', '--json'];

    const ofFile = await rollcall(['import', file('utf8.csv', text), ...options]);
    const piped = await rollcall(['import', '-', ...options], { input: text });
    const latin = await rollcall([
      ...['import', file('latin.csv', Buffer.from(text, 'latin1')), ...options],
    ]);

    expect([ofFile, piped, latin].map((ran) => ran.json())).toMatchObject([
      { encoding: 'utf-8' },
      { encoding: 'utf-8' },
      { encoding: 'windows-1252' },
    ]);
  });

  test('the library checks a file without servers', async () => {
    const { imports } = await Rollcall.offline();

    const check = await imports.check({ file: file('lib.csv', 'code,email\n1,x\n') });

    expect(check).toMatchObject({
      rows: 1,
      faults: [{ code: 'bad_email', message: expect.stringContaining('"x" is not an e-mail') }],
      notJudged: ['organizations', 'properties', 'mappings'],
    });
  });
});

describe('with a database', () => {
  beforeAll(async () => {
    process.env['ROLLCALL_DATABASE_URL'] = store.url;
    const context = ownerOf(store);
    await createOrganization(context, { code: 'WEST', name: 'West coast' });
    await createProperty(context, { key: 'shoe', name: 'Shoe size', type: 'number' });
    await saveMapping(context, { name: 'payroll', map: ['Staff=code', 'status:"away"=inactive'] });
  });
  afterAll(() => {
    delete process.env['ROLLCALL_DATABASE_URL'];
  });

  test.each<[string, string, ImportRequest]>([
    [
      'organizations, properties and a saved mapping',
      'Staff,status,org,shoe\n1,away,WEST,38\n2,gone,EAST,x\n3,active,EAST,39\n',
      { map: ['payroll'] },
    ],
    [
      'rows of the wrong width, blank rows and quotes',
      'code;email;first_name\n1;"a;b@x.example";Ann\n\n;;\n2;b@x.example;"Bo ""B"""\n3;c;d;e;f\n4\n',
      {},
    ],
    [
      'dates and unknown columns',
      'code,Hired,Notes\n1,31.12.2020,x\n2,2020-12-31,\n3,31.02.2020,\n',
      { map: ['Hired=hire_date'], ignoreUnknown: true, dateFormat: 'DD.MM.YYYY' },
    ],
    [
      'keys that are no keys',
      `code,login\n${'x'.repeat(400)},a\n,\n1,"a\nb"\n`,
      { blank: 'clear' },
    ],
  ])('an import finds in the rows what the check found: %s', async (_, text, request) => {
    const path = file('compared.csv', text);

    const ran = await rollcall([
      ...['import', path, '--check', '--json'],
      ...importCommand('X', request).split(' ').slice(3),
    ]);
    const check = ran.json() as Document;
    const staged = await importedFaults(text, request);

    expect(check.rows).toBe(staged.rows);
    const faulty = check.faults.flatMap(({ code, column, lines }) =>
      lines.map((line) => `${String(line)} ${column ?? ''} ${code}`),
    );
    expect(faulty.sort()).toEqual(staged.faults.sort());
    expect(ran.exit).toBe(staged.faults.length > 0 ? 3 : 0);
    expect(ran.err).toBe('');
  });

  test('nothing is stored', async () => {
    const before = await counts();

    await rollcall(['import', file('new.csv', 'code\n1\n'), '--check', '--source', 'new', '--yes']);

    expect(await counts()).toEqual(before);
  });
});

async function counts(): Promise<unknown> {
  const { rows } = await store.db.pool.query(
    `select (select count(*) from run) as runs, (select count(*) from run_file) as files,
            (select count(*) from source) as sources, (select count(*) from audit_event) as events`,
  );
  return rows[0];
}

function staging<I, R>(activity: (input: I) => Promise<R>, input: I): Promise<R> {
  return new MockActivityEnvironment().run(activity, input);
}

/** What the import of a file stages: its rows, and `LINE COLUMN CODE` of their faults. */
async function importedFaults(
  text: string,
  request: ImportRequest,
): Promise<{ rows: number; faults: string[] }> {
  const prepared = await prepareImport(ownerOf(store), request);
  const { runId } = await createImport(ownerOf(store), {
    prepared,
    file: { name: 'compared.csv', chunks: chunksOf(text), maxBytes: 1_000_000 },
  });
  const { stageFile } = createIngestActivities({
    store: bindStore(store.db, { undoDays: 90 }),
    log: { warn: () => undefined },
    limits: DEFAULT_CSV_LIMITS,
  });
  const { rows } = await staging(stageFile, { runId });
  const staged = await store.db.pool.query<{ line: number; faults: RowFault[] }>(
    'select line, faults from staged_row where run_id = $1 and faults is not null',
    [runId],
  );
  // The next one of the same list would wait for it.
  await store.db.pool.query('update run set active = false where id = $1', [runId]);
  return {
    rows,
    faults: staged.rows.flatMap(({ line, faults }) =>
      faults.map(([column, code]) => `${String(line)} ${column ?? ''} ${code}`),
    ),
  };
}

test('the command of a check is the import with the same options, each of them', async () => {
  const request: Required<Omit<ImportRequest, 'createSource' | 'without'>> = {
    source: 'hr',
    dryRun: true,
    missing: 'deactivate',
    partial: true,
    key: { column: 'Badge no' },
    blank: 'clear',
    create: false,
    update: 'fill',
    map: ['-a=code', `status:"On 'leave'"=active`],
    ignoreUnknown: true,
    twoRows: { column: 'Main job', value: 'yes' },
    delimiter: ';',
    encoding: 'windows-1252',
    headerLine: 4,
    escape: 'backslash',
    dateFormat: 'DD.MM.YYYY',
    nullWords: ['NULL', 'N/A'],
    days: 'ignore',
    gates: { deactivations: 300, updates: 7 },
    reason: "it's spring",
    retryOf: '0192',
  };

  const words = shellWords(importCommand('a file.csv', request));
  const program = await createProgram(processIo(), { out: '', err: '', command: undefined });
  const command = program.commands.find((each) => each.name() === 'import');
  if (command === undefined) throw new Error('there is no command import');
  const { operands } = command.parseOptions(words.slice(2));

  expect(operands).toEqual(['a file.csv']);
  expect(importRequest(new Options(command.opts()))).toEqual(request);
});

/** Words as a shell splits them; quotes are single ones. */
function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|\\'|[^\s'])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\'/g, (_, inner: string | undefined) => inner ?? "'"),
  );
}

test('a name that no list may have is refused, without a database, too', async () => {
  const request = { file: Readable.from(['code\n1\n']), source: 'x'.repeat(64) };
  const { imports } = await Rollcall.offline();

  await expect(imports.check(request)).rejects.toMatchObject({ kind: 'usage' });
});

test('a folder as standard input is no empty file', async () => {
  const fd = openSync(__dirname, 'r');
  const file = Object.assign(Readable.from([]), { fd });
  const { imports } = await Rollcall.offline();

  await expect(imports.check({ file })).rejects.toMatchObject({ code: 'directory' });
  closeSync(fd);
});
