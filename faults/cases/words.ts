import type { Facts, Scenario } from './case';
import type { Input } from './desk';
import { command, imports, listed, runOf } from './lines';
import { numbers, sheet, staff } from './sheets';

type Shared = (name: string) => Input | undefined;

/** C1 to C8, as far as files go: messages that lead on. */
export function wordCases(shared: Shared): Scenario[] {
  return [
    ...titleCases(shared),
    ...groupCases(shared),
    ...managerCases(shared),
    ...mailboxCases(shared),
    ...jobCases(shared),
    bulkResolve(),
    ...joinedCases(shared),
  ];
}

function titleCases(shared: Shared): Scenario[] {
  const own: Input = {
    name: 'titles.csv',
    text: 'Staff of all sites\n"Made on Monday, 8:15"\n\n\nEmployee ID,First Name,Email\nI1,Mara,i1@cases.example\nI2,Jens,not an address\n',
  };
  const of = (
    title: string,
    input: Input,
    o: { readonly line: string; readonly must: Facts },
  ): Scenario => ({
    kind: 'C1',
    title,
    lines: [
      imports('found, or its line is offered', {
        input,
        options: ['--dry-run'],
        must: { exit: `1 or ${o.must['exit'] ?? '0'}` },
        says: title === own.name ? [] : [],
      }),
      imports('--header-line', { input, options: ['--header-line', o.line], must: o.must }),
    ],
  });
  const preamble = shared('preamble.csv');
  return [
    of('titles above the header', own, {
      line: '5',
      must: { exit: '3', counts: 'created 1, error 1', 'people code': 'I1' },
    }),
    ...(preamble === undefined
      ? []
      : [of('preamble.csv', preamble, { line: '4', must: { exit: '0', counts: 'created 2' } })]),
  ];
}

function groupCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Status';
  const words = (n: number): readonly string[] => [
    n < 30 ? 'Beurlaubt' : n < 33 ? 'Ruht' : 'Active',
  ];
  const input = sheet(
    'statuses.csv',
    head,
    staff(
      numbers(1, 40, (n) => `G${String(n)}`),
      words,
    ),
  );
  const many = shared('statuses-many.csv');
  const few = shared('statuses.csv');
  const of = (title: string, file: Input, must: Facts, says: readonly string[]): Scenario => ({
    kind: 'C2',
    title,
    lines: [imports('one message for each word', { input: file, must, says })],
  });
  return [
    of(
      'two unknown words in 33 rows',
      input,
      { exit: '3', counts: 'created 7, error 33', messages: '2' },
      ['Beurlaubt', 'Ruht', '30', '--map'],
    ),
    ...(many === undefined
      ? []
      : [
          of(
            'statuses-many.csv',
            many,
            { exit: '3', counts: 'created 2, error 28', messages: '2' },
            ['Terminated', 'Leave', '26', '--map'],
          ),
        ]),
    ...(few === undefined
      ? []
      : [of('statuses.csv', few, { exit: '3' }, ['Terminated', 'Leave', '--map'])]),
  ];
}

function managerCases(shared: Shared): Scenario[] {
  const own = sheet('managers.csv', 'Employee ID,First Name,Last Name,Email,Login,Manager', [
    'K1,Mara,Abel,mara@cases.example,mabel,',
    'K2,Jens,Abel,jens@cases.example,jabel,MARA@cases.example',
    'K3,Olga,Abel,olga@cases.example,oabel,mabel',
    'K4,Piet,Abel,piet@cases.example,pabel,K2',
  ]);
  const named = sheet('named.csv', 'Employee ID,First Name,Last Name,Manager', [
    'K1,Mara,Abel,',
    'K2,Jens,Abel,Mara Abel',
    'K3,Olga,Abel,"Abel, Mara"',
    'K4,Piet,Abel,Mara Abel',
  ]);
  const file = shared('manager-email.csv');
  const of = (
    title: string,
    input: Input,
    led: string,
    says: readonly string[] = [],
  ): Scenario => ({
    kind: 'C4',
    title,
    lines: [imports('read', { input, must: { exit: '0', 'people code,manager': led }, says })],
  });
  return [
    of('by e-mail, login and number', own, 'K1 –, K2 K1, K3 K1, K4 K2'),
    of('a column of names', named, 'K1 –, K2 –, K3 –, K4 –', ['name']),
    ...(file === undefined
      ? []
      : [of('manager-email.csv', file, 'MA1 –, MA2 MA1, MA3 –, MA4 –, MA5 –')]),
  ];
}

function mailboxCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Email';
  const boxes = (n: number): Input =>
    sheet(
      'box.csv',
      head,
      staff(
        numbers(1, 5, (i) => `X${String(i)}`),
        (i) => [i < n ? 'depot@cases.example' : `x${String(i)}@cases.example`],
      ),
    );
  const file = shared('shared-mailbox.csv');
  const of = (
    title: string,
    input: Input,
    must: Facts,
    says: readonly string[] = [],
  ): Scenario => ({
    kind: 'C5',
    title,
    lines: [imports('read', { input, must, says })],
  });
  return [
    of('three people, one mailbox', boxes(3), { exit: '3', counts: 'created 2, conflict 3' }, [
      '--map',
    ]),
    of('two people, one mailbox', boxes(2), { exit: '3', counts: 'created 3, conflict 2' }),
    ...(file === undefined
      ? []
      : [of('shared-mailbox.csv', file, { exit: '3', counts: 'created 1, conflict 2' })]),
  ];
}

function jobCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Email,Job Title,Department,Main Job';
  const line = (id: string, job: string): string => `${id},Mara,${id},${id}@cases.example,${job}`;
  const own = {
    before: sheet('before.csv', head, [
      line('J1', 'Nurse,Ward,yes'),
      line('J2', 'Clerk,Office,yes'),
    ]),
    both: sheet('both.csv', head, [
      line('J1', 'Trainer,Academy,no'),
      line('J1', 'Head nurse,Ward,yes'),
      line('J2', 'Clerk,Office,yes'),
    ]),
  };
  const map = ['--map', 'Main Job=-'];
  const plain = [...listed('jobs'), ...map];
  const jobs = 'people code,jobTitle';
  const mine: Scenario = {
    kind: 'C6',
    title: 'two jobs, two rows',
    lines: [
      imports('one row each', {
        input: own.before,
        options: plain,
        must: { exit: '0', counts: 'created 2' },
      }),
      imports('no rule: nobody is changed', {
        input: own.both,
        options: plain,
        must: { exit: '3', counts: 'unchanged 1, conflict 2', [jobs]: 'J1 Nurse, J2 Clerk' },
        says: ['--two-rows'],
      }),
      imports('the first row', {
        input: own.both,
        options: [...plain, '--two-rows', 'first'],
        must: { exit: '0', [jobs]: 'J1 Trainer, J2 Clerk' },
      }),
      imports('the last row', {
        input: own.both,
        options: [...plain, '--two-rows', 'last'],
        must: { exit: '0', [jobs]: 'J1 Head nurse, J2 Clerk' },
      }),
      imports('the row with Department=Academy', {
        input: own.both,
        options: [...plain, '--two-rows', 'Department=Academy'],
        must: { exit: '0', [jobs]: 'J1 Trainer, J2 Clerk' },
      }),
      imports('the rule is remembered', {
        input: own.both,
        options: plain,
        must: { exit: '0', [jobs]: 'J1 Trainer, J2 Clerk' },
      }),
      command('sources set', {
        args: () => ['sources', 'set', 'jobs', '--two-rows', 'last'],
        must: { exit: '0' },
      }),
      imports('the rule is another one', {
        input: own.both,
        options: plain,
        must: { exit: '0', [jobs]: 'J1 Head nurse, J2 Clerk' },
      }),
    ],
  };
  const [before, both] = [shared('two-jobs-before.csv'), shared('two-jobs.csv')];
  if (before === undefined || both === undefined) return [mine];
  const theirs: Scenario = {
    kind: 'C6',
    title: 'two-jobs.csv',
    lines: [
      imports('before', { input: before, options: listed('jobs'), must: { exit: '0' } }),
      imports('no rule', {
        input: both,
        options: listed('jobs'),
        must: { exit: '3', counts: 'unchanged 1, conflict 2' },
      }),
      imports('the row where a column says so', {
        input: both,
        options: [...listed('jobs'), '--two-rows', 'Department=Academy'],
        must: { exit: '0', [jobs]: 'TJ1 Trainer, TJ2 Clerk' },
      }),
    ],
  };
  return [mine, theirs];
}

