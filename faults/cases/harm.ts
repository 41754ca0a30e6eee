import type { Scenario } from './case';
import type { Input } from './desk';
import { command, imports, listed, runOf } from './lines';
import { day, numbers, sheet, staff } from './sheets';

type Shared = (name: string) => Input | undefined;

/** A4, A5 and A7: people harmed by files. */
export function harmCases(shared: Shared): Scenario[] {
  return [...dayCases(shared), ...rehiredCases(shared), ...letterCases(shared)];
}

const DAYS = 'Employee ID,First Name,Last Name,Email,Hire Date,Termination Date';

/** Lines of people with a first and a last day; '' is an empty cell. */
function withDays(name: string, days: readonly (readonly [string, string])[]): Input {
  const more = (n: number): readonly string[] => [
    `d${String(n)}@cases.example`,
    ...(days[n] ?? ['', '']),
  ];
  const ids = numbers(1, days.length, (n) => `D${String(n)}`);
  return sheet(name, DAYS, staff(ids, more));
}

function dayCases(shared: Shared): Scenario[] {
  const [only, status, later] = [
    shared('leave-date-only.csv'),
    shared('leave-date-status.csv'),
    shared('leave-date-later.csv'),
  ];
  const one = (title: string, input: Input, must: Readonly<Record<string, string>>): Scenario => ({
    kind: 'A4',
    title,
    lines: [imports('read', { input, must })],
  });
  return [
    one(
      'days over, ahead and today',
      withDays('days.csv', [
        ['2019-01-01', day(-1)],
        [day(1), ''],
        ['2019-01-01', day(2)],
        ['2019-01-01', day(0)],
        [day(0), ''],
        ['', ''],
      ]),
      {
        exit: '0',
        counts: 'created 6',
        'people code,status':
          'D1 inactive, D2 inactive, D3 active, D4 active, D5 active, D6 active',
      },
    ),
    ...(only === undefined
      ? []
      : [
          one('leave-date-only.csv', only, {
            exit: '0',
            'people code,status': 'LD1 inactive, LD2 inactive, LD3 active',
          }),
        ]),
    ...(later === undefined
      ? []
      : [
          one('leave-date-later.csv', later, {
            exit: '0',
            'people code,status': 'TJ1 inactive, TJ2 active',
          }),
        ]),
    ...(status === undefined ? [] : [statusWins('leave-date-status.csv', status)]),
    statusWins(
      'status and days that disagree',
      sheet('status.csv', `${DAYS},Status`, [
        `S1,Mara,Abel,s1@cases.example,2019-01-01,${day(-30)},Active`,
        `S2,Jens,Abel,s2@cases.example,${day(30)},,Active`,
      ]),
    ),
    lastDayMoves(),
    manyLastDays(),
  ];
}

function statusWins(title: string, input: Input): Scenario {
  return {
    kind: 'A4',
    title,
    lines: [
      imports('the word wins in a file, and is counted', {
        input,
        must: {
          exit: '0',
          'people status': 'active, active',
          codes: 'active_after_last_day, active_before_first_day',
        },
      }),
    ],
  };
}

/** A known person's last day is over, then it is moved; then a file has no column for it. */
function lastDayMoves(): Scenario {
  const head = 'Employee ID,First Name,Last Name,Termination Date';
  const file = (last: string): Input =>
    sheet('last.csv', head, [`M1,Mara,Abel,${last}`, 'M2,Jens,Abel,']);
  const people = (status: string): string => `M1 ${status}, M2 active`;
  return {
    kind: 'A4',
    title: 'a last day that moves',
    lines: [
      imports('ahead', {
        input: file(day(40)),
        must: { exit: '0', 'people code,status': people('active') },
      }),
      imports('over', {
        input: file(day(-1)),
        run: 'over',
        must: {
          exit: '0',
          counts: 'unchanged 1, deactivated 1',
          'people code,status': people('inactive'),
        },
      }),
      command('runs diff', {
        args: (at) => ['runs', 'diff', runOf(at, 'over')],
        must: { exit: '0' },
        says: ['after_last_day'],
      }),
      imports('no column for it', {
        input: sheet('plain.csv', 'Employee ID,First Name,Last Name', [
          'M1,Mara,Abel',
          'M2,Jens,Abel',
        ]),
        must: { exit: '0', 'people code,status': people('inactive') },
      }),
      imports('ahead again', {
        input: file(day(40)),
        must: {
          exit: '0',
          counts: 'unchanged 1, reactivated 1',
          'people code,status': people('active'),
        },
      }),
      imports('over, with --days ignore', {
        input: file(day(-1)),
        options: ['--days', 'ignore'],
        must: { exit: '0', 'people code,status': people('active') },
      }),
    ],
  };
}

