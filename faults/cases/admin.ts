import type { Scenario } from './case';
import { command, imports, listed, prints, runOf } from './lines';
import { day, numbers, sheet, staff } from './sheets';

const HEAD = 'Employee ID,First Name,Last Name,Email,Status';

/** A list of people E1, E2, …; the rows of those in `inactive` say that they left. */
function list(count: number, inactive: readonly number[] = []) {
  const ids = numbers(1, count, (n) => `E${String(n)}`);
  return sheet(
    'list.csv',
    HEAD,
    staff(ids, (n) => [
      `e${String(n + 1)}@cases.example`,
      inactive.includes(n + 1) ? 'inactive' : 'active',
    ]),
  );
}

/** E: what a new admin meets in the daily tasks. */
export function adminCases(): Scenario[] {
  return [...listCases(), ...decisionCases(), ...valueCases(), ...laterCases(), fileOfConnection()];
}

function listCases(): Scenario[] {
  const whole = list(40);
  return [
    {
      kind: 'E1',
      title: 'a row without a number',
      lines: [
        imports('is named', {
          input: sheet('numbers.csv', HEAD, [
            ...staff(['1', '2', '3', '4'], (n) => [`n${String(n)}@cases.example`, 'active']),
            ',Kim,Abel,kim@cases.example,active',
          ]),
          options: listed('hr'),
          must: { exit: '0', counts: 'created 5', codes: 'no_number' },
        }),
      ],
    },
    {
      kind: 'E3',
      title: 'a file of corrections',
      lines: [
        imports('everybody', { input: whole, options: listed('hr'), must: { exit: '0' } }),
        imports('three people', {
          input: list(3),
          options: ['--source', 'hr', '--partial'],
          must: { exit: '0', counts: 'unchanged 3', codes: '' },
        }),
        imports('a third of the list is still short', {
          input: list(13),
          options: listed('hr'),
          must: { exit: '4', held: 'deactivations 27, short_file 13' },
        }),
      ],
    },
    {
      kind: 'E4',
      title: 'people who are not in the file',
      lines: [
        imports('everybody', { input: whole, options: listed('hr'), must: { exit: '0' } }),
        imports('are said with --missing ignore', {
          input: list(38),
          options: ['--source', 'hr', '--missing', 'ignore'],
          must: { exit: '0', counts: 'unchanged 38', codes: 'not_in_file' },
          says: ['--missing deactivate'],
        }),
      ],
    },
  ];
}

function decisionCases(): Scenario[] {
  const left = [1, 2, 3, 4, 5, 6];
  return [
    {
      kind: 'E2',
      title: 'leavers who were turned down',
      lines: [
        imports('everybody', { input: list(40), options: listed('hr'), must: { exit: '0' } }),
        imports('six left', {
          input: list(40, left),
          options: listed('hr'),
          must: { exit: '4', held: 'deactivations 6' },
          run: 'six',
        }),
        command('are rejected', {
          args: (at) => ['runs', 'reject', runOf(at, 'six'), '--reason', 'not yet'],
          must: { exit: '0', state: 'rejected' },
        }),
        imports('one of them comes again', {
          input: list(40, [1]),
          options: listed('hr'),
          must: { exit: '4', held: 'rejected_before 1' },
        }),
        command('and waits in the list of what to do', {
          args: () => ['todo'],
          must: { exit: '0' },
          says: ['rejected_before'],
        }),
      ],
    },
    {
      kind: 'E5',
      title: 'a wrong count',
      lines: [
        imports('everybody', { input: list(12), options: listed('hr'), must: { exit: '0' } }),
        command('is looked at, not approved', {
          args: () => [
            ...['users', 'deactivate', '--filter', 'email co "cases"', '--expect', '3'],
            ...['--reason', 'left'],
          ],
          must: { exit: '4', held: 'expect 12' },
          says: ['"next": "rollcall runs diff '],
        }),
      ],
    },
    {
      kind: 'E8',
      title: 'people without a manager',
      lines: [
        imports('two', { input: list(2), must: { exit: '0' } }),
        command('are found', {
          args: () => ['users', 'list', '--filter', 'manager eq ""'],
          must: { exit: '0' },
          says: ['E1', 'E2'],
        }),
      ],
    },
  ];
}

