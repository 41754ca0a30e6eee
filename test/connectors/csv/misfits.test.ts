import { faultsOf, read, refusalOf, valuesOf } from './support';

const HEAD = 'Employee ID,First Name,Last Name,Email,Phone,Location\n';

describe('rows of another width than the header', () => {
  it('have no opinion of the cells that are missing at their end', async () => {
    const { rows, summary } = await read(
      `${HEAD}1,Ada,North,ada@x.example,,\n2,Bo,South,bo@x.example\n3,Cy,East\n4\n`,
      { options: { blank: 'clear' } },
    );

    expect(rows.map(({ faults }) => faults)).toEqual([null, null, null, null]);
    expect(rows.map(({ clears }) => clears)).toEqual(['{"phone","location"}', null, null, null]);
    expect(valuesOf(rows[2])).toEqual({
      line: '4',
      external_id: '3',
      code: '3',
      first_name: 'Cy',
      last_name: 'East',
      key_readable: 't',
    });
    expect(summary.rows).toBe(4);
  });

  it('may have empty cells behind the last column, but no values', async () => {
    const { rows } = await read(
      `${HEAD}1,Ada,North,ada@x.example,5,Vienna,\n2,Bo,South,,,, ,\t,\n3,Lee, Ann,,,,,x,\n`,
    );

    expect(rows.map(faultsOf)).toEqual([[], [], [[null, 'too_many_cells']]]);
    expect(rows[0]).toMatchObject({ phone: '5', location: 'Vienna' });
    expect(rows[2]).toMatchObject({ code: '3', first_name: null });
  });

  it('are faults where not even the key is there', async () => {
    const { rows } = await read('Email,Phone,Code\na@x.example,5,1\nb@x.example,6\nc@x.example\n');

    expect(rows.map(faultsOf)).toEqual([[], [[null, 'too_few_cells']], [[null, 'too_few_cells']]]);
    expect(rows.map((row) => row.key_readable)).toEqual(['t', 'f', 'f']);
  });

  it.each([
    ['in a text', '3,Cy,East,cy@x.example,5,Vien\nna\n', 1],
    ['with cells behind it', '1003,Cy,East of\nHere,cy@x.example,5,Vienna\n', 2],
    ['twice in one line', '1003,Cy\nJo,East of\nHere,cy@x.example,5,Vienna\n', 3],
    ['in two lines', '1003,Cy\nJo,East,,5,V\n1004,Di\nJo,West,,5,V\n', 4],
    ['behind a backslash', '1003,Cy,East,cy@x.example,5 \\\n1 2 3,Vienna\n', 2],
  ])('are the halves of a line that a line break cut: %s', async (where, lines, halves) => {
    const { rows } = await read(
      `${HEAD}1001,Ada,North,ada@x.example,5,Vienna\n${lines}1009,Fay,Mid,fay@x.example,6,Vienna\n`,
    );

    const faults = rows.map((row) => faultsOf(row).map(([, code]) => code));
    if (where === 'in a text') {
      // Its first half has all cells, and its second one is a number and nothing else.
      expect(rows.map(({ code }) => code)).toEqual(['1001', '3', 'na', '1009']);
      return;
    }
    expect(faults).toEqual([[], ...Array.from({ length: halves }, () => ['too_few_cells']), []]);
    const sentence = where === 'behind a backslash' ? '--escape backslash' : 'in double quotes';
    expect(rows[1]?.faults).toContain(sentence);
  });

  it.each([
    ['whose e-mail is in its place', '12,Ada,North\nX,Bo,South,b@x.example\n'],
    ['whose number is of the same form', '12,Bo,South,,5\n13,Cy\n'],
    ['cut where no line break can be', '12,Bo,South,a@x.example\nX,Ed,Mid\n'],
    ['that are not one row together', '12,Bo,South,,5\nX,Ed,Mid\n'],
  ])('are rows of their own: short ones %s', async (_, lines) => {
    const { rows } = await read(`${HEAD}${lines}`);

    expect(rows.map(({ faults }) => faults)).toEqual([null, null]);
  });

  it('come in the order of the file, with blank rows between them', async () => {
    const { rows, summary } = await read(`${HEAD}1,a\n,,\n2,b\n3,c,,,,\n4\n\n5,d,,,,\n6,e`);

    expect(rows.map(({ line, code }) => [line, code])).toEqual([
      ['2', '1'],
      ['4', '2'],
      ['5', '3'],
      ['6', '4'],
      ['8', '5'],
      ['9', '6'],
    ]);
    expect(summary.messages.map(({ line, code }) => [line, code])).toEqual([[3, 'blank_rows']]);
  });

  it('are read in batches when no row is complete', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `${String(n)},a\n`).join('');

    const { rows } = await read(`${HEAD}${lines}`);

    expect(rows.map(({ code }) => code)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => String(n)),
    );
  });
});

describe('columns without a name', () => {
  it('are passed over while they are empty', async () => {
    const { rows, summary, fields } = await read(
      'Employee ID,,First Name,,,\n1,,Ada,,,\n2,,Bo\n3, ,Cy,,,,,\n',
    );

    expect(fields).toEqual(['code', null, 'firstName', null, null, null]);
    expect(rows.map((row) => [row.first_name, row.faults])).toEqual([
      ['Ada', null],
      ['Bo', null],
      ['Cy', null],
    ]);
    expect(summary.messages).toEqual([]);
  });

  it('refuse the file when the first row has a value there', async () => {
    const fault = await refusalOf('"",code,first_name\n"1",x,Ada\n');

    expect(fault).toMatchObject({
      code: 'unknown_column',
      message: 'Line 2: column 1 has a value, but no name in the header.',
    });
  });

  it('are passed over with their values when the options say so', async () => {
    const { rows, summary } = await read('code,,phone\n1,x,5\n', {
      options: { ignoreUnknown: true },
    });

    expect(rows[0]).toMatchObject({ code: '1', phone: '5', faults: null });
    expect(summary.messages.map(({ code }) => code)).toEqual(['ignored_column']);
  });

  it('make a later row with a value there a fault, because its cells may have moved', async () => {
    const { rows } = await read('code,first_name,email,\n1,a,,\n2,Lee, Ann,a@x.example\n3,b,,\n');

    expect(rows.map(faultsOf)).toEqual([[], [[null, 'unnamed_cell']], []]);
    expect(rows[1]).toMatchObject({ code: '2', first_name: null, key_readable: 't' });
  });
});
