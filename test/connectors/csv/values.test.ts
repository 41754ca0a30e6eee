import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODE_PAGES } from '../../../domain/files/garbled';
import { faultsOf, read, valuesOf } from './support';

const REMOTE = { properties: [{ key: 'remote', name: 'Remote', type: 'boolean' }] } as const;

describe('a formula that holds a text', () => {
  it.each([
    ['without quotes', 'code,first_name\n="0010041",Ada\n="0010042",="Bo"\n'],
    ['in quotes', 'code,first_name\n"=""0010041""",Ada\n"=""0010042""","=""Bo"""\n'],
    ['in the header, with CRLF', '="code",="first_name"\r\n="0010041",Ada\r\n="0010042",Bo'],
    ['between tabs', 'code\tfirst_name\n="0010041"\tAda\n="0010042"\tBo\n'],
  ])('is that text: %s', async (_, file) => {
    const { rows } = await read(file);

    expect(rows.map(({ code }) => code)).toEqual(['0010041', '0010042']);
    expect(rows[1]?.first_name).toBe('Bo');
  });

  it('leaves formulas within quotes, and cells that are more than such a formula, as they are', async () => {
    const { rows } = await read(
      'code,phone,location\n="1",=1+1,"a,="",b"\n2,"=""x""&""y""","x ,=""y"","\n',
    );

    expect(rows.map(valuesOf)).toMatchObject([
      { code: '1', phone: '=1+1', location: 'a,=",b' },
      { code: '2', phone: '="x"&"y"', location: 'x ,="y",' },
    ]);
  });

  it('still refuses a quote within a cell', async () => {
    await expect(read('code,phone\n="1",a"b\n')).rejects.toMatchObject({ code: 'broken_quotes' });
  });
});

describe('a rounded number as a key', () => {
  it.each(['1.00E+05', '1e+05', '1E+05', '"1,00E+05"', '2.5e+103'])(
    '%s is a fault, and the key counts as unreadable',
    async (code) => {
      const { rows } = await read(`code,last_name\n${code},West\n`);

      expect(faultsOf(rows[0])).toEqual([['code', 'rounded_key']]);
      expect(rows[0]).toMatchObject({ code: null, external_id: null, key_readable: 'f' });
    },
  );

  it.each(['12E4', '1E05', '1e+5', '10e+05', 'A1e+05', '1.2.3', '1e-05'])(
    '%s is a key like any other',
    async (code) => {
      const { rows } = await read(`code,last_name\n${code},West\n`);

      expect(rows[0]).toMatchObject({ code, key_readable: 't', faults: null });
    },
  );

  it('is a fault as a login, and no manager', async () => {
    const { rows, summary } = await read(
      'code,login,manager\n1,1e+05,\n2,b,1e+05\n3,c,1e+05\n4,d,2\n',
    );

    expect(faultsOf(rows[0])).toEqual([['login', 'rounded_key']]);
    expect(rows[0]?.key_readable).toBe('t');
    expect(rows.map(({ manager_ref }) => manager_ref)).toEqual([null, null, null, '2']);
    expect(summary.messages).toMatchObject([
      { code: 'rounded_manager', message: expect.stringMatching(/^2 rows .* line 3: "1e\+05"/) },
    ]);
  });

  it('can be given its digits by a map', async () => {
    const { rows } = await read('code\n1e+05\n', {
      options: { values: { code: { '1e+05': '100000' } } },
    });

    expect(rows[0]?.code).toBe('100000');
  });
});

describe('letters that were lost before the file came', () => {
  it.each(['?', '????', '??? ?????', '?-?', "?'???", 'M\ufffdller'])(
    'the name %s is a fault that names the cause',
    async (name) => {
      const { rows } = await read(`code,first_name\n7,${name}\n`);

      expect(faultsOf(rows[0])).toEqual([['first_name', 'lost_letters']]);
      expect(rows[0]?.first_name).toBeNull();
    },
  );

  it('a question mark for one letter is reported once, and the row goes through', async () => {
    const { rows, summary } = await read(
      'code,first_name,last_name,job_title\n1,Ann,M?ller,Why?\n2,Petrovi?,?apek,?\n3,Ann (?),Lee,\n',
    );

    expect(rows.map(({ faults }) => faults)).toEqual([null, null, null]);
    expect(rows[0]?.last_name).toBe('M?ller');
    expect(summary.messages).toMatchObject([
      { code: 'question_marks', message: expect.stringMatching(/^3 names .* line 2: "M\?ller"/) },
    ]);
  });
});