function manyLastDays(): Scenario {
  const days = (last: string): (readonly [string, string])[] =>
    Array.from({ length: 30 }, (_, n) => ['2019-01-01', n < 6 ? last : '']);
  return {
    kind: 'A4',
    title: 'six of thirty last days at once',
    lines: [
      imports('everybody works', { input: withDays('before.csv', days('')), must: { exit: '0' } }),
      imports('six have left', {
        input: withDays('after.csv', days(day(-3))),
        must: { exit: '4', held: 'deactivations 6' },
      }),
    ],
  };
}

const JOBS = 'Employee ID,First Name,Last Name,Email,Status,Hire Date,Termination Date';

function rehiredCases(shared: Shared): Scenario[] {
  const own = {
    before: sheet('before.csv', JOBS, [
      'H1,Mara,Abel,mara@cases.example,Active,2019-01-01,',
      'H2,Jens,Abel,jens@cases.example,Active,2020-05-01,',
    ]),
    twice: sheet('twice.csv', JOBS, [
      'H7,Mara,Abel,mara@cases.example,Active,2024-03-01,',
      'H1,Mara,Abel,mara@cases.example,Inactive,2019-01-01,2022-06-30',
      'H2,Jens,Abel,jens@cases.example,Active,2020-05-01,',
    ]),
  };
  const [before, twice, same] = [
    shared('rehired-before.csv'),
    shared('rehired-twice.csv'),
    shared('rehired-samenr.csv'),
  ];
  return [
    rehired('left and rehired', own, [
      'H1',
      'H2',
      'H7',
      'mara@cases.example',
      'jens@cases.example',
    ]),
    ...(before === undefined || twice === undefined
      ? []
      : [
          rehired('rehired-twice.csv', { before, twice }, [
            'RH1',
            'RH2',
            'RH9',
            'ada.rh@example.org',
            'bo.rh@example.org',
          ]),
        ]),
    sameNumber(
      'both rows of one number',
      sheet('same.csv', JOBS, [
        'N1,Mara,Abel,mara@cases.example,Active,2024-03-01,',
        'N1,Mara,Abel,mara@cases.example,Inactive,2019-01-01,2022-06-30',
        'N2,Jens,Abel,jens@cases.example,Active,2020-05-01,',
      ]),
      'N1 active, N2 active',
    ),
    ...(same === undefined
      ? []
      : [sameNumber('rehired-samenr.csv', same, 'RS1 active, RS2 active')]),
    undecided(),
  ];
}

function rehired(
  title: string,
  o: { readonly before: Input; readonly twice: Input },
  [left = '', other = '', again = '', mail = '', others = '']: readonly string[],
): Scenario {
  const people = 'people code,email,status';
  const after = [`${left} – inactive`, `${other} ${others} active`, `${again} ${mail} active`];
  return {
    kind: 'A5',
    title,
    lines: [
      imports('before', {
        input: o.before,
        options: listed('plant'),
        must: { exit: '0', counts: 'created 2' },
      }),
      imports('both rows listed', {
        input: o.twice,
        options: listed('plant'),
        run: 'both',
        must: {
          exit: '0',
          held: '',
          counts: 'created 1, unchanged 1, deactivated 1',
          [people]: after.join(', '),
        },
      }),
      imports('both rows listed, again', {
        input: o.twice,
        options: listed('plant'),
        must: { exit: '0', [people]: after.join(', ') },
      }),
      command('undo', {
        args: (at) => ['runs', 'undo', runOf(at, 'both'), '--yes'],
        must: {
          exit: '0',
          [people]: [
            `${left} ${mail} active`,
            `${other} ${others} active`,
            `${again} – inactive`,
          ].join(', '),
        },
      }),
    ],
  };
}

