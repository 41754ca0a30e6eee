import type { Facts, Scenario } from './case';
import type { Input } from './desk';
import { command, imports, listed } from './lines';
import { numbers, sheet, staff } from './sheets';

type Shared = (name: string) => Input | undefined;

/** B1 to B4: cells and rows that were read wrongly. */
export function wrongCases(shared: Shared): Scenario[] {
  return [
    ...nullCases(shared),
    ...totalCases(shared),
    ...misfitCases(shared),
    ...dateCases(shared),
  ];
}

/** A file by itself, and what must come of it. */
export interface One {
  readonly kind: string;
  readonly title: string;
  readonly input: Input | undefined;
  readonly options?: readonly string[];
  readonly must: Facts;
  readonly says?: readonly string[];
}

/** A file by itself; nothing where it is not there. */
export function one({ kind, title, input, ...rest }: One): Scenario[] {
  return input === undefined ? [] : [{ kind, title, lines: [imports('read', { input, ...rest })] }];
}

const NULLS = ['--null', 'NULL,N/A,-,None,#N/A,NaT,0000-00-00'];

function nullCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Department,Phone';
  const people = (department: (n: number) => string): Input =>
    sheet(
      'nulls.csv',
      head,
      staff(
        numbers(1, 20, (n) => `W${String(n)}`),
        (n) => [department(n), ''],
      ),
    );
  const escaped = ['--escape', 'backslash'];
  const filled = people(() => 'Sales');
  return [
    ...one({
      kind: 'B1',
      title: 'NULL and \\N',
      input: sheet('nulls.csv', 'code,first name,department,job title,phone', [
        'W1,Mara,NULL,\\N,n/a',
        'W2,Jens,N/A,"\\N",5',
      ]),
      options: ['--null', 'NULL,N/A'],
      must: {
        exit: '0',
        'people code,department,jobTitle,phone': 'W1 – – –, W2 – \\N 5',
      },
    }),
    ...one({
      kind: 'B1',
      title: 'not declared, in most rows',
      input: people((n) => (n < 15 ? 'NULL' : 'Sales')),
      must: { exit: '0' },
      says: ['--null', 'NULL'],
    }),
    ...one({
      kind: 'B1',
      title: 'nulls.csv',
      input: shared('nulls.csv'),
      options: NULLS,
      must: {
        exit: '0',
        'people code,email,department,jobTitle,phone,manager,hireDate':
          'NU1 – – – – – –, NU2 – – – – NU1 –, NU3 – – – – – –',
      },
    }),
    ...one({
      kind: 'B1',
      title: 'mariadb-outfile-nulls.csv',
      input: shared('mariadb-outfile-nulls.csv'),
      options: escaped,
      must: { exit: '0', counts: 'created 8' },
    }),
    ...one({
      kind: 'B1',
      title: 'mariadb-batch-nulls.tsv',
      input: shared('mariadb-batch-nulls.tsv'),
      options: ['--null', 'NULL', ...escaped],
      must: { exit: '0', counts: 'created 8' },
    }),
    ...one({
      kind: 'B1',
      title: 'r-1e+05-no-email.csv',
      input: shared('r-1e+05-no-email.csv'),
      options: ['--null', 'NA'],
      must: { exit: '3', counts: 'created 1, error 2', 'people code,department': '7 –' },
    }),
    {
      kind: 'B1',
      title: 'words that replace values',
      lines: [
        imports('a list with departments', {
          input: filled,
          options: listed('nulls'),
          must: { exit: '0' },
        }),
        imports('NULL for all of them', {
          input: people(() => 'NULL'),
          options: listed('nulls'),
          run: 'held',
          must: {
            exit: '4',
            held: 'coverage 1',
            'people department': Array(20).fill('Sales').join(', '),
          },
        }),
        command('rejected', {
          args: (at) => ['runs', 'reject', at.runs.get('held') ?? ''],
          must: { state: 'rejected' },
        }),
        imports('N/A for five of them', {
          input: people((n) => (n < 5 ? 'N/A' : 'Sales')),
          options: [...listed('nulls'), '--dry-run'],
          must: { exit: '4', held: 'coverage 1' },
        }),
        imports('N/A for four of them', {
          input: people((n) => (n < 4 ? 'N/A' : 'Sales')),
          options: [...listed('nulls'), '--dry-run'],
          must: { exit: '0', held: '' },
        }),
        imports('N/A for five of them, declared', {
          input: people((n) => (n < 5 ? 'N/A' : 'Sales')),
          options: [...listed('nulls'), '--dry-run', '--null', 'N/A'],
          must: { exit: '0', held: '', counts: 'unchanged 20' },
        }),
      ],
    },
  ];
}

function totalCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Email';
  const mail = (n: number): readonly string[] => [`t${String(n)}@cases.example`];
  const people = staff(
    numbers(1, 24, (n) => `T${String(n)}`),
    mail,
  );
  const bare = numbers(1, 6, (n) => `B${String(n)}`);
  return [
    ...one({
      kind: 'B2',
      title: 'totals below 24 people',
      input: sheet('total.csv', head, [...people, ',,,', 'Total: 24,,,', 'End of report,,,']),
      must: { exit: '3', counts: 'created 24, error 2', codes: 'blank_rows, not_a_person' },
    }),
    ...one({
      kind: 'B2',
      title: 'a total with a text in a name',
      input: sheet('people.csv', head, [...people, 'Gesamt,24 Personen,,']),
      must: { exit: '3', counts: 'created 24, error 1', codes: 'not_a_person' },
    }),
    ...one({
      kind: 'B2',
      title: 'total-row.csv',
      input: shared('total-row.csv'),
      must: { exit: '3', 'people code': 'TR1, TR2' },
    }),
    ...one({
      kind: 'B2',
      title: 'a list of numbers only',
      input: sheet(
        'bare.csv',
        'Employee ID,Department',
        bare.map((id) => `${id},Sales`),
      ),
      must: { exit: '0', counts: 'created 6' },
    }),
    {
      kind: 'B2',
      title: 'a total that names a known number',
      lines: [
        imports('24 people', {
          input: sheet('a.csv', head, people),
          options: listed('t'),
          must: { exit: '0' },
        }),
        imports('a total below them', {
          input: sheet('b.csv', head, [...people.slice(1), 'Total,,,']),
          options: listed('t'),
          must: { exit: '3', counts: 'unchanged 23, deactivated 1, error 1' },
        }),
      ],
    },
  ];
}

function misfitCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Phone,Location';
  return [
    ...one({
      kind: 'B3',
      title: 'short rows, empty surplus cells',
      input: sheet('cells.csv', head, [
        'C1,Mara,Abel',
        'C2,Jens,Abel,5,Linz,,',
        'C3,Olga,Abel,6,Linz',
      ]),
      must: {
        exit: '0',
        'people code,phone,location': 'C1 – –, C2 5 Linz, C3 6 Linz',
      },
    }),
    {
      kind: 'B3',
      title: 'a missing last cell is no opinion',
      lines: [
        imports('with it', {
          input: sheet('a.csv', head, ['C1,Mara,Abel,5,Linz']),
          must: { exit: '0' },
        }),
        imports('without it, --blank clear', {
          input: sheet('b.csv', head, ['C1,Mara,Abel,']),
          options: ['--blank', 'clear'],
          must: { exit: '0', 'people code,phone,location': 'C1 – Linz' },
        }),
      ],
    },
    ...one({
      kind: 'B3',
      title: 'a surplus cell with a value',
      input: sheet('more.csv', head, ['C1,Mara,Abel,5,Linz,what', 'C2,Jens,Abel,6,Linz']),
      must: { exit: '3', counts: 'created 1, error 1', codes: 'too_many_cells' },
    }),
    ...one({
      kind: 'B3',
      title: 'unnamed columns with a value',
      input: sheet('named.csv', 'Employee ID,First Name,,', ['C1,Mara,,x']),
      must: { exit: '1 or 3' },
    }),
    ...one({
      kind: 'B3',
      title: 'trailing-cells.csv',
      input: shared('trailing-cells.csv'),
      must: { exit: '0', counts: 'created 4' },
    }),
    ...one({
      kind: 'B3',
      title: 'trailing-header.csv',
      input: shared('trailing-header.csv'),
      must: { exit: '0', counts: 'created 2' },
    }),
  ];
}

function dateCases(shared: Shared): Scenario[] {
  const file = (dates: readonly string[]): Input =>
    sheet(
      'dates.csv',
      'Employee ID;First Name;Hire Date',
      dates.map((date, i) => `T${String(i + 1)};Mara;${date}`),
    );
  const reads = (
    title: string,
    format: string,
    pairs: readonly (readonly [string, string])[],
  ): Scenario[] =>
    one({
      kind: 'B4',
      title,
      input: file(pairs.map(([date]) => date)),
      options: ['--date-format', format],
      must: { exit: '0', 'people hireDate': pairs.map(([, day]) => day).join(', ') },
    });
  return [
    ...reads('with AM and PM', 'M/D/YYYY', [
      ['2/29/2024 12:00:00 AM', '2024-02-29'],
      ['11/3/2023 1:30 PM', '2023-11-03'],
    ]),
    ...reads('a zone behind the day', 'DD.MM.YYYY', [['04.05.2020+02:00', '2020-05-04']]),
    ...reads('months by name', 'DD-MMM-YYYY', [
      ['03-Nov-2023', '2023-11-03'],
      ['29-FEB-2024', '2024-02-29'],
    ]),
    ...reads('serial numbers of a spreadsheet', 'serial', [
      ['44927', '2023-01-01'],
      ['45351.5', '2024-02-29'],
    ]),
    ...one({
      kind: 'B4',
      title: 'without a format nothing is guessed',
      input: file(['3/4/2023 12:00:00 AM', '44927']),
      must: { exit: '3', counts: 'error 2', codes: 'bad_date' },
      says: ['--date-format'],
    }),
    ...one({
      kind: 'B4',
      title: 'dates-us.csv',
      input: shared('dates-us.csv'),
      options: ['--date-format', 'M/D/YYYY'],
      must: { exit: '0', 'people hireDate': '2024-02-29, 2023-11-03' },
    }),
  ];
}
