import { faultsOf, read } from './support';
import type { Given } from './support';

const SHOE: Given = {
  properties: [
    { key: 'shoe', name: 'Shoe size', type: 'number' },
    { key: 'remote', name: 'Remote', type: 'boolean' },
    { key: 'since', name: 'Since', type: 'date' },
  ],
};

describe('row faults', () => {
  it.each<
    [what: string, header: string, row: string, column: string | null, code: string, given: Given]
  >([
    ['no cell for the key', 'email,code', 'a@x.example', null, 'too_few_cells', {}],
    ['too many values', 'code,email', '1,,,x', null, 'too_many_cells', {}],
    ['no key', 'code,login,email,phone', ',,,5', 'code', 'missing_key', {}],
    ['a bad e-mail', 'code,E-Mail', '1,a b@x.example', 'E-Mail', 'bad_email', {}],
    ['a date of no format', 'code,hire_date', '1,26.06.1986', 'hire_date', 'bad_date', {}],
    [
      'a day that is not in the calendar',
      'code,hire_date',
      '1,2023-02-29',
      'hire_date',
      'bad_date',
      {},
    ],
    ['an unknown status', 'code,status', '1,activex', 'status', 'unknown_status', {}],
    ['an unknown organization', 'code,org', '1,acme', 'org', 'unknown_organization', {}],
    ['a NUL byte', 'code,phone', '1,a\0b', 'phone', 'nul_byte', {}],
    ['a NUL byte in quotes', 'code,phone', '1,"a\0b"', 'phone', 'nul_byte', {}],
    ['a control character', 'code,phone', '1,a\u0007b', 'phone', 'control_character', {}],
    ['a C1 control character', 'code,phone', '1,é\u0085b', 'phone', 'control_character', {}],
    [
      'a C1 control character in quotes',
      'code,phone',
      '1,"é\u0085b"',
      'phone',
      'control_character',
      {},
    ],
    ['an over-long cell', 'code,phone', `1,${'x'.repeat(32_769)}`, 'phone', 'cell_too_long', {}],
    ['a cleared code', 'code,email', '<clear>,a@x.example', 'code', 'cannot_clear', {}],
    ['a cleared status', 'code,status', '1,<CLEAR>', 'status', 'cannot_clear', {}],
    ['a line break in a code', 'code,phone', '"1\n2",5', 'code', 'bad_key', {}],
    // A sign of an Arabic number: it is seen, and no part of a key.
    ['a code with a sign of formatting', 'code,phone', 'T\u0600W1,5', 'code', 'bad_key', {}],
    ['a code too long to be a key', 'code,phone', `${'c'.repeat(256)},5`, 'code', 'bad_key', {}],
    ['a login too long to be a key', 'code,login', `1,${'l'.repeat(256)}`, 'login', 'bad_key', {}],
    // One character that becomes eighteen when it is lower-cased and normalized.
    ['a key that grows too long', 'code,login', `1,${'\ufdfa'.repeat(60)}`, 'login', 'bad_key', {}],
    ['a number that is none', 'code,shoe', '1,large', 'shoe', 'bad_number', SHOE],
    ['a number with its comma in a comma file', 'code,shoe', '1,"1,5"', 'shoe', 'bad_number', SHOE],
    ['a number too small for any', 'code,shoe', '1,-1e-400', 'shoe', 'bad_number', SHOE],
    ['a number too great for any', 'code,shoe', '1,1e400', 'shoe', 'bad_number', SHOE],
    ['a boolean that is none', 'code,remote', '1,maybe', 'remote', 'bad_boolean', SHOE],
    ['a property date that is none', 'code,since', '1,soon', 'since', 'bad_date', SHOE],
  ])('%s is reported with line, column and code', async (_, header, row, column, code, given) => {
    const { rows, summary } = await read(`${header}\n\n${row}\n`, given);

    expect(rows).toHaveLength(1);
    expect(rows[0]?.line).toBe('3');
    expect(faultsOf(rows[0])).toEqual([[column, code]]);
    expect(summary.rows).toBe(1);
  });

  it('takes a nought for one, however it is written', async () => {
    const { rows } = await read('code,shoe\n1,0.00\n2,0e9\n', SHOE);

    expect(rows.map(({ properties }) => properties)).toEqual(['{"shoe":0}', '{"shoe":0}']);
  });

  it('cuts the very long name of a column', async () => {
    const { rows, summary } = await read(
      `code,status${' '.repeat(5_000)}.,${'y'.repeat(5_000)}\n1,odd,\n`,
      {
        options: { ignoreUnknown: true },
      },
    );

    const [[column]] = JSON.parse(rows[0]?.faults ?? '[[]]');
    expect(column).toMatch(/^status *…$/);
    expect(column).toHaveLength(200);
    expect(summary.messages.map(({ column: name }) => name)).toEqual([`${'y'.repeat(199)}…`]);
  });

  it('repeats a value that is cut between characters, at every possible cut', async () => {
    const rows = Array.from({ length: 70 }, (_, n) => `${String(n)},${'x'.repeat(n)}😀😀`);

    const outcome = await read(`code,status\n${rows.join('\n')}\n`);

    // Half a character is no text: Postgres would refuse the complete read because of it.
    const faults = [
      ...outcome.staged.map((row) => row.join()),
      ...outcome.rows.map((r) => r.faults),
    ];
    for (const fault of faults) expect(fault).not.toMatch(/\\ud[89a-f]/);
  });

  it('does not repeat in a command text that would begin another command', async () => {
    const { rows } = await read(`code,status\n1,"x'; rm -rf ~ '"\n`);

    expect(rows[0]?.faults).toContain(`--map 'status:\\"…\\"=MEANING'`);
  });

  it('reports all faults of a row, and keeps what could be read', async () => {
    const { rows } = await read(
      'code,login,email,status,hire_date\n7,ann,bad@,gone,1.1.2020\n8,bo,b@x.example,active,2020-01-01\n',
    );

    expect(faultsOf(rows[0]).map(([column]) => column)).toEqual(['email', 'status', 'hire_date']);
    expect(rows[0]).toMatchObject({
      external_id: '7',
      code: '7',
      login: 'ann',
      login_key: 'ann',
      email: null,
      status: null,
      key_readable: 't',
    });
    expect(rows[1]?.faults).toBeNull();
  });

  it('says how to create an organization that does not exist', async () => {
    const { rows } = await read('code,org\n1,WEST\n2,East Side\n');

    expect(rows[0]?.faults).toContain('(rollcall orgs create WEST --name WEST)');
    expect(rows[1]?.faults).toContain("(rollcall orgs create 'East Side' --name 'East Side')");
  });

  it('says how to map a status that it does not know', async () => {
    const { rows } = await read('code,status\n1,On leave\n');

    expect(rows[0]?.faults).toContain(`--map 'status:\\"On leave\\"=MEANING'`);
  });

  it.each([
    ['a faulty code', 'code,email', '<clear>,a@x.example', 'f'],
    ['an empty code beside an e-mail', 'code,email', ',a@x.example', 't'],
    ['no key at all', 'code,email,phone', ',,5', 'f'],
    ['a bad e-mail beside a code', 'code,email', '1,x', 't'],
    ['a bad e-mail alone', 'email,phone', 'x,5', 'f'],
    ['a short row with a bad value', 'code,email,phone', '1,a', 't'],
    ['a short row that has its code', 'email,code,phone', 'a@x.example,1', 't'],
    ['a short row without its code', 'email,code,phone', 'a@x.example', 'f'],
    ['a long row that starts with its code', 'code,email', '1,a@x.example,2', 't'],
    ['a long row whose code may have moved', 'email,code', 'a@x.example,1,2', 'f'],
    ['a long row without a code column', 'email,phone', 'a@x.example,1,2', 't'],
  ])('knows whether the key could be read: %s', async (_, header, row, readable) => {
    const { rows } = await read(`${header}\n${row}\n`);

    expect(rows[0]?.key_readable).toBe(readable);
  });

  it('trusts no code after a column that is passed over, in a row of the wrong width', async () => {
    const { rows } = await read('notes,code,email\nx,1,a@x.example,y\n', {
      options: { columns: { notes: '-' } },
    });

    expect(rows[0]).toMatchObject({ code: null, key_readable: 'f' });
  });

  it('reads decimal commas where semicolons separate', async () => {
    const { rows } = await read('code;shoe\n1;42,5\n', SHOE);

    expect(rows[0]?.properties).toBe('{"shoe":42.5}');
  });

  it('takes no value from a row whose cells may be in the wrong columns', async () => {
    const { rows } = await read('code,first_name,email\n1,Lee, Ann,a@x.example\n');

    expect(rows[0]).toMatchObject({ code: '1', first_name: null, email: null });
  });
});