function valueCases(): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Email,Hire Date';
  const hired = (form: (date: string) => string) =>
    sheet(
      'hired.csv',
      head,
      staff(['1', '2'], (n) => [`h${String(n)}@cases.example`, form(day(-400 - 29 * n))]),
    );
  const [year, month] = day(-400).split('-');
  const points = (date: string): string => date.split('-').reverse().join('.');
  return [
    {
      kind: 'E7',
      title: 'e-mails that are swapped',
      lines: [
        imports('two people', { input: list(2), must: { exit: '0' } }),
        imports('their logins follow', {
          input: sheet('swap.csv', 'Employee ID,Email', [
            'E1,e2@cases.example',
            'E2,e1@cases.example',
          ]),
          must: {
            exit: '0',
            'people code,email,login':
              'E1 e2@cases.example e2@cases.example, E2 e1@cases.example e1@cases.example',
          },
        }),
      ],
    },
    {
      kind: 'E9',
      title: 'days with points',
      lines: [
        imports('are read, and the format is said', {
          input: hired(points),
          must: {
            exit: '0',
            codes: 'date_format_found',
            'people code,hireDate': `1 ${day(-400)}, 2 ${day(-429)}`,
          },
        }),
      ],
    },
    {
      kind: 'E9',
      title: 'days that two formats fit',
      lines: [
        imports('are one message with both options', {
          input: sheet(
            'either.csv',
            head,
            staff(['1', '2'], (n) => [
              `h${String(n)}@cases.example`,
              `0${String(n + 1)}/${month ?? '01'}/${year ?? '2025'}`,
            ]),
          ),
          must: { exit: '3', counts: 'error 2', codes: 'bad_date', messages: '1' },
          says: [`--date-format 'DD/MM/YYYY' or --date-format 'MM/DD/YYYY'`],
        }),
      ],
    },
  ];
}

function laterCases(): Scenario[] {
  const days = (rows: readonly string[]) => sheet('days.csv', 'Employee ID,Email,Hire Date', rows);
  const first = ['1,d1@cases.example,03/04/2020', '2,d2@cases.example,05/06/2020'];
  return [
    {
      kind: 'E6',
      title: 'a plan that changes nobody and is on hold',
      lines: [
        imports('everybody', { input: list(12), options: listed('hr'), must: { exit: '0' } }),
        imports('five left', {
          input: list(12, [8, 9, 10, 11, 12]),
          options: listed('hr'),
          must: { exit: '0', counts: 'unchanged 7, deactivated 5' },
        }),
        imports('the others alone', {
          input: list(7),
          options: listed('hr'),
          must: { exit: '4', counts: 'unchanged 7', held: 'short_file 7' },
          run: 'short',
        }),
        prints('says why it waits, and nothing else', {
          args: (at) => ['runs', 'show', runOf(at, 'short')],
          must: { exit: '0 or 4', 'never nothing to change': 'yes' },
          says: ['short_file'],
        }),
      ],
    },
    {
      kind: 'E10',
      title: 'options of a list',
      lines: [
        imports('are given once', {
          input: days(first),
          options: [...listed('hr'), '--date-format', 'DD/MM/YYYY'],
          must: { exit: '0', counts: 'created 2' },
        }),
        imports('hold for the next file', {
          input: days([...first.slice(0, 1), '3,d3@cases.example,07/08/2021']),
          options: ['--source', 'hr'],
          must: {
            exit: '0',
            counts: 'created 1, unchanged 1, deactivated 1',
            'people code,hireDate,status':
              '1 2020-04-03 active, 2 2020-06-05 inactive, 3 2021-08-07 active',
          },
        }),
        prints('are shown', {
          args: () => ['sources', 'show', 'hr'],
          must: { exit: '0' },
          says: ['DD/MM/YYYY', 'deactivate'],
        }),
      ],
    },
    {
      kind: 'E11',
      title: 'what waits',
      lines: [
        imports('two rows of one person', {
          input: sheet('twice.csv', HEAD, [
            ...staff(['1'], () => ['t1@cases.example', 'active']),
            '9,Ada,Abel,t9@cases.example,active',
            '9,Ada,Brandt,t8@cases.example,active',
          ]),
          options: listed('hr'),
          must: { exit: '3', counts: 'created 1, conflict 2' },
          run: 'twice',
        }),
        prints('are open conflicts', {
          args: () => ['todo'],
          must: { exit: '0' },
          says: ['onflict', 'rollcall runs '],
        }),
        command('are undone', {
          args: (at) => ['runs', 'undo', runOf(at, 'twice'), '--yes'],
          must: { exit: '0', state: 'done' },
        }),
        prints('which the list of runs says', {
          args: () => ['runs', 'list'],
          must: { exit: '0' },
          says: ['done, undone'],
        }),
      ],
    },
  ];
}

/** E12: each kind of paging has an example, and a fault names what is missing. */
function fileOfConnection(): Scenario {
  return {
    kind: 'E12',
    title: 'a connection file',
    lines: [
      prints('explains the keys of its paging', {
        args: (at) => ['connectors', 'init', at.rig.path('offset.json'), '--paging', 'offset'],
        must: { exit: '0' },
        says: ['page.start', 'page.end', 'The first offset, usually 0'],
      }),
      prints('is valid as it is written', {
        args: (at) => ['connectors', 'validate', at.rig.path('offset.json')],
        must: { exit: '0' },
      }),
      prints('has a schedule by the clock', {
        args: () => ['sources', 'schedule', '--help'],
        must: { exit: '0' },
        says: ['--daily 02:00'],
      }),
    ],
  };
}
