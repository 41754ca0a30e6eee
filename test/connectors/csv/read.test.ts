import iconv from 'iconv-lite';
import { BATCH_ROWS, readCsv } from '../../../connectors/csv/read';
import { DEFAULT_CSV_LIMITS } from '../../../connectors/csv/limits';
import { chunksOf, OPTIONS, padding, PADDING_LINES, read, refusalOf, valuesOf } from './support';

const HEAD = 'code,first_name,email\n';
const LONG = HEAD + padding(3);

describe('readCsv', () => {
  it('turns a row into staged values with keys, line and external id', async () => {
    const { rows, summary } = await read(
      'employee_id,first_name,last_name,email,job_title,department,manager_id,hire_date,leave_date,status\n' +
        '10001, Georgi ,Facello,Georgi.Facello@Staff.example,Engineer,Development,10567,1986-06-26,,Active\n',
    );

    expect(rows.map(valuesOf)).toEqual([
      {
        line: '2',
        external_id: '10001',
        code: '10001',
        email: 'Georgi.Facello@Staff.example',
        email_key: 'georgi.facello@staff.example',
        first_name: 'Georgi',
        last_name: 'Facello',
        status: 'active',
        job_title: 'Engineer',
        department: 'Development',
        manager_ref: '10567',
        hire_date: '1986-06-26',
        key_readable: 't',
      },
    ]);
    expect(summary).toEqual({
      rows: 1,
      coverage: {
        code: 1,
        firstName: 1,
        lastName: 1,
        email: 1,
        jobTitle: 1,
        department: 1,
        manager: 1,
        hireDate: 1,
        leaveDate: 0,
        status: 1,
      },
      messages: [],
    });
  });

  it.each([
    [',', 'code,first_name\n1,"a;b"\n'],
    [';', 'code;first_name\n1;"a,b"\n'],
    ['tab', 'code\tfirst_name\n1\ta,b\n'],
    ['|', 'code|first_name\n1|a,b\n'],
    ['; for a header with a comma in quotes', '"code";"first_name";"Notes, other"\n1;a;\n'],
    ['; with decimal commas', 'code;first_name\n1;1,5\n'],
    ['a line sep=', 'sep=;\r\ncode;first_name\r\n1;a\r\n'],
  ])('finds the delimiter: %s', async (_, text) => {
    const { rows, fields } = await read(text, { options: { ignoreUnknown: true } });

    expect(fields.slice(0, 2)).toEqual(['code', 'firstName']);
    expect(rows[0]?.code).toBe('1');
    expect(rows[0]?.first_name).toMatch(/^(a|1,5)/);
  });

  it('reads with the delimiter given, by name too', async () => {
    const text = 'code|first_name\n1|a,b\n';

    expect((await read(text, { options: { delimiter: '|' } })).rows[0]?.first_name).toBe('a,b');
    const tabs = await read('code\tfirst_name\n1\ta,b\n', { options: { delimiter: 'tab' } });
    expect(tabs.rows[0]?.first_name).toBe('a,b');
  });

  it('says how the file is written', async () => {
    const marked = await read(Buffer.from('\ufeff\ncode;first_name\n1;a\n', 'utf16le'));
    const named = await read('code\temail\n', { options: { encoding: 'Windows-1252' } });

    expect(marked.format).toEqual({
      encoding: 'utf-16le',
      bom: true,
      delimiter: ';',
      quoting: 'doubled',
      headerLine: 2,
      headerFound: false,
      columns: [
        { index: 0, header: 'code', field: 'code' },
        { index: 1, header: 'first_name', field: 'firstName' },
      ],
    });
    expect(named.format).toMatchObject({ encoding: 'windows-1252', bom: false, delimiter: '\t' });
  });

  it.each([
    ['\\n', '\n'],
    ['\\r\\n', '\r\n'],
    ['\\r', '\r'],
  ])('reads line breaks %s, also in quotes, and names physical lines', async (_, eol) => {
    const lines = ['code,first_name', '1,a', '2,"b', 'c"', '', '3,d', '"4","e"', '5,f'];
    const { rows } = await read(lines.join(eol));

    expect(rows.map(({ line, code, first_name: name }) => [line, code, name])).toEqual([
      ['2', '1', 'a'],
      ['3', '2', `b${eol}c`],
      ['6', '3', 'd'],
      ['7', '4', 'e'],
      ['8', '5', 'f'],
    ]);
  });

  it('takes a \\r for text where the header ends with \\n alone', async () => {
    // As pandas and MariaDB write it: unquoted, at the end of a cell and of a line, too.
    const text = 'code,location,phone\n1,12 Main St\rTown,5\r\n2,"a""\rb",6\r\r\n3,c\r,\r7\n';

    const whole = await read(text);
    const tabs = await read(text.replaceAll(',', '\t'), { options: { escape: 'backslash' } });

    expect(whole.rows.map(({ code, location, phone }) => [code, location, phone])).toEqual([
      ['1', '12 Main St\rTown', '5'],
      ['2', 'a"\rb', '6'],
      ['3', 'c', '7'],
    ]);
    expect(whole.rows.map(({ faults }) => faults)).toEqual([null, null, null]);
    expect(tabs.rows.map(({ code, phone }) => [code, phone])).toEqual([
      ['1', '5'],
      ['2', '6'],
      ['3', '7'],
    ]);
    expect((await read(chunksOf(text, 1))).rows).toEqual(whole.rows);
  });

  it('reads line breaks of several kinds in one file', async () => {
    const { rows } = await read('code,first_name\r\n1,a\n2,b\r3,"c\r\n\rd"\r\n4,e');

    expect(rows.map(({ line, code }) => [line, code])).toEqual([
      ['2', '1'],
      ['3', '2'],
      ['4', '3'],
      ['7', '4'],
    ]);
  });

  it.each([
    ['UTF-8 with byte order mark', Buffer.from(`\ufeff${LONG}1,Žofie 😀,z@x.example\n`)],
    ['UTF-8', Buffer.from(`${LONG}1,Žofie 😀,z@x.example\n`)],
    ['UTF-16LE', Buffer.from(`\ufeff${LONG}1,Žofie 😀,z@x.example\n`, 'utf16le')],
    ['UTF-16BE', Buffer.from(`\ufeff${LONG}1,Žofie 😀,z@x.example\n`, 'utf16le').swap16()],
  ])('reads %s', async (_, bytes) => {
    for (const size of [1, 2, 3, 1000]) {
      const { rows } = await read(chunksOf(bytes, size));

      expect(rows.slice(PADDING_LINES).map((row) => row.first_name)).toEqual(['Žofie 😀']);
    }
  });

  it.each(['windows-1250', 'iso-8859-2', 'shift_jis', 'gb18030', 'utf-16le', 'UTF-16BE'])(
    'reads the encoding named: %s',
    async (encoding) => {
      const name =
        encoding === 'shift_jis' || encoding === 'gb18030' ? '田中 裕子' : 'Žofie Němcová';
      const text = `code,first_name\n${padding()}1,${name}\n2,${name}\n`;

      for (const size of [1, 5, 1000]) {
        const { rows } = await read(chunksOf(iconv.encode(text, encoding), size), {
          options: { encoding },
        });

        expect(rows.slice(PADDING_LINES).map((row) => row.first_name)).toEqual([name, name]);
      }
    },
  );

  it('reads UTF-8 as UTF-8 whatever encoding is named, when the file can be read twice', async () => {
    const utf8 = Buffer.from('code,first_name\n1,Žofie\n');
    const latin = iconv.encode('code,first_name\n1,Zoé\n', 'windows-1252');
    const options = { encoding: 'windows-1252' };

    const proved = await read(utf8, { options, reread: () => chunksOf(utf8, 3) });
    const named = await read(latin, { options, reread: () => chunksOf(latin, 3) });

    expect(proved.rows[0]?.first_name).toBe('Žofie');
    expect(named.rows[0]?.first_name).toBe('Zoé');
  });

  it('reads a header with no rows as a read of nobody', async () => {
    const { rows, summary } = await read('code,email');

    expect(rows).toEqual([]);
    expect(summary).toEqual({ rows: 0, coverage: { code: 0, email: 0 }, messages: [] });
  });

  it('reads a file of one column', async () => {
    const { rows } = await read('email\na@x.example\n"b@x.example"\n\n');

    expect(rows.map((row) => [row.line, row.email, row.external_id])).toEqual([
      ['2', 'a@x.example', null],
      ['3', 'b@x.example', null],
    ]);
  });

  it('passes blank lines over, and reports rows of empty cells', async () => {
    const { rows, summary } = await read(`\n \r\n${HEAD}\n1,a,\n,,\n   \n, ,"  "\n2,b,\n`);

    expect(rows.map((row) => row.line)).toEqual(['5', '9']);
    expect(summary.rows).toBe(2);
    expect(summary.messages).toEqual([
      {
        line: 6,
        column: null,
        code: 'blank_rows',
        message: '3 rows have no value in any cell and are left out.',
      },
    ]);
  });

  it('distinguishes absent, empty and cleared', async () => {
    const text = 'code,email,phone,job_title\n1,a@x.example,,<clear>\n2,,5,\n';

    const kept = await read(text);
    const cleared = await read(text, { options: { blank: 'clear' } });

    expect(kept.rows.map((row) => [row.phone, row.clears])).toEqual([
      [null, '{"jobTitle"}'],
      ['5', null],
    ]);
    expect(cleared.rows.map((row) => [row.phone, row.clears])).toEqual([
      [null, '{"phone","jobTitle"}'],
      ['5', '{"email","jobTitle"}'],
    ]);
    expect(kept.summary.coverage).toEqual({ code: 2, email: 1, phone: 1, jobTitle: 0 });
  });

  it('never clears a code or a status because its cell is empty', async () => {
    const { rows } = await read('code,email,status\n,a@x.example,\n', {
      options: { blank: 'clear' },
    });

    expect(rows[0]).toMatchObject({ clears: null, faults: null, key_readable: 't' });
  });

  it('resolves organizations by code or name, and properties by key or name', async () => {
    const { rows } = await read(
      'code,Organisation,properties.shoe,Badge Since,remote,Nick "n" name\n'.replace(
        'Nick "n" name',
        '"Nick ""n"" name"',
      ) + '1,ACME,42.50,2024-02-29,Yes,"O""x"\n2,acme inc,,,,\n',
      {
        organizations: new Map([
          ['acme', 'org-1'],
          ['acme inc', 'org-1'],
        ]),
        properties: [
          { key: 'shoe', name: 'Shoe size', type: 'number' },
          { key: 'badge_since', name: 'Badge since', type: 'date' },
          { key: 'remote', name: 'Works from home', type: 'boolean' },
          { key: 'nick', name: 'Nick "n" name', type: 'text' },
        ],
      },
    );

    expect(rows.map((row) => row.organization_id)).toEqual(['org-1', 'org-1']);
    expect(JSON.parse(rows[0]?.properties ?? '')).toEqual({
      shoe: 42.5,
      badge_since: '2024-02-29',
      remote: true,
      nick: 'O"x',
    });
    expect(rows[1]?.properties).toBeNull();
  });

  it('maps columns and values as given, full values in any case', async () => {
    const { rows, summary } = await read(
      'Nr,Known as,state,notes\n1,Žo,ON LEAVE,x\n2,Al,gone,y\n3,Bo,gonex,y\n',
      {
        options: {
          columns: {
            nr: 'code',
            'Known as': 'displayName',
            state: 'status',
            notes: '-',
            extra: '-',
          },
          values: { status: { 'On leave': 'active', Gone: 'inactive' } },
        },
      },
    );

    expect(rows.map((row) => [row.code, row.display_name, row.status])).toEqual([
      ['1', 'Žo', 'active'],
      ['2', 'Al', 'inactive'],
      ['3', 'Bo', null],
    ]);
    expect(rows[2]?.faults).toContain('unknown_status');
    expect(summary.messages.map(({ column, code }) => [column, code])).toEqual([
      ['extra', 'mapped_column_absent'],
    ]);
  });

  it('reads dates in the format named, and ISO 8601 beside it', async () => {
    const { rows } = await read(
      'code,hire_date\n1,24.12.2020\n2,2020-12-24T08:00:00Z\n3,1.2.2021\n',
      {
        options: { dateFormat: 'DD.MM.YYYY' },
      },
    );

    expect(rows.map((row) => row.hire_date)).toEqual(['2020-12-24', '2020-12-24', '2021-02-01']);
  });

  it('passes unknown columns over with a message when the options allow it', async () => {
    const { rows, summary } = await read('code,shirt,shirt,\n1,L,M,\n', {
      options: { ignoreUnknown: true },
    });

    expect(rows).toHaveLength(1);
    expect(summary.messages.map(({ line, column, code }) => [line, column, code])).toEqual([
      [1, 'shirt', 'ignored_column'],
      [1, 'shirt', 'ignored_column'],
      [1, '', 'ignored_column'],
    ]);
  });

  it('yields rows in batches, and closes the file when they are not all taken', async () => {
    let closed = false;
    async function* chunks(): AsyncGenerator<Buffer> {
      try {
        yield* chunksOf(`${HEAD}${'1,a,\n'.repeat(3 * BATCH_ROWS)}`, 1000);
      } finally {
        closed = true;
      }
    }
    const csv = await readCsv({
      chunks: chunks(),
      name: 'x',
      options: OPTIONS,
      organizations: new Map(),
      properties: [],
      limits: DEFAULT_CSV_LIMITS,
    });

    for await (const batch of csv.batches) {
      expect(batch).toHaveLength(BATCH_ROWS);
      break;
    }

    expect(closed).toBe(true);
  });

  it('stops when its signal is aborted', async () => {
    const stop = new AbortController();
    const csv = await readCsv({
      chunks: chunksOf(`${HEAD}${'1,a,\n'.repeat(20_000)}`, 1000),
      name: 'x',
      options: OPTIONS,
      organizations: new Map(),
      properties: [],
      limits: DEFAULT_CSV_LIMITS,
      signal: stop.signal,
    });

    await expect(
      (async () => {
        for await (const _ of csv.batches) stop.abort(new Error('enough'));
      })(),
    ).rejects.toThrow('enough');
  });

  it('undoes neutralised cells only in files of failed rows', async () => {
    const failed = await read("code,phone,_line,_error\n1,'+49 1,2,x\n2,''=x,3,x\n3,'tis,4,x\n");
    const other = await read("code,phone\n1,'+49 1\n");

    expect(failed.rows.map((row) => row.phone)).toEqual(['+49 1', "'=x", "'tis"]);
    expect(other.rows[0]?.phone).toBe("'+49 1");
  });

  it('refuses an unknown encoding, delimiter or date format', async () => {
    expect(await refusalOf('code\n', { options: { encoding: 'klingon' } })).toMatchObject({
      code: 'unknown_encoding',
    });
    for (const delimiter of ['::', '^']) {
      expect(await refusalOf('code\n', { options: { delimiter } })).toMatchObject({
        code: 'bad_delimiter',
      });
    }
    expect(await refusalOf('code\n', { options: { dateFormat: 'DD.MM.YY' } })).toMatchObject({
      kind: 'usage',
      code: 'bad_date_format',
    });
  });
});