describe('UTF-8 that a program read in another encoding', () => {
  it.each([
    ['plain', '1,MÃ¼ller,Ã–zil\n2,Ann,GarcÃ\u00ada\n'],
    ['quoted', '"1","MÃ¼ller","Ã–zil"\n"2","Ann","GarcÃ\u00ada"\n'],
  ])('is reported once, with its count and what it was: %s', async (_, rows) => {
    const { summary } = await read(`code,first_name,last_name\n${rows}`);

    expect(summary.messages).toMatchObject([{ code: 'garbled_letters' }]);
    expect(summary.messages[0]?.message).toMatch(
      /^3 cells .* line 2: "MÃ¼ller" for "Müller".*perl .*encode\("cp1252".* FILE > FIXED.csv$/,
    );
  });

  it.each([
    ['windows-1252', 'Ágnes Ívar Ïda Ðorđe Ýmir Müller'],
    ['windows-1250', 'Řehoř Staněk ň'],
    ['windows-1251', 'Иванов Илья'],
    ['macintosh', 'Zoë Ågren'],
  ])(
    'is turned back by the offered command, bytes of %s without a character too',
    async (page, name) => {
      const { chars } = CODE_PAGES.find((one) => one.name === page) ?? { chars: '' };
      const garbled = Array.from(Buffer.from(name), (byte) =>
        byte < 0x80 ? String.fromCharCode(byte) : Array.from(chars)[byte - 0x80],
      ).join('');
      const file = join(mkdtempSync(join(tmpdir(), 'rollcall-garbled-')), 'garbled.csv');
      writeFileSync(file, `\ufeffcode,first_name\n1,${garbled}\n`);
      const { summary } = await read(readFileSync(file, 'utf8'));
      const command = /perl .*$/.exec(summary.messages.at(-1)?.message ?? '')?.[0] ?? '';
      const shell = command.replace(' FILE > FIXED.csv', ` ${file}`);
      const ran = spawnSync('sh', ['-c', `command -v perl > /dev/null || exit 77; ${shell}`]);

      // Where there is no perl, the command is only read.
      expect(command).toContain('encode("');
      if (ran.status === 77) return;
      expect(ran.stdout.toString('utf8')).toBe(`code,first_name\n1,${name}\n`);
    },
  );

  it.each(['São', 'SÃO', 'Ângela', 'L’École', 'TĂŞNAD', 'Дёмин', 'Â', 'Ü–Test', 'KRÓŁ'])(
    'no name that is written as it should be: %s',
    async (name) => {
      const { summary } = await read(`code,first_name\n1,${name}\n`);

      expect(summary.messages).toEqual([]);
    },
  );
});

describe('characters that cannot be seen', () => {
  it.each([
    ['in a plain file', '1\u200b1,\ufeffAda\u00ad,ann\u200b@x.example\n'],
    ['in quotes', '"1\u200b1","\ufeffAda\u00ad","ann\u200b@x.example"\n'],
  ])('go, and are counted: %s', async (_, row) => {
    const { rows, summary } = await read(`code,first_name,email\n${row}22,Bo,bo@x.example\n`);

    expect(rows[0]).toMatchObject({
      code: '11',
      first_name: 'Ada',
      email: 'ann@x.example',
      faults: null,
    });
    expect(summary.messages).toMatchObject([
      { code: 'unseen_characters', message: expect.stringMatching(/3 cells, the first in line 2/) },
    ]);
  });

  it('stay where they change what is seen, and nowhere in a key', async () => {
    const names = ['علی‌رضا', 'क्‍ष', '👩‍💻'];
    const { rows } = await read(
      `code,first_name\n${names.map((name, i) => `${String(i)}\u200d,${name}\n`).join('')}9,A\u200dda\u200c\n`,
    );

    expect(rows.map(({ first_name }) => first_name)).toEqual([...names, 'Ada']);
    expect(rows.map(({ code }) => code)).toEqual(['0', '1', '2', '9']);
  });

  it('a cell of nothing else is empty, and a row of such cells is blank', async () => {
    const { rows, summary } = await read('code,phone\n1,\u200b\n\u200b,\u200b\n');

    expect(rows.map(valuesOf)).toMatchObject([{ code: '1' }]);
    expect(rows[0]?.phone).toBeNull();
    expect(summary.messages.map(({ code }) => code)).toContain('blank_rows');
  });
});

describe('words for nothing', () => {
  it('\\N is no opinion, also where an empty cell clears', async () => {
    const { rows } = await read('code,phone,location\n1,\\N,\n2,\\n,x\n', {
      options: { blank: 'clear' },
    });

    expect(rows[0]).toMatchObject({ phone: null, clears: '{"location"}' });
    expect(rows[1]?.phone).toBe('\\n');
  });

  it('those of the option are no opinion, complete and in any case; a map comes first', async () => {
    const { rows } = await read(
      'code,phone,email,location,department\n1,null,N/A,Nullarbor,n/a\nNULL,1,a@x.example,NA,Sales\n',
      { options: { nullWords: ['NULL', 'N/A'], values: { department: { 'N/A': 'None yet' } } } },
    );

    expect(rows.map(valuesOf)).toMatchObject([
      { code: '1', location: 'Nullarbor', department: 'None yet' },
      { email: 'a@x.example', phone: '1', location: 'NA' },
    ]);
    expect(rows.map(({ code, phone, email }) => [code, phone, email])).toEqual([
      ['1', null, null],
      [null, '1', 'a@x.example'],
    ]);
  });

  it('the day that databases write for none is a fault that names the option, which takes it', async () => {
    const properties = [{ key: 'visa', name: 'Visa', type: 'date' } as const];
    const file = 'code,visa\n1,0000-00-00\n';

    const { rows } = await read(file, { properties });
    const told = await read(file, { properties, options: { nullWords: ['0000-00-00'] } });

    expect(rows[0]?.faults).toContain("--null '0000-00-00'");
    expect(told.rows[0]).toMatchObject({ properties: null, faults: null });
  });

  it('are named with the option where most rows of a column are such words', async () => {
    const file =
      'code,first_name,dept,phone,location\n1,Ada,NULL,N/A,Graz\n2,Bo,N/A,n/a,NA\n3,Cy,IT,-,Wien\n';

    const { summary } = await read(file);
    const given = await read(file, { options: { nullWords: ['N/A', 'NULL', '-'] } });

    expect(summary.messages).toMatchObject([
      {
        code: 'words_for_nothing',
        message:
          'Of 3 rows, most hold a word for nothing in these columns: phone 3, dept 2. The words: N/A 3, - 1, ' +
          'NULL 1. They are read as values. If they mean that there is no value, import the file again with ' +
          `--null 'N/A,-,NULL'`,
      },
    ]);
    expect(given.summary.messages).toMatchObject([
      { code: 'words_for_nothing', message: expect.stringContaining('location 1') },
    ]);
  });

  it('a column of which most rows are one such word counts as empty', async () => {
    const { summary } = await read('code,phone,location\n1,NA,NA\n2,na,N/A\n3,5,Graz\n4,NA,Wien\n');

    expect(summary.coverage).toEqual({ code: 4, phone: 0, location: 4 });
  });
});

test('t and f are booleans, as are the words of a spreadsheet in another language', async () => {
  const words = ['t', 'F', 'WAHR', 'falsch', 'Vrai', 'FAUX', 'sí', 'nee'];
  const { rows } = await read(
    `code,remote\n${words.map((word, i) => `${String(i)},${word}\n`).join('')}`,
    REMOTE,
  );

  expect(rows.map(({ properties }) => properties)).toEqual(
    words.map((_, i) => `{"remote":${i % 2 === 0 ? 'true' : 'false'}}`),
  );
});

describe('a time zone that the IANA list does not have', () => {
  it('is no value, and said once for each name with what it may mean', async () => {
    const file =
      'code,Zeitzone\n1,CST\n2,europe/vienna\n3,CST\n4,W. Europe Standard Time\n5,Europe/Vienne\n';

    const { rows, summary } = await read(file);
    const zonesOf = (all: typeof rows) => all.map(({ time_zone: zone }) => zone);
    const mapped = await read(file, {
      options: { values: { timeZone: { cst: 'America/Chicago' } } },
    });

    expect(zonesOf(rows)).toEqual([null, 'europe/vienna', null, null, null]);
    expect(rows.every(({ faults }) => faults === null)).toBe(true);
    expect(summary.coverage).toMatchObject({ timeZone: 1 });
    expect(summary.messages.map(({ message }) => message)).toEqual([
      '4 cells of "Zeitzone" name a time zone that is not in the IANA list, and are read as no value: ' +
        '"CST" (2, perhaps America/Chicago or Asia/Shanghai); "Europe/Vienne" (1, perhaps Europe/Vienna); ' +
        '"W. Europe Standard Time" (1). ' +
        `To say which zone is meant: --map 'time_zone:"CST"=America/Chicago'`,
    ]);
    expect(zonesOf(mapped.rows).slice(0, 3)).toEqual([
      'America/Chicago',
      'europe/vienna',
      'America/Chicago',
    ]);
  });
});