/** C7: many conflicts of one sort. */
function bulkResolve(): Scenario {
  const head = 'Employee ID,First Name,Last Name,Email';
  const mail = (n: number): readonly string[] => [`r${String(n)}@cases.example`];
  const before = staff(
    numbers(1, 12, (n) => `R${String(n)}`),
    mail,
  );
  const moved = staff(
    numbers(1, 12, (n) => (n < 7 ? `V${String(n)}` : `R${String(n)}`)),
    mail,
  );
  // The sixth has another last name: perhaps another person with an old address.
  const input = moved.map((line, i) => (i === 5 ? line.replace(',Abel,', ',Other,') : line));
  const codes = [1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `R${String(n)}`);
  const linked = [
    ...codes.filter((code) => !/^R[1-5]$/.test(code)),
    'V1',
    'V2',
    'V3',
    'V4',
    'V5',
  ].sort();
  return {
    kind: 'C7',
    title: 'six rows under other numbers',
    lines: [
      imports('twelve people', {
        input: sheet('a.csv', head, before),
        options: listed('bulk'),
        must: { exit: '0' },
      }),
      imports('six of them', {
        input: sheet('b.csv', head, input),
        options: listed('bulk'),
        run: 'conflicts',
        must: { exit: '3', counts: 'unchanged 6, conflict 6' },
        says: ['--all-by email'],
      }),
      command('a wrong number', {
        args: (at) => [
          'runs',
          'resolve',
          runOf(at, 'conflicts'),
          '--all-by',
          'email',
          '--expect',
          '6',
        ],
        must: { exit: 'not 0', 'people code': codes.sort().join(', ') },
      }),
      command('--all-by email', {
        args: (at) => [
          'runs',
          'resolve',
          runOf(at, 'conflicts'),
          '--all-by',
          'email',
          '--expect',
          '5',
        ],
        run: 'followUp',
        must: { exit: '0', counts: 'updated 5, linked 5', 'people code': linked.join(', ') },
      }),
      imports('the file again', {
        input: sheet('b.csv', head, input),
        options: listed('bulk'),
        must: { exit: '3', counts: 'unchanged 11, conflict 1' },
      }),
      command('undo', {
        args: (at) => ['runs', 'undo', runOf(at, 'followUp'), '--yes'],
        must: { exit: '0', 'people code': codes.sort().join(', ') },
      }),
    ],
  };
}

/** C8: files that were joined. */
function joinedCases(shared: Shared): Scenario[] {
  const part = (id: string): string => `\uFEFF"Employee ID","First Name"\r\n"${id}","Mara"\r\n`;
  const of = (title: string, input: Input, codes: string): Scenario => ({
    kind: 'C8',
    title,
    lines: [imports('read', { input, must: { exit: '0', 'people code': codes } })],
  });
  const file = shared('concat-headers-quoted.csv');
  return [
    of(
      'three joined files',
      { name: 'joined.csv', text: ['Y1', 'Y2', 'Y3'].map(part).join('') },
      'Y1, Y2, Y3',
    ),
    of(
      'a header between the rows',
      sheet('again.csv', 'Employee ID,First Name', [
        'Y1,Mara',
        'Employee ID,First Name',
        'Y2,Jens',
      ]),
      'Y1, Y2',
    ),
    ...(file === undefined ? [] : [of('concat-headers-quoted.csv', file, 'CC201, CC202')]),
  ];
}
