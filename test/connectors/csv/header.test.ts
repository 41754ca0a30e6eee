import { read, refusalOf } from './support';
import { stepWords } from '../../support/words';

const PEOPLE = 'Employee ID,First Name,Email\n1,Ada,ada@x.example\n';

describe('a header below other lines', () => {
  it.each([
    ['titles and a blank line', 'Report: Active Staff\nMade 2026-11-29\n\n', 4],
    ['titles with commas', 'Report,Active Staff,,\nMade,2026-11-29\n', 3],
    ['settings that are called like columns', 'Department,Sales\nLocation,Vienna\nName,All\n', 4],
    ['a title with one quote', 'The 5" list\n', 2],
    ['a title in one open quote', '"Active staff\n', 2],
    ['a line sep=', 'sep=,\nReport\n', 3],
    ['19 lines', 'Report\n'.repeat(19), 20],
    ['lines of \\r\\n', 'Report\r\n\r\n', 3],
    ['lines of \\r', 'Report\r\r', 3],
  ])('is found: %s', async (_, above, line) => {
    const { rows, summary, format } = await read(`${above}${PEOPLE}`);

    expect(format).toMatchObject({ headerLine: line, headerFound: true });
    expect(rows.map((row) => [row.line, row.code])).toEqual([[String(line + 1), '1']]);
    expect(summary.messages).toEqual([
      {
        line,
        column: null,
        code: 'header_found',
        message: 'The columns are named in this line; the lines above it are not read.',
      },
    ]);
  });

  it('is found when the bytes come one by one', async () => {
    async function* bytes(): AsyncGenerator<Buffer> {
      for (const byte of Buffer.from(`Report\n\n${PEOPLE}`)) yield Buffer.from([byte]);
    }

    expect((await read(bytes())).format.headerLine).toBe(3);
  });

  it('is found with columns that the map names, and refused for those that nobody knows', async () => {
    const text = 'Report\nPersonnel code,Vorname,Shirt\n1,Ada,L\n';

    const fault = await refusalOf(text);
    const { format } = await read(text, {
      options: { columns: { 'Personnel code': 'code', Shirt: '-' } },
    });

    expect(fault.message).toContain('Line 1: ');
    expect(stepWords(fault.next)).toContain('rollcall import FILE --header-line 2.');
    expect(format).toMatchObject({ headerLine: 2, headerFound: true });
  });

  it('is the first line that names columns when no other names more', async () => {
    const { format, rows } = await read('code,first_name,notes\n1,code,x\n2,email,y\n', {
      options: { columns: { notes: '-' } },
    });

    expect(format).toMatchObject({ headerLine: 1, headerFound: false });
    expect(rows.map((row) => row.first_name)).toEqual(['code', 'email']);
  });

  it('is not looked for below line 20', async () => {
    const fault = await refusalOf(`${'Report\n'.repeat(20)}${PEOPLE}`);

    expect(fault.code).toBe('unknown_column');
    expect(fault.message).toContain('Line 1: ');
  });

  it('is offered where most lines have as many cells', async () => {
    const titles = 'Liste der Belegschaft\nStand: 29.11.2026; Wien\n\n';
    const fault = await refusalOf(`${titles}Kennung;Anrede;Gruppe\n1;Ada;Nord\n2;Bo;Sud\n`);

    expect(stepWords(fault.next)).toBe(
      'If line 4 has the names of the columns: rollcall import FILE --header-line 4.',
    );
  });

  it('is not offered where the first line names a column', async () => {
    const fault = await refusalOf('code,shirt\n1,L,\n2,M,\n');

    expect(stepWords(fault.next)).not.toContain('--header-line');
  });

  it('is taken from the line that the options name, whatever stands above it', async () => {
    const { rows, summary, format } = await read(`code,"open\n\nReport\n${PEOPLE}`, {
      options: { headerLine: 4 },
    });

    expect(format).toMatchObject({ headerLine: 4, headerFound: false });
    expect(rows.map((row) => [row.line, row.code])).toEqual([['5', '1']]);
    expect(summary.messages).toEqual([]);
  });

  it.each([
    [3, 'the file ends before it'],
    [9, 'the file has only 2 lines'],
  ])('is no line that the file does not have: %i', async (headerLine, what) => {
    const fault = await refusalOf(PEOPLE, { options: { headerLine } });

    expect(fault).toMatchObject({ code: 'no_header' });
    expect(fault.message).toContain(what);
  });

  it('is the first line of a file of failed rows, whatever line its original had it on', async () => {
    const { rows } = await read("code,phone,_line,_error\n1,'+49 1,9,x\n", {
      options: { headerLine: 4, escape: 'backslash' },
    });

    expect(rows.map((row) => row.phone)).toEqual(['+49 1']);
  });
});

describe('a file of several that were joined', () => {
  it('repeats its header, which is passed over and counted', async () => {
    const { rows, summary } = await read(`${PEOPLE}${PEOPLE.replace('1,', '2,')}Employee ID,,\n`);

    expect(rows.map((row) => [row.line, row.code])).toEqual([
      ['2', '1'],
      ['4', '2'],
      ['5', 'Employee ID'],
    ]);
    expect(summary.messages).toEqual([
      {
        line: 3,
        column: null,
        code: 'repeated_header',
        message: '1 row repeats the header and is left out.',
      },
    ]);
  });

  it.each([
    ['without quotes', 'code,first_name\n1,a\n', '2,b'],
    ['with quotes', '"code","first_name"\r\n"1","a"\r\n', '"2","b"'],
    ['with quotes further on', 'code,"first_name"\n1,"a"\n', '2,"b"'],
    ['with tabs', '"code"\t"first_name"\n"1"\t"a"\n', '"2"\t"b"'],
  ])('has byte order marks within it, which are no values: %s', async (_, part, row) => {
    const { rows, summary } = await read(`\ufeff\ufeff${part}\ufeff${part}\ufeff${row}\n`);

    expect(rows.map((cells) => [cells.code, cells.first_name])).toEqual([
      ['1', 'a'],
      ['1', 'a'],
      ['2', 'b'],
    ]);
    expect(summary.messages.map(({ line, code }) => [line, code])).toEqual([
      [3, 'repeated_header'],
    ]);
  });
});
