import iconv from 'iconv-lite';
import { writeFailedRows } from '../../../connectors/csv/failedRows';
import type { FailedRowsInput } from '../../../connectors/csv/failedRows';
import { chunksOf, read, valuesOf } from './support';

async function failedRows(
  content: string | Buffer,
  failed: readonly (readonly [number, string])[],
  options: FailedRowsInput['options'] = {},
  tooShort: readonly number[] = [],
): Promise<string> {
  let text = '';
  const rows = writeFailedRows({
    chunks: chunksOf(content, 11),
    options,
    failed: new Map(failed),
    tooShort: new Set(tooShort),
  });
  for await (const piece of rows) text += piece;
  return text;
}

const FILE =
  'Employee ID;first_name;phone\r\n1;a;5\r\n2;"x\r\ny";6\r\n\r\n3;" c;d ";+49 1\r\n4;d;8\r\n';

describe('writeFailedRows', () => {
  it('writes just the failing records, with line and error, in the delimiter of the file', async () => {
    expect(
      await failedRows(FILE, [
        [3, 'bad'],
        [6, 'say "no"; or so'],
      ]),
    ).toBe(
      'Employee ID;first_name;phone;_line;_error\n' +
        '2;"x\r\ny";6;3;bad\n' +
        `3;" c;d ";'+49 1;6;"say ""no""; or so"\n`,
    );
  });

  it('writes the header alone when nothing failed', async () => {
    expect(await failedRows(FILE, [])).toBe('Employee ID;first_name;phone;_line;_error\n');
  });

  it('gives rows that read as they did in the complete file', async () => {
    const whole = await read(FILE);

    const again = await read(
      await failedRows(FILE, [
        [2, '=x'],
        [3, 'x'],
        [6, 'x'],
        [7, 'x'],
      ]),
    );

    const values = (rows: typeof whole.rows) => rows.map((row) => ({ ...valuesOf(row), line: '' }));
    expect(values(again.rows)).toEqual(values(whole.rows));
    expect(again.fields).toEqual(['code', 'firstName', 'phone', null, null]);
  });

  it('replaces the line and error of a file that was itself of failed rows', async () => {
    const first = await failedRows(FILE, [[6, 'first']]);

    expect(await failedRows(first, [[2, 'second']])).toBe(first.replace('6;first', '2;second'));
  });

  it('marks missing and surplus cells, so that every row fits the header and none passes uncorrected', async () => {
    const text = await failedRows(
      'code,first_name,phone\n1\n2,a,b,c,d\n',
      [
        [2, 'few'],
        [3, 'many'],
      ],
      {},
      [2],
    );

    expect(text).toBe(
      'code,first_name,phone,_line,_error\n' +
        '1,<missing>,<missing>,2,few\n' +
        '2,a,b <extra> c <extra> d,3,many\n',
    );
  });

  it('gives rows that are faults again, one each, until every marked cell is corrected', async () => {
    const text = await failedRows(
      'code,first_name,phone\n1\n2,a,b,c,d\n',
      [
        [2, 'few'],
        [3, 'many'],
      ],
      {},
      [2],
    );

    const unfixed = await read(text);
    const fixed = await read(text.replaceAll('<missing>', '').replace(/ <extra> \w/g, ''));

    expect(unfixed.rows.map((row) => row.faults?.match(/unmended_cell/g)?.length)).toEqual([1, 1]);
    expect(unfixed.rows[0]?.faults).toContain('2 cells (\\"first_name\\", \\"phone\\") still hold');
    expect(fixed.rows.map((row) => row.faults)).toEqual([null, null]);
  });

  it('leaves missing cells empty where nothing is wrong without them, and empty cells clear nothing', async () => {
    const file = 'code,email,phone,\n1,bad\n2,worse,,,,,\n';
    const failed = [
      [2, 'x'],
      [3, 'y'],
    ] as const;

    const kept = await failedRows(file, failed);
    const cleared = await failedRows(file, failed, { blank: 'clear' });

    expect(kept).toBe('code,email,phone,,_line,_error\n1,bad,,,2,x\n2,worse,,,3,y\n');
    expect(cleared).toContain('\n1,bad,<missing>,<missing>,2,x\n2,worse,,,3,y\n');
    expect((await read(kept.replace(/bad|worse/g, 'a@x.example'))).rows).toHaveLength(2);
  });

  it('reads the file as it was imported: its escapes, below its titles', async () => {
    const file = 'Report\n\ncode\tjob_title\tphone\n1\tof \\\nSales "x"\t\\N\n2\ta\t\n';

    const text = await failedRows(file, [[4, 'x']], { escape: 'backslash', headerLine: 3 });

    expect(text).toBe('code\tjob_title\tphone\t_line\t_error\n1\t"of \nSales ""x"""\t\\N\t4\tx\n');
    const { rows } = await read(text, { options: { escape: 'backslash', blank: 'clear' } });
    expect(rows[0]).toMatchObject({ job_title: 'of \nSales "x"', phone: null, clears: null });
  });

  it('writes UTF-8, with the byte order mark that the file had', async () => {
    const text = 'code,first_name\n1,Žofie\n';

    const plain = await failedRows(iconv.encode(text, 'windows-1250'), [[2, 'x']], {
      encoding: 'windows-1250',
    });
    const marked = await failedRows(Buffer.from(`\ufeff${text}`, 'utf16le'), [[2, 'x']]);

    expect(plain).toBe('code,first_name,_line,_error\n1,Žofie,2,x\n');
    expect(marked).toBe(`\ufeff${plain}`);
  });
});