function sameNumber(title: string, input: Input, people: string): Scenario {
  return {
    kind: 'A5',
    title,
    lines: [
      imports('the active row counts', {
        input,
        options: listed('plant'),
        must: { exit: '0', counts: 'created 2, skipped 1', 'people code,status': people },
      }),
      imports('again', {
        input,
        options: listed('plant'),
        must: { exit: '0', counts: 'unchanged 2, skipped 1', 'people code,status': people },
      }),
    ],
  };
}

/** Two active rows, two inactive ones, or an unknown word: nobody is changed. */
function undecided(): Scenario {
  const two = (one: string, other: string): Input =>
    sheet('two.csv', JOBS, [
      `U1,Mara,Abel,mara@cases.example,${one},2019-01-01,`,
      `U7,Mara,Abel,mara@cases.example,${other},2024-03-01,`,
    ]);
  return {
    kind: 'A5',
    title: 'undecided',
    lines: [
      imports('both active', {
        input: two('Active', 'Active'),
        must: { exit: '3', counts: 'conflict 2', 'people code': '' },
      }),
      imports('both inactive', {
        input: two('Inactive', 'Inactive'),
        must: { exit: '3', counts: 'conflict 2', 'people code': '' },
      }),
      imports('one unknown word', {
        input: two('On ice', 'Active'),
        must: { exit: '3', counts: 'conflict 1, error 1', 'people code': '' },
      }),
      imports('the leaver would keep no key', {
        input: sheet('nokey.csv', 'Email,Login,First Name,Last Name,Status', [
          'mara@cases.example,,Mara,Abel,Inactive',
          'mara@cases.example,mara,Mara,Abel,Active',
        ]),
        must: { exit: '3', counts: 'conflict 2', 'people code': '' },
      }),
    ],
  };
}

function letterCases(shared: Shared): Scenario[] {
  const head = 'code,first_name,last_name,email,status';
  const own = {
    before: sheet('before.csv', head, ['71,Żaneta,Łoś,zaneta@cases.example,active']),
    lost: sheet('lost.csv', head, [
      '71,??????,???,zaneta@cases.example,active',
      '72,????,Abel,ivan@cases.example,active',
      '73,Jens,Abel,jens@cases.example,active',
    ]),
  };
  const [before, lost] = [shared('base-before.csv'), shared('libreoffice-question-marks.csv')];
  const of = (title: string, o: typeof own, must: Readonly<Record<string, string>>): Scenario => ({
    kind: 'A7',
    title,
    lines: [
      imports('before', { input: o.before, must: { exit: '0' } }),
      imports('letters are lost', { input: o.lost, must }),
    ],
  });
  const misread = sheet('misread.csv', head, [
    '71,Å»aneta,Łoś,zaneta@cases.example,active',
    '73,Jens,MÃ¼ller,jens@cases.example,active',
  ]);
  return [
    of(
      'UTF-8 that was read as windows-1252',
      { before: own.before, lost: misread },
      {
        exit: '0',
        counts: 'created 1, unchanged 1',
        codes: 'garbled_letters',
        'people code,lastName': '71 Łoś, 73 MÃ¼ller',
      },
    ),
    of('names of nothing but ?', own, {
      exit: '3',
      counts: 'created 1, error 2',
      codes: 'lost_letters',
      'people code,firstName': '71 Żaneta, 73 Jens',
    }),
    ...(before === undefined || lost === undefined
      ? []
      : [
          of(
            'libreoffice-question-marks.csv',
            { before, lost },
            {
              exit: '3',
              counts: 'error 3',
              codes: 'lost_letters',
              'people code,firstName': '007 Zed, 100000 Di, 123456789012 Bo, 7 Ann',
            },
          ),
        ]),
  ];
}
